// Derivatives of sigmoid and tanh from their stored outputs.
#pragma once

#include "fxp/core/requantize.hpp"
#include "fxp/core/wide_arithmetic.hpp"

#include <cstdint>

namespace fxp::math {

namespace detail {

/// a b 2^-frac_bits rounded half to even and saturated.
constexpr std::int64_t rounded_product(int128 a, int128 b, Format format) {
    const auto magnitude = [](int128 value) { return static_cast<uint128>(value < 0 ? -value : value); };
    const Int256 product{multiply(magnitude(a), magnitude(b))};
    OverflowCount saturated;
    return requantize<Rounding::nearest_even>((a < 0) != (b < 0) ? -product : product, format.frac_bits, Limits{format},
                                              Overflow::saturate, saturated);
}

/// The number one; zero where a step is more than that, and every sigmoid and tanh rounds to 0 or 1.
constexpr int128 one_in(Format format) { return format.frac_bits < 0 ? 0 : int128{1} << format.frac_bits; }

} // namespace detail

/// sigmoid'(x) = y (1 - y) from y = sigmoid(x), 0 <= y <= 1, rounded once, half to even; format.frac_bits up to 120.
///
/// When y is correctly rounded in the same format, the result is less than 1 ULP from the derivative, also where y is
/// rounded to 0 or 1: half an ULP comes from y, times |1 - 2 y| <= 1, half from the rounding. Where y saturates because
/// the format lacks the number one, y is up to one ULP off and the result up to 1.5 ULP.
constexpr std::int64_t sigmoid_derivative(std::int64_t y, Format format) {
    const int128 one = detail::one_in(format);
    if (one == 0) return 0;
    return detail::rounded_product(y, one - y, format);
}

/// tanh'(x) = (1 + y) (1 - y) from y = tanh(x), |y| <= 1, likewise; less than 1.5 ULP from the derivative, the slope of
/// (1 + y) (1 - y) being |2 y| <= 2, and up to 2.5 ULP where y saturates. One saturates where the format lacks it.
constexpr std::int64_t tanh_derivative(std::int64_t y, Format format) {
    const int128 one = detail::one_in(format);
    if (one == 0) return 0;
    return detail::rounded_product(one + y, one - y, format);
}

} // namespace fxp::math
