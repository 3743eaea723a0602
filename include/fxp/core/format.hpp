// Fixed-point formats: how an integer (raw) stands for a real number, value = raw * 2^-FracBits.
#pragma once

#include "fxp/core/wide.hpp"

#include <cstdint>
#include <type_traits>

namespace fxp {

/// Signed integer type that stores a word of 2..64 bits.
template <int WordBits>
    requires(WordBits >= 2 && WordBits <= 64)
using storage_t =
    std::conditional_t<(WordBits <= 8), std::int8_t,
                       std::conditional_t<(WordBits <= 16), std::int16_t,
                                          std::conditional_t<(WordBits <= 32), std::int32_t, std::int64_t>>>;

/// Which raw values of a word are a format's. Both ranges end at max = 2^(w-1) - 1.
enum class Range : std::uint8_t {
    symmetric, ///< [-max, max]: negation never overflows; only Overflow::wrap can produce -max - 1
    full       ///< [-max - 1, max], all of two's complement: the negative of -max - 1 overflows
};

/// The name of a range as recipes, flags and checkpoints write it.
constexpr const char* range_name(Range range) { return range == Range::full ? "full" : "symmetric"; }

/// A format as a value. int_bits counts the sign bit; either count may be negative or larger than the word, and
/// their sum, the word, has 2 to 64 bits. Raw values lie in [min_raw(), max_raw()].
struct Format {
    int int_bits;                   ///< bits before the binary point, the sign among them
    int frac_bits;                  ///< bits after it: one raw step, a ULP, is 2^-frac_bits
    Range range = Range::symmetric; ///< which raw integers are values

    /// Of a raw integer.
    constexpr int word_bits() const { return int_bits + frac_bits; }
    /// True for words of 2 to 64 bits; nothing else takes part in arithmetic.
    constexpr bool is_valid() const { return word_bits() >= 2 && word_bits() <= 64; }
    /// The largest raw integer, 2^(word_bits() - 1) - 1. The format is valid.
    constexpr std::int64_t max_raw() const {
        return static_cast<std::int64_t>((std::uint64_t{1} << (word_bits() - 1)) - 1);
    }
    /// The smallest raw integer, -max_raw() or, of a full range, one less.
    constexpr std::int64_t min_raw() const { return range == Range::full ? -max_raw() - 1 : -max_raw(); }
    /// Whether every raw value of the other format is one of this format, and means the same.
    constexpr bool includes(const Format& other) const {
        return frac_bits == other.frac_bits && min_raw() <= other.min_raw() && other.max_raw() <= max_raw();
    }
    friend constexpr bool operator==(const Format&, const Format&) = default;
};

/// A format as a type: the name of a result format, as in matmul<Q<4, 12>>(a, b) and matmul<Q<4, 4, Range::full>>(a,
/// b).
template <int IntBits, int FracBits, Range R = Range::symmetric>
struct Q {
    static_assert(IntBits + FracBits >= 2 && IntBits + FracBits <= 64,
                  "fxp: a format has a word of 2 to 64 bits: IntBits (which counts the sign) + FracBits");
    static constexpr Format format{IntBits, FracBits, R}; ///< the same as a value
    /// What a raw integer is stored in.
    using Storage = storage_t<IntBits + FracBits>;
};

/// True for Q<IntBits, FracBits>.
template <class T>
inline constexpr bool is_format_type = false;
template <int IntBits, int FracBits, Range R>
inline constexpr bool is_format_type<Q<IntBits, FracBits, R>> = true;

/// A compile-time format: Q<IntBits, FracBits>, or Q<IntBits, FracBits, Range>.
template <class T>
concept FormatType = is_format_type<T>;

} // namespace fxp
