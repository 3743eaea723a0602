#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/core/quantize.hpp>

#include <cmath>
#include <vector>

#ifdef FXP_HAVE_MPFR
#include <mpfr.h>
#endif

namespace quantize_test {

using fxp::Format;
using fxp::Overflow;
using fxp::OverflowCount;

namespace {

std::int64_t quantize(double value, Format format) {
    OverflowCount events;
    const std::int64_t raw = fxp::quantize(value, format, Overflow::saturate, events);
    CHECK(events.count == 0);
    return raw;
}

#ifdef FXP_HAVE_MPFR
/// value * 2^frac_bits rounded half to even and saturated, by MPFR; counts what saturates.
std::int64_t mpfr_quantize(double value, Format format, std::uint64_t& events) {
    mpfr_t x;
    mpfr_t limit;
    mpfr_init2(x, 2200);
    mpfr_init2(limit, 100);
    mpfr_set_d(x, value, MPFR_RNDN);
    mpfr_mul_2si(x, x, format.frac_bits, MPFR_RNDN);
    mpfr_rint_roundeven(x, x, MPFR_RNDN);
    mpfr_set_ui_2exp(limit, 1, format.int_bits + format.frac_bits - 1, MPFR_RNDN);
    mpfr_sub_ui(limit, limit, 1, MPFR_RNDN);
    if (mpfr_cmpabs(x, limit) > 0) {
        ++events;
        mpfr_setsign(x, limit, mpfr_signbit(x), MPFR_RNDN);
    }
    const long result = mpfr_get_si(x, MPFR_RNDZ);
    mpfr_clears(x, limit, static_cast<mpfr_ptr>(nullptr));
    return result;
}
#endif

} // namespace

TEST_CASE("halves round to even, by hand", "[core][quantize]") {
    const Format integers{8, 0};
    CHECK(quantize(0.5, integers) == 0);
    CHECK(quantize(1.5, integers) == 2);
    CHECK(quantize(2.5, integers) == 2);
    CHECK(quantize(-0.5, integers) == 0);
    CHECK(quantize(-1.5, integers) == -2);
    CHECK(quantize(-2.5, integers) == -2);
    CHECK(quantize(std::nextafter(0.5, 1.0), integers) == 1);
    CHECK(quantize(std::nextafter(0.5, 0.0), integers) == 0);
    CHECK(quantize(std::nextafter(-0.5, -1.0), integers) == -1);
    CHECK(quantize(126.5, integers) == 126);
    CHECK(quantize(-0.0, integers) == 0);
    CHECK(quantize(5e-324, integers) == 0);
    // Multiples of 4 in <10, -2>: 6 is halfway between 4 and 8.
    CHECK(quantize(6.0, Format{10, -2}) == 2);
    CHECK(quantize(2.0, Format{10, -2}) == 0);
    CHECK(quantize(-6.0, Format{10, -2}) == -2);
    CHECK(quantize(508.0, Format{10, -2}) == 127);
    // Steps of 2^-10 below 2^-3 in <-2, 10>
    CHECK(quantize(0x1p-4, Format{-2, 10}) == 64);
    CHECK(quantize(0x1p-11, Format{-2, 10}) == 0);
    CHECK(quantize(3 * 0x1p-11, Format{-2, 10}) == 2);
}

TEST_CASE("exact powers of two", "[core][quantize]") {
    for (int exponent = -24; exponent <= 6; ++exponent) {
        std::int64_t expected = 1;
        for (int i = -24; i < exponent; ++i) expected *= 2;
        CHECK(quantize(std::ldexp(1.0, exponent), Format{8, 24}) == expected);
        CHECK(quantize(-std::ldexp(1.0, exponent), Format{8, 24}) == -expected);
    }
}

TEST_CASE("huge values saturate by every policy and are counted", "[core][quantize]") {
    for (const Overflow policy : exact::all_policies) {
        for (const Format format : {Format{8, 24}, Format{10, -2}, Format{-2, 10}, Format{8, 56}, Format{1, 1}}) {
            OverflowCount events;
            const auto max = static_cast<std::int64_t>((exact::i128{1} << (format.word_bits() - 1)) - 1);
            CHECK(fxp::quantize(-1e300, format, policy, events) == -max);
            CHECK(fxp::quantize(1e300, format, policy, events) == max);
            CHECK(fxp::quantize(1.7976931348623157e308, format, policy, events) == max);
            CHECK(events.count == 3);
        }
    }
    OverflowCount events;
    CHECK(fxp::quantize(128.0, Format{8, 0}, Overflow::wrap, events) == 127);
    CHECK(events.count == 1);
    CHECK(events.worst == 128);
    CHECK(fxp::quantize(-128.0, Format{8, 0}, Overflow::wrap, events) == -127);
    CHECK(events.worst == 128);
    CHECK(fxp::quantize(-128.0, Format{8, 0, fxp::Range::full}, Overflow::wrap, events) == -128);
    CHECK(events.count == 2);
    CHECK(fxp::quantize(-300.0, Format{8, 0, fxp::Range::full}, Overflow::saturate, events) == -128);
    CHECK(events.count == 3);
    CHECK(fxp::quantize(0x1p70, Format{8, 0}, Overflow::saturate, events) == 127);
    CHECK(events.worst == exact::i128{1} << 70);
}

TEST_CASE("quantize agrees with nearbyint on scaled doubles", "[core][quantize]") {
    exact::Draw draw(5);
    for (int i = 0; i < 20000; ++i) {
        // Scaled by a power of two the double stays exact; nearbyint rounds half to even.
        const int frac_bits = static_cast<int>(draw.below(40)) - 8;
        const double scaled = std::ldexp(static_cast<double>(draw.raw(40)), -static_cast<int>(draw.below(12)));
        REQUIRE(quantize(std::ldexp(scaled, -frac_bits), Format{50 - frac_bits, frac_bits}) ==
                static_cast<std::int64_t>(std::nearbyint(scaled)));
    }
}

#ifdef FXP_HAVE_MPFR
TEST_CASE("quantize agrees with MPFR on doubles of every size", "[core][quantize]") {
    exact::Draw draw(6);
    for (int i = 0; i < 30000; ++i) {
        const int word = 2 + static_cast<int>(draw.below(63));
        const int frac_bits = static_cast<int>(draw.below(100)) - 30;
        const Format format{word - frac_bits, frac_bits};
        const int exponent = static_cast<int>(draw.below(i % 10 == 0 ? 2000 : 80));
        double value = std::ldexp(static_cast<double>(draw.raw(i % 3 == 0 ? 12 : 54)),
                                  (i % 10 == 0 ? -1074 : -70 - frac_bits) + exponent);
        if (!std::isfinite(value)) value = 1e308;
        std::uint64_t expected_events = 0;
        OverflowCount events;
        const std::int64_t expected = mpfr_quantize(value, format, expected_events);
        REQUIRE(fxp::quantize(value, format, Overflow::saturate, events) == expected);
        REQUIRE(events.count == expected_events);
    }
}
#endif

TEST_CASE("dequantize is exact up to 53 bits and the nearest double above", "[core][quantize]") {
    CHECK(fxp::dequantize(3, 1) == 1.5);
    CHECK(fxp::dequantize(-3, -2) == -12.0);
    CHECK(fxp::dequantize(std::int64_t{1} << 53, 24) == 0x1p29);
    CHECK(fxp::dequantize((std::int64_t{1} << 53) + 1, 0) == 0x1p53);       // tie to even
    CHECK(fxp::dequantize((std::int64_t{1} << 53) + 3, 0) == 0x1p53 + 4.0); // tie to even
    exact::Draw draw(7);
    for (int i = 0; i < 5000; ++i) {
        const std::int64_t raw = draw.raw(53);
        const int frac_bits = static_cast<int>(draw.below(60)) - 5;
        REQUIRE(quantize(fxp::dequantize(raw, frac_bits), Format{64 - frac_bits, frac_bits}) == raw);
    }
}

} // namespace quantize_test
