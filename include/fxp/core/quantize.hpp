// The quantize door: real <-> raw. The only floating point of the core; both directions are exactly rounded.
#pragma once

#include "overflow.hpp"

#include <cmath>
#include <cstdint>

namespace fxp {

/// value * 2^frac_bits rounded half to even, fitted into the format by `policy` (wrap acts as saturate: a real has no
/// low bits to keep). `value` is finite; the caller refuses NaN and infinities.
inline std::int64_t quantize(double value, Format format, Overflow policy, OverflowCount& events) {
    const double scaled = std::ldexp(value, format.frac_bits);
    const Limits limits{format};
    // Beyond 2^100 only the sign matters; below, the double converts to int128 exactly once it is an integer.
    constexpr double far = 0x1p100;
    if (std::fabs(scaled) >= far) return fit(scaled < 0 ? int128_min : int128_max, limits, Overflow::saturate, events);
    const double below = std::floor(scaled);
    const double rest = scaled - below;
    const bool odd = std::fmod(below, 2.0) != 0.0;
    const double rounded = rest > 0.5 || (rest == 0.5 && odd) ? below + 1.0 : below;
    return fit(static_cast<int128>(rounded), limits, policy == Overflow::wrap ? Overflow::saturate : policy, events);
}

/// raw * 2^-frac_bits, the nearest double (exact when |raw| <= 2^53).
inline double dequantize(int128 raw, int frac_bits) { return std::ldexp(static_cast<double>(raw), -frac_bits); }

} // namespace fxp
