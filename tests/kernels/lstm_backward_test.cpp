// The way back through 16-bit cells in registers against requantized products, one by one.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/lstm_backward.hpp>

#include <array>
#include <optional>
#include <vector>

namespace lstm_backward_test {

using fxp::Format;
using fxp::Limits;
using fxp::OverflowCount;
using fxp::Rounding;
using fxp::kernels::LstmBackward16;
using fxp::kernels::Requantize;
using Steps = fxp::kernels::LstmBackwardSteps;

namespace {

using Row = std::vector<std::int16_t>;
using Rules = std::array<Requantize, Steps::count>;

bool is_slope(std::size_t k) { return k == Steps::tanh_c_slope || (k >= Steps::f_slope && k <= Steps::g_slope); }

struct Cell {
    std::array<Row, 4> gates;
    Row tanh_c;
    Row c;
    Row dh;
    Row dc;
};

struct Errors {
    std::array<Row, 4> dz;
    Row dc_prev;
};

std::int64_t product(const Rules& rules, Steps::Index step, std::size_t element, std::int64_t a, std::int64_t b,
                     OverflowCount& events) {
    const Requantize& rule = rules[step];
    std::int64_t result = 0;
    fxp::kernels::with_rounding(rule.rounding, [&]<Rounding rounding>() {
        result =
            fxp::requantize<rounding>(a * b, rule.shift, rule.limits, rule.overflow, events, rule.random.word(element));
    });
    return result;
}

/// What the header promises, with everything that does not fit counted.
Errors plain(const Cell& cell, const Rules& rules, const Limits& total_limits, std::int64_t one, std::size_t first,
             OverflowCount& events) {
    const std::size_t count = cell.c.size();
    Errors out;
    for (Row& row : out.dz) row.resize(count);
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
        const std::int64_t total = fitted(cell.dc[i] + share, total_limits);
        const std::array<std::int64_t, 4> errors{times(Steps::f, total, cell.c[i]), times(Steps::i, total, gate(3)),
                                                 times(Steps::o, dh, cell.tanh_c[i]), times(Steps::g, total, gate(1))};
        for (std::size_t k = 0; k < 4; ++k) {
            const std::size_t step = Steps::f_slope + k;
            const std::int64_t own =
                k == 3 ? tanh_slope(step, gate(k)) : times(step, fitted(one - gate(k), rules[step].limits), gate(k));
            out.dz[k][i] = static_cast<std::int16_t>(times(Steps::z_f + k, errors[k], own));
        }
        out.dc_prev[i] = static_cast<std::int16_t>(times(Steps::previous_c, total, gate(0)));
    }
    return out;
}

/// Steps that all shift by 14 bits, in words of errors and of slopes.
Rules alike(int error_bits, int slope_bits, Rounding rounding) {
    Rules rules;
    for (std::size_t k = 0; k < Steps::count; ++k) {
        rules[k].shift = 14;
        rules[k].limits = Limits{Format{is_slope(k) ? slope_bits : error_bits, 0}};
        rules[k].rounding = rounding;
    }
    return rules;
}

/// Returns whether the kernel was sure that everything fits.
bool check(exact::Draw& draw, const LstmBackward16& kernel, const Rules& rules, const Limits& total, std::int16_t one,
           int state_bits, int gradient_bits) {
    const std::size_t count = 32 * (1 + draw.below(8));
    const auto row = [&](int bits) {
        Row values(count);
        for (auto& v : values) v = static_cast<std::int16_t>(draw.raw(bits, fxp::Range::full));
        return values;
    };
    const int shift = rules[0].shift;
    const int unit_bits = std::min(shift + 1, 16);
    Cell cell{{row(unit_bits), row(unit_bits), row(unit_bits), row(unit_bits)},
              row(unit_bits),
              row(state_bits),
              row(gradient_bits),
              row(gradient_bits)};
    if (draw.below(3) == 0) cell.dh[draw.below(count)] = -32768;
    if (draw.below(3) == 0) cell.gates[draw.below(4)][draw.below(count)] = one;
    const std::size_t first = 4 * draw.below(1000);
    OverflowCount events;
    const Errors expected = plain(cell, rules, total, one, first, events);
    Errors out;
    for (Row& r : out.dz) r.resize(count);
    out.dc_prev.resize(count);
    fxp::kernels::LstmRows16 rows{{},
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
struct Equal {
    std::array<std::int16_t, 4> gates{};
    std::int16_t dh = 0;
    std::int16_t dc = 0;
};

/// dC, if the kernel is sure that everything fits.
std::optional<std::int16_t> sure(const LstmBackward16& kernel, const Equal& cell) {
    constexpr std::size_t count = 32;
    const Row zeros(count);
    const Row dh(count, cell.dh);
    const Row dc(count, cell.dc);
    std::array<Row, 4> gates;
    std::array<Row, 4> dz;
    Row dc_prev(count);
    fxp::kernels::LstmRows16 rows{{}, zeros.data(), zeros.data(), dh.data(), dc.data(), {}, dc_prev.data()};
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

TEST_CASE("the way back through 16-bit cells equals products one by one", "[kernels]") {
    exact::Draw draw(51);
    constexpr std::array mixed{Rounding::floor, Rounding::nearest_up, Rounding::nearest_even, Rounding::stochastic};
    int sure = 0;
    int unsure = 0;
    bool applied = false;
    for (int i = 0; i < 600; ++i) {
        const int shift = 1 + static_cast<int>(draw.below(15));
        const int error_bits = 12 + static_cast<int>(draw.below(5));
        const int value_bits = std::min(16, shift + 1 + static_cast<int>(draw.below(4)));
        const int total_bits = error_bits + static_cast<int>(draw.below(20));
        const bool pseudo = draw.below(4) == 0;
        const fxp::Range range = draw.range();
        Rules rules;
        for (std::size_t k = 0; k < Steps::count; ++k) {
            rules[k].shift = shift;
            rules[k].limits = Limits{Format{is_slope(k) ? value_bits : error_bits, 0, range}};
            rules[k].rounding = pseudo ? Rounding::pseudo_stochastic : mixed[draw.below(4)];
            rules[k].random = {draw.bits(), 3, static_cast<std::uint32_t>(k), fxp::RandomUse::rounding};
        }
        const Limits total{Format{total_bits, 0, range}};
        const auto one = static_cast<std::int16_t>(
            std::min<std::int64_t>(std::int64_t{1} << shift, Limits{Format{value_bits, 0}}.max_raw));
        const LstmBackward16 kernel(rules, total, one);
        if (!kernel.applies()) continue;
        applied = true;
        const int gradient_bits = 2 + static_cast<int>(draw.below(15));
        (check(draw, kernel, rules, total, one, value_bits, gradient_bits) ? sure : unsure) += 1;
    }
    if (!applied) return; // there is a kernel for AVX-512 only
    CHECK(sure > 100);
    CHECK(unsure > 20);
}

TEST_CASE("a sum of gradients that leaves 16 bits is not sure", "[kernels]") {
    constexpr std::int16_t one = 1 << 14;
    const LstmBackward16 kernel(alike(16, 16, Rounding::nearest_even), Limits{Format{20, 0}}, one);
    if (!kernel.applies()) return;
    // dh times o, one half, and 1 - tanh(C')^2, one: 2 is added to dc.
    const auto sure_of = [&](std::int16_t dc) { return sure(kernel, {{one / 2, 0, one / 2, 0}, 4, dc}); };
    CHECK(sure_of(32764) == 16383);
    CHECK_FALSE(sure_of(32766));
    CHECK_FALSE(sure_of(32767));
}

TEST_CASE("a product that leaves 16 bits for a number within them is not sure", "[kernels]") {
    for (const Rounding rounding : {Rounding::nearest_even, Rounding::pseudo_stochastic}) {
        const LstmBackward16 kernel(alike(16, 16, rounding), Limits{Format{16, 0}}, 1 << 14);
        if (!kernel.applies()) return;
        const auto sure_of = [&](std::int16_t o) { return sure(kernel, {{0, 0, o, 0}, 32766, 0}); };
        CHECK(sure_of(16384));
        CHECK_FALSE(sure_of(16387)); // 32772, which modulo 2^16 is -32764
    }
}

TEST_CASE("a gate whose distance from one does not fit is not sure", "[kernels]") {
    constexpr std::int16_t one = (1 << 14) - 1; // 1 itself does not fit 15 bits
    const LstmBackward16 kernel(alike(16, 15, Rounding::nearest_even), Limits{Format{16, 0}}, one);
    if (!kernel.applies()) return;
    for (std::size_t k = 0; k < 3; ++k) {
        const auto sure_of = [&](std::int16_t gate) {
            Equal cell;
            cell.gates[k] = gate;
            return sure(kernel, cell);
        };
        CHECK(sure_of(one));
        CHECK_FALSE(sure_of(-1));
        CHECK_FALSE(sure_of(-100));
    }
}

TEST_CASE("the way back in registers is for roundings in one pass", "[kernels]") {
    Rules rules;
    for (Requantize& rule : rules) rule.shift = 12;
    const Limits limits{Format{16, 0}};
    const auto applies = [&](std::size_t step, auto change) {
        Rules changed = rules;
        change(changed[step]);
        return LstmBackward16(changed, limits, 4096).applies();
    };
    CHECK_FALSE(applies(3, [](Requantize& rule) { rule.shift = 11; }));
    CHECK_FALSE(applies(4, [](Requantize& rule) { rule.rounding = Rounding::toward_zero; }));
    CHECK_FALSE(applies(5, [](Requantize& rule) { rule.rounding = Rounding::pseudo_stochastic; }));
    CHECK_FALSE(applies(6, [](Requantize& rule) { rule.overflow = fxp::Overflow::wrap; }));
    const bool has_kernel = LstmBackward16(rules, limits, 4096).applies();
    for (const int shift : {0, 1, 15, 16}) {
        for (Requantize& rule : rules) rule.shift = shift;
        CHECK(LstmBackward16(rules, limits, 4096).applies() == (has_kernel && shift >= 1 && shift <= 15));
    }
}

} // namespace lstm_backward_test
