// Products that kernels finish: rounded, fitted and counted as the oracle does it, whatever few or many overflow, in
// parts, at edges, in several blocks of the depth, with and without a bias.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/combine.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <vector>

namespace finish_product_test {

using fxp::Format;
using fxp::Limits;
using fxp::OverflowCount;
using fxp::Range;
using fxp::Rounding;
using fxp::kernels::Combine;
using fxp::kernels::Term;
using fxp::kernels::Workspace;

namespace {

/// a of (8, depth) times b of (depth, 32). b_bound: of b's numbers.
Term product_of(const std::vector<std::int16_t>& a, const std::vector<std::int16_t>& b, std::size_t depth,
                std::uint64_t b_bound) {
    Term term;
    term.kind = Term::Kind::matrix;
    term.a = {a.data(), 2, static_cast<std::ptrdiff_t>(depth), 1, 32768};
    term.b = {b.data(), 2, 32, 1, b_bound};
    term.depth = depth;
    return term;
}

struct Case {
    std::size_t rows;
    std::size_t columns;
    std::size_t depth;
    std::size_t large_every; ///< elements of a, after which comes one that makes sums overflow; 0: never
    bool biased;
};

template <class Word, class Stored>
void check(exact::Draw& draw, const Case& c, Rounding rule, int shift, fxp::Overflow policy = fxp::Overflow::saturate) {
    constexpr int limit_bits = 8 * static_cast<int>(sizeof(Stored));
    const Range range = draw.range();
    std::vector<Word> a(c.rows * c.depth);
    std::vector<Word> b(c.depth * c.columns);
    std::vector<std::int16_t> bias(c.rows);
    for (auto& v : a) v = static_cast<Word>(static_cast<int>(draw.below(7)) - 3);
    for (auto& v : b) v = static_cast<Word>(static_cast<int>(draw.below(15)) - 7);
    for (auto& v : bias) v = static_cast<std::int16_t>(draw.raw(12));
    for (std::size_t i = draw.below(9); c.large_every > 0 && i < a.size(); i += c.large_every) {
        a[i] = draw.below(2) == 0 ? std::numeric_limits<Word>::max() : std::numeric_limits<Word>::min();
    }

    std::array<Term, 2> terms;
    terms[0].kind = Term::Kind::matrix;
    terms[0].a = {a.data(), sizeof(Word), static_cast<std::ptrdiff_t>(c.depth), 1,
                  std::uint64_t{1} << (8 * sizeof(Word) - 1)};
    terms[0].b = {b.data(), sizeof(Word), static_cast<std::ptrdiff_t>(c.columns), 1, 7};
    terms[0].depth = c.depth;
    terms[1].a = {bias.data(), 2, 1, 0, 2048};
    terms[1].shift = 3;
    terms[1].negate = c.rows % 2 == 0;
    fxp::kernels::Requantize how;
    how.shift = shift;
    how.limits = Limits{Format{limit_bits, 0, range}};
    how.rounding = rule;
    how.overflow = policy;

    exact::Events events;
    std::vector<Stored> expected(c.rows * c.columns);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const std::size_t row = i / c.columns;
        exact::i128 sum = c.biased ? exact::i128{bias[row]} * (terms[1].negate ? -8 : 8) : exact::i128{0};
        for (std::size_t k = 0; k < c.depth; ++k) {
            sum += exact::i128{a[row * c.depth + k]} * b[k * c.columns + i % c.columns];
        }
        expected[i] = static_cast<Stored>(exact::requantized(rule, policy, sum, shift, limit_bits, events, 0, range));
    }

    Workspace workspace;
    const Combine plan(terms.data(), c.biased ? 2 : 1, c.rows, c.columns, workspace);
    CHECK(plan.accumulator() == fxp::kernels::Accumulator::bits32);
    const auto run = [&](std::size_t rows, std::size_t columns) { // in four parts cut there
        std::vector<Stored> out(expected.size(), Stored{77});
        OverflowCount counted;
        for (const std::array<std::size_t, 2> r : {std::array{std::size_t{0}, rows}, {rows, c.rows}}) {
            for (const std::array<std::size_t, 2> k : {std::array{std::size_t{0}, columns}, {columns, c.columns}}) {
                plan.run(r[0], r[1], k[0], k[1], how, nullptr, out.data(), counted);
            }
        }
        CHECK(out == expected);
        CHECK(events == counted);
    };
    INFO(c.rows << " x " << c.columns << " x " << c.depth << ", rule " << static_cast<int>(rule) << ", shift " << shift
                << ", words of " << sizeof(Word) << " to " << sizeof(Stored) << " bytes");
    run(0, 0);
    run(c.rows / 16 * 8, c.columns / 64 * 32);
    run(c.rows / 2, c.columns / 2);
}

template <class Word>
void check_results(exact::Draw& draw, const Case& c) {
    for (const Rounding rule : {Rounding::floor, Rounding::nearest_up, Rounding::nearest_even, Rounding::toward_zero}) {
        check<Word, std::int8_t>(draw, c, rule, static_cast<int>(draw.below(7)));
        check<Word, std::int16_t>(draw, c, rule, static_cast<int>(draw.below(4)));
        check<Word, std::int32_t>(draw, c, rule, static_cast<int>(draw.below(9)));
    }
}

} // namespace

TEST_CASE("finished products equal exact ones, however many overflow", "[kernels][combine]") {
    exact::Draw draw(12);
    for (const std::size_t every : {0U, 1U, 40U, 700U, 30011U}) {
        for (int i = 0; i < 6; ++i) {
            const Case c{4 + draw.below(40), 8 + draw.below(150), 1 + draw.below(60), every, i % 2 == 0};
            check_results<std::int16_t>(draw, c);
            check_results<std::int8_t>(draw, c);
        }
        check<std::int16_t, std::int16_t>(draw, {140, 40, 1300, every, true}, Rounding::nearest_even, 2); // 128 rows
        check_results<std::int16_t>(draw, {21, 70, 1300, every, true}); // blocks of 512 pairs
        check_results<std::int8_t>(draw, {9, 300, 2300, every, false});
        check<std::int16_t, std::int8_t>(draw, {12, 40, 30, every, true}, Rounding::floor, 2, fxp::Overflow::wrap);
    }
}

TEST_CASE("numbers at the ends of 16 bits fit, those beyond are events", "[kernels][combine]") {
    const std::array<std::int16_t, 3> steps{-1, 0, 1};
    for (const std::int16_t above : steps) {
        for (const std::int16_t below : steps) {
            for (const Range range : {Range::symmetric, Range::full}) {
                const std::int16_t lowest = range == Range::full ? -32768 : -32767;
                std::vector<std::int16_t> a(8 * 2, 0);
                std::vector<std::int16_t> b(2 * 32, 1);
                a[6] = 32767;
                a[7] = above;
                a[10] = lowest;
                a[11] = below;
                Term term = product_of(a, b, 2, 1);
                Workspace workspace;
                const Combine plan(&term, 1, 8, 32, workspace);
                fxp::kernels::Requantize how;
                how.limits = Limits{Format{16, 0, range}};
                how.rounding = Rounding::nearest_even;
                std::vector<std::int16_t> out(8 * 32);
                OverflowCount events;
                plan.run(0, 8, 0, 32, how, nullptr, out.data(), events);
                CHECK(events.count == (above > 0 ? 32U : 0U) + (below < 0 ? 32U : 0U));
                for (std::size_t c = 0; c < 32; ++c) {
                    CHECK(out[3 * 32 + c] == 32767 + std::min<int>(above, 0));
                    CHECK(out[5 * 32 + c] == lowest + std::max<int>(below, 0));
                    CHECK(out[4 * 32 + c] == 0);
                }
            }
        }
    }
}

TEST_CASE("sums that leave no room for a unit above them are rounded as well", "[kernels][combine]") {
    const std::vector<std::int16_t> v{32767, 32767, 362, 5}; // the sum of their squares is 2^31 - 1
    std::vector<std::int16_t> a(8 * 4, 0);
    std::vector<std::int16_t> b(4 * 32, 0);
    for (std::size_t k = 0; k < 4; ++k) {
        a[4 + k] = v[k];
        b[k * 32 + 17] = v[k];
    }
    Term term = product_of(a, b, 4, 32768);
    Workspace workspace;
    const Combine plan(&term, 1, 8, 32, workspace);
    CHECK(plan.accumulator() == fxp::kernels::Accumulator::bits32);
    fxp::kernels::Requantize how;
    how.shift = 5;
    how.limits = Limits{Format{32, 0}};
    how.rounding = Rounding::nearest_even;
    std::vector<std::int32_t> out(8 * 32);
    OverflowCount events;
    plan.run(0, 8, 0, 32, how, nullptr, out.data(), events);
    CHECK(events.count == 0);
    CHECK(out[32 + 17] == 1 << 26);
}

} // namespace finish_product_test
