// The logistic sigmoid, correctly rounded.
#pragma once

#include "fxp/kernels/piecewise.hpp"
#include "fxp/math/guarded.hpp"
#include "fxp/math/precise.hpp"
#include "fxp/math/tables/sigmoid.hpp"

#include <cstdint>

namespace fxp::math {

namespace detail {

/// sigmoid(|raw| 2^(extra - in_frac)) from the table, |raw| <= 2^31, extra of 0 or 1.
FXP_INLINE constexpr std::int64_t sigmoid_of_magnitude(std::int64_t raw, int in_frac, int extra) {
    constexpr const auto& table = tables::sigmoid;
    // At most 2^31 * 2^32, which unsigned words hold.
    const auto magnitude = static_cast<std::uint64_t>(raw < 0 ? -raw : raw) << (table.argument_bits + extra - in_frac);
    const auto end = static_cast<std::uint64_t>(table.end());
    return kernels::piecewise_value(table, static_cast<std::int64_t>(magnitude < end ? magnitude : end));
}

} // namespace detail

/// 1 / (1 + exp(-x)).
struct Sigmoid : QuickFormats {
    /// What RealFunction and words::MirroredFunction ask for.
    /// @{
    static constexpr kernels::Symmetry symmetry = kernels::Symmetry::one_minus;
    static constexpr std::int64_t margin = tables::sigmoid.error + 1;

    static FXP_INLINE constexpr bool contains(std::int64_t) { return true; }
    static FXP_INLINE constexpr Guarded guarded(std::int64_t raw, int in_frac) {
        constexpr int frac_bits = tables::sigmoid.frac_bits;
        const std::int64_t value = detail::sigmoid_of_magnitude(raw, in_frac, 0);
        return {raw < 0 ? (std::int64_t{1} << frac_bits) - value : value, frac_bits};
    }
    static constexpr std::int64_t precise(std::int64_t raw, int in_frac, Format out, OverflowCount& events) {
        const uint128 decay = precise::exp_minus(precise::capped_magnitude(raw, in_frac));
        const uint128 value = precise::detail::quotient(raw < 0 ? decay : precise::one, precise::one + decay);
        return precise::round_to(static_cast<int128>(value), precise::bits, out, events);
    }
    /// @}
};

/// The correctly rounded sigmoid of raw; see evaluate().
constexpr std::int64_t sigmoid(std::int64_t raw, Format in, Format out, OverflowCount& events) {
    return evaluate<Sigmoid>(raw, in, out, events);
}

} // namespace fxp::math
