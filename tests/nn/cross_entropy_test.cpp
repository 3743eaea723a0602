#include "autograd/finite_difference.hpp"

#include <fxp/nn/cross_entropy.hpp>
#include <fxp/nn/initial.hpp>
#include <fxp/nn/linear.hpp>
#include <fxp/recipes/q16.hpp>

#include <numeric>

namespace cross_entropy_test {

using namespace fxp_test;
using fxp::Role;
using Fixed = fxp::FixedArithmetic<fxp::recipes::Q16>;

namespace {

/// Columns of positive numbers that sum to one.
Real random_targets(const fxp::Shape& shape, unsigned seed) {
    Real targets = random_tensor(shape, seed, 0, 1);
    for (std::size_t n = 0; n < shape[1]; ++n) {
        double sum = 0;
        for (std::size_t c = 0; c < shape[0]; ++c) sum += targets.data()[c * shape[1] + n];
        for (std::size_t c = 0; c < shape[0]; ++c) targets.data()[c * shape[1] + n] /= sum;
    }
    return targets;
}

} // namespace

TEST_CASE("cross-entropy on doubles: the formula, and its gradient by finite differences", "[nn][loss]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Real logits = random_tensor({4, 3}, 1, -3, 3);
    const Real targets = random_targets({4, 3}, 2);
    const auto loss_of = [&](const Real& z) {
        tape.clear();
        return fxp::nn::cross_entropy(tape.input<Role::logit>(z, "z", true), targets).mean();
    };
    double expected = 0;
    for (std::size_t n = 0; n < 3; ++n) {
        double sum = 0;
        for (std::size_t c = 0; c < 4; ++c) sum += std::exp(logits.data()[c * 3 + n]);
        for (std::size_t c = 0; c < 4; ++c) {
            expected -= targets.data()[c * 3 + n] * std::log(std::exp(logits.data()[c * 3 + n]) / sum) / 3;
        }
    }
    CHECK(loss_of(logits) == Approx(expected).epsilon(1e-13));

    tape.clear();
    const auto z = tape.input<Role::logit>(logits, "z", true);
    const auto loss = fxp::nn::cross_entropy(z, targets);
    tape.backward(loss.variable);
    CHECK(loss.gradient_scale() == 1.0 / 3);
    const Real gradient = z.gradient();
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const double at = logits.data()[i];
        logits.data()[i] = at + 1e-5;
        const double above = loss_of(logits);
        logits.data()[i] = at - 1e-5;
        const double below = loss_of(logits);
        logits.data()[i] = at;
        CHECK(gradient.data()[i] * loss.gradient_scale() == Approx((above - below) / 2e-5).margin(1e-9));
    }
}

TEST_CASE("large float logits make neither infinities nor NaN", "[nn][loss]") {
    using Float = fxp::FloatArithmetic<float>;
    const auto z = fxp::FloatTensor<float>::from_real({2, 2}, {1e30, -3e38, -1e30, 3e38});
    const auto t = fxp::FloatTensor<float>::from_real({2, 2}, {1, 1, 0, 0});
    Float arithmetic;
    fxp::Tape<Float> tape(arithmetic);
    const auto loss = fxp::nn::cross_entropy(tape.input<Role::logit>(z), t);
    CHECK(loss.variable.value().to_real() == std::vector<double>{0, -1, 0, 1});
    CHECK(loss.mean() == Approx(3e38).epsilon(1e-6)); // (0 + 6e38) / 2
}

TEST_CASE("fixed-point cross-entropy equals that of doubles, its value and its gradient", "[nn][loss]") {
    Fixed arithmetic;
    Double real;
    fxp::Tape<Fixed> tape(arithmetic);
    fxp::Tape<Double> twin_tape(real);
    const fxp::Shape shape{10, 20};
    const auto logits = arithmetic.from_real<Role::logit>("z", shape, random_tensor(shape, 3, -8, 8).to_real());
    const auto targets = arithmetic.from_real<Role::probability>("t", shape, random_targets(shape, 4).to_real());
    const auto z = tape.input<Role::logit>(logits, "z", true);
    const auto twin_z = twin_tape.input<Role::logit>(Real::from_real(shape, logits.to_real()), "z", true);
    const auto loss = fxp::nn::cross_entropy(z, targets);
    const auto twin = fxp::nn::cross_entropy(twin_z, Real::from_real(shape, targets.to_real()));
    CHECK(loss.mean() == Approx(twin.mean()).margin(0x1p-24));
    const std::vector<double> errors = loss.variable.value().to_real();
    for (std::size_t i = 0; i < errors.size(); ++i) {
        REQUIRE(std::fabs(errors[i] - twin.variable.value().data()[i]) <= 0x1p-30);
    }
    tape.backward(loss.variable);
    twin_tape.backward(twin.variable);
    for (std::size_t i = 0; i < errors.size(); ++i) {
        const double gradient = static_cast<double>(z.gradient().data()[i]) * 0x1p-13;
        REQUIRE(std::fabs(gradient - twin_z.gradient().data()[i]) < 0x1p-13);
    }
    CHECK(arithmetic.overflow_events() == 0);
}

TEST_CASE("cross-entropy copies its targets, refuses other shapes and can only be where backward starts",
          "[nn][loss]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    const auto z = tape.input<Role::logit>(random_tensor({3, 2}, 1), "z", true);
    Real targets = random_targets({3, 2}, 2);
    const auto loss = fxp::nn::cross_entropy(z, targets);
    const double before = loss.mean();
    targets.fill(0);
    CHECK(loss.mean() == before);
    CHECK_THROWS_AS(fxp::nn::cross_entropy(z, random_targets({2, 3}, 2)), fxp::ShapeError);
    loss.variable.node()->contribute(arithmetic, "g", fxp::plus(targets));
    REQUIRE(loss.variable.has_gradient());
    CHECK_THROWS_AS(tape.backward(loss.variable), fxp::ArgumentError);
    // Logits that want no gradient get none.
    tape.clear();
    const auto constant = tape.input<Role::logit>(random_tensor({3, 2}, 1));
    tape.backward(fxp::nn::cross_entropy(constant, random_targets({3, 2}, 2)).variable);
    CHECK_FALSE(constant.has_gradient());
}

TEST_CASE("smoothed targets sum to one exactly, as reals and as raw integers", "[nn][loss]") {
    using Probability = Fixed::Tensor<Role::probability>;
    for (const double smoothing : {0.0, 0.05, 0.1, 0.3, 0.9}) {
        for (const std::size_t classes : {1U, 2U, 3U, 7U, 10U, 1000U}) {
            const std::vector<double> targets = fxp::nn::CrossEntropy{smoothing}.targets(classes);
            const auto raw = Probability::from_real({classes, classes}, targets);
            for (std::size_t k = 0; k < classes; ++k) {
                double sum = 0;
                std::int64_t raw_sum = 0;
                for (std::size_t c = 0; c < classes; ++c) {
                    sum += targets[c * classes + k];
                    raw_sum += raw.data()[c * classes + k];
                }
                REQUIRE(sum == 1);
                REQUIRE(raw_sum == std::int64_t{1} << 30);
            }
            const double share = smoothing / static_cast<double>(classes);
            CHECK(targets[0] == Approx(1 - smoothing + share).margin(static_cast<double>(classes) * 0x1p-21));
            if (classes > 1) CHECK(std::fabs(targets[1] - share) <= 0x1p-21);
        }
    }
}

} // namespace cross_entropy_test
