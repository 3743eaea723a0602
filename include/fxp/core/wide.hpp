// Integers wider than 64 bits: what exact sums of products need. The same values whether a compiler has 128 bits or
// not; FXP_OWN_INT128 does without, for tests.
#pragma once

#if !defined(__SIZEOF_INT128__) && !defined(FXP_OWN_INT128)
#define FXP_OWN_INT128 1
#endif

#ifdef FXP_OWN_INT128
#include "fxp/core/int128.hpp"
#endif

#include "fxp/core/wraps.hpp"

#include <cstdint>
#include <limits>
#include <type_traits>

#if defined(__GNUC__) || defined(__clang__)
#define FXP_INLINE __attribute__((always_inline)) inline
#else
#define FXP_INLINE inline
#endif

namespace fxp {

/// Integers of 128 bits: the compiler's, or our own where it has none or FXP_OWN_INT128 is defined; same results.
/// @{
#ifndef FXP_OWN_INT128
__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;
#else
using int128 = Int128;
using uint128 = UInt128;
#endif
/// @}

/// The range of int128.
/// @{
inline constexpr int128 int128_max = static_cast<int128>(~uint128{0} >> 1);
inline constexpr int128 int128_min = -int128_max - 1;
/// @}

/// 256-bit unsigned integer, value = high * 2^128 + low, modulo 2^256. Shifts take 0..255 bits.
struct UInt256 {
    uint128 high = 0; ///< bits 128..255
    uint128 low = 0;  ///< bits 0..127

    constexpr UInt256() = default;
    /// The same number, zero-extended.
    constexpr UInt256(uint128 value) : low(value) {}
    constexpr UInt256(uint128 upper, uint128 lower) : high(upper), low(lower) {}

    friend constexpr bool operator==(const UInt256&, const UInt256&) = default;
    friend constexpr bool operator>(UInt256 a, UInt256 b) { return a.high != b.high ? a.high > b.high : a.low > b.low; }
    friend constexpr bool operator>=(UInt256 a, UInt256 b) { return !(b > a); }
    friend constexpr UInt256 operator&(UInt256 a, UInt256 b) { return {a.high & b.high, a.low & b.low}; }
    [[FXP_WRAPS]] friend constexpr UInt256 operator+(UInt256 a, UInt256 b) {
        const uint128 sum = a.low + b.low;
        return {a.high + b.high + (sum < a.low ? 1 : 0), sum};
    }
    [[FXP_WRAPS]] friend constexpr UInt256 operator-(UInt256 a, UInt256 b) {
        return {a.high - b.high - (a.low < b.low ? 1 : 0), a.low - b.low};
    }
    [[FXP_WRAPS]] friend constexpr UInt256 operator<<(UInt256 a, int shift) {
        if (shift == 0) return a;
        if (shift >= 128) return {a.low << (shift - 128), 0};
        return {(a.high << shift) | (a.low >> (128 - shift)), a.low << shift};
    }
    [[FXP_WRAPS]] friend constexpr UInt256 operator>>(UInt256 a, int shift) {
        if (shift == 0) return a;
        if (shift >= 128) return {0, a.high >> (shift - 128)};
        return {a.high >> shift, (a.low >> shift) | (a.high << (128 - shift))};
    }
};

/// 256-bit two's complement integer: the accumulator of last resort. It holds any sum of 2^60 products of two 64-bit
/// words shifted left by up to 60 bits. It can do just what summing and rounding need.
struct Int256 {
    UInt256 bits; ///< the two's complement pattern

    constexpr Int256() = default;
    /// The same number, sign-extended.
    constexpr Int256(int128 value) : bits(value < 0 ? ~uint128{0} : 0, static_cast<uint128>(value)) {}
    explicit constexpr Int256(UInt256 pattern) : bits(pattern) {}
    explicit constexpr operator UInt256() const { return bits; }

    /// True below zero.
    constexpr bool is_negative() const { return static_cast<int128>(bits.high) < 0; }
    /// True when the value is one of int128.
    constexpr bool fits_int128() const { return bits.high == (static_cast<int128>(bits.low) < 0 ? ~uint128{0} : 0); }

    friend constexpr bool operator==(const Int256&, const Int256&) = default;
    friend constexpr bool operator<(Int256 a, int b) {
        return b == 0 ? a.is_negative() : (a + Int256{-b}).is_negative();
    }
    friend constexpr Int256 operator+(Int256 a, Int256 b) { return Int256{a.bits + b.bits}; }
    friend constexpr Int256 operator-(Int256 a) { return Int256{UInt256{} - a.bits}; }
    friend constexpr Int256 operator<<(Int256 a, int shift) { return Int256{a.bits << shift}; }
    constexpr Int256& operator+=(Int256 other) { return *this = *this + other; }
};

/// The unsigned companion of a wide signed integer.
template <class Wide>
struct WideUnsigned {
    using type = std::make_unsigned_t<Wide>; ///< of the same width
};
template <>
struct WideUnsigned<int128> {
    using type = uint128;
};
template <>
struct WideUnsigned<Int256> {
    using type = UInt256;
};
/// The same, as a name for the type.
template <class Wide>
using wide_unsigned_t = typename WideUnsigned<Wide>::type;

/// The int128 nearest to a value.
constexpr int128 clamp_int128(int128 value) { return value; }
constexpr int128 clamp_int128(Int256 value) {
    if (value.fits_int128()) return static_cast<int128>(value.bits.low);
    return value.is_negative() ? int128_min : int128_max;
}

/// Number of value bits of a wide signed integer type: 63, 127 or 255.
template <class Wide>
inline constexpr int value_bits = static_cast<int>(sizeof(Wide) * 8 - 1);

} // namespace fxp
