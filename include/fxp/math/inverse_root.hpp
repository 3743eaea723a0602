// The inverse square root of a wide integer as a mantissa and a power of two: no format, so nothing under- or
// overflows.
#pragma once

#include "fxp/kernels/piecewise.hpp"
#include "fxp/math/tables/rsqrt.hpp"

#include <bit>
#include <cstdint>

namespace fxp::math {

/// mantissa * 2^-shift.
struct InverseRoot {
    std::int64_t mantissa; ///< of [2^37, 2^38]
    int shift;             ///< of any sign
};

/// 1 / sqrt(n 2^-bits) for n > 0, to within 2^-29 of itself.
FXP_INLINE constexpr InverseRoot inverse_root(std::int64_t n, int bits) {
    constexpr const auto& table = tables::rsqrt;
    static_assert(table.argument_bits == 30 && table.begin == std::int64_t{1} << 30 && table.frac_bits == 38);
    // n 2^-bits = argument 2^-30 4^k, the argument in [2^30, 2^32)
    const int top = 63 - std::countl_zero(static_cast<std::uint64_t>(n));
    const int k = (top - bits) >> 1;
    const int up = 30 - bits - 2 * k;
    const std::int64_t argument = up >= 0 ? n << up : n >> -up;
    return {kernels::piecewise_value(table, argument), table.frac_bits + k};
}

} // namespace fxp::math
