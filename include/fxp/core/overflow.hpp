// Overflow: what happens to a value that its format cannot hold, and how it is counted.
#pragma once

#include "fxp/core/format.hpp"
#include "fxp/core/wide.hpp"
#include "fxp/core/wraps.hpp"

#include <cstdint>

namespace fxp {

/// What becomes of a result outside its format's range.
enum class Overflow : std::uint8_t {
    saturate,    ///< the nearest end of the format's range
    throw_error, ///< saturate, then the operation throws OverflowError
    wrap         ///< two's complement modulo 2^word
};

/// Events of one operation: values changed because they did not fit.
struct OverflowCount {
    std::uint64_t count = 0; ///< number of values
    /// The value of largest magnitude, in units of the result's raw step (positive wins a tie).
    int128 worst = 0;

    /// Adds an event; `value` in units of the result's raw step, not yet fitted.
    constexpr void record(int128 value) {
        ++count;
        take_worst(value);
    }
    /// Adds the events of another part of the operation; the order of parts does not matter.
    constexpr void merge(const OverflowCount& other) {
        if (other.count == 0) return;
        count += other.count;
        take_worst(other.worst);
    }

  private:
    [[FXP_WRAPS]] static constexpr uint128 magnitude(int128 value) {
        return value < 0 ? uint128{0} - static_cast<uint128>(value) : static_cast<uint128>(value);
    }
    constexpr void take_worst(int128 value) {
        const uint128 size = magnitude(value);
        if (size > magnitude(worst) || (value > 0 && size == magnitude(worst))) worst = value;
    }
};

/// Limits that a result must keep: those of its format.
struct Limits {
    std::int64_t min_raw; ///< the smallest raw integer
    std::int64_t max_raw; ///< the largest
    int word_bits;        ///< modulo 2^word_bits when values wrap

    /// Those of a valid format.
    constexpr explicit Limits(Format format)
        : min_raw(format.min_raw()), max_raw(format.max_raw()), word_bits(format.word_bits()) {}
};

namespace detail {

/// The low word_bits of a two's complement pattern, sign-extended.
[[FXP_WRAPS]] constexpr std::int64_t wrap_word(std::uint64_t low_bits, int word_bits) {
    return static_cast<std::int64_t>(low_bits << (64 - word_bits)) >> (64 - word_bits);
}

constexpr std::uint64_t low_word(std::int64_t value) { return static_cast<std::uint64_t>(value); }
constexpr std::uint64_t low_word(int128 value) { return static_cast<std::uint64_t>(value); }
constexpr std::uint64_t low_word(Int256 value) { return static_cast<std::uint64_t>(value.bits.low); }

} // namespace detail

/// `value` brought into the limits by `policy`; a value that changed is recorded.
template <class Wide>
constexpr std::int64_t fit(Wide value, const Limits& limits, Overflow policy, OverflowCount& events) {
    const int128 clamped = clamp_int128(value);
    if (clamped >= int128{limits.min_raw} && clamped <= int128{limits.max_raw}) {
        return static_cast<std::int64_t>(clamped);
    }
    if (policy == Overflow::wrap) {
        const std::int64_t wrapped = detail::wrap_word(detail::low_word(value), limits.word_bits);
        if (int128{wrapped} != clamped) events.record(clamped);
        return wrapped;
    }
    events.record(clamped);
    return clamped < 0 ? limits.min_raw : limits.max_raw;
}

} // namespace fxp
