// The reciprocal square root, correctly rounded.
#pragma once

#include "fxp/core/wide_arithmetic.hpp"
#include "fxp/kernels/piecewise.hpp"
#include "fxp/math/guarded.hpp"
#include "fxp/math/normalize.hpp"
#include "fxp/math/tables/rsqrt.hpp"

#include <cstdint>

namespace fxp::math {

/// 1 / sqrt(x) for x > 0, of any exponent.
struct Rsqrt : QuickFormats {
    /// What RealFunction asks for; the precise way is exact: an integer square root and the sign of its remainder.
    /// @{
    static constexpr std::int64_t margin = tables::rsqrt.error + 1;

    static FXP_INLINE constexpr bool contains(std::int64_t raw) { return raw > 0; }
    static FXP_INLINE constexpr Guarded guarded(std::int64_t raw, int in_frac) {
        constexpr const auto& table = tables::rsqrt;
        static_assert(table.argument_bits == 30 && table.begin == std::int64_t{1} << 30);
        // x = raw 2^-in_frac = m 4^k with m in [1, 4)
        const int odd = in_frac & 1;
        const Normalized x = normalize_even((raw < 1 ? 1 : raw) << odd);
        const std::int64_t k = (30 - in_frac - odd - x.shift) / 2;
        return {kernels::piecewise_value(table, x.mantissa), table.frac_bits + k};
    }
    static constexpr std::int64_t precise(std::int64_t raw, int in_frac, Format out, OverflowCount& events) {
        if (raw <= 0) {
            events.record(int128_max);
            return out.max_raw();
        }
        // y = 2^out_frac / sqrt(x) = sqrt(n / raw) / 2 with n = 2^exponent.
        const int exponent = 2 * out.frac_bits + in_frac + 2;
        if (exponent < 0) return 0;
        const UInt256 n = UInt256{1} << (exponent > 250 ? 250 : exponent);
        const Division square = divide(n, static_cast<uint128>(raw));
        const uint128 doubled = square_root(square.quotient);
        const bool exact = square.remainder == 0 && multiply(doubled, doubled) == square.quotient;
        const uint128 floor = doubled >> 1;
        const bool up = (doubled & 1) != 0 && (!exact || (floor & 1) != 0);
        return fit(static_cast<int128>(floor) + (up ? 1 : 0), Limits{out}, Overflow::saturate, events);
    }
    /// @}
};

/// The correctly rounded 1 / sqrt(x) of raw; see evaluate(). Outside the domain: the largest number, as an event.
constexpr std::int64_t rsqrt(std::int64_t raw, Format in, Format out, OverflowCount& events) {
    return evaluate<Rsqrt>(raw, in, out, events);
}

} // namespace fxp::math
