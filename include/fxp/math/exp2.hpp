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
struct Exp2 : QuickFormats {
    /// What RealFunction asks for.
    /// @{
    static constexpr std::int64_t margin = tables::exp2.error + 1;

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
        std::int64_t whole = 0;
        uint128 fraction = 0;
        if (in_frac <= 0) {
            whole = std::clamp(raw, -limit, limit) * (std::int64_t{1} << std::min(-in_frac, 9));
        } else {
            const int128 x = int128{raw} >> std::clamp(in_frac - precise::bits, 0, 127);
            const int x_frac = std::min(in_frac, precise::bits);
            whole = static_cast<std::int64_t>(x >> x_frac);
            fraction = (static_cast<uint128>(x) & ((uint128{1} << x_frac) - 1)) << (precise::bits - x_frac);
        }
        const int exponent = static_cast<int>(std::clamp(whole, -limit, limit));
        return precise::round_to(static_cast<int128>(precise::exp2_fraction(fraction)), precise::bits - exponent, out,
                                 events);
    }
    /// @}
};

/// The correctly rounded 2^x of raw; see evaluate().
constexpr std::int64_t exp2(std::int64_t raw, Format in, Format out, OverflowCount& events) {
    return evaluate<Exp2>(raw, in, out, events);
}

} // namespace fxp::math
