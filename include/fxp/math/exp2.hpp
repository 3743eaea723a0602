// The power of two, correctly rounded.
#pragma once

#include "fxp/kernels/piecewise.hpp"
#include "fxp/math/guarded.hpp"
#include "fxp/math/precise.hpp"
#include "fxp/math/tables/exp2.hpp"

#include <algorithm>
#include <cstdint>

namespace fxp::math {

/// 2^x.
struct Exp2 {
    static constexpr std::int64_t margin = tables::exp2.error + 1;
    static constexpr int finest = 31;
    static constexpr int widest = 32;

    static FXP_INLINE constexpr bool contains(std::int64_t) { return true; }
    static FXP_INLINE constexpr Guarded guarded(std::int64_t raw, int in_frac) {
        constexpr const auto& table = tables::exp2;
        const std::int64_t whole = raw >> in_frac;
        const std::int64_t fraction = raw - (whole << in_frac);
        return {kernels::piecewise_value(table, fraction << (table.argument_bits - in_frac)), table.frac_bits - whole};
    }
    static constexpr std::int64_t precise(std::int64_t raw, int in_frac, Format out, OverflowCount& events) {
        // x = whole + fraction; a whole part beyond 2^9 is far outside every format, in either direction.
        const std::int64_t limit = 512;
        const std::int64_t floor = in_frac >= 64 ? (raw < 0 ? -1 : 0)
                                   : in_frac >= 0
                                       ? raw >> in_frac
                                       : std::clamp(raw, -limit, limit) * (std::int64_t{1} << std::min(-in_frac, 9));
        const std::int64_t whole = std::clamp(floor, -limit, limit);
        uint128 fraction = 0;
        if (in_frac > 0) {
            const uint128 low =
                static_cast<uint128>(static_cast<int128>(raw)) & ((uint128{1} << std::min(in_frac, 127)) - 1);
            fraction = in_frac <= precise::bits ? low << (precise::bits - in_frac) : low >> (in_frac - precise::bits);
        }
        const std::int64_t shift = precise::bits - whole - out.frac_bits;
        const int capped = static_cast<int>(std::clamp<std::int64_t>(shift, -max_shift, max_shift));
        return requantize<Rounding::nearest_even>(static_cast<int128>(precise::exp2_fraction(fraction)), capped,
                                                  Limits{out}, Overflow::saturate, events);
    }
};

/// The correctly rounded 2^x of raw; see evaluate().
constexpr std::int64_t exp2(std::int64_t raw, Format in, Format out, OverflowCount& events) {
    return evaluate<Exp2>(raw, in, out, events);
}

} // namespace fxp::math
