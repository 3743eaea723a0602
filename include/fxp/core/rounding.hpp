// Rounding: the quotient of an exact integer by a power of two, one rule per name.
#pragma once

#include "fxp/core/wide.hpp"
#include "fxp/core/wraps.hpp"

#include <cstdint>

namespace fxp {

/// How round_shift(v, s) picks an integer next to v / 2^s.
enum class Rounding : std::uint8_t {
    toward_zero,       ///< truncate the magnitude
    floor,             ///< toward minus infinity
    nearest_up,        ///< nearest, ties toward plus infinity
    nearest_even,      ///< nearest, ties to the even integer
    pseudo_stochastic, ///< on the magnitude: up when the upper half of the lost bits, read as a number, exceeds the
                       ///< lower half; for an odd s the lower half has s/2 (rounded down) bits and is doubled
                       ///< (Wang et al., NITI, arXiv 2009.13108)
    stochastic         ///< floor((v + u) / 2^s), u uniform in [0, 2^s): the expectation is v / 2^s
};

namespace detail {

/// Rounding of a magnitude with floor quotient and remainder at hand; true when the magnitude goes up by one.
template <Rounding rule, class Unsigned>
FXP_INLINE constexpr bool magnitude_rounds_up(bool negative, Unsigned magnitude, Unsigned quotient, int shift,
                                              std::uint32_t random) {
    const Unsigned remainder = magnitude & ((Unsigned{1} << shift) - Unsigned{1});
    const Unsigned half = Unsigned{1} << (shift - 1);
    if constexpr (rule == Rounding::toward_zero) {
        return false;
    } else if constexpr (rule == Rounding::floor) {
        return negative & (remainder > Unsigned{0});
    } else if constexpr (rule == Rounding::nearest_up) {
        return remainder + (negative ? Unsigned{0} : Unsigned{1}) > half;
    } else if constexpr (rule == Rounding::nearest_even) {
        return remainder + (quotient & Unsigned{1}) > half;
    } else if constexpr (rule == Rounding::pseudo_stochastic) {
        const int low_bits = shift / 2;
        const Unsigned upper = remainder >> low_bits;
        const Unsigned lower = (remainder & ((Unsigned{1} << low_bits) - Unsigned{1})) << (shift & 1);
        return upper > lower;
    } else {
        const Unsigned word{random};
        const Unsigned uniform = shift >= 32 ? word << (shift - 32) : word >> (32 - shift);
        // floor((-m + u) / 2^s) is -(q + 1) when the remainder exceeds u, else -q.
        return negative ? remainder > uniform : remainder >= (Unsigned{1} << shift) - uniform;
    }
}

} // namespace detail

/// As round_shift for 1 <= shift: the branch-free body of vector loops.
template <Rounding rule, class Wide>
[[FXP_WRAPS]] FXP_INLINE constexpr Wide round_shift_nonzero(Wide value, int shift, std::uint32_t random = 0) {
    using Unsigned = wide_unsigned_t<Wide>;
    const bool negative = value < 0;
    const Unsigned magnitude = negative ? Unsigned{0} - static_cast<Unsigned>(value) : static_cast<Unsigned>(value);
    const Unsigned quotient = magnitude >> shift;
    const Unsigned rounded =
        quotient +
        (detail::magnitude_rounds_up<rule>(negative, magnitude, quotient, shift, random) ? Unsigned{1} : Unsigned{0});
    return static_cast<Wide>(negative ? Unsigned{0} - rounded : rounded);
}

/// v / 2^shift rounded by `rule`, exactly, for every v except the most negative one of its type.
///
/// shift: 0 .. value_bits<Wide> - 1. The magnitude of the result never exceeds that of v.
/// random: a uniform 32-bit word, read by Rounding::stochastic only. Up to shift 32 the result is unbiased exactly;
/// above, u takes 2^32 equidistant values and the bias is below 2^-32 of a result unit.
template <Rounding rule, class Wide>
FXP_INLINE constexpr Wide round_shift(Wide value, int shift, std::uint32_t random = 0) {
    return shift == 0 ? value : round_shift_nonzero<rule>(value, shift, random);
}

} // namespace fxp
