// Requantize: an exact integer to a narrower one of another scale. One shift, one rounding, one overflow check.
#pragma once

#include "fxp/core/overflow.hpp"
#include "fxp/core/rounding.hpp"

namespace fxp {

/// Largest shift, in either direction, between an exact sum and its result.
inline constexpr int max_shift = 250;

/// value * 2^-shift rounded by `rule` and fitted into the limits by `policy`.
///
/// Wide: std::int64_t, int128 or Int256; every value but the most negative one of the type.
/// shift: -max_shift .. max_shift; a negative shift multiplies by 2^-shift, exactly, before the overflow check.
/// A shift beyond the bits of Wide is what arithmetic says: a magnitude below half a unit.
template <Rounding rule, class Wide>
constexpr std::int64_t requantize(Wide value, int shift, const Limits& limits, Overflow policy, OverflowCount& events,
                                  std::uint32_t random = 0) {
    if (shift < 0) {
        if constexpr (std::is_same_v<Wide, Int256>) {
            // Beyond 2^190 the result saturates whatever the shift; below, the shifted value may leave 256 bits only
            // upwards, where clamp_int128 has long saturated: shift in two halves that each stay exact.
            Int256 shifted = value;
            for (int left = -shift; left > 0;) {
                const int part = left < 60 ? left : 60;
                if (!shifted.fits_int128()) {
                    // Already out of any word: only the low bits still matter, for wrap.
                    const std::uint64_t low = detail::low_word(shifted << left);
                    events.record(clamp_int128(shifted));
                    if (policy == Overflow::wrap) return detail::wrap_word(low, limits.word_bits);
                    return shifted.is_negative() ? limits.min_raw : limits.max_raw;
                }
                shifted = shifted << part;
                left -= part;
            }
            return fit(shifted, limits, policy, events);
        } else {
            return requantize<rule>(Int256{value}, shift, limits, policy, events, random);
        }
    }
    if constexpr (!std::is_same_v<Wide, Int256>) {
        if (shift >= value_bits<Wide>) {
            return requantize<rule>(Int256{value}, shift, limits, policy, events, random);
        }
    }
    return fit(round_shift<rule>(value, shift, random), limits, policy, events);
}

} // namespace fxp
