// Rounding of many exact sums at once, in lanes of their own width: the fast path of round_row.
#pragma once

#include "fxp/kernels/round_row.hpp"

#include <limits>

namespace fxp::kernels {

/// True when round_block may round sums of magnitudes up to `bound`: it needs room for half a unit above them.
template <class Wide>
bool rounds_in_block(const Requantize& how, uint128 bound) {
    constexpr int bits = static_cast<int>(8 * sizeof(Wide));
    return how.rounding != Rounding::stochastic && how.shift >= 0 && how.shift <= bits - 2 &&
           bound + (uint128{1} << how.shift) <= static_cast<uint128>(std::numeric_limits<Wide>::max());
}

namespace detail {

/// As round_shift_nonzero, for |value| + 2^shift within Wide. Everything is unsigned and offset by half the range,
/// since vectors of 64 bits shift right in zeros only.
template <Rounding rule, class Wide>
FXP_INLINE Wide round_with_room(Wide value, int shift) {
    if constexpr (rule == Rounding::pseudo_stochastic) {
        return round_shift_nonzero<rule>(value, shift);
    } else {
        using Unsigned = std::make_unsigned_t<Wide>;
        constexpr Unsigned offset = Unsigned{1} << (8 * sizeof(Wide) - 1);
        const Unsigned half = Unsigned{1} << (shift - 1);
        const Unsigned bits = static_cast<Unsigned>(value);
        Unsigned add = offset;
        if constexpr (rule == Rounding::toward_zero) add += value < 0 ? half + (half - 1) : Unsigned{0};
        if constexpr (rule == Rounding::nearest_up) add += half;
        if constexpr (rule == Rounding::nearest_even) add += (half - 1) + ((bits >> shift) & 1);
        return static_cast<Wide>(((bits + add) >> shift) - (offset >> shift));
    }
}

template <class Wide>
struct Range {
    Wide least = 0;
    Wide largest = 0;
};

/// result = rounded sums, not yet fitted; returns their range, zero included. shift > 0.
template <Rounding rule, class Wide>
FXP_INLINE Range<Wide> round_block_loop(const Wide* FXP_RESTRICT sums, std::size_t count, int shift,
                                        Wide* FXP_RESTRICT result) {
    Wide least = 0;
    Wide largest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const Wide value = round_with_room<rule>(sums[i], shift);
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
        result[i] = value;
    }
    return {least, largest};
}

template <class Wide>
FXP_INLINE Range<Wide> copy_block_loop(const Wide* FXP_RESTRICT sums, std::size_t count, Wide* FXP_RESTRICT result) {
    Wide least = 0;
    Wide largest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        least = sums[i] < least ? sums[i] : least;
        largest = sums[i] > largest ? sums[i] : largest;
        result[i] = sums[i];
    }
    return {least, largest};
}

/// Values brought into [-max, max]; returns how many were outside.
template <class Wide>
FXP_INLINE std::make_unsigned_t<Wide> saturate_loop(Wide* FXP_RESTRICT values, std::size_t count, Wide max) {
    std::make_unsigned_t<Wide> outside = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const Wide value = values[i];
        const Wide upper = value > max ? max : value;
        const Wide fitted = upper < -max ? -max : upper;
        outside += value != fitted ? 1u : 0u;
        values[i] = fitted;
    }
    return outside;
}

/// Not a template of the rule: rounded values fitted by the policy, when their range says that some do not fit.
template <class Wide>
void fit_block(Wide* values, std::size_t count, Range<Wide> range, const Requantize& how, OverflowCount& events) {
    constexpr std::int64_t most = std::numeric_limits<Wide>::max();
    const Wide max = static_cast<Wide>(how.limits.max_raw < most ? how.limits.max_raw : most);
    if (range.largest <= max && range.least >= -max) return;
    if (how.overflow == Overflow::wrap) {
        for (std::size_t i = 0; i < count; ++i) {
            values[i] = static_cast<Wide>(fit(std::int64_t{values[i]}, how.limits, how.overflow, events));
        }
        return;
    }
    OverflowCount met;
    met.record(range.largest);
    met.record(range.least); // keeps the one of larger magnitude, which is outside; positive wins a tie
    met.count = dispatch([=]() FXP_LOOP { return saturate_loop(values, count, max); });
    events.merge(met);
}

} // namespace detail

/// result[i] = requantize(sums[i]), when rounds_in_block(how, max|sum|); count < 2^32. Wide: std::int32_t,
/// std::int64_t.
template <class Wide>
void round_block(const Wide* sums, std::size_t count, const Requantize& how, Wide* result, OverflowCount& events) {
    detail::Range<Wide> range;
    const int shift = how.shift;
    if (shift == 0) {
        range = dispatch([=]() FXP_LOOP { return detail::copy_block_loop(sums, count, result); });
    } else {
        with_rounding(how.rounding, [&]<Rounding rule>() {
            if constexpr (rule != Rounding::stochastic) {
                range = dispatch([=]() FXP_LOOP { return detail::round_block_loop<rule>(sums, count, shift, result); });
            }
        });
    }
    detail::fit_block(result, count, range, how, events);
}

} // namespace fxp::kernels
