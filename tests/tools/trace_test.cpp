// What fxp_trace finds: planted differences in traces, the parts of an error, bounds, reports, the functions of reals.
#include "support/catch.hpp"

#include "trace/divergence.hpp"
#include "trace/real_functions.hpp"
#include "trace/report.hpp"

#include <fxp/tensor/error.hpp>
#include <fxp/tensor/float_softmax.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace trace_test {

using namespace fxp::trace;

namespace {

constexpr double ulp = 0x1p-8;

/// z, H, z, H of a step: two time steps of a recurrent model.
Trace steps_of(const std::vector<double>& z1, const std::vector<double>& h1, const std::vector<double>& z2,
               const std::vector<double>& h2, double step = 0) {
    return {{"z", step, z1}, {"H", step, h1}, {"z", step, z2}, {"H", step, h2}};
}

/// Fixed point equal to float but for `fixed_h2`, float with the library's functions but for `approximate_h2`.
std::vector<Errors> planted(Divergence& divergence, std::size_t step, double fixed_h2, double approximate_h2) {
    return divergence.add(step, steps_of({1, -2}, {0.5, 0}, {3, 4}, {0.25, fixed_h2}, ulp),
                          steps_of({1, -2}, {0.5, 0}, {3, 4}, {0.25, approximate_h2}),
                          steps_of({1, -2}, {0.5, 0}, {3, 4}, {0.25, -0.5}));
}

} // namespace

TEST_CASE("a planted difference is found at its tensor, occurrence, step and element", "[tools][trace]") {
    Divergence divergence({.ulps = 4});
    planted(divergence, 0, -0.5, -0.5);
    planted(divergence, 1, -0.5 + 4 * ulp, -0.5); // at the bound, not beyond
    CHECK_FALSE(divergence.first());
    CHECK(first_excess_text(divergence) == "No tensor is beyond 4 ULP.");
    planted(divergence, 2, -0.5 + 5 * ulp, -0.5 + 2 * ulp);
    planted(divergence, 3, -0.5 + 9 * ulp, -0.5 + 1 * ulp);
    REQUIRE(divergence.first());
    const Errors& first = *divergence.first();
    CHECK(first.tensor == "H");
    CHECK(first.occurrence == 2);
    CHECK(first.step == 2);
    CHECK(first.element == 1);
    CHECK(first.fixed_value == -0.5 + 5 * ulp);
    CHECK(first.real_value == -0.5);
    CHECK(first.in_ulps(first.whole) == 5);
    CHECK(first.relative() == 10 * ulp);
    CHECK(first_excess_text(divergence) ==
          "First beyond 4 ULP: tensor H, occurrence 2 in step 2, element 1: fixed -0.48046875, float -0.5 (5 ULP, "
          "relative 3.91e-02; approximation 2 ULP, number system 3 ULP)");

    REQUIRE(divergence.tensors().size() == 2);
    const Summary& z = divergence.tensors()[0];
    const Summary& h = divergence.tensors()[1];
    CHECK(z.tensor == "z");
    CHECK(z.whole_ulps == 0);
    CHECK_FALSE(z.first_step);
    CHECK(h.ulp == ulp);
    CHECK(h.whole_ulps == 9);
    CHECK(h.approximation_ulps == 2);
    CHECK(h.number_system_ulps == 8);
    CHECK(h.relative == 18 * ulp);
    CHECK(h.first_step == 2);
}

TEST_CASE("relative bounds are of a tensor's largest magnitude in float", "[tools][trace]") {
    Divergence divergence({.relative = 0.125});
    planted(divergence, 1, -0.5625, -0.5);
    CHECK_FALSE(divergence.first());
    planted(divergence, 2, -0.5626, -0.5);
    CHECK(divergence.first());

    Divergence both({.ulps = 1000, .relative = 0.1});
    planted(both, 1, -0.56, -0.5);
    CHECK(both.first());
    CHECK(bounds_text(both.bounds()) == "1000 ULP or a relative 0.1");
}

TEST_CASE("an error of a tensor of zeros and one that is not a number are infinite", "[tools][trace]") {
    const double infinity = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Divergence divergence({.relative = 1e9});
    const auto zeros = divergence.add(1, {{"H", ulp, {0, ulp}}}, {{"H", 0, {0, 0}}}, {{"H", 0, {0, 0}}});
    CHECK(zeros[0].relative() == infinity);
    CHECK(divergence.first());
    const auto equal = divergence.add(2, {{"H", ulp, {0, 0}}}, {{"H", 0, {0, 0}}}, {{"H", 0, {0, 0}}});
    CHECK(equal[0].relative() == 0);
    const auto diverged = divergence.add(3, {{"H", ulp, {1, 1}}}, {{"H", 0, {1, 1}}}, {{"H", 0, {1, nan}}});
    CHECK(diverged[0].whole == infinity);
    CHECK(diverged[0].element == 1);
    CHECK(diverged[0].number_system == 0);
    const auto unbounded = divergence.add(4, {{"H", ulp, {1}}}, {{"H", 0, {1}}}, {{"H", 0, {infinity}}});
    CHECK(unbounded[0].whole == infinity);
    CHECK(csv_lines(unbounded) == "4,H,1,0.00390625,inf,inf,inf,inf,0\n");
}

TEST_CASE("traces of different computations are refused", "[tools][trace]") {
    Divergence divergence({.ulps = 1});
    const Trace one{{"H", ulp, {1, 2}}};
    const Trace two{{"H", ulp, {1, 2}}, {"z", ulp, {1}}};
    const Trace other{{"C", ulp, {1, 2}}};
    const Trace shorter{{"H", ulp, {1}}};
    CHECK_THROWS_AS(divergence.add(1, one, two, one), fxp::ArgumentError);
    CHECK_THROWS_AS(divergence.add(1, two, one, one), fxp::ArgumentError);
    CHECK_THROWS_AS(divergence.add(1, other, one, one), fxp::ArgumentError);
    CHECK_THROWS_AS(divergence.add(1, one, shorter, one), fxp::ArgumentError);
}

TEST_CASE("the reports of a divergence", "[tools][trace]") {
    Divergence divergence({.ulps = 4});
    const auto rows = planted(divergence, 7, -0.5 + 8 * ulp, -0.5 + 2 * ulp);
    CHECK(csv_heading() + csv_lines(rows) ==
          "step,tensor,occurrence,ulp,max_error,max_error_ulp,relative_error,approximation_error_ulp,number_error_ulp\n"
          "7,z,1,0.00390625,0,0,0,0,0\n"
          "7,H,1,0.00390625,0,0,0,0,0\n"
          "7,z,2,0.00390625,0,0,0,0,0\n"
          "7,H,2,0.00390625,0.03125,8,0.0625,2,6\n");
    const std::string text = tensors_text(divergence);
    CHECK_THAT(text, Catch::Matchers::ContainsSubstring(
                         "H       2^-8            8  6.25e-02              2              6  step 7\n"));
}

TEST_CASE("the functions of reals err by their approximation alone", "[tools][trace]") {
    const auto largest_error = [](RealFunctions::Map f, double (*exact)(double), double low, double high) {
        std::vector<double> x;
        for (int i = 0; i <= 1000; ++i) x.push_back(low + (high - low) * i / 1000);
        std::vector<double> y(x.size());
        f(x.data(), x.size(), y.data());
        double largest = 0;
        for (std::size_t i = 0; i < x.size(); ++i) largest = std::fmax(largest, std::fabs(y[i] - exact(x[i])));
        return largest;
    };
    const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
    const auto tanh = [](double x) { return std::tanh(x); };
    const auto rsqrt = [](double x) { return 1 / std::sqrt(x); };
    const RealFunctions& rounded = real_functions<fxp::CorrectlyRoundedActivations>();
    CHECK(largest_error(rounded.sigmoid, sigmoid, -9, 9) < 0x1p-40);
    CHECK(largest_error(rounded.tanh, tanh, -9, 9) < 0x1p-39);
    CHECK(largest_error(rounded.rsqrt, rsqrt, 0.1, 20) < 0x1p-36);
    // The published errors, of which the 3674, 3261 and 3234 ULP of <8, 24> are nearly all.
    const RealFunctions& reference = real_functions<fxp::ReferenceActivations>();
    const double sigmoid_error = largest_error(reference.sigmoid, sigmoid, -9, 9);
    CHECK(sigmoid_error > 1e-4);
    CHECK(sigmoid_error < 2.2e-4);
    CHECK(largest_error(reference.tanh, tanh, -9, 9) < 1.95e-4);
    CHECK(largest_error(reference.rsqrt, rsqrt, 1, 4) < 1.95e-4);
    CHECK(largest_error(reference.rsqrt, rsqrt, 8.9, 9) > 0.1);

    const auto logits = fxp::FloatTensor<double>::from_real({3, 2}, {1, -3, 2.5, 8, 0.25, 7});
    const auto targets = fxp::FloatTensor<double>::from_real({3, 2}, {1, 0, 0, 0, 0, 1});
    fxp::FloatTensor<double> error;
    fxp::FloatTensor<double> exact;
    rounded.softmax_error(error, logits, targets);
    fxp::softmax_error_into(exact, logits, targets);
    REQUIRE(error.shape() == exact.shape());
    for (std::size_t i = 0; i < exact.size(); ++i) CHECK(std::fabs(error.data()[i] - exact.data()[i]) < 0x1p-29);
}

} // namespace trace_test
