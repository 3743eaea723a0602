// Factor: a public real number of any size as an integer and a power of two.
#pragma once

#include "fxp/core/wide.hpp"

#include <cstdint>

namespace fxp {

/// mantissa * 2^-shift, not negative; the mantissa is zero or lies in [2^30, 2^31). What schedules and optimizers
/// multiply by: 31 significant bits whatever the size, where a format would lose small numbers.
struct Factor {
    std::int64_t mantissa = 0; ///< 0, or in [2^30, 2^31)
    int shift = 0;             ///< of any sign; 0 for the number zero

    friend constexpr bool operator==(const Factor&, const Factor&) = default;
    friend constexpr bool operator<(const Factor& a, const Factor& b) {
        if (a.mantissa == 0 || b.mantissa == 0) return a.mantissa < b.mantissa;
        return a.shift != b.shift ? a.shift > b.shift : a.mantissa < b.mantissa;
    }
};

/// a 2^bits / divisor, to within 2^-30 of itself; divisor > 0.
constexpr Factor divide(Factor a, uint128 divisor, int bits) {
    int shift = 0; // divisor = its leading 32 bits * 2^shift
    while (divisor >> 32 != 0) {
        divisor >>= 1;
        ++shift;
    }
    while (divisor >> 31 == 0) {
        divisor <<= 1;
        --shift;
    }
    std::int64_t quotient = (a.mantissa << 32) / static_cast<std::int64_t>(divisor); // < 2^32
    int below = 32;
    while (quotient >> 31 != 0) {
        quotient >>= 1;
        --below;
    }
    return {quotient, quotient == 0 ? 0 : a.shift + below + shift - bits};
}

/// value * factor * 2^bits, rounded half upwards; beyond +-2^120 that limit. |value| < 2^95.
FXP_INLINE constexpr int128 multiply(int128 value, Factor factor, int bits) {
    constexpr int128 limit = int128{1} << 120;
    const int shift = factor.shift - bits;
    const int128 product = value * factor.mantissa;
    if (shift > 126) return 0;
    if (shift > 0) {
        const int128 rounded = (product + (int128{1} << (shift - 1))) >> shift;
        return rounded > limit ? limit : rounded < -limit ? -limit : rounded;
    }
    if (product == 0) return 0;
    if (shift < -120 || product > limit >> -shift) return product < 0 ? -limit : limit;
    return product < -(limit >> -shift) ? -limit : product * (int128{1} << -shift);
}

} // namespace fxp
