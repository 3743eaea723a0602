// Functions that are nothing but a table: what fxp_approximate makes for a user.
#pragma once

#include "fxp/kernels/piecewise.hpp"
#include "fxp/math/guarded.hpp"
#include "fxp/math/precise.hpp"

#include <algorithm>
#include <cstdint>

namespace fxp::math {

/// The function of a PiecewisePolynomial on all numbers: arguments beyond the table's range count as its ends.
///
/// The result is the table's value rounded to nearest, ties to even: on the table's range, at most half a step of the
/// result plus Table.error steps of the table from the function. An argument of more than Table.argument_bits fraction
/// bits is rounded first, which adds half a step of the argument times the slope.
template <const auto& Table>
struct Tabulated {
    static_assert(Table.argument_bits >= 1 && Table.argument_bits <= 31 && Table.frac_bits >= 1 &&
                      Table.frac_bits <= 46,
                  "fxp: a table has 1 to 31 argument bits and 1 to 46 fraction bits");
    static_assert(Table.symmetry != kernels::Symmetry::ramp || Table.frac_bits >= Table.argument_bits,
                  "fxp: a table under Symmetry::ramp has at least as many fraction bits as argument bits");

    /// What RealFunction asks for.
    /// @{
    static constexpr std::int64_t margin = 0;
    static constexpr int finest = Table.frac_bits - 1;
    static constexpr int widest = Table.symmetry == kernels::Symmetry::ramp ? 63 - Table.frac_bits : 32;

    static FXP_INLINE constexpr bool contains(std::int64_t) { return true; }
    static FXP_INLINE constexpr Guarded guarded(std::int64_t raw, int in_frac) {
        const int left = in_frac < Table.argument_bits ? Table.argument_bits - in_frac : 0;
        const int right = in_frac > Table.argument_bits ? in_frac - Table.argument_bits : 0;
        return {at<std::int64_t>(((raw << left) + ((std::int64_t{1} << right) >> 1)) >> right), Table.frac_bits};
    }
    static constexpr std::int64_t precise(std::int64_t raw, int in_frac, Format out, OverflowCount& events) {
        constexpr Limits argument_limits{Format{63 - Table.argument_bits, Table.argument_bits}};
        OverflowCount beyond_range;
        const int shift = std::clamp(in_frac - Table.argument_bits, -max_shift, max_shift);
        const std::int64_t x =
            requantize<Rounding::nearest_up>(raw, shift, argument_limits, Overflow::saturate, beyond_range);
        return precise::round_to(at<int128>(x), Table.frac_bits, out, events);
    }
    /// @}

  private:
    /// The function at x argument steps in table steps; Wide holds x in table steps.
    template <class Wide>
    static FXP_INLINE constexpr Wide at(std::int64_t x) {
        constexpr bool folds = Table.symmetry != kernels::Symmetry::none;
        constexpr bool ramp = Table.symmetry == kernels::Symmetry::ramp;
        constexpr int finer = ramp ? Table.frac_bits - Table.argument_bits : 0;
        constexpr kernels::Unfolding<Wide> unfold(Table.symmetry, Wide{1} << Table.frac_bits);
        return unfold(x * (Wide{1} << finer), kernels::piecewise_value(Table, Table.clamp(folds && x < 0 ? -x : x)));
    }
};

} // namespace fxp::math
