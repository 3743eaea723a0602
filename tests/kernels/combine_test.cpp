// combine against sums of products kept exact: shapes, kinds, storages, strides and alignments drawn at random.
#include "kernels/random_sum.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/combine.hpp>
#include <fxp/tensor/arithmetic.hpp>
#include <fxp/tensor/parallel.hpp>

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace combine_test {

using exact::Integer;
using fxp::Format;
using fxp::Limits;
using fxp::OverflowCount;
using fxp::kernels::Accumulator;
using fxp::kernels::Combine;
using fxp::kernels::Term;
using fxp::kernels::Workspace;
using fxp_test::Layout;
using fxp_test::RandomSum;

namespace {

struct How {
    fxp::kernels::Requantize requantize;
    int word_bits = 32;
    fxp::Range range = fxp::Range::symmetric;
    bool add = false;
    int add_word_bits = 32;
    fxp::Range add_range = fxp::Range::symmetric;
    bool by_dots = false; ///< sums of 64 bits are faster than smaller ones
};

/// Runs a case in several tilings and compares everything with the oracle; returns the accumulator met.
template <class Stored>
Accumulator check(const RandomSum& c, const How& how, exact::Draw& draw) {
    // What the result held before, for a case that adds to it.
    std::vector<Stored> before(c.rows * c.columns);
    for (auto& v : before) v = static_cast<Stored>(draw.raw(how.add_word_bits, how.add_range));

    const fxp::Rounding rule = how.requantize.rounding;
    const fxp::Overflow policy = how.requantize.overflow;
    const std::vector<Integer> sums = c.sums();
    std::vector<Stored> expected(before.size());
    exact::Events events;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const std::uint32_t word = rule == fxp::Rounding::stochastic ? how.requantize.random.word(i) : 0;
        const std::int64_t one =
            exact::requantized(rule, policy, sums[i], how.requantize.shift, how.word_bits, events, word, how.range);
        if (!how.add) {
            expected[i] = static_cast<Stored>(one);
            continue;
        }
        const exact::i128 sum = exact::i128{before[i]} + one;
        const auto fitted = exact::fitted(policy, sum, how.add_word_bits, how.add_range);
        if (fitted.event) events.record(sum);
        expected[i] = static_cast<Stored>(fitted.value);
    }

    Workspace workspace;
    std::vector<Term> terms = c.terms;
    const Combine plan(terms.data(), terms.size(), c.rows, c.columns, workspace);
    const Accumulator expected_accumulator = c.expected_accumulator();
    if (plan.accumulator() != expected_accumulator && !how.by_dots) { // norms of the data prove more
        CHECK(plan.accumulator() == Accumulator::bits32);
        CHECK(expected_accumulator == Accumulator::bits64);
        for (const Integer& sum : sums) CHECK((sum < Integer::pow2(31) && Integer{} < sum + Integer::pow2(31)));
    }
    const Limits own{Format{how.add_word_bits, 0, how.add_range}};
    const Limits* add_to = how.add ? &own : nullptr;

    std::vector<Stored> out = before;
    OverflowCount counted;
    plan.run(0, c.rows, 0, c.columns, how.requantize, add_to, out.data(), counted);
    CHECK(out == expected);
    CHECK(events == counted);

    // In pieces on threads: by rows, then by columns.
    for (const bool by_rows : {true, false}) {
        out = before;
        const std::size_t extent = by_rows ? c.rows : c.columns;
        std::array<OverflowCount, 3> counts;
        fxp::parallel_for(3, 3, [&](std::size_t piece) {
            const std::size_t begin = extent * piece / 3;
            const std::size_t end = extent * (piece + 1) / 3;
            plan.run(by_rows ? begin : 0, by_rows ? end : c.rows, by_rows ? 0 : begin, by_rows ? c.columns : end,
                     how.requantize, add_to, out.data(), counts[piece]);
        });
        OverflowCount merged;
        for (const OverflowCount& count : counts) merged.merge(count);
        CHECK(out == expected);
        CHECK(events == merged);
    }
    return plan.accumulator();
}

Accumulator check_stored(const RandomSum& c, How how, exact::Draw& draw) {
    const int larger = how.add ? how.add_word_bits : how.word_bits;
    how.requantize.limits = Limits{Format{how.word_bits, 0, how.range}};
    if (larger <= 8) return check<std::int8_t>(c, how, draw);
    if (larger <= 16) return check<std::int16_t>(c, how, draw);
    if (larger <= 32) return check<std::int32_t>(c, how, draw);
    return check<std::int64_t>(c, how, draw);
}

How random_how(exact::Draw& draw) {
    How how;
    how.requantize.rounding = exact::all_roundings[draw.below(6)];
    how.requantize.overflow = exact::all_policies[draw.below(3)];
    how.requantize.shift = static_cast<int>(draw.below(4) == 0 ? draw.below(131) : draw.below(45)) - 10;
    how.requantize.random = {draw.bits(), 1, 2};
    how.word_bits = 2 + static_cast<int>(draw.below(63));
    how.range = draw.range();
    how.add = draw.below(3) == 0;
    how.add_range = draw.range();
    how.add_word_bits = how.word_bits + static_cast<int>(draw.below(static_cast<std::size_t>(65 - how.word_bits)));
    return how;
}

void random_cases(std::uint64_t seed, int count, std::size_t max_extent, int max_word) {
    exact::Draw draw(seed);
    std::array<int, 4> met{};
    for (int i = 0; i < count; ++i) {
        RandomSum c;
        c.rows = 1 + draw.below(max_extent);
        c.columns = 1 + draw.below(max_extent);
        const std::size_t terms = 1 + draw.below(draw.below(3) == 0 ? 8 : 3);
        // Words of one storage, or of any.
        const std::array<int, 4> widths{8, 16, 32, 64};
        const int common = std::min(widths[draw.below(4)], max_word);
        const auto word = [&] {
            if (i % 2 == 0) return common;
            return 2 + static_cast<int>(draw.below(static_cast<std::size_t>(max_word - 1)));
        };
        for (std::size_t t = 0; t < terms; ++t) {
            const int shift = draw.below(3) == 0 ? static_cast<int>(draw.below(draw.below(2) == 0 ? 65 : 20)) : 0;
            const std::size_t depth = draw.below(6) == 0 ? draw.below(2) : 1 + draw.below(max_extent);
            c.add(draw, static_cast<Term::Kind>(draw.below(3)), depth, word(), word(), shift, draw.below(2) == 0);
        }
        c.link();
        INFO("seed " << seed << " case " << i << ": " << c.rows << " x " << c.columns << ", " << terms << " terms");
        ++met[static_cast<std::size_t>(check_stored(c, random_how(draw), draw))];
    }
    INFO("accumulators met: " << met[0] << ", " << met[1] << ", " << met[2] << ", " << met[3]);
    if (max_extent > 8) CHECK(met[0] >= 3); // fewer columns are not multiplied by panels
    CHECK(met[1] >= 3);
    if (max_word > 32) {
        CHECK(met[2] >= 3);
        CHECK(met[3] >= 3);
    }
}

} // namespace

TEST_CASE("combine of small random shapes, all kinds, storages and alignments", "[kernels][combine]") {
    random_cases(1, 1500, 7, 64);
}

TEST_CASE("combine of random shapes up to 40, words up to 32 bits", "[kernels][combine]") {
    random_cases(2, 150, 40, 32);
}

TEST_CASE("combine of random shapes up to 40, words up to 64 bits", "[kernels][combine]") {
    random_cases(3, 200, 40, 64);
}

TEST_CASE("combine of many random cases", "[kernels][combine][slow]") {
    random_cases(4, 20000, 6, 64);
    random_cases(5, 600, 40, 64);
}

TEST_CASE("combine of few columns that are summed over many samples", "[kernels][combine]") {
    exact::Draw draw(21);
    int by_dots = 0;
    for (int i = 0; i < 300; ++i) {
        RandomSum c;
        c.rows = 4 + draw.below(37);
        c.columns = 8 + draw.below(9);
        const int word_a = 9 + static_cast<int>(draw.below(8)); // within the bounds of dot products or beyond
        const int word_b = 9 + static_cast<int>(draw.below(8));
        const std::size_t products = 1 + draw.below(4);
        for (std::size_t t = 0; t < products; ++t) {
            Term term;
            term.kind = Term::Kind::matrix;
            term.depth = 64 + draw.below(140);
            term.shift = static_cast<int>(draw.below(3));
            const Layout layout = draw.below(2) == 0 ? Layout::row_major : Layout::padded;
            c.a.push_back(fxp_test::random_matrix(draw, c.rows, term.depth, word_a, layout));
            c.b.push_back(fxp_test::random_matrix(draw, term.depth, c.columns, word_b, Layout::column_major));
            if (draw.below(8) == 0) { // zeros are measured as such
                std::fill(c.a.back().memory.begin(), c.a.back().memory.end(), std::byte{0});
                std::fill(c.a.back().values.begin(), c.a.back().values.end(), 0);
            }
            c.terms.push_back(term);
        }
        if (draw.below(2) == 0) {
            c.add(draw, Term::Kind::plain, 1, 16, 16, static_cast<int>(draw.below(3)), draw.below(2) == 0);
        }
        c.link();
        How how = random_how(draw);
        how.by_dots = true;
        const Accumulator met = check_stored(c, how, draw);
        // Panels would have taken the smaller accumulator.
        by_dots += c.expected_accumulator() == Accumulator::bits32 && met == Accumulator::bits64 ? 1 : 0;
    }
    if (fxp::kernels::gemm::DirectProduct::suits({}, {}, 1)) CHECK(by_dots > 20);
}

TEST_CASE("combine beyond one tile of columns", "[kernels][combine]") {
    exact::Draw draw(6);
    for (const int word : {8, 32, 64}) {
        RandomSum c;
        c.rows = 3;
        c.columns = 530;
        c.add(draw, Term::Kind::matrix, 5, word, word, 0, false);
        c.add(draw, Term::Kind::plain, 1, word, word, 3, true);
        c.add(draw, Term::Kind::elementwise, 1, word, word, 0, false);
        c.link();
        for (int i = 0; i < 6; ++i) check_stored(c, random_how(draw), draw);
    }
}

TEST_CASE("combine of products large enough for panels, of every storage", "[kernels][combine]") {
    exact::Draw draw(7);
    for (const int word : {8, 16, 24, 30, 32}) {
        for (int i = 0; i < 4; ++i) {
            RandomSum c;
            c.rows = 45 + draw.below(4);
            c.columns = 65 + draw.below(40);
            c.add(draw, Term::Kind::matrix, 45 + draw.below(4), word, word, 0, false);
            c.add(draw, Term::Kind::plain, 1, word, word, 3, true);
            if (i % 2 == 0) c.add(draw, Term::Kind::matrix, 7, word, word, i, false);
            c.link();
            check_stored(c, random_how(draw), draw);
        }
    }
}

TEST_CASE("combine of products large enough for blocks of many rows", "[kernels][combine]") {
    exact::Draw draw(8);
    struct Large {
        int word;
        std::size_t rows;
        std::size_t columns;
        std::size_t depth;
    };
    for (const Large& large : {Large{24, 141, 270, 120}, Large{11, 133, 35, 1100}}) {
        RandomSum c;
        c.rows = large.rows;
        c.columns = large.columns;
        c.add(draw, Term::Kind::matrix, large.depth, large.word, large.word, 0, false);
        c.add(draw, Term::Kind::plain, 1, large.word, large.word, 3, true);
        c.link();
        for (int i = 0; i < 2; ++i) check_stored(c, random_how(draw), draw);
    }
}

TEST_CASE("the accumulator is the smallest that the bound allows", "[kernels][combine]") {
    // depth * a * b * 2^shift at each limit, with every element at the end of its range
    struct Edge {
        std::int64_t a;
        std::int64_t b;
        std::size_t depth;
        int shift;
        Accumulator expected;
    };
    const std::int64_t max32 = std::numeric_limits<std::int32_t>::max();
    const std::int64_t max64 = std::numeric_limits<std::int64_t>::max();
    const Edge edges[] = {
        {max32, max32, 2, 0, Accumulator::bits64},                                  // 2^63 - ...
        {std::int64_t{1} << 31, std::int64_t{1} << 30, 2, 0, Accumulator::bits64},  // 2^62
        {std::int64_t{1} << 31, std::int64_t{1} << 31, 2, 0, Accumulator::bits128}, // 2^63 is one too many
        {std::int64_t{1} << 31, std::int64_t{1} << 31, 1, 1, Accumulator::bits128}, // so it is by a shift
        {max64, 1, 1, 0, Accumulator::bits64},
        {max64, 1, 1, 1, Accumulator::bits128},
        {max64, max64, 1, 0, Accumulator::bits128},
        {max64, max64, 2, 0, Accumulator::bits128}, // 2^127 - 2^65 + 2
        {max64, max64, 3, 0, Accumulator::bits256},
        {max64, max64, 1, 2, Accumulator::bits256},
        {std::int64_t{1} << 62, std::int64_t{1} << 62, 7, 0, Accumulator::bits128}, // 7 * 2^124
        {std::int64_t{1} << 62, std::int64_t{1} << 62, 8, 0, Accumulator::bits256}, // 2^127
        {std::int64_t{1} << 62, 1, 1, 64, Accumulator::bits128},                    // 2^126
        {max64, max64, 5, 64, Accumulator::bits256},
    };
    for (const Edge& edge : edges) {
        for (const int sign : {1, -1}) {
            const std::vector<std::int64_t> a(edge.depth, edge.a * sign);
            const std::vector<std::int64_t> b(edge.depth, edge.b);
            Term term;
            term.kind = Term::Kind::matrix;
            term.depth = edge.depth;
            term.shift = edge.shift;
            term.a = {a.data(), 8, static_cast<std::ptrdiff_t>(edge.depth), 1, std::uint64_t{1} << 63};
            term.b = {b.data(), 8, 1, 1, std::uint64_t{1} << 63};
            Workspace workspace;
            const Combine plan(&term, 1, 1, 1, workspace);
            INFO(edge.a << " * " << edge.b << " * " << edge.depth << " << " << edge.shift);
            CHECK(plan.accumulator() == edge.expected);
            for (const int shift : {0, 64, 128}) {
                fxp::kernels::Requantize how;
                how.shift = shift;
                how.limits = Limits{Format{64, 0}};
                std::int64_t out = 0;
                OverflowCount counted;
                plan.run(0, 1, 0, 1, how, nullptr, &out, counted);
                exact::Events events;
                const Integer sum = Integer{exact::i128{edge.a} * edge.b * sign} *
                                    Integer{static_cast<exact::i128>(edge.depth)} * Integer::pow2(edge.shift);
                CHECK(out == exact::requantized(how.rounding, how.overflow, sum, shift, 64, events));
                CHECK(events == counted);
            }
        }
    }
}

TEST_CASE("the least value of a storage, left by wrapping, is summed right", "[kernels][combine]") {
    const std::array<std::int64_t, 4> least{std::numeric_limits<std::int64_t>::min(), -1,
                                            std::numeric_limits<std::int64_t>::max(), 0};
    Term terms[2];
    for (Term& term : terms) term.a = {least.data(), 8, 4, 1, std::uint64_t{1} << 63};
    terms[0].negate = true;
    terms[1].negate = true;
    Workspace workspace;
    const Combine plan(terms, 2, 1, 4, workspace);
    CHECK(plan.accumulator() == Accumulator::bits128);
    fxp::kernels::Requantize how;
    how.shift = 2;
    how.limits = Limits{Format{64, 0}};
    how.rounding = fxp::Rounding::floor;
    std::array<std::int64_t, 4> out{};
    OverflowCount events;
    plan.run(0, 1, 0, 4, how, nullptr, out.data(), events);
    CHECK(out == std::array<std::int64_t, 4>{std::int64_t{1} << 62, 0, -(std::int64_t{1} << 62), 0});
    CHECK(events.count == 0);
}

TEST_CASE("an empty sum is zero and an empty result is nothing", "[kernels][combine]") {
    const std::array<std::int32_t, 1> unused{};
    Term term;
    term.kind = Term::Kind::matrix;
    term.depth = 0;
    term.a = {unused.data(), 4, 0, 1, 1};
    term.b = {unused.data(), 4, 3, 1, 1};
    Workspace workspace;
    const Combine plan(&term, 1, 2, 3, workspace);
    CHECK(plan.work() == 0);
    std::array<std::int32_t, 6> out{1, 2, 3, 4, 5, 6};
    OverflowCount events;
    fxp::kernels::Requantize how;
    plan.run(0, 0, 0, 3, how, nullptr, out.data(), events);
    CHECK(out == std::array<std::int32_t, 6>{1, 2, 3, 4, 5, 6});
    plan.run(0, 2, 0, 3, how, nullptr, out.data(), events);
    CHECK(out == std::array<std::int32_t, 6>{});
    CHECK(events.count == 0);
}

TEST_CASE("factors of a product of no depth need no elements", "[kernels][combine]") {
    // Sums that every method would compute, had they a depth; a sanitizer sees an offset from nothing.
    for (const int bytes : {1, 4, 8}) {
        for (const bool along_depth : {false, true}) {
            for (const auto& [rows, columns] : {std::pair{1U, 5U}, std::pair{5U, 1U}, std::pair{4U, 600U}}) {
                Term term;
                term.kind = Term::Kind::matrix;
                term.depth = 0;
                term.a = {nullptr, bytes, 0, 1, 1};
                term.b = {nullptr, bytes, along_depth ? 1 : static_cast<std::ptrdiff_t>(columns), along_depth ? 0 : 1,
                          1};
                Workspace workspace;
                const Combine plan(&term, 1, rows, columns, workspace);
                std::vector<std::int8_t> out(std::size_t{rows} * columns, 7);
                OverflowCount events;
                plan.run(0, rows, 0, columns, {}, nullptr, out.data(), events);
                CHECK(out == std::vector<std::int8_t>(out.size(), 0));
            }
        }
    }
}

TEST_CASE("terms of zeros need no accumulator for their alignment", "[kernels][combine]") {
    const fxp::FxpTensor<8, 0> zeros(fxp::Shape{4});
    const fxp::FxpTensor<-56, 64> small(fxp::Shape{4});
    const auto sum = fxp::add<fxp::Q<8, 24>>(zeros, small);
    CHECK(sum == fxp::FxpTensor<8, 24>(fxp::Shape{4}));
}

TEST_CASE("combine of several products of short words, of equal and of other shifts", "[kernels][combine]") {
    exact::Draw draw(8);
    for (int i = 0; i < 200; ++i) {
        RandomSum c;
        c.rows = 4 + draw.below(30);
        c.columns = 8 + draw.below(50);
        const int common = static_cast<int>(draw.below(4));
        const std::size_t products = 2 + draw.below(4);
        for (std::size_t t = 0; t < products; ++t) {
            const int shift = draw.below(4) == 0 ? static_cast<int>(draw.below(9)) : common;
            const auto word = [&] { return draw.below(5) == 0 ? 8 : 16; };
            c.add(draw, Term::Kind::matrix, 1 + draw.below(40), word(), word(), shift, false);
        }
        if (draw.below(2) == 0) c.add(draw, Term::Kind::plain, 1, 16, 16, static_cast<int>(draw.below(12)), false);
        c.link();
        How how = random_how(draw);
        how.requantize.shift = static_cast<int>(draw.below(20));
        how.word_bits = 2 + static_cast<int>(draw.below(31));
        if (how.add) how.add_word_bits = how.word_bits;
        INFO("case " << i << ": " << c.rows << " x " << c.columns << ", " << products << " products");
        check_stored(c, how, draw);
    }
}

TEST_CASE("combine of products that are multiplied in tiles where there are any", "[kernels][combine][amx]") {
    exact::Draw draw(7);
    int in_tiles = 0;
    for (int i = 0; i < 14; ++i) {
        RandomSum c;
        c.rows = 40 + draw.below(60);
        c.columns = 20 + draw.below(80);
        const std::array<int, 3> words{8, 16, 32};
        const int word = words[i == 0 ? 2 : draw.below(2)];
        const std::size_t products = 1 + draw.below(4);
        const int common = static_cast<int>(draw.below(3));
        for (std::size_t t = 0; t < products; ++t) {
            const int shift = draw.below(4) == 0 ? static_cast<int>(draw.below(9)) : common;
            c.add(draw, Term::Kind::matrix, 64 + draw.below(70), word, word, shift, false);
        }
        c.add(draw, Term::Kind::plain, 1, word, word, static_cast<int>(draw.below(12)), draw.below(2) == 0);
        c.link();
        How how = random_how(draw);
        how.requantize.shift = static_cast<int>(draw.below(20));
        how.word_bits = 2 + static_cast<int>(draw.below(31));
        if (how.add) how.add_word_bits = how.word_bits;
        INFO("case " << i << ": " << c.rows << " x " << c.columns << ", " << products << " products of " << word
                     << " bits");
        in_tiles += fxp::kernels::plan_sum(c.terms.data(), c.terms.size(), c.rows, c.columns).method ==
                    fxp::kernels::Method::tiles;
        c.link();
        check_stored(c, how, draw);
    }
    if (fxp::kernels::active_isa() == fxp::kernels::Isa::amx) CHECK(in_tiles >= 5);
}

} // namespace combine_test
