// Products, quotients and square roots of wide integers, exactly.
#pragma once

#include "fxp/core/wide.hpp"
#include "fxp/core/wraps.hpp"

#include <cstdint>

namespace fxp {

/// a * b.
[[FXP_WRAPS]] constexpr UInt256 multiply(uint128 a, uint128 b) {
    const uint128 low_half = ~std::uint64_t{0};
    const uint128 a0 = a & low_half, a1 = a >> 64, b0 = b & low_half, b1 = b >> 64;
    const uint128 middle = (a0 * b0 >> 64) + (a0 * b1 & low_half) + (a1 * b0 & low_half);
    return {a1 * b1 + (a0 * b1 >> 64) + (a1 * b0 >> 64) + (middle >> 64), a * b};
}

/// What divide() returns: a = quotient * b + remainder.
struct Division {
    UInt256 quotient;      ///< rounded down
    uint128 remainder = 0; ///< below the divisor
};

/// floor(a / b) and what is left, 0 < b < 2^127. Costs a step per bit when a has more than 128 bits.
constexpr Division divide(UInt256 a, uint128 b) {
    if (a.high == 0) return {a.low / b, a.low % b};
    Division result{a.high / b, a.high % b};
    result.quotient = result.quotient << 128;
    for (int bit = 127; bit >= 0; --bit) {
        result.remainder = result.remainder << 1 | (a.low >> bit & 1);
        if (result.remainder < b) continue;
        result.remainder -= b;
        result.quotient.low |= uint128{1} << bit;
    }
    return result;
}

/// floor(sqrt(a)). Costs a step per two bits.
constexpr uint128 square_root(UInt256 a) {
    uint128 root = 0;
    UInt256 rest = a;
    for (int bit = 127; bit >= 0; --bit) {
        // (root + 2^bit)^2 = root^2 + (2 root + 2^bit) 2^bit
        const UInt256 step = ((UInt256{root} << 1) + (UInt256{1} << bit)) << bit;
        if (step > rest) continue;
        rest = rest - step;
        root |= uint128{1} << bit;
    }
    return root;
}

} // namespace fxp
