// Derivatives of sigmoid and tanh from their stored outputs.
#pragma once

#include "fxp/core/overflow.hpp"
#include "fxp/core/requantize.hpp"

#include <cstdint>

namespace fxp::math {

namespace detail {

/// (a y + b 2^f) (2^f - y) 2^-2f rounded half to even to f fraction bits, from y with f = format.frac_bits.
constexpr std::int64_t slope(std::int64_t y, bool from_minus_one, Format format) {
    const int128 one = int128{1} << format.frac_bits;
    const int128 product = (from_minus_one ? one + y : int128{y}) * (one - y);
    OverflowCount none;
    return requantize<Rounding::nearest_even>(product, format.frac_bits, Limits{format}, Overflow::saturate, none);
}

} // namespace detail

/// sigmoid'(x) = y (1 - y) from y = sigmoid(x), rounded once, half to even; format.frac_bits of 0..62.
/// When y is correctly rounded in the same format, the result is less than 1 ULP from the derivative, also where y is
/// rounded to 0 or saturates at 1: half an ULP comes from y, times |1 - 2 y| <= 1, half from the rounding.
constexpr std::int64_t sigmoid_derivative(std::int64_t y, Format format) { return detail::slope(y, false, format); }

/// tanh'(x) = (1 + y) (1 - y) from y = tanh(x), likewise; less than 1.5 ULP from the derivative: the slope of
/// (1 + y) (1 - y) is |2 y| <= 2. One saturates where the format cannot hold it.
constexpr std::int64_t tanh_derivative(std::int64_t y, Format format) { return detail::slope(y, true, format); }

} // namespace fxp::math
