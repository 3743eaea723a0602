// The generator's parts: functions, quadrature, fits, proofs, segmentation.
#include "support/catch.hpp"

#ifdef FXP_HAVE_SOLLYA

#include "approximate/fit.hpp"
#include "approximate/generate.hpp"
#include "approximate/measure.hpp"
#include "approximate/named_functions.hpp"
#include "approximate/proof.hpp"
#include "approximate/quadrature.hpp"
#include "approximate/ramp_function.hpp"
#include "approximate/request.hpp"
#include "approximate/segmentation.hpp"
#include "approximate/sollya_function.hpp"
#include "approximate/table_runner.hpp"
#include "approximate/text.hpp"

#include <fxp/tensor/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace approximate_parts_test {

using namespace fxp::approximate;
using fxp::ArgumentError;

namespace {

/// Integral of s^power e^(-decay s) over [-1, 1], by Simpson's rule.
double moment(int power, double decay) {
    constexpr int intervals = 20000;
    double sum = 0;
    for (int i = 0; i <= intervals; ++i) {
        const double s = -1 + 2.0 * i / intervals;
        const double weight = i == 0 || i == intervals ? 1 : i % 2 == 0 ? 2 : 4;
        sum += weight * std::pow(s, power) * std::exp(-decay * s);
    }
    return sum * 2 / intervals / 3;
}

Segment segment_of(std::int64_t begin, std::int64_t end, std::vector<std::int64_t> coefficients) {
    Segment segment{.begin = begin, .end = end};
    segment.coefficients = std::move(coefficients);
    return segment;
}

} // namespace

TEST_CASE("Gauss quadrature is exact up to its degree", "[tools][approximate]") {
    for (const double decay : {0.0, 0.125, 3.0, 20.0}) {
        for (const int size : {1, 2, 3, 6, 13}) {
            INFO("decay " << decay << ", " << size << " nodes");
            const OrthogonalBasis basis = orthogonal_basis(size, WideReal(decay));
            REQUIRE(basis.nodes.size() == static_cast<std::size_t>(size));
            for (int power = 0; power < 2 * size; ++power) {
                double sum = 0;
                for (std::size_t i = 0; i < basis.nodes.size(); ++i) {
                    sum += basis.weights[i].to_double() * std::pow(basis.nodes[i].to_double(), power);
                }
                CHECK(sum == Approx(moment(power, decay)).epsilon(1e-9).margin(1e-11));
            }
        }
    }
}

TEST_CASE("the uniform distribution has Legendre's polynomials", "[tools][approximate]") {
    const OrthogonalBasis basis = orthogonal_basis(3, WideReal(0.0));
    CHECK(basis.nodes[0].to_double() == -std::sqrt(0.6));
    CHECK(std::fabs(basis.nodes[1].to_double()) < 1e-200);
    CHECK(basis.nodes[2].to_double() == std::sqrt(0.6));
    CHECK(basis.weights[0].to_double() == 5.0 / 9);
    CHECK(basis.weights[1].to_double() == 8.0 / 9);
    CHECK(basis.b[1].to_double() == 1.0 / 3);
    CHECK(basis.b[2].to_double() == 4.0 / 15);
}

TEST_CASE("a projection finds a polynomial again", "[tools][approximate]") {
    const SollyaFunction f("(x-3)^3 - 2*(x-3)^2 + 5*(x-3)/8 + 1/16");
    const Grid grid{16, 8};
    const Segment segment = segment_of(2 << 16, 4 << 16, {});
    for (const double rate : {0.0, 2.0}) {
        const Coefficients found = fit_projection(f, grid, 3, {rate}, segment);
        REQUIRE(found);
        CHECK(*found == std::vector<std::int64_t>{256, -512, 160, 16});
    }
    CHECK(fit_minimax(f, grid, 3, segment) == std::vector<std::int64_t>{256, -512, 160, 16});
}

TEST_CASE("rounding errors count products that can round", "[tools][approximate]") {
    const Grid grid{4, 8};
    CHECK(rounding_error(grid, segment_of(0, 16, {1, 1, 1})) == Approx(0.5 + 0.5 * 0.5)); // |t| <= 1/2
    CHECK(rounding_error(grid, segment_of(0, 16, {0, 1, 1})) == Approx(0.5));
    CHECK(rounding_error(grid, segment_of(0, 16, {0, 0, 1})) == 0);
}

TEST_CASE("products must fit 64 bits", "[tools][approximate]") {
    const Grid grid{31, 37};
    const std::int64_t one = std::int64_t{1} << 37;
    const auto unit = [](int power) { return std::int64_t{1} << power; };
    CHECK(products_fit(grid, segment_of(0, unit(26), {one, one})));        // 2^37 * 2^25
    CHECK_FALSE(products_fit(grid, segment_of(0, unit(27), {one, one})));  // 2^37 * 2^26 + 2^30
    CHECK(products_fit(grid, segment_of(0, unit(27), {one - 32, one})));   // a little less
    CHECK_FALSE(products_fit(grid, segment_of(0, unit(27), {-one, one}))); // bounds are symmetric
    CHECK(products_fit(grid, segment_of(0, unit(40), {0, one})));
    CHECK_FALSE(products_fit(grid, segment_of(0, unit(27), {unit(20), one, one}))); // the second product
}

TEST_CASE("a measured error is the largest at any argument", "[tools][approximate]") {
    // x^2 on [0, 1] by the constant 1/2, in steps of 1/16: from -8 to 8.
    const SollyaFunction f("x^2");
    const Grid grid{10, 4};
    const Segment segment = segment_of(0, 1 << 10, {0, 8});
    const auto error = measured_error(f, grid, segment, 9);
    REQUIRE(error);
    CHECK(*error >= 8);
    CHECK(*error == Approx(8));
    CHECK_FALSE(measured_error(f, grid, segment, 7.5));
    CHECK(certified_error(f, grid, segment, 9).value_or(0) == Approx(8));
}

TEST_CASE("a measured error counts what double does not hold", "[tools][approximate]") {
    // 1/3 by a constant that is off by 8 steps of 2^-60
    const SollyaFunction f("1/3 + 0*x");
    const std::int64_t third = (std::int64_t{1} << 60) / 3;
    const auto error = measured_error(f, {4, 60}, segment_of(0, 16, {0, third - 8}), 1e9);
    REQUIRE(error);
    CHECK(*error >= 8);
    CHECK(*error <= 8 + 256);
}

TEST_CASE("a certified error covers every measured one", "[tools][approximate]") {
    const SollyaFunction f("exp(x)");
    const Grid grid{12, 16};
    for (const std::int64_t end : {1 << 10, 1 << 12, 1 << 13}) {
        Segment segment = segment_of(0, end, {});
        segment.coefficients = fit_minimax(f, grid, 3, segment).value();
        const double measured = measured_error(f, grid, segment, 1e9).value();
        const double certified = certified_error(f, grid, segment, 1e9).value();
        CHECK(certified >= measured);
        CHECK_FALSE(certified_error(f, grid, segment, measured * 0.9));
        CHECK(certified <= measured * (1 + 0x1p-9) + 1.5);
    }
}

TEST_CASE("cells are as wide as the bounds allow", "[tools][approximate]") {
    const Table table =
        make_table(fxp::kernels::Symmetry::none, {8, 8},
                   {segment_of(256, 512, {0, 1}), segment_of(512, 640, {0, 2}), segment_of(640, 1024, {0, 3})});
    CHECK(table.cell_bits == 7);
    CHECK(table.cells == std::vector<std::uint16_t>{0, 0, 1, 2, 2, 2});
    const TableRunner runner(table);
    std::array<std::int64_t, 4> values{};
    runner.values(510, values);
    CHECK(values == std::array<std::int64_t, 4>{1, 1, 2, 2});
    runner.values(1021, values);
    CHECK(values == std::array<std::int64_t, 4>{3, 3, 3, 3}); // the end belongs to the last segment
}

TEST_CASE("values are rounded half to even to a format", "[tools][approximate]") {
    // t + 2 on [0, 4] around 2, arguments of 1/4, values of 1/4, format with 1 fraction bit
    const Table table = make_table(fxp::kernels::Symmetry::none, {2, 2}, {segment_of(0, 16, {1, 8})});
    const TableRunner runner(table);
    std::array<std::int64_t, 5> values{};
    runner.rounded_values(0, {3, 1}, values);
    // raw inputs 0..4 = 0, 0.5, ...: t = -8, -6, ... steps; t/4 = -2, -1.5 -> -1, -1, -0.5 -> 0, 0; halved: even
    CHECK(values == std::array<std::int64_t, 5>{3, 4, 4, 4, 4});
}

TEST_CASE("rounded values are what Tabulated gives", "[tools][approximate]") {
    using fxp::kernels::Symmetry;
    // h = 3 - t/4 around 2 on [0, 4]: arguments of 1/4, values of 1/8, a format with 1 fraction bit
    const auto rounded = [](Symmetry symmetry, std::int64_t first) {
        const TableRunner runner(make_table(symmetry, {2, 3}, {segment_of(0, 16, {-2, 24})}));
        std::array<std::int64_t, 5> values{};
        runner.rounded_values(first, {4, 1}, values);
        return values;
    };
    const auto expected = [](Symmetry symmetry, std::int64_t first) {
        std::array<std::int64_t, 5> values{};
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto raw = static_cast<double>(first + static_cast<std::int64_t>(i));
            const double x = raw / 2;
            const double t = std::min(symmetry == Symmetry::none ? std::max(x, 0.0) : std::fabs(x), 4.0) - 2;
            const double h = 3 + std::floor(-2 * t + 0.5) / 8; // the product is rounded, ties upwards
            const double f = symmetry == Symmetry::ramp                                           ? std::max(x, 0.0) + h
                             : x >= 0 || symmetry == Symmetry::none || symmetry == Symmetry::even ? h
                             : symmetry == Symmetry::odd                                          ? -h
                                                                                                  : 1 - h;
            values[i] = static_cast<std::int64_t>(std::clamp(std::nearbyint(2 * f), -15.0, 15.0));
        }
        return values;
    };
    for (const Symmetry symmetry :
         {Symmetry::none, Symmetry::even, Symmetry::odd, Symmetry::one_minus, Symmetry::ramp}) {
        for (const std::int64_t first : {-15, -10, -5, -2, 0, 5, 10}) {
            INFO(symmetry_name(symmetry) << " from " << first);
            CHECK(rounded(symmetry, first) == expected(symmetry, first));
        }
    }
}

TEST_CASE("a table's bytes are those of the library's struct", "[tools][approximate]") {
    const Table table = make_table(fxp::kernels::Symmetry::none, {8, 8},
                                   {segment_of(0, 256, {0, 1, 2, 3}), segment_of(256, 1024, {0, 2, 3, 4})});
    CHECK(table.bytes() == sizeof(fxp::kernels::PiecewisePolynomial<3, 2, 4>));
}

TEST_CASE("a function is monotone, or not, on the whole range", "[tools][approximate]") {
    const auto direction = [](const Options& options) { return make_request(options).direction; };
    const auto of = [&](const std::string& expression, const std::string& range, const std::string& symmetry = "") {
        return direction(
            {.expression = expression, .range = range, .frac_bits = 20, .error = "2^-12", .symmetry = symmetry});
    };
    for (const char* name : {"sigmoid", "tanh", "exp2", "log2", "softplus"}) {
        INFO(name);
        CHECK(direction({.function = name, .frac_bits = 20, .error = "2^-12"}) == Direction::rising);
    }
    for (const char* name : {"rsqrt", "reciprocal"}) {
        INFO(name);
        CHECK(direction({.function = name, .frac_bits = 20, .error = "2^-12"}) == Direction::falling);
    }
    for (const char* name : {"gelu", "silu"}) {
        INFO(name);
        CHECK(direction({.function = name, .frac_bits = 20, .error = "2^-12"}) == Direction::none);
    }
    CHECK(of("x^3", "-1:1") == Direction::rising);
    CHECK(of("exp(-x)", "0:4") == Direction::falling);
    CHECK(of("exp(-x^2)", "0:4") == Direction::falling);
    CHECK(of("exp(-x^2)", "0:4", "even") == Direction::none);
    CHECK(of("sin(x)", "0:1.5") == Direction::rising);
    CHECK(of("sin(x)", "0:1.75") == Direction::none);
    CHECK(of("x + sin(4*x)", "0:8", "odd") == Direction::none);
}

TEST_CASE("a ramp function is its table and the ramp", "[tools][approximate]") {
    const auto h = std::make_shared<SollyaFunction>("log1p(exp(-x))");
    const RampFunction f(h);
    for (const double at : {-3.5, -1.0, 0.0, 0.25, 7.0}) {
        Real x(64);
        Real here(200);
        Real there(200);
        mpfr_set_d(x, at, MPFR_RNDN);
        f.value(here, x);
        SollyaFunction("log1p(exp(x))").value(there, x);
        mpfr_sub(here, here, there, MPFR_RNDN);
        CHECK(std::fabs(mpfr_get_d(here, MPFR_RNDN)) < 1e-55);
    }
    CHECK(f.derivative_bound(1, -1, 1) == std::numeric_limits<double>::infinity());
    CHECK(f.derivative_bound(1, 1, 2) >= 1 / (1 + std::exp(-2)));
    CHECK(f.derivative_bound(2, -2, -1) >= std::exp(1) / std::pow(1 + std::exp(1), 2) / 2);

    // x + h(x) loses all but its last bits
    const RampFunction small(std::make_shared<SollyaFunction>("2^(-100)*x - x"));
    Real x(64);
    Real out(60);
    mpfr_set_ui(x, 3, MPFR_RNDN);
    small.value(out, x);
    CHECK(mpfr_get_d(out, MPFR_RNDN) == std::ldexp(3.0, -100));
}

TEST_CASE("clamping beyond the range is proven, measured or sampled", "[tools][approximate]") {
    const auto evidence = [](const Options& options) {
        return generate(make_request(options)).beyond.value().evidence;
    };
    CHECK(evidence({.function = "tanh", .frac_bits = 20, .error = "2^-16"}) ==
          "proven for all reals up to 2^46 in magnitude");
    CHECK(evidence({.expression = "exp(-x^2)", .range = "-4:4", .frac_bits = 16, .error = "2^-12", .extend = true}) ==
          "proven for all reals up to 2^46 in magnitude");
    // A hump far beyond the format
    const std::string hump = "exp(-x^2) + exp(-(x-1000)^2) + exp(-(x+1000)^2)";
    CHECK(evidence({.expression = hump,
                    .range = "0:4",
                    .degree = 3,
                    .format = "8.8",
                    .error_ulp = "0.25",
                    .symmetry = "even"}) == "proven for all reals in the range of format 8.8");
    CHECK_THROWS_AS(generate(make_request({.expression = hump,
                                           .range = "0:4",
                                           .degree = 3,
                                           .format = "12.8",
                                           .error_ulp = "0.25",
                                           .symmetry = "even"})),
                    ArgumentError);
    // What interval arithmetic cannot bound: x - x
    const std::string hidden = "exp(-x^2) + sin(x)^2 + cos(x)^2 - 1";
    CHECK(evidence({.expression = hidden,
                    .range = "0:4",
                    .degree = 3,
                    .format = "6.6",
                    .guard_bits = 4,
                    .error_ulp = "0.25",
                    .symmetry = "even"}) == "proven for all reals in the range of format 6.6");
    CHECK(evidence({.expression = hidden,
                    .range = "0:4",
                    .degree = 3,
                    .frac_bits = 10,
                    .error = "2^-7",
                    .symmetry = "even"}) == "sampled, not proven");
    // or only by more than a thousand intervals
    CHECK(evidence({.expression = "exp(-x^2) + 100*(sin(x)^2 + cos(x)^2 - 1)",
                    .range = "0:4",
                    .degree = 3,
                    .format = "6.6",
                    .guard_bits = 4,
                    .error_ulp = "0.25",
                    .symmetry = "even"}) == "measured at every input of format 6.6");
}

TEST_CASE("Sollya's function is an exact function", "[tools][approximate]") {
    const SollyaFunction f("exp(-x^2)");
    Real out(80);
    Real x(64);
    mpfr_set_d(x, 1.5, MPFR_RNDN);
    f.value(out, x);
    CHECK(mpfr_get_d(out, MPFR_RNDN) == Approx(std::exp(-2.25)).epsilon(1e-15));
    CHECK(f.derivative_bound(1, -1, 1) >= std::sqrt(2 / std::exp(1)));
    CHECK(f.derivative_bound(1, 0.5, 0.5) == Approx(std::exp(-0.25)));
    CHECK(f.derivative_bound(2, 0, 0) == Approx(1)); // f'' = -2
    CHECK(SollyaFunction("1/x").derivative_bound(3, -1, 1) == std::numeric_limits<double>::infinity());
    const Interval values = f.enclosure(WideReal(0.0), WideReal(1.0));
    CHECK(values.low.to_double() <= std::exp(-1));
    CHECK(values.high.to_double() >= 1);

    const SollyaFunction sine("sin(pi*x)");
    mpfr_set_ui(x, 1, MPFR_RNDN);
    sine.value(out, x);
    CHECK(std::fabs(mpfr_get_d(out, MPFR_RNDN)) < 1e-60);
    const SollyaFunction logarithm("log(x)");
    mpfr_set_si(x, -1, MPFR_RNDN);
    logarithm.value(out, x);
    CHECK(mpfr_nan_p(out) != 0);
}

TEST_CASE("expressions are arithmetic in x and nothing else", "[tools][approximate]") {
    for (const char* text : {"", "y", "x+y", "2x", "x)", "exp", "sin()", "1", "x;quit", "execute(\"x\")", "[x;1]",
                             "x x", "x=1", "print(x)", "x, x", "@x@", "2e3*x", "1E-5*x"}) {
        INFO(text);
        CHECK_THROWS_AS(SollyaFunction(text), ArgumentError);
    }
    for (const char* text : {"x", "x^2 - 1.5", "log1p(exp(-x))", "  x * pi ", "-erfc(x)/sqrt(2)"}) {
        INFO(text);
        CHECK_NOTHROW(SollyaFunction(text));
    }
}

} // namespace approximate_parts_test

#endif
