// Exponentials and logarithms to about 110 bits, in integers: what decides how a value near a rounding border rounds.
#pragma once

#include "fxp/core/requantize.hpp"
#include "fxp/core/wide_arithmetic.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace fxp::math::precise {

/// Numbers of this header are unsigned multiples of 2^-bits; results are less than 2^-108 from the function.
inline constexpr int bits = 116;
/// The number one.
inline constexpr uint128 one = uint128{1} << bits;

namespace detail {

constexpr uint128 join(std::uint64_t high, std::uint64_t low) { return uint128{high} << 64 | low; }

inline constexpr uint128 ln_2 = join(0xb17217f7d1cf7, 0x9abc9e3b39803f2f);
inline constexpr uint128 log2_e = join(0x171547652b82fe, 0x1777d0ffda0d23a8);
inline constexpr uint128 sqrt_2 = square_root(UInt256{2} << (2 * bits));

constexpr uint128 product(uint128 a, uint128 b) { return (multiply(a, b) >> bits).low; }
constexpr uint128 quotient(uint128 a, uint128 b) { return divide(UInt256{a} << bits, b).quotient.low; }

/// 1/0!, 1/1!, ... : the Taylor coefficients of exp. (ln 2)^31 / 31! < 2^-128.
inline constexpr auto exp_coefficients = [] {
    std::array<uint128, 31> result{};
    uint128 value = one;
    for (std::size_t k = 0; k < result.size(); ++k) {
        if (k > 0) value /= k;
        result[k] = value;
    }
    return result;
}();

/// 1, 1/3, 1/5, ... : those of atanh(z) / z in z^2. At z^2 <= 0.03 the first one left out weighs 2^-121.
inline constexpr auto atanh_coefficients = [] {
    std::array<uint128, 24> result{};
    for (std::size_t k = 0; k < result.size(); ++k) result[k] = one / (2 * k + 1);
    return result;
}();

template <std::size_t Count>
constexpr uint128 horner(const std::array<uint128, Count>& coefficients, uint128 x) {
    uint128 sum = 0;
    for (std::size_t k = Count; k > 0; --k) sum = coefficients[k - 1] + product(sum, x);
    return sum;
}

} // namespace detail

/// 2^r for r in [0, 1): a number of [1, 2].
constexpr uint128 exp2_fraction(uint128 r) {
    return detail::horner(detail::exp_coefficients, detail::product(r, detail::ln_2));
}

/// exp(-x) for x in [0, 128).
constexpr uint128 exp_minus(uint128 x) {
    const uint128 exponent = detail::product(x, detail::log2_e);
    const int whole = static_cast<int>(exponent >> bits);
    const uint128 fraction = exponent & (one - 1);
    if (fraction == 0) return whole > bits ? 0 : one >> whole;
    return whole >= bits ? 0 : exp2_fraction(one - fraction) >> (whole + 1);
}

/// What log2_mantissa returns.
struct MantissaLog2 {
    int128 value; ///< log2(m), or log2(m / 2), times 2^bits; in [-1/2, 1/2)
    bool halved;  ///< of m / 2
};
/// log2(m) for m in [1, 2), of m / 2 where m > sqrt(2). Powers of two give exactly zero.
constexpr MantissaLog2 log2_mantissa(uint128 m) {
    const bool halved = m > detail::sqrt_2;
    // log2(m) = 2 atanh(z) / ln 2 at z = (m - 1) / (m + 1), |z| < 0.1716; for m / 2, z = (m - 2) / (m + 2).
    const uint128 middle = halved ? one << 1 : one;
    const bool negative = m < middle;
    const uint128 z = detail::quotient(negative ? middle - m : m - middle, m + middle);
    const uint128 atanh = detail::product(z, detail::horner(detail::atanh_coefficients, detail::product(z, z)));
    const int128 value = static_cast<int128>(detail::product(atanh, detail::log2_e) << 1);
    return {negative ? -value : value, halved};
}

/// |raw| 2^-frac_bits as a number of this header, or 100 when it is larger; exp(-100) is zero here.
constexpr uint128 capped_magnitude(std::int64_t raw, int frac_bits) {
    const auto magnitude = static_cast<uint128>(raw < 0 ? -int128{raw} : int128{raw});
    const uint128 cap = 100 * one;
    if (magnitude == 0) return 0;
    const int shift = bits - frac_bits;
    if (shift <= 0) return shift <= -64 ? 0 : magnitude >> -shift;
    if (shift >= 123 || magnitude > cap >> shift) return cap;
    return magnitude << shift;
}

/// value 2^-frac_bits rounded to nearest, ties to even, saturated to `out` with its event. Any frac_bits.
constexpr std::int64_t round_to(int128 value, int frac_bits, Format out, OverflowCount& events) {
    const int shift = std::clamp(frac_bits - out.frac_bits, -max_shift, max_shift);
    return requantize<Rounding::nearest_even>(value, shift, Limits{out}, Overflow::saturate, events);
}

} // namespace fxp::math::precise
