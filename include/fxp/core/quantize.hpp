// The quantize door: real <-> raw. The only floating point of the core; both directions are exactly rounded.
#pragma once

#include "fxp/core/factor.hpp"
#include "fxp/core/overflow.hpp"

#include <cmath>
#include <cstdint>

namespace fxp {

/// value * 2^frac_bits rounded half to even, fitted into the format by `policy` (wrap acts as saturate: a real has no
/// low bits to keep). `value` is finite; the caller refuses NaN and infinities.
inline std::int64_t quantize(double value, Format format, Overflow policy, OverflowCount& events) {
    const double scaled = std::ldexp(value, format.frac_bits);
    const Limits limits{format};
    const Overflow fitting = policy == Overflow::wrap ? Overflow::saturate : policy;
    // From 2^62 on a double has no fraction, and beyond 2^100 only its sign matters.
    if (std::fabs(scaled) >= 0x1p100) return fit(scaled < 0 ? int128_min : int128_max, limits, fitting, events);
    if (std::fabs(scaled) >= 0x1p62) return fit(static_cast<int128>(scaled), limits, fitting, events);
    const double below = std::floor(scaled);
    const double rest = scaled - below;
    const auto integer = static_cast<std::int64_t>(below);
    const bool up = rest > 0.5 || (rest == 0.5 && (integer & 1) != 0);
    return fit(integer + (up ? 1 : 0), limits, fitting, events);
}

/// raw * 2^-frac_bits, the nearest double (exact when |raw| <= 2^53).
inline double dequantize(int128 raw, int frac_bits) { return std::ldexp(static_cast<double>(raw), -frac_bits); }

/// The factor nearest to a public real, ties to the even mantissa: within 2^-31 of value, relatively. value: 0 <=
/// value, finite; below 2^-250 zero.
inline Factor quantize_factor(double value) {
    int exponent = 0;
    const double fraction = std::frexp(value, &exponent); // value = fraction 2^exponent, fraction in [1/2, 1)
    if (fraction == 0 || exponent < -249) return {};
    const auto mantissa = static_cast<std::int64_t>(std::nearbyint(std::ldexp(fraction, 31)));
    return mantissa >> 31 != 0 ? Factor{mantissa >> 1, 30 - exponent} : Factor{mantissa, 31 - exponent};
}
inline double dequantize(const Factor& factor) {
    return std::ldexp(static_cast<double>(factor.mantissa), -factor.shift);
}

} // namespace fxp
