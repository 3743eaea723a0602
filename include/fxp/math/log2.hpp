// The logarithm to base two, correctly rounded.
#pragma once

#include "fxp/kernels/piecewise.hpp"
#include "fxp/math/guarded.hpp"
#include "fxp/math/normalize.hpp"
#include "fxp/math/precise.hpp"
#include "fxp/math/tables/log2.hpp"

#include <bit>
#include <cstdint>

namespace fxp::math {

/// log2(x) for x > 0.
struct Log2 : QuickFormats {
    /// What RealFunction asks for.
    /// @{
    static constexpr std::int64_t margin = tables::log2.error + 1;

    static FXP_INLINE constexpr bool contains(std::int64_t raw) { return raw > 0; }
    static FXP_INLINE constexpr Guarded guarded(std::int64_t raw, int in_frac) {
        constexpr const auto& table = tables::log2;
        static_assert(table.argument_bits == 31 && table.begin == std::int64_t{1} << 31);
        const Normalized x = normalize(raw < 1 ? 1 : raw);
        const std::int64_t exponent = 31 - in_frac - x.shift;
        return {exponent * (std::int64_t{1} << table.frac_bits) + kernels::piecewise_value(table, x.mantissa),
                table.frac_bits};
    }
    static constexpr std::int64_t precise(std::int64_t raw, int in_frac, Format out, OverflowCount& events) {
        if (raw <= 0) {
            events.record(int128_min);
            return out.min_raw();
        }
        const int leading = 63 - std::countl_zero(static_cast<std::uint64_t>(raw));
        const auto mantissa = precise::log2_mantissa(static_cast<uint128>(raw) << (precise::bits - leading));
        const int exponent = leading - in_frac + (mantissa.halved ? 1 : 0);
        const int128 value = int128{exponent} * static_cast<int128>(precise::one) + mantissa.value;
        return precise::round_to(value, precise::bits, out, events);
    }
    /// @}
};

/// The correctly rounded log2 of raw; see evaluate(). Outside the domain: the lowest number, as an event.
constexpr std::int64_t log2(std::int64_t raw, Format in, Format out, OverflowCount& events) {
    return evaluate<Log2>(raw, in, out, events);
}

} // namespace fxp::math
