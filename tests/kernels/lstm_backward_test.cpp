// The way back through cells of 16- and 32-bit words in registers against requantized products, one by one.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/lstm_backward.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace lstm_backward_test {

using fxp::Format;
using fxp::Limits;
using fxp::OverflowCount;
using fxp::Rounding;
using fxp::kernels::LstmBackwardLanes;
using fxp::kernels::Requantize;
using Steps = fxp::kernels::LstmBackwardSteps;

namespace {

template <class Word>
using Row = std::vector<Word>;
using Rules = std::array<Requantize, Steps::count>;

bool is_slope(std::size_t k) { return k == Steps::tanh_c_slope || (k >= Steps::f_slope && k <= Steps::g_slope); }

template <class Word>
struct Cell {
    std::array<Row<Word>, 4> gates;
    Row<Word> tanh_c;
    Row<Word> c;
    Row<Word> dh;
    Row<Word> dc;
};

template <class Word>
struct Errors {
    std::array<Row<Word>, 4> dz;
    Row<Word> dc_prev;
};

std::int64_t product(const Rules& rules, Steps::Index step, std::size_t element, std::int64_t a, std::int64_t b,
                     OverflowCount& events) {
    const Requantize& rule = rules[step];
    std::int64_t result = 0;
    fxp::kernels::with_rounding(rule.rounding, [&]<Rounding rounding>() {
        result = fxp::requantize<rounding>(fxp::int128{a} * b, rule.shift, rule.limits, rule.overflow, events,
                                           rule.random.word(element));
    });
    return result;
}

/// What the header promises, with everything that does not fit counted.
template <class Word>
Errors<Word> plain(const Cell<Word>& cell, const Rules& rules, const Limits& total_limits, std::int64_t one,
                   std::size_t first, OverflowCount& events) {
    const std::size_t count = cell.c.size();
    Errors<Word> out;
    for (Row<Word>& row : out.dz) row.resize(count);
    out.dc_prev.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = first + i;
        const auto times = [&](std::size_t step, std::int64_t a, std::int64_t b) {
            return product(rules, static_cast<Steps::Index>(step), at, a, b, events);
        };
        const auto fitted = [&](std::int64_t value, const Limits& limits) {
            return fxp::fit(value, limits, fxp::Overflow::saturate, events);
        };
        const auto tanh_slope = [&](std::size_t step, std::int64_t y) {
            const Limits& limits = rules[step].limits;
            return times(step, fitted(one - y, limits), fitted(one + y, limits));
        };
        const auto gate = [&](std::size_t k) { return std::int64_t{cell.gates[k][i]}; };
        const std::int64_t dh = cell.dh[i];
        const std::int64_t slope = tanh_slope(Steps::tanh_c_slope, cell.tanh_c[i]);
        const std::int64_t share = times(Steps::c, times(Steps::tanh_c, dh, gate(2)), slope);
        const std::int64_t total = fitted(std::int64_t{cell.dc[i]} + share, total_limits);
        const std::array<std::int64_t, 4> errors{times(Steps::f, total, cell.c[i]), times(Steps::i, total, gate(3)),
                                                 times(Steps::o, dh, cell.tanh_c[i]), times(Steps::g, total, gate(1))};
        for (std::size_t k = 0; k < 4; ++k) {
            const std::size_t step = Steps::f_slope + k;
            const std::int64_t own =
                k == 3 ? tanh_slope(step, gate(k)) : times(step, fitted(one - gate(k), rules[step].limits), gate(k));
            out.dz[k][i] = static_cast<Word>(times(Steps::z_f + k, errors[k], own));
        }
        out.dc_prev[i] = static_cast<Word>(times(Steps::previous_c, total, gate(0)));
    }
    return out;
}

/// Fraction bits of words of 16 and 32 bits in these tests; `one` is the number 1 then.
template <class Word>
constexpr int fraction = 8 * static_cast<int>(sizeof(Word)) - 2;
template <class Word>
constexpr Word one = Word{1} << fraction<Word>;

/// Steps that all shift by fraction<Word> bits, in words of errors and of slopes.
template <class Word>
Rules alike(int error_bits, int slope_bits, Rounding rounding) {
    Rules rules;
    for (std::size_t k = 0; k < Steps::count; ++k) {
        rules[k].shift = fraction<Word>;
        rules[k].limits = Limits{Format{is_slope(k) ? slope_bits : error_bits, 0}};
        rules[k].rounding = rounding;
    }
    return rules;
}

/// Returns whether the kernel was sure that everything fits.
template <class Word>
bool check(exact::Draw& draw, const LstmBackwardLanes<Word>& kernel, const Rules& rules, const Limits& total, Word unit,
           int state_bits, int gradient_bits) {
    constexpr int word_bits = 8 * static_cast<int>(sizeof(Word));
    const std::size_t count = kernel.unit * draw.below(9);
    const auto row = [&](int bits) {
        Row<Word> values(count);
        for (auto& v : values) v = static_cast<Word>(draw.raw(bits, fxp::Range::full));
        return values;
    };
    const int shift = rules[0].shift;
    const int unit_bits = std::min(shift + 1, word_bits);
    Cell<Word> cell{{row(unit_bits), row(unit_bits), row(unit_bits), row(unit_bits)},
                    row(unit_bits),
                    row(state_bits),
                    row(gradient_bits),
                    row(gradient_bits)};
    if (count != 0 && draw.below(3) == 0) cell.dh[draw.below(count)] = std::numeric_limits<Word>::min();
    if (count != 0 && draw.below(3) == 0) cell.gates[draw.below(4)][draw.below(count)] = unit;
    const std::size_t first = 4 * draw.below(1000);
    OverflowCount events;
    const Errors<Word> expected = plain(cell, rules, total, unit, first, events);
    Errors<Word> out;
    for (Row<Word>& r : out.dz) r.resize(count);
    out.dc_prev.resize(count);
    fxp::kernels::LstmRows<Word> rows{{},
                                      cell.tanh_c.data(),
                                      cell.c.data(),
                                      cell.dh.data(),
                                      cell.dc.data(),
                                      {},
                                      draw.below(4) == 0 ? nullptr : out.dc_prev.data()};
    for (std::size_t k = 0; k < 4; ++k) {
        rows.gates[k] = cell.gates[k].data();
        rows.dz[k] = out.dz[k].data();
    }
    if (!kernel.run(rows, count, first)) return false;
    REQUIRE(events.count == 0);
    for (std::size_t k = 0; k < 4; ++k) REQUIRE(out.dz[k] == expected.dz[k]);
    if (rows.dc_prev != nullptr) REQUIRE(out.dc_prev == expected.dc_prev);
    return true;
}

/// Equal elements; tanh(C') and C are zero.
template <class Word>
struct Equal {
    std::array<Word, 4> gates{};
    Word dh = 0;
    Word dc = 0;
};

/// dC, if the kernel is sure that everything fits.
template <class Word>
std::optional<Word> sure(const LstmBackwardLanes<Word>& kernel, const Equal<Word>& cell) {
    constexpr std::size_t count = LstmBackwardLanes<Word>::unit;
    const Row<Word> zeros(count);
    const Row<Word> dh(count, cell.dh);
    const Row<Word> dc(count, cell.dc);
    std::array<Row<Word>, 4> gates;
    std::array<Row<Word>, 4> dz;
    Row<Word> dc_prev(count);
    fxp::kernels::LstmRows<Word> rows{{}, zeros.data(), zeros.data(), dh.data(), dc.data(), {}, dc_prev.data()};
    for (std::size_t k = 0; k < 4; ++k) {
        gates[k].assign(count, cell.gates[k]);
        dz[k].resize(count);
        rows.gates[k] = gates[k].data();
        rows.dz[k] = dz[k].data();
    }
    if (!kernel.run(rows, count, 0)) return std::nullopt;
    return dc_prev[0];
}

} // namespace

TEMPLATE_TEST_CASE("the way back through cells in registers equals products one by one", "[kernels]", std::int16_t,
                   std::int32_t) {
    using Word = TestType;
    constexpr int word_bits = 8 * static_cast<int>(sizeof(Word));
    exact::Draw draw(51);
    constexpr std::array mixed{Rounding::floor, Rounding::nearest_up, Rounding::nearest_even, Rounding::stochastic};
    constexpr std::size_t rules_of_word = word_bits == 16 ? 4 : 3;
    int sure = 0;
    int unsure = 0;
    bool applied = false;
    for (int i = 0; i < 600; ++i) {
        const int shift = 1 + static_cast<int>(draw.below(word_bits - 1));
        const int error_bits = word_bits - 4 + static_cast<int>(draw.below(5));
        const int value_bits = std::min(word_bits, shift + 1 + static_cast<int>(draw.below(4)));
        const int total_bits = error_bits + static_cast<int>(draw.below(20));
        const bool pseudo = draw.below(4) == 0;
        const fxp::Range range = draw.range();
        Rules rules;
        for (std::size_t k = 0; k < Steps::count; ++k) {
            rules[k].shift = shift;
            rules[k].limits = Limits{Format{is_slope(k) ? value_bits : error_bits, 0, range}};
            rules[k].rounding = pseudo ? Rounding::pseudo_stochastic : mixed[draw.below(rules_of_word)];
            rules[k].random = {draw.bits(), 3, static_cast<std::uint32_t>(k), fxp::RandomUse::rounding};
        }
        const Limits total{Format{total_bits, 0, range}};
        const auto unit =
            static_cast<Word>(std::min<std::int64_t>(std::int64_t{1} << shift, Limits{Format{value_bits, 0}}.max_raw));
        const LstmBackwardLanes<Word> kernel(rules, total, unit);
        if (!kernel.applies()) continue;
        applied = true;
        const int gradient_bits = 2 + static_cast<int>(draw.below(word_bits - 1));
        (check(draw, kernel, rules, total, unit, value_bits, gradient_bits) ? sure : unsure) += 1;
    }
    if (!applied) return; // there is a kernel for AVX-512 only
    CHECK(sure > 100);
    CHECK(unsure > 20);
}

TEMPLATE_TEST_CASE("a sum of gradients that leaves the word is not sure", "[kernels]", std::int16_t, std::int32_t) {
    using Word = TestType;
    constexpr int bits = fraction<Word> + 2;
    constexpr Word most = std::numeric_limits<Word>::max();
    const LstmBackwardLanes<Word> kernel(alike<Word>(bits, bits, Rounding::nearest_even), Limits{Format{bits + 4, 0}},
                                         one<Word>);
    if (!kernel.applies()) return;
    // dh times o, one half, and 1 - tanh(C')^2, one: 2 is added to dc.
    const auto sure_of = [&](Word dc) {
        return sure(kernel, Equal<Word>{{one<Word> / 2, 0, one<Word> / 2, 0}, 4, dc});
    };
    CHECK(sure_of(most - 3) == most / 2);
    CHECK_FALSE(sure_of(most - 1));
    CHECK_FALSE(sure_of(most));
}

TEMPLATE_TEST_CASE("a product that leaves the word for a number within it is not sure", "[kernels]", std::int16_t,
                   std::int32_t) {
    using Word = TestType;
    constexpr int bits = fraction<Word> + 2;
    for (const Rounding rounding : {Rounding::nearest_even, Rounding::pseudo_stochastic}) {
        const LstmBackwardLanes<Word> kernel(alike<Word>(bits, bits, rounding), Limits{Format{bits, 0}}, one<Word>);
        if (!kernel.applies()) return;
        const auto sure_of = [&](Word o) {
            return sure(kernel, Equal<Word>{{0, 0, o, 0}, std::numeric_limits<Word>::max() - 1, 0});
        };
        CHECK(sure_of(one<Word>));
        CHECK_FALSE(sure_of(one<Word> + 3)); // 4 more than fits, which modulo the word is a negative number
    }
}

TEMPLATE_TEST_CASE("an error beyond either end of its limits is not sure", "[kernels]", std::int16_t, std::int32_t) {
    using Word = TestType;
    constexpr int bits = fraction<Word> + 1;
    constexpr auto most = static_cast<Word>(Limits{Format{bits, 0}}.max_raw);
    for (const Rounding rounding : {Rounding::nearest_even, Rounding::pseudo_stochastic}) {
        const LstmBackwardLanes<Word> kernel(alike<Word>(bits, bits + 1, rounding), Limits{Format{bits + 1, 0}},
                                             one<Word>);
        if (!kernel.applies()) return;
        const auto sure_of = [&](Word dh) {
            return sure(kernel, Equal<Word>{{0, 0, one<Word>, 0}, dh, 0}).has_value();
        };
        CHECK(sure_of(most));
        CHECK(sure_of(-most));
        CHECK_FALSE(sure_of(most + 1));
        CHECK_FALSE(sure_of(-most - 1));
    }
}

TEMPLATE_TEST_CASE("a gate whose distance from one does not fit is not sure", "[kernels]", std::int16_t, std::int32_t) {
    using Word = TestType;
    constexpr int bits = fraction<Word> + 2;
    constexpr Word almost_one = one<Word> - 1; // 1 itself does not fit slopes of so many bits
    const LstmBackwardLanes<Word> kernel(alike<Word>(bits, bits - 1, Rounding::nearest_even), Limits{Format{bits, 0}},
                                         almost_one);
    if (!kernel.applies()) return;
    for (std::size_t k = 0; k < 3; ++k) {
        const auto sure_of = [&](Word gate) {
            Equal<Word> cell;
            cell.gates[k] = gate;
            return sure(kernel, cell);
        };
        CHECK(sure_of(almost_one));
        CHECK_FALSE(sure_of(-1));
        CHECK_FALSE(sure_of(-100));
    }
}

TEMPLATE_TEST_CASE("the way back in registers is for roundings in one pass", "[kernels]", std::int16_t, std::int32_t) {
    using Word = TestType;
    constexpr int word_bits = 8 * static_cast<int>(sizeof(Word));
    Rules rules;
    for (Requantize& rule : rules) rule.shift = 12;
    const Limits limits{Format{word_bits, 0}};
    const auto applies = [&](std::size_t step, auto change) {
        Rules changed = rules;
        change(changed[step]);
        return LstmBackwardLanes<Word>(changed, limits, 4096).applies();
    };
    CHECK_FALSE(applies(3, [](Requantize& rule) { rule.shift = 11; }));
    CHECK_FALSE(applies(4, [](Requantize& rule) { rule.rounding = Rounding::toward_zero; }));
    CHECK_FALSE(applies(5, [](Requantize& rule) { rule.rounding = Rounding::pseudo_stochastic; }));
    CHECK_FALSE(applies(6, [](Requantize& rule) { rule.overflow = fxp::Overflow::wrap; }));
    const bool has_kernel = LstmBackwardLanes<Word>(rules, limits, 4096).applies();
    CHECK(applies(7, [](Requantize& rule) { rule.rounding = Rounding::stochastic; }) ==
          (has_kernel && word_bits == 16));
    for (const int shift : {0, 1, word_bits - 1, word_bits}) {
        for (const Rounding rounding : {Rounding::nearest_even, Rounding::pseudo_stochastic}) {
            for (Requantize& rule : rules) {
                rule.shift = shift;
                rule.rounding = rounding;
            }
            const int least = rounding == Rounding::nearest_even ? 1 : 2;
            CHECK(LstmBackwardLanes<Word>(rules, limits, 4096).applies() ==
                  (has_kernel && shift >= least && shift < word_bits));
        }
    }
}

} // namespace lstm_backward_test
