// Derivatives of sigmoid and tanh from their stored outputs: rounded once, and how far that is from the derivative.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/core/format.hpp>
#include <fxp/math/derivative.hpp>
#include <fxp/math/sigmoid.hpp>
#include <fxp/math/tanh.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

#ifdef FXP_HAVE_MPFR
#include "approximate/known_functions.hpp"

#include <cmath>
#include <cstdio>
#endif

namespace derivatives_test {

using fxp::Format;

namespace {

std::string text(Format format) {
    return "<" + std::to_string(format.int_bits) + "," + std::to_string(format.frac_bits) + ">";
}

using Derivative = std::int64_t(std::int64_t y, Format format);

/// (a + y) (1 - y) rounded half to even and saturated, a of 0 or 1.
std::int64_t expected(std::int64_t y, int a, Format format) {
    const exact::i128 one = exact::power(exact::i128{}, format.frac_bits);
    const exact::i128 product = (a * one + y) * (one - y);
    return static_cast<std::int64_t>(
        std::clamp<exact::i128>(exact::rounded<exact::i128>(fxp::Rounding::nearest_even, product, format.frac_bits),
                                -format.max_raw(), format.max_raw()));
}

std::int64_t count_wrong(Derivative& derivative, int a, Format format, std::int64_t first, std::int64_t last) {
    std::int64_t wrong = 0;
    for (std::int64_t y = first; y <= last; ++y) wrong += derivative(y, format) != expected(y, a, format);
    return wrong;
}

} // namespace

TEST_CASE("derivatives of stored outputs are rounded once", "[math][derivatives]") {
    for (int word = 2; word <= 16; ++word) {
        for (int frac_bits = 0; frac_bits < word; ++frac_bits) {
            const Format format{word - frac_bits, frac_bits};
            INFO(text(format));
            CHECK(count_wrong(fxp::math::sigmoid_derivative, 0, format, -format.max_raw(), format.max_raw()) == 0);
            CHECK(count_wrong(fxp::math::tanh_derivative, 1, format, -format.max_raw(), format.max_raw()) == 0);
        }
    }
    for (const Format format : {Format{8, 24}, Format{1, 31}, Format{16, 40}, Format{2, 62}}) {
        exact::Draw draw(7);
        for (int i = 0; i < 1000; ++i) {
            const std::int64_t y = draw.raw(format.frac_bits + 1);
            CHECK(fxp::math::sigmoid_derivative(y < 0 ? -y : y, format) == expected(y < 0 ? -y : y, 0, format));
            CHECK(fxp::math::tanh_derivative(y, format) == expected(y, 1, format));
        }
    }
    CHECK(fxp::math::sigmoid_derivative(0, Format{40, -8}) == 0);
    CHECK(fxp::math::tanh_derivative(0, Format{-50, 100}) == Format{-50, 100}.max_raw());
    static_assert(fxp::math::sigmoid_derivative(1 << 23, Format{8, 24}) == 1 << 22);
    static_assert(fxp::math::tanh_derivative(0, Format{8, 24}) == 1 << 24);
    static_assert(fxp::math::tanh_derivative(0, Format{1, 15}) == 32767);
}

#ifdef FXP_HAVE_MPFR

namespace {

/// A function, its exact one, and its derivative as (a + y) (1 - y).
struct Case {
    const char* name;
    std::int64_t (&function)(std::int64_t raw, Format in, Format out, fxp::OverflowCount& events);
    const fxp::approximate::ExactFunction& exact;
    Derivative& derivative;
    int a;
    double max_error; ///< in ULP
    double highest;   ///< of the derivative
    double slope;     ///< largest, of the derivative over y
};

struct Errors {
    double max = 0;
    double sum = 0;
    std::int64_t worst_input = 0;
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
};

/// The derivative computed from the stored output against the exact one, on every input.
Errors measure(const Case& c, Format in, Format format) {
    using fxp::approximate::Real;
    Errors errors;
    Real x(100);
    Real value(100);
    Real factor(100);
    for (std::int64_t raw = -in.max_raw(); raw <= in.max_raw(); ++raw) {
        fxp::OverflowCount events;
        const std::int64_t slope = c.derivative(c.function(raw, in, format, events), format);
        mpfr_set_si_2exp(x, raw, -in.frac_bits, MPFR_RNDN);
        c.exact.value(value, x);
        mpfr_si_sub(factor, 1, value, MPFR_RNDN);
        mpfr_add_si(value, value, c.a, MPFR_RNDN);
        mpfr_mul(value, value, factor, MPFR_RNDN);
        mpfr_mul_2si(value, value, format.frac_bits, MPFR_RNDN);
        mpfr_sub_si(value, value, slope, MPFR_RNDN);
        const double error = std::fabs(mpfr_get_d(value, MPFR_RNDN));
        errors.sum += error;
        if (error > errors.max) {
            errors.max = error;
            errors.worst_input = raw;
        }
        errors.lowest = std::min(errors.lowest, slope);
        errors.highest = std::max(errors.highest, slope);
    }
    return errors;
}

} // namespace

TEST_CASE("derivatives from stored outputs are as close as they say", "[math][derivatives]") {
    std::printf("%-9s  %-6s  %8s  %7s  %8s\n", "from", "format", "max ULP", "at raw", "mean ULP");
    const fxp::approximate::SigmoidFunction sigmoid;
    const fxp::approximate::TanhFunction tanh;
    for (const Case& c : {Case{"sigmoid", fxp::math::sigmoid, sigmoid, fxp::math::sigmoid_derivative, 0, 1.0, 0.25, 1},
                          Case{"tanh", fxp::math::tanh, tanh, fxp::math::tanh_derivative, 1, 1.5, 1, 2}}) {
        for (const Format format : {Format{8, 8}, Format{4, 12}, Format{2, 14}, Format{1, 15}}) {
            const Errors errors = measure(c, format, format);
            std::printf("%-9s  %-6s  %8.6f  %7lld  %8.6f\n", c.name, text(format).c_str(), errors.max,
                        static_cast<long long>(errors.worst_input),
                        errors.sum / (2 * static_cast<double>(format.max_raw()) + 1));
            INFO(c.name << " in " << text(format) << ", worst at " << errors.worst_input);
            CHECK(errors.max <= c.max_error);
            CHECK(errors.lowest == 0);
            CHECK(static_cast<double>(errors.highest) <= std::ldexp(c.highest, format.frac_bits));
        }
        // Outputs that saturate below one are off by up to one step.
        const Errors saturated = measure(c, Format{8, 8}, Format{1, 15});
        CHECK(saturated.max > c.max_error - 0.5);
        CHECK(saturated.max <= c.max_error + c.slope / 2);
    }
}

#endif

} // namespace derivatives_test
