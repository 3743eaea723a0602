#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/core/factor.hpp>
#include <fxp/core/quantize.hpp>

#include <cmath>

namespace factor_test {

using exact::Integer;
using fxp::Factor;

namespace {

/// A double of any exponent in [low, high] and a random fraction; a tenth are powers of two, a tenth lie just below.
double any_double(exact::Draw& draw, int low, int high) {
    const int exponent = low + static_cast<int>(draw.below(static_cast<std::size_t>(high - low + 1)));
    const double power = std::ldexp(1.0, exponent);
    switch (draw.below(10)) {
    case 0:
        return power;
    case 1:
        return std::nextafter(power, 0.0);
    case 2: // a tie between two mantissas
        return std::ldexp(static_cast<double>(draw.bits() >> 33 | std::uint64_t{1} << 30) + 0.5, exponent - 31);
    default:
        return std::ldexp(1 + static_cast<double>(draw.bits() >> 12) * 0x1p-52, exponent);
    }
}

Factor any_factor(exact::Draw& draw, int low, int high) {
    const auto mantissa = static_cast<std::int64_t>(draw.bits() >> 34 | std::uint64_t{1} << 30);
    return {mantissa, low + static_cast<int>(draw.below(static_cast<std::size_t>(high - low + 1)))};
}

} // namespace

TEST_CASE("quantize_factor gives the nearest of 31 bits, ties to even", "[core][factor]") {
    exact::Draw draw(1);
    for (int i = 0; i < 100000; ++i) {
        const double value = any_double(draw, -249, 1000);
        const Factor factor = fxp::quantize_factor(value);
        REQUIRE(factor.mantissa >= std::int64_t{1} << 30);
        REQUIRE(factor.mantissa < std::int64_t{1} << 31);
        // value in units of the last place: exact, since it has at most 53 bits
        const double scaled = std::ldexp(value, factor.shift);
        const double error = scaled - static_cast<double>(factor.mantissa);
        const bool tie = std::fabs(error) == 0.5;
        // Below a power of two the neighbours are half as far, so that the nearest is at most 1/4 away.
        REQUIRE(std::fabs(error) <= (factor.mantissa == 1 << 30 && error < 0 ? 0.25 : 0.5));
        REQUIRE((!tie || factor.mantissa % 2 == 0));
        REQUIRE(std::fabs(fxp::dequantize(factor) - value) <= value * 0x1p-31);
    }
    CHECK(fxp::quantize_factor(0) == Factor{});
    CHECK(fxp::quantize_factor(1) == Factor{1 << 30, 30});
    CHECK(fxp::dequantize(fxp::quantize_factor(0x1p-250)) == 0x1p-250);
    CHECK(fxp::quantize_factor(std::nextafter(0x1p-250, 0.0)) == Factor{});
    CHECK(fxp::quantize_factor(std::nextafter(1.0, 0.0)) == Factor{1 << 30, 30});
    CHECK(fxp::quantize_factor(std::nextafter(2.0, 3.0)) == Factor{1 << 30, 29});
    CHECK(fxp::dequantize(fxp::quantize_factor(0x1.fffffep1023)) == 0x1.fffffep1023);
}

TEST_CASE("factors are ordered as their values", "[core][factor]") {
    exact::Draw draw(2);
    std::vector<Factor> factors{{}, fxp::quantize_factor(1), fxp::quantize_factor(0.5), fxp::quantize_factor(2)};
    for (int i = 0; i < 60; ++i) factors.push_back(any_factor(draw, -10, 60));
    for (const Factor& a : factors) {
        for (const Factor& b : factors) {
            REQUIRE((a < b) == (fxp::dequantize(a) < fxp::dequantize(b)));
            REQUIRE((a == b) == (fxp::dequantize(a) == fxp::dequantize(b)));
        }
    }
}

TEST_CASE("a quotient of a factor is within 2^-30 of itself", "[core][factor]") {
    exact::Draw draw(3);
    for (int i = 0; i < 20000; ++i) {
        const Factor a = any_factor(draw, -60, 250);
        const int size = 1 + static_cast<int>(draw.below(128));
        fxp::uint128 divisor = (fxp::uint128{draw.bits()} << 64 | draw.bits()) >> (128 - size);
        if (draw.below(8) == 0) divisor = ~fxp::uint128{0} >> (128 - size);
        if (draw.below(8) == 0) divisor = fxp::uint128{1} << (size - 1);
        if (divisor == 0) divisor = 1;
        const int bits = static_cast<int>(draw.below(201)) - 100;
        const Factor q = fxp::divide(a, divisor, bits);
        REQUIRE(q.mantissa >= std::int64_t{1} << 30);
        REQUIRE(q.mantissa < std::int64_t{1} << 31);
        // |q d - a 2^bits| <= a 2^(bits - 30), in units of 2^-(the larger shift)
        const auto d = Integer{static_cast<exact::i128>(divisor >> 64)} * Integer::pow2(64) +
                       Integer{static_cast<exact::i128>(divisor & ~std::uint64_t{0})};
        const int a_shift = a.shift - bits;
        const int common = std::max(a_shift, q.shift);
        const Integer product = Integer{q.mantissa} * d * Integer::pow2(common - q.shift);
        const Integer wanted = Integer{a.mantissa} * Integer::pow2(common - a_shift);
        REQUIRE((product - wanted).magnitude() * Integer::pow2(30) <= wanted);
    }
    CHECK(fxp::divide(Factor{}, 7, 3) == Factor{});
    CHECK(fxp::divide(fxp::quantize_factor(3), 1, 0) == fxp::quantize_factor(3));
    CHECK(fxp::dequantize(fxp::divide(fxp::quantize_factor(1), ~fxp::uint128{0}, 128)) == Approx(1).epsilon(0x1p-30));
    static_assert(fxp::divide(Factor{1 << 30, 30}, 4, 1) == Factor{1 << 30, 31});
}

TEST_CASE("a product with a factor is the exact one, rounded half upwards and limited", "[core][factor]") {
    exact::Draw draw(4);
    const Integer limit = Integer::pow2(120);
    const exact::i128 largest = (exact::i128{1} << 95) - 1;
    for (int i = 0; i < 100000; ++i) {
        const int size = static_cast<int>(draw.below(96));
        auto value = static_cast<exact::i128>((exact::u128{draw.bits()} << 64 | draw.bits()) >> (127 - size) >> 1);
        if (draw.below(10) == 0) value = largest;
        if (draw.below(2) == 0) value = -value;
        Factor factor = any_factor(draw, -160, 260);
        if (draw.below(4) == 0) factor.mantissa = draw.below(2) == 0 ? 1 << 30 : (std::int64_t{1} << 31) - 1;
        if (draw.below(50) == 0) factor = {};
        const int bits = static_cast<int>(draw.below(201)) - 100;
        const int shift = factor.shift - bits;
        INFO("shift " << shift << " mantissa " << factor.mantissa << " size " << size);
        const Integer product = Integer{value} * Integer{factor.mantissa};
        // Below -230 anything but zero is beyond the limit: no need to write it out.
        Integer wanted = shift <= 0 ? product * Integer::pow2(std::min(-shift, 230))
                                    : exact::rounded(fxp::Rounding::nearest_up, product, shift);
        if (wanted > limit) wanted = limit;
        if (wanted < -limit) wanted = -limit;
        REQUIRE(Integer{fxp::multiply(value, factor, bits)} == wanted);
    }
    // The ends of every range.
    const Factor most{(std::int64_t{1} << 31) - 1, 0};
    CHECK(fxp::multiply(largest, most, -126) == 1);
    CHECK(fxp::multiply(-largest, most, -126) == -1);
    CHECK(fxp::multiply(largest, most, -127) == 0);
    CHECK(fxp::multiply(largest, most, 1100) == fxp::int128{1} << 120);
    CHECK(fxp::multiply(-largest, most, 1100) == -(fxp::int128{1} << 120));
    CHECK(fxp::multiply(1, {1 << 30, 30}, 120) == fxp::int128{1} << 120);
    CHECK(fxp::multiply(1, {1 << 30, 30}, 119) == fxp::int128{1} << 119);
    CHECK(fxp::multiply(-1, {1 << 30, 31}, 0) == 0); // -1/2, upwards
    CHECK(fxp::multiply(1, {1 << 30, 31}, 0) == 1);
}

} // namespace factor_test
