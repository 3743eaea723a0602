// 128-bit integers for machines whose compilers have none.
#pragma once

#include "fxp/core/wraps.hpp"

#include <bit>
#include <compare>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace fxp {

class Int128;

/// value = high * 2^64 + low, modulo 2^128: unsigned __int128, but for conversions to other types, which are explicit.
/// Shifts take 0..127 bits; 0 is no divisor. A quotient costs a step per bit unless both numbers have 64.
class UInt128 {
  public:
    UInt128() = default;
    /// An integer of the compiler, sign-extended.
    template <std::integral T>
    constexpr UInt128(T value) : high_(value < T{0} ? ~std::uint64_t{0} : 0), low_(static_cast<std::uint64_t>(value)) {}
    explicit constexpr UInt128(Int128 value);
    constexpr UInt128(std::uint64_t high, std::uint64_t low) : high_(high), low_(low) {}

    template <std::integral T>
        requires(!std::same_as<T, bool>)
    explicit constexpr operator T() const { return static_cast<T>(low_); }
    explicit constexpr operator bool() const { return (high_ | low_) != 0; }
    /// The nearest double, ties to even.
    explicit operator double() const {
        if (high_ == 0) return static_cast<double>(low_);
        const int shift = 64 - std::countl_zero(high_);
        const UInt128 leading = *this >> shift;
        const std::uint64_t sticky = (leading << shift) == *this ? 0 : 1;
        return __builtin_ldexp(static_cast<double>(leading.low_ | sticky), shift);
    }

    /// Its halves.
    /// @{
    constexpr std::uint64_t high() const { return high_; }
    constexpr std::uint64_t low() const { return low_; }
    /// @}

    friend constexpr bool operator==(const UInt128&, const UInt128&) = default;
    friend constexpr std::strong_ordering operator<=>(UInt128 a, UInt128 b) {
        return a.high_ != b.high_ ? a.high_ <=> b.high_ : a.low_ <=> b.low_;
    }
    friend constexpr UInt128 operator~(UInt128 a) { return {~a.high_, ~a.low_}; }
    friend constexpr UInt128 operator&(UInt128 a, UInt128 b) { return {a.high_ & b.high_, a.low_ & b.low_}; }
    friend constexpr UInt128 operator|(UInt128 a, UInt128 b) { return {a.high_ | b.high_, a.low_ | b.low_}; }
    friend constexpr UInt128 operator^(UInt128 a, UInt128 b) { return {a.high_ ^ b.high_, a.low_ ^ b.low_}; }
    [[FXP_WRAPS]] friend constexpr UInt128 operator+(UInt128 a, UInt128 b) {
        const std::uint64_t low = a.low_ + b.low_;
        return {a.high_ + b.high_ + (low < a.low_ ? 1 : 0), low};
    }
    [[FXP_WRAPS]] friend constexpr UInt128 operator-(UInt128 a, UInt128 b) {
        return {a.high_ - b.high_ - (a.low_ < b.low_ ? 1 : 0), a.low_ - b.low_};
    }
    friend constexpr UInt128 operator-(UInt128 a) { return UInt128{} - a; }
    [[FXP_WRAPS]] friend constexpr UInt128 operator*(UInt128 a, UInt128 b) {
        UInt128 product = full_product(a.low_, b.low_);
        product.high_ += a.high_ * b.low_ + a.low_ * b.high_;
        return product;
    }
    friend constexpr UInt128 operator/(UInt128 a, UInt128 b) {
        if (a.high_ == 0 && b.high_ == 0) return a.low_ / b.low_;
        UInt128 quotient = 0;
        UInt128 remainder = 0;
        for (int bit = 127; bit >= 0; --bit) {
            remainder = remainder << 1 | (a >> bit & 1); // at most a >> bit
            if (remainder < b) continue;
            remainder -= b;
            quotient |= UInt128{1} << bit;
        }
        return quotient;
    }
    friend constexpr UInt128 operator%(UInt128 a, UInt128 b) { return a - a / b * b; }
    [[FXP_WRAPS]] friend constexpr UInt128 operator<<(UInt128 a, int shift) {
        if (shift == 0) return a;
        if (shift >= 64) return {a.low_ << (shift - 64), 0};
        return {(a.high_ << shift) | (a.low_ >> (64 - shift)), a.low_ << shift};
    }
    [[FXP_WRAPS]] friend constexpr UInt128 operator>>(UInt128 a, int shift) {
        if (shift == 0) return a;
        if (shift >= 64) return {0, a.high_ >> (shift - 64)};
        return {a.high_ >> shift, (a.low_ >> shift) | (a.high_ << (64 - shift))};
    }
    constexpr UInt128& operator+=(UInt128 b) { return *this = *this + b; }
    constexpr UInt128& operator-=(UInt128 b) { return *this = *this - b; }
    constexpr UInt128& operator*=(UInt128 b) { return *this = *this * b; }
    constexpr UInt128& operator/=(UInt128 b) { return *this = *this / b; }
    constexpr UInt128& operator|=(UInt128 b) { return *this = *this | b; }
    constexpr UInt128& operator<<=(int shift) { return *this = *this << shift; }
    constexpr UInt128& operator>>=(int shift) { return *this = *this >> shift; }

  private:
    [[FXP_WRAPS]] static constexpr UInt128 full_product(std::uint64_t a, std::uint64_t b) {
        constexpr std::uint64_t half = 0xffffffff;
        const std::uint64_t low = (a & half) * (b & half);
        const std::uint64_t left = (a >> 32) * (b & half) + (low >> 32);
        const std::uint64_t right = (a & half) * (b >> 32) + (left & half);
        return {(a >> 32) * (b >> 32) + (left >> 32) + (right >> 32), right << 32 | (low & half)};
    }

    std::uint64_t high_;
    std::uint64_t low_;
};

/// 128-bit two's complement integer: __int128 in the same sense. Arithmetic is modulo 2^128, >> rounds down, / toward
/// zero.
class Int128 {
  public:
    Int128() = default;
    /// An integer of the compiler.
    template <std::integral T>
    constexpr Int128(T value) : bits_(value) {}
    explicit constexpr Int128(UInt128 bits) : bits_(bits) {}
    /// |value| < 2^127; the fraction is dropped.
    explicit Int128(double value) {
        const double size = value < 0 ? -value : value;
        const auto high = static_cast<std::uint64_t>(size * 0x1p-64);
        const UInt128 magnitude{high, static_cast<std::uint64_t>(size - static_cast<double>(high) * 0x1p64)};
        bits_ = value < 0 ? -magnitude : magnitude;
    }

    template <std::integral T>
        requires(!std::same_as<T, bool>)
    explicit constexpr operator T() const { return static_cast<T>(bits_); }
    explicit constexpr operator bool() const { return static_cast<bool>(bits_); }
    /// The nearest double, ties to even.
    explicit operator double() const {
        const auto size = static_cast<double>(magnitude());
        return is_negative() ? -size : size;
    }
    /// The two's complement pattern.
    constexpr UInt128 bits() const { return bits_; }

    friend constexpr bool operator==(const Int128&, const Int128&) = default;
    friend constexpr std::strong_ordering operator<=>(Int128 a, Int128 b) {
        constexpr UInt128 sign = UInt128{1} << 127;
        return (a.bits_ ^ sign) <=> (b.bits_ ^ sign);
    }
    friend constexpr Int128 operator+(Int128 a, Int128 b) { return Int128{a.bits_ + b.bits_}; }
    friend constexpr Int128 operator-(Int128 a, Int128 b) { return Int128{a.bits_ - b.bits_}; }
    friend constexpr Int128 operator-(Int128 a) { return Int128{-a.bits_}; }
    friend constexpr Int128 operator*(Int128 a, Int128 b) { return Int128{a.bits_ * b.bits_}; }
    friend constexpr Int128 operator/(Int128 a, Int128 b) {
        return signed_as(a.magnitude() / b.magnitude(), a.is_negative() != b.is_negative());
    }
    friend constexpr Int128 operator%(Int128 a, Int128 b) {
        return signed_as(a.magnitude() % b.magnitude(), a.is_negative());
    }
    friend constexpr Int128 operator<<(Int128 a, int shift) { return Int128{a.bits_ << shift}; }
    friend constexpr Int128 operator>>(Int128 a, int shift) {
        return Int128{a.is_negative() ? ~(~a.bits_ >> shift) : a.bits_ >> shift};
    }
    constexpr Int128& operator+=(Int128 b) { return *this = *this + b; }
    constexpr Int128& operator-=(Int128 b) { return *this = *this - b; }
    constexpr Int128& operator%=(Int128 b) { return *this = *this % b; }
    constexpr Int128& operator<<=(int shift) { return *this = *this << shift; }

  private:
    constexpr bool is_negative() const { return bits_.high() >> 63 != 0; }
    constexpr UInt128 magnitude() const { return is_negative() ? -bits_ : bits_; }
    static constexpr Int128 signed_as(UInt128 magnitude, bool negative) {
        return Int128{negative ? -magnitude : magnitude};
    }

    UInt128 bits_;
};

constexpr UInt128::UInt128(Int128 value) : UInt128(value.bits()) {}

} // namespace fxp
