// The hyperbolic tangent, correctly rounded.
#pragma once

#include "fxp/math/sigmoid.hpp"

#include <cstdint>

namespace fxp::math {

/// tanh(x) = 2 sigmoid(2 x) - 1, from the sigmoid's table.
struct Tanh : QuickFormats {
    /// What RealFunction and words::MirroredFunction ask for.
    /// @{
    static constexpr kernels::Symmetry symmetry = kernels::Symmetry::odd;
    static constexpr std::int64_t margin = 2 * tables::sigmoid.error + 1;

    static FXP_INLINE constexpr bool contains(std::int64_t) { return true; }
    static FXP_INLINE constexpr Guarded guarded(std::int64_t raw, int in_frac) {
        constexpr int frac_bits = tables::sigmoid.frac_bits;
        const std::int64_t value = 2 * detail::sigmoid_of_magnitude(raw, in_frac, 1) - (std::int64_t{1} << frac_bits);
        return {raw < 0 ? -value : value, frac_bits};
    }
    static constexpr std::int64_t precise(std::int64_t raw, int in_frac, Format out, OverflowCount& events) {
        const uint128 decay = precise::exp_minus(precise::capped_magnitude(raw, in_frac - 1));
        const int128 value = static_cast<int128>(precise::detail::quotient(precise::one - decay, precise::one + decay));
        return precise::round_to(raw < 0 ? -value : value, precise::bits, out, events);
    }
    /// @}
};

/// The correctly rounded tanh of raw; see evaluate().
constexpr std::int64_t tanh(std::int64_t raw, Format in, Format out, OverflowCount& events) {
    return evaluate<Tanh>(raw, in, out, events);
}

} // namespace fxp::math
