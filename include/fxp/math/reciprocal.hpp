// The reciprocal, correctly rounded.
#pragma once

#include "fxp/core/wide_arithmetic.hpp"
#include "fxp/kernels/piecewise.hpp"
#include "fxp/math/guarded.hpp"
#include "fxp/math/normalize.hpp"
#include "fxp/math/tables/reciprocal.hpp"

#include <cstdint>

namespace fxp::math {

/// 1 / x for x != 0.
struct Reciprocal : QuickFormats {
    /// What RealFunction asks for; the precise way is exact: an integer quotient and its remainder.
    /// @{
    static constexpr std::int64_t margin = tables::reciprocal.error + 1;

    static FXP_INLINE constexpr bool contains(std::int64_t raw) { return raw != 0; }
    static FXP_INLINE constexpr Guarded guarded(std::int64_t raw, int in_frac) {
        constexpr const auto& table = tables::reciprocal;
        static_assert(table.argument_bits == 31 && table.begin == std::int64_t{1} << 31);
        const std::int64_t magnitude = raw < 0 ? -raw : raw;
        const Normalized x = normalize(magnitude < 1 ? 1 : magnitude);
        const std::int64_t value = kernels::piecewise_value(table, x.mantissa);
        return {raw < 0 ? -value : value, table.frac_bits + 31 - in_frac - x.shift};
    }
    static constexpr std::int64_t precise(std::int64_t raw, int in_frac, Format out, OverflowCount& events) {
        if (raw == 0) {
            events.record(int128_max);
            return out.max_raw();
        }
        // y = 2^out_frac / x = 2^exponent / raw / 2
        const int exponent = out.frac_bits + in_frac + 1;
        if (exponent < 0) return 0;
        const auto magnitude = static_cast<uint128>(raw < 0 ? -int128{raw} : int128{raw});
        const Division doubled = divide(UInt256{1} << (exponent > 250 ? 250 : exponent), magnitude);
        const UInt256 floor = doubled.quotient >> 1;
        const bool half = (doubled.quotient.low & 1) != 0;
        const bool up = half && (doubled.remainder != 0 || (floor.low & 1) != 0);
        const Int256 size{floor + UInt256{up ? uint128{1} : uint128{0}}};
        return fit(raw < 0 ? -size : size, Limits{out}, Overflow::saturate, events);
    }
    /// @}
};

/// The correctly rounded 1 / x of raw; see evaluate(). Zero: the largest number, as an event.
constexpr std::int64_t reciprocal(std::int64_t raw, Format in, Format out, OverflowCount& events) {
    return evaluate<Reciprocal>(raw, in, out, events);
}

} // namespace fxp::math
