// Rounding of exact sums in lanes of their own width: which loops there are, and the constants of their rules.
#pragma once

#include "fxp/core/wraps.hpp"
#include "fxp/kernels/round_row.hpp"

#include <limits>

namespace fxp::kernels {

/// True when round_block and round_store may take sums of magnitudes up to `bound`: they need room for a unit above
/// them.
template <class Wide>
bool rounds_in_block(const Requantize& how, uint128 bound) {
    constexpr int bits = static_cast<int>(8 * sizeof(Wide));
    return how.shift >= 0 && how.shift <= bits - 2 &&
           bound + (uint128{1} << how.shift) <= static_cast<uint128>(std::numeric_limits<Wide>::max());
}

namespace detail {

/// The loops there are: rules that differ in a constant share one.
enum class RoundLoop { biased, toward_zero, pseudo_stochastic, stochastic };

/// round_shift with its constants at hand, for |value| + 2^shift within Wide; exact, as core/rounding.hpp has it.
///
/// Biased: floor((v + bias) / 2^s), where bias is 0 for floor, half a unit for nearest_up, and for nearest_even half a
/// unit less one, plus the parity of floor(v / 2^s). Stochastic: the bias is the random word's. Sums of 64 bits are
/// offset by half the range, since their vectors shift right in zeros only.
template <class Wide>
struct RoundInLanes {
    using Unsigned = std::make_unsigned_t<Wide>;
    static constexpr Unsigned offset = sizeof(Wide) == 8 ? Unsigned{1} << (8 * sizeof(Wide) - 1) : Unsigned{0};

    explicit RoundInLanes(const Requantize& how)
        : shift(how.shift), floor_of_offset(static_cast<Unsigned>(offset >> how.shift)) {
        const Unsigned half = shift == 0 ? Unsigned{0} : static_cast<Unsigned>(Unsigned{1} << (shift - 1));
        if (how.rounding == Rounding::nearest_up) bias += half;
        if (how.rounding == Rounding::nearest_even && shift > 0) {
            bias += half - 1;
            parity = 1;
        }
        below_unit = static_cast<Unsigned>((Unsigned{1} << shift) - 1);
        const int low_bits = shift / 2;
        upper_bits = shift - low_bits;
        lower_mask = static_cast<Unsigned>((Unsigned{1} << low_bits) - 1);
        upper_unit = static_cast<Unsigned>(below_unit - lower_mask);
        word_up = shift > 32 ? shift - 32 : 0;
        word_down = shift < 32 ? 32 - shift : 0;
    }

    /// word: read by RoundLoop::stochastic only.
    template <RoundLoop loop>
    [[FXP_WRAPS]] FXP_INLINE Wide round(Wide value, std::uint32_t word = 0) const {
        if constexpr (loop == RoundLoop::pseudo_stochastic) {
            // The sign is put off and on again: two selections by it would cost the compilers two roundings.
            const Unsigned sign = static_cast<Unsigned>(value >> (8 * sizeof(Wide) - 1));
            const Unsigned magnitude = static_cast<Unsigned>((static_cast<Unsigned>(value) ^ sign) - sign);
            const Unsigned lower = static_cast<Unsigned>((magnitude & lower_mask) << upper_bits);
            const Unsigned rounded = static_cast<Unsigned>(magnitude + upper_unit - lower) >> shift;
            return static_cast<Wide>((rounded ^ sign) - sign);
        } else {
            const Unsigned bits = static_cast<Unsigned>(value);
            Unsigned add = bias;
            if constexpr (loop == RoundLoop::biased) add += (bits >> shift) & parity;
            if constexpr (loop == RoundLoop::toward_zero) add += value < 0 ? below_unit : Unsigned{0};
            if constexpr (loop == RoundLoop::stochastic) {
                add += static_cast<Unsigned>(static_cast<Unsigned>(Unsigned{word} << word_up) >> word_down);
            }
            if constexpr (sizeof(Wide) == 4) {
                return static_cast<Wide>(bits + add) >> shift;
            } else {
                return static_cast<Wide>(((bits + add) >> shift) - floor_of_offset);
            }
        }
    }

    int shift;
    Unsigned floor_of_offset;
    Unsigned bias = offset;
    Unsigned parity = 0;
    Unsigned below_unit = 0;
    Unsigned lower_mask = 0; ///< of the lower half of the lost bits
    int upper_bits = 0;      ///< how many the upper half has
    Unsigned upper_unit = 0; ///< a unit of the result less one of the upper half
    // From a word to a number below a unit.
    int word_up = 0;
    int word_down = 0;
};

/// Words for rows of sums: a pointer to those of the first one, from row to row `stride` apart. Null unless the
/// rounding is stochastic.
struct RowWords {
    const std::uint32_t* words = nullptr;
    std::size_t stride = 0;
};

template <RoundLoop loop>
FXP_INLINE std::uint32_t word_at(const std::uint32_t* words, std::size_t i) {
    if constexpr (loop == RoundLoop::stochastic) return words[i];
    return 0;
}

/// Two integers, least <= largest, and all between.
template <class Wide>
struct Interval {
    Wide least = 0;
    Wide largest = 0;

    FXP_INLINE constexpr bool includes(const Interval& other) const {
        return least <= other.least && other.largest <= largest;
    }
};

/// Where rounded values lay, zero included, and how many were outside the limits.
template <class Wide>
struct Fitted {
    Interval<Wide> before;
    std::uint64_t outside = 0;
};

/// Calls f.template operator()<loop>() with the loop of a rounding. Nothing is rounded by a shift of zero.
template <class F>
auto with_round_loop(const Requantize& how, F&& f) {
    if (how.rounding == Rounding::pseudo_stochastic && how.shift > 0) {
        return f.template operator()<RoundLoop::pseudo_stochastic>();
    }
    if (how.rounding == Rounding::stochastic && how.shift > 0) return f.template operator()<RoundLoop::stochastic>();
    if (how.rounding == Rounding::toward_zero) return f.template operator()<RoundLoop::toward_zero>();
    return f.template operator()<RoundLoop::biased>();
}

} // namespace detail

using detail::RowWords;

} // namespace fxp::kernels
