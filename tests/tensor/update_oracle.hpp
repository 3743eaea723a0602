// What the oracles of parameter updates share: factors and roundings written out in exact integers.
#pragma once

#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/core/factor.hpp>
#include <fxp/tensor/fxp_tensor.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

namespace fxp_test {

using exact::Integer;

/// value * factor * 2^bits rounded half upwards, limited to +-2^120.
inline Integer times(const Integer& value, fxp::Factor factor, int bits) {
    const int shift = factor.shift - bits;
    const Integer limit = Integer::pow2(120);
    const Integer product = value * Integer{factor.mantissa};
    if (shift > 190) return Integer{0}; // of products below 2^130
    const Integer result = exact::rounded(fxp::Rounding::nearest_up, product, std::max(shift, -200));
    return result > limit ? limit : result < -limit ? -limit : result;
}

/// The integer nearest w - decay w - change by the rule, fitted; change in units of 2^-32 of a step of w.
inline std::int64_t new_weight(fxp::Rounding rule, fxp::Overflow policy, std::int64_t w, fxp::Factor decay,
                               const Integer& change, fxp::Format format, std::uint32_t random, exact::Events& events) {
    const Integer sum = Integer{w} * Integer::pow2(32) - times(Integer{w}, decay, 32) - change;
    return exact::requantized(rule, policy, sum, 32, format.word_bits(), events, random, format.range);
}

inline std::int64_t to_int64(const Integer& value) { return static_cast<std::int64_t>(exact::to_i128(value)); }

/// The log holds these events of the operation and no others of it.
inline void check_events(const fxp::OverflowLog& log, const std::string& operation, const exact::Events& events,
                         int frac_bits) {
    std::uint64_t count = 0;
    double worst = 0;
    for (const fxp::OverflowRow& row : log.rows()) {
        if (row.operation != operation) continue;
        count += row.count;
        worst = row.worst_value;
    }
    INFO(operation);
    REQUIRE(count == events.count);
    REQUIRE(worst == fxp::dequantize(events.worst, frac_bits));
}

/// A tensor of random raw values of every size, the ends included.
template <class T>
T random_raws(exact::Draw& draw, const fxp::Shape& shape, bool negative = true) {
    T tensor(shape);
    for (auto& raw : tensor.elements()) {
        const std::int64_t value = draw.raw(T::format.word_bits(), negative ? T::format.range : fxp::Range::symmetric);
        raw = static_cast<typename T::Raw>(negative || value >= 0 ? value : -value);
    }
    return tensor;
}

} // namespace fxp_test
