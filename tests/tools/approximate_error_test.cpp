// Generated tables against MPFR: their errors are what they say.
#include "support/catch.hpp"

#ifdef FXP_HAVE_SOLLYA

#include "approximate/generate.hpp"
#include "approximate/known_functions.hpp"
#include "approximate/proof.hpp"
#include "approximate/table_runner.hpp"
#include "approximate/verify.hpp"

#include <fxp/math/tables/exp2.hpp>
#include <fxp/math/tables/log2.hpp>
#include <fxp/math/tables/reciprocal.hpp>
#include <fxp/math/tables/rsqrt.hpp>
#include <fxp/math/tables/sigmoid.hpp>
#include <fxp/tensor/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace approximate_error_test {

using namespace fxp::approximate;

namespace {

/// Function values by MPFR, without Sollya.
using Oracle = std::function<void(mpfr_ptr, mpfr_srcptr)>;

/// -x erfc(x / sqrt(2)) / 2
void gelu_rest(mpfr_ptr out, mpfr_srcptr x) {
    Real scaled(300);
    mpfr_set_ui(scaled, 2, MPFR_RNDN);
    mpfr_sqrt(scaled, scaled, MPFR_RNDN);
    mpfr_div(scaled, x, scaled, MPFR_RNDN);
    mpfr_erfc(scaled, scaled, MPFR_RNDN);
    mpfr_mul(scaled, scaled, x, MPFR_RNDN);
    mpfr_div_si(out, scaled, -2, MPFR_RNDN);
}

/// -x / (1 + e^x)
void silu_rest(mpfr_ptr out, mpfr_srcptr x) {
    Real sum(300);
    mpfr_exp(sum, x, MPFR_RNDN);
    mpfr_add_ui(sum, sum, 1, MPFR_RNDN);
    mpfr_div(sum, x, sum, MPFR_RNDN);
    mpfr_neg(out, sum, MPFR_RNDN);
}

/// log(1 + e^-x)
void softplus_rest(mpfr_ptr out, mpfr_srcptr x) {
    Real power(300);
    mpfr_neg(power, x, MPFR_RNDN);
    mpfr_exp(power, power, MPFR_RNDN);
    mpfr_log1p(out, power, MPFR_RNDN);
}

/// e^(-x^2)
void bell(mpfr_ptr out, mpfr_srcptr x) {
    Real square(300);
    mpfr_sqr(square, x, MPFR_RNDN);
    mpfr_neg(square, square, MPFR_RNDN);
    mpfr_exp(out, square, MPFR_RNDN);
}

Oracle oracle_of(const ExactFunction& f) {
    return [&f](mpfr_ptr out, mpfr_srcptr x) { f.value(out, x); };
}

/// |value - f(argument)| in steps of 2^-frac_bits.
double distance(const Oracle& f, const Grid& grid, std::int64_t argument, std::int64_t value) {
    Real x(64);
    Real exact(256);
    mpfr_set_sj_2exp(x, argument, -grid.argument_bits, MPFR_RNDN);
    f(exact, x);
    mpfr_mul_2si(exact, exact, grid.frac_bits, MPFR_RNDN);
    mpfr_sub_si(exact, exact, value, MPFR_RNDN);
    return std::fabs(mpfr_get_d(exact, MPFR_RNDN));
}

/// Ends, centres and their neighbours, and random arguments.
std::vector<std::int64_t> interesting(const Table& table, std::size_t random) {
    std::vector<std::int64_t> arguments;
    for (const Segment& segment : table.segments) {
        for (const std::int64_t argument : {segment.begin, segment.centre(), segment.end}) {
            for (const std::int64_t x : {argument - 1, argument, argument + 1}) {
                if (x >= table.begin() && x <= table.end()) arguments.push_back(x);
            }
        }
    }
    std::mt19937_64 engine(1);
    std::uniform_int_distribution<std::int64_t> any(table.begin(), table.end());
    for (std::size_t i = 0; i < random; ++i) arguments.push_back(any(engine));
    return arguments;
}

void check_error(const Options& options, const Oracle& f) {
    INFO(options.function << options.expression << ", " << options.method << ", degree " << options.degree);
    const Request request = make_request(options);
    const Table table = generate(request).table;
    CHECK(static_cast<double>(table.error()) < request.target + 1);
    const TableRunner runner(table);
    double worst = 0;
    for (const std::int64_t x : interesting(table, 20000)) {
        std::array<std::int64_t, 1> value{};
        runner.values(x, value);
        worst = std::max(worst, distance(f, table.grid, x, value[0]));
    }
    CHECK(worst <= request.target);
    CHECK(worst > request.target / 100); // or the bound says nothing
    for (const Segment& segment : table.segments) {
        CHECK(segment.error <= request.target);
        CHECK(products_fit(table.grid, segment));
    }
    if (request.extend) CHECK(table.segments.back().is_constant());
}

template <class Polynomial>
void check_shipped(const std::string& name, const Polynomial& table, const ExactFunction& f) {
    INFO(name);
    const Oracle oracle = oracle_of(f);
    const Grid grid{table.argument_bits, table.frac_bits};
    std::mt19937_64 engine(2);
    std::uniform_int_distribution<std::int64_t> any(table.begin, table.end());
    double worst = 0;
    for (int i = 0; i < 200000; ++i) {
        const std::int64_t x = i == 0 ? table.begin : i == 1 ? table.end() : any(engine);
        worst = std::max(worst, distance(oracle, grid, x, fxp::kernels::piecewise_value(table, x)));
    }
    CHECK(worst <= static_cast<double>(table.error));
    CHECK(table.error <= 2);
}

} // namespace

TEST_CASE("minimax tables meet their target at every argument", "[tools][approximate]") {
    check_error({.function = "sigmoid", .degree = 3, .format = "4.12", .error_ulp = "0.0625"},
                oracle_of(SigmoidFunction()));
    check_error({.function = "tanh", .degree = 1, .format = "4.8", .error_ulp = "0.25"}, oracle_of(TanhFunction()));
    check_error({.function = "rsqrt", .degree = 4, .frac_bits = 30, .argument_bits = 20, .error = "2^-26"},
                oracle_of(RsqrtFunction()));
    check_error({.function = "softplus", .format = "8.16", .error_ulp = "0.0625"}, softplus_rest);
    check_error({.expression = "exp(-x^2)", .range = "0:8", .frac_bits = 24, .error = "1e-6", .symmetry = "even"},
                bell);
}

TEST_CASE("so do those of functions with a ramp", "[tools][approximate][slow]") {
    check_error({.function = "gelu", .format = "8.16", .error_ulp = "0.0625"}, gelu_rest);
    check_error({.function = "silu", .format = "8.16", .error_ulp = "0.0625"}, silu_rest);
}

TEST_CASE("minimax tables meet their target on all reals of a large range", "[tools][approximate][slow]") {
    check_error({.function = "exp2", .degree = 12, .frac_bits = 36, .argument_bits = 30, .error = "0.9*2^-36"},
                oracle_of(Exp2Function()));
    check_error({.function = "log2", .degree = 5, .frac_bits = 34, .argument_bits = 31, .error = "2^-32"},
                oracle_of(Log2Function()));
    check_error({.function = "reciprocal", .degree = 2, .frac_bits = 20, .argument_bits = 28, .error = "2^-16"},
                oracle_of(ReciprocalFunction()));
    check_error({.function = "tanh", .degree = 6, .frac_bits = 34, .argument_bits = 26, .error = "1.25*2^-34"},
                oracle_of(TanhFunction()));
    check_error({.expression = "exp(-x^2)",
                 .range = "-8:8",
                 .frac_bits = 32,
                 .argument_bits = 24,
                 .error = "2^-30",
                 .extend = true},
                bell);
}

TEST_CASE("projections meet their target, whatever the distribution", "[tools][approximate]") {
    for (const char* distribution : {"uniform", "exponential:0.5", "exponential:4"}) {
        check_error({.function = "softplus",
                     .degree = 3,
                     .method = "gpc",
                     .distribution = distribution,
                     .format = "8.16",
                     .error_ulp = "0.25"},
                    softplus_rest);
    }
    check_error(
        {.function = "exp2", .degree = 7, .method = "gpc", .frac_bits = 36, .argument_bits = 30, .error = "2^-35"},
        oracle_of(Exp2Function()));
}

TEST_CASE("the verification in a format is MPFR's word on every input", "[tools][approximate]") {
    const Request request = make_request({.function = "tanh", .degree = 3, .format = "4.8", .error_ulp = "0.0625"});
    const Table table = generate(request).table;
    const UlpReport report = verify(request, table);
    const TableRunner runner(table);
    const TanhFunction tanh;
    double worst = 0;
    double sum = 0;
    std::int64_t inputs = 0;
    for (std::int64_t raw = -2047; raw <= 2047; ++raw, ++inputs) {
        std::array<std::int64_t, 1> value{};
        runner.rounded_values(raw, {4, 8}, value);
        const double error = distance(oracle_of(tanh), {8, 8}, raw, value[0]);
        worst = std::max(worst, error);
        sum += error;
    }
    CHECK(report.inputs == inputs);
    CHECK(report.max_error == Approx(worst));
    CHECK(report.mean_error() == Approx(sum / static_cast<double>(inputs)));
    CHECK(report.faithful());
    CHECK(report.max_error < 0.5625);
}

TEST_CASE("the verification covers both signs under every symmetry", "[tools][approximate]") {
    const auto figures = [](const Options& options) {
        const Request request = make_request(options);
        return verify(request, generate(request).table);
    };
    const auto check = [&](const Options& options, std::int64_t inputs) {
        INFO(options.function << options.expression);
        const UlpReport report = figures(options);
        CHECK(report.inputs == inputs);
        CHECK(report.unfaithful == 0);
        CHECK(report.misclamped == 0);
        CHECK(report.max_error <= 0.75);
        CHECK(report.max_error > 0.25);
    };
    check({.function = "sigmoid", .degree = 3, .format = "4.8", .error_ulp = "0.25"}, 4095);
    check({.function = "softplus", .degree = 3, .format = "8.8", .error_ulp = "0.25"}, 2 * 32 * 256 + 1);
    check({.function = "gelu", .degree = 3, .format = "4.8", .error_ulp = "0.25"}, 4095);
    check({.function = "silu", .degree = 3, .format = "12.4", .error_ulp = "0.25"}, 2 * 64 * 16 + 1);
    check({.expression = "log1p(exp(-x))",
           .range = "0:16",
           .degree = 3,
           .format = "4.8",
           .error_ulp = "0.25",
           .symmetry = "ramp"},
          4095);
    check({.expression = "exp(-x^2)",
           .range = "0:4",
           .degree = 3,
           .format = "4.8",
           .error_ulp = "0.25",
           .symmetry = "even"},
          2 * 4 * 256 + 1);
    check({.function = "exp2", .degree = 3, .format = "4.8", .error_ulp = "0.25"}, 257);
}

TEST_CASE("a symmetry that only a negative input betrays is refused", "[tools][approximate]") {
    Request request = make_request({.expression = "exp(-x^2)",
                                    .range = "0:4",
                                    .degree = 3,
                                    .format = "4.8",
                                    .error_ulp = "0.25",
                                    .symmetry = "even"});
    const Table table = generate(request).table;
    request.f = std::make_shared<SollyaFunction>("exp(-x^2) + exp(-1000*(x+2)^2)");
    CHECK_THROWS_AS(verify(request, table), fxp::ArgumentError);
}

TEST_CASE("values beyond the format saturate", "[tools][approximate]") {
    const Request request = make_request({.function = "exp2", .degree = 3, .format = "2.8", .error_ulp = "0.25"});
    const UlpReport report = verify(request, generate(request).table);
    CHECK(report.inputs == 257);
    CHECK(report.saturated == 1); // 2^1
    CHECK(report.misclamped == 0);
}

TEST_CASE("the shipped tables keep their word", "[tools][approximate]") {
    check_shipped("sigmoid", fxp::math::tables::sigmoid, SigmoidFunction());
    check_shipped("exp2", fxp::math::tables::exp2, Exp2Function());
    check_shipped("log2", fxp::math::tables::log2, Log2Function());
    check_shipped("rsqrt", fxp::math::tables::rsqrt, RsqrtFunction());
    check_shipped("reciprocal", fxp::math::tables::reciprocal, ReciprocalFunction());
}

} // namespace approximate_error_test

#endif
