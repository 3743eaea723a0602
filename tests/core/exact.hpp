// Exact integers for oracles: sign and twelve 32-bit digits, schoolbook arithmetic, division only by short division.
// Nothing of the library is used except the names of policies and ranges.
#pragma once

#include "fxp/core/overflow.hpp"
#include "fxp/core/rounding.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace exact {

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

class Integer {
  public:
    static constexpr std::size_t digits = 12;

    Integer() = default;
    Integer(i128 value) : negative_(value < 0) {
        u128 rest = value < 0 ? u128{0} - static_cast<u128>(value) : static_cast<u128>(value);
        for (std::size_t i = 0; i < 4; ++i) {
            digit_[i] = static_cast<std::uint32_t>(rest % (u128{1} << 32));
            rest /= u128{1} << 32;
        }
    }

    static Integer pow2(int exponent) {
        Integer result;
        result.digit_.at(static_cast<std::size_t>(exponent) / 32) = std::uint32_t{1} << (exponent % 32);
        return result;
    }

    bool is_negative() const { return negative_; }
    bool is_zero() const { return *this == Integer{}; }
    std::uint32_t digit(std::size_t i) const { return digit_[i]; }
    Integer magnitude() const {
        Integer result = *this;
        result.negative_ = false;
        return result;
    }

    friend bool operator==(const Integer& a, const Integer& b) = default;
    friend bool operator<(const Integer& a, const Integer& b) {
        if (a.negative_ != b.negative_) return a.negative_;
        return a.negative_ ? compare(b, a) < 0 : compare(a, b) < 0;
    }
    friend bool operator>(const Integer& a, const Integer& b) { return b < a; }
    friend bool operator<=(const Integer& a, const Integer& b) { return !(b < a); }
    friend bool operator>=(const Integer& a, const Integer& b) { return !(a < b); }

    friend Integer operator-(const Integer& a) {
        Integer result = a;
        result.negative_ = !a.negative_;
        return result.normal();
    }
    friend Integer operator+(const Integer& a, const Integer& b) {
        Integer result;
        if (a.negative_ == b.negative_) {
            std::uint64_t carry = 0;
            for (std::size_t i = 0; i < digits; ++i) {
                carry += std::uint64_t{a.digit_[i]} + b.digit_[i];
                result.digit_[i] = static_cast<std::uint32_t>(carry);
                carry /= std::uint64_t{1} << 32;
            }
            if (carry != 0) throw std::overflow_error("exact::Integer");
            result.negative_ = a.negative_;
            return result.normal();
        }
        const bool a_larger = compare(a, b) >= 0;
        const Integer& large = a_larger ? a : b;
        const Integer& small = a_larger ? b : a;
        std::int64_t borrow = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            std::int64_t d = std::int64_t{large.digit_[i]} - small.digit_[i] - borrow;
            borrow = d < 0 ? 1 : 0;
            if (d < 0) d += std::int64_t{1} << 32;
            result.digit_[i] = static_cast<std::uint32_t>(d);
        }
        result.negative_ = large.negative_;
        return result.normal();
    }
    friend Integer operator-(const Integer& a, const Integer& b) { return a + -b; }
    friend Integer operator*(const Integer& a, const Integer& b) {
        Integer result;
        for (std::size_t i = 0; i < digits; ++i) {
            if (a.digit_[i] == 0) continue;
            std::uint64_t carry = 0;
            for (std::size_t j = 0; j < digits; ++j) {
                if (i + j >= digits) {
                    if (b.digit_[j] != 0 || carry != 0) throw std::overflow_error("exact::Integer");
                    continue;
                }
                carry += std::uint64_t{a.digit_[i]} * b.digit_[j] + result.digit_[i + j];
                result.digit_[i + j] = static_cast<std::uint32_t>(carry);
                carry /= std::uint64_t{1} << 32;
            }
        }
        result.negative_ = a.negative_ != b.negative_;
        return result.normal();
    }

    struct Division;
    /// quotient * 2^exponent + remainder = this, 0 <= remainder < 2^exponent.
    Division floor_divide(int exponent) const;

  private:
    static int compare(const Integer& a, const Integer& b) { // magnitudes
        for (std::size_t i = digits; i-- > 0;) {
            if (a.digit_[i] != b.digit_[i]) return a.digit_[i] < b.digit_[i] ? -1 : 1;
        }
        return 0;
    }
    Integer& normal() {
        bool zero = true;
        for (const std::uint32_t d : digit_) zero = zero && d == 0;
        if (zero) negative_ = false;
        return *this;
    }
    /// The magnitude divided by a small number, truncated.
    Integer short_divide(std::uint32_t divisor) const {
        Integer result;
        std::uint64_t rest = 0;
        for (std::size_t i = digits; i-- > 0;) {
            rest = rest * (std::uint64_t{1} << 32) + digit_[i];
            result.digit_[i] = static_cast<std::uint32_t>(rest / divisor);
            rest %= divisor;
        }
        return result;
    }

    std::array<std::uint32_t, digits> digit_{};
    bool negative_ = false;
};

struct Integer::Division {
    Integer quotient;
    Integer remainder;
};

inline Integer::Division Integer::floor_divide(int exponent) const {
    Integer quotient = magnitude();
    int left = exponent;
    for (; left >= 31; left -= 31) quotient = quotient.short_divide(std::uint32_t{1} << 31);
    quotient = quotient.short_divide(std::uint32_t{1} << left);
    if (negative_) {
        quotient = -quotient;
        if (quotient * pow2(exponent) != *this) quotient = quotient - Integer{1};
    }
    return {quotient, *this - quotient * pow2(exponent)};
}

struct Division128 {
    i128 quotient;
    i128 remainder;
};

inline i128 power(i128, int exponent) { return i128{1} << exponent; }
inline Integer power(const Integer&, int exponent) { return Integer::pow2(exponent); }

/// Division by 2^exponent with 0 <= remainder; exponent at most 120.
inline Division128 floor_divide(i128 value, int exponent) {
    const i128 divisor = power(value, exponent);
    i128 quotient = value / divisor;
    if (value % divisor < 0) --quotient;
    return {quotient, value - quotient * divisor};
}
inline Integer::Division floor_divide(const Integer& value, int exponent) { return value.floor_divide(exponent); }

/// value / 2^shift as the rules define it; N is i128 (shifts and sizes below 120 bits) or Integer.
template <class N>
N rounded(fxp::Rounding rule, const N& value, int shift, std::uint32_t word = 0) {
    const N zero{0};
    const N one{1};
    if (shift <= 0) return value * power(value, -shift);
    const auto by = floor_divide(value, shift);
    const N unit = power(value, shift);
    const N twice = by.remainder + by.remainder;
    switch (rule) {
    case fxp::Rounding::floor:
        return by.quotient;
    case fxp::Rounding::toward_zero:
        return value < zero && by.remainder > zero ? by.quotient + one : by.quotient;
    case fxp::Rounding::nearest_up:
        return twice >= unit ? by.quotient + one : by.quotient;
    case fxp::Rounding::nearest_even: {
        const bool odd = floor_divide(by.quotient, 1).remainder == one;
        return twice > unit || (twice == unit && odd) ? by.quotient + one : by.quotient;
    }
    case fxp::Rounding::pseudo_stochastic: {
        const auto whole = floor_divide(value < zero ? -value : value, shift);
        const auto halves = floor_divide(whole.remainder, shift / 2);
        const N lower = shift % 2 == 1 ? halves.remainder + halves.remainder : halves.remainder;
        const N result = halves.quotient > lower ? whole.quotient + one : whole.quotient;
        return value < zero ? -result : result;
    }
    case fxp::Rounding::stochastic: {
        const N draw{static_cast<i128>(word)};
        const N uniform = shift >= 32 ? draw * power(value, shift - 32) : floor_divide(draw, 32 - shift).quotient;
        return floor_divide(value + uniform, shift).quotient;
    }
    }
    throw std::logic_error("rounding rule");
}

/// What a policy makes of a value, and what it counts.
template <class N>
struct Fitted {
    N value;
    bool event;
};
template <class N>
Fitted<N> fitted(fxp::Overflow policy, const N& value, int word_bits, fxp::Range range = fxp::Range::symmetric) {
    const N max = power(value, word_bits - 1) - N{1};
    const N min = range == fxp::Range::full ? -max - N{1} : -max;
    if (value <= max && value >= min) return {value, false};
    if (policy == fxp::Overflow::wrap) {
        const N modulus = power(value, word_bits);
        N wrapped = floor_divide(value, word_bits).remainder;
        if (wrapped > max) wrapped = wrapped - modulus;
        return {wrapped, !(wrapped == value)};
    }
    return {value > max ? max : min, true};
}

inline i128 to_i128(i128 value) { return value; }
/// Clamped to the range of __int128.
inline i128 to_i128(const Integer& value) {
    const i128 max = static_cast<i128>(~u128{0} / 2);
    if (value > Integer{max}) return max;
    if (value < Integer{-max - 1}) return -max - 1;
    u128 bits = 0;
    for (std::size_t i = 4; i-- > 0;) bits = bits * (u128{1} << 32) + value.digit(i);
    return static_cast<i128>(value.is_negative() ? u128{0} - bits : bits);
}

/// Events as they should be counted: how many, and the value of largest magnitude (of equals, the positive one).
struct Events {
    std::uint64_t count = 0;
    i128 worst = 0;

    template <class N>
    void record(const N& value) {
        ++count;
        const Integer now{to_i128(value)};
        const Integer before{worst};
        if (now.magnitude() > before.magnitude() || (now.magnitude() == before.magnitude() && now > before)) {
            worst = to_i128(now);
        }
    }
    friend bool operator==(const Events& a, const fxp::OverflowCount& b) {
        return a.count == b.count && a.worst == b.worst;
    }
};

/// Rounded, fitted, counted.
template <class N>
std::int64_t requantized(fxp::Rounding rule, fxp::Overflow policy, const N& value, int shift, int word_bits,
                         Events& events, std::uint32_t word = 0, fxp::Range range = fxp::Range::symmetric) {
    const N exact_value = rounded(rule, value, shift, word);
    const Fitted<N> result = fitted(policy, exact_value, word_bits, range);
    if (result.event) events.record(exact_value);
    return static_cast<std::int64_t>(to_i128(result.value));
}

inline constexpr std::array<fxp::Rounding, 6> all_roundings{
    fxp::Rounding::toward_zero,       fxp::Rounding::floor,     fxp::Rounding::nearest_up, fxp::Rounding::nearest_even,
    fxp::Rounding::pseudo_stochastic, fxp::Rounding::stochastic};
inline constexpr std::array<fxp::Overflow, 3> all_policies{fxp::Overflow::saturate, fxp::Overflow::wrap,
                                                           fxp::Overflow::throw_error};

/// A generator of its own (SplitMix64, Steele et al. 2014), so that no oracle draws from the library's.
class Draw {
  public:
    explicit Draw(std::uint64_t seed) : state_(seed) {}
    std::uint64_t bits() {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
    /// Uniform in [0, count).
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(bits() % count); }
    fxp::Range range() { return below(2) == 0 ? fxp::Range::symmetric : fxp::Range::full; }
    /// A raw value of a word: every size is met, and so are the ends.
    std::int64_t raw(int word_bits, fxp::Range range = fxp::Range::symmetric) {
        const std::int64_t max = static_cast<std::int64_t>((std::uint64_t{1} << (word_bits - 1)) - 1);
        switch (below(8)) {
        case 0:
            return max - static_cast<std::int64_t>(below(2));
        case 1:
            return -max - (range == fxp::Range::full ? 1 : 0) + static_cast<std::int64_t>(below(2));
        case 2:
            return static_cast<std::int64_t>(below(3)) - 1;
        default:
            break;
        }
        const int size = 1 + static_cast<int>(below(static_cast<std::size_t>(word_bits - 1)));
        const auto magnitude = static_cast<std::int64_t>(bits() >> (64 - size));
        return below(2) == 0 ? magnitude : -magnitude;
    }

  private:
    std::uint64_t state_;
};

} // namespace exact
