#include "autograd/finite_difference.hpp"

#include <fxp/optim/sgd.hpp>
#include <fxp/recipes/reference.hpp>

namespace sgd_test {

using namespace fxp_test;
using fxp::Role;
using Fixed = fxp::FixedArithmetic<fxp::recipes::Reference>;

namespace {

template <class A>
void give(A& arithmetic, fxp::Parameter<A, Role::weight>& w, unsigned seed) {
    const Real g = random_tensor(w.shape(), seed);
    w.zero_grad();
    w.node()->contribute(arithmetic, "g",
                         fxp::plus(arithmetic.template from_real<Role::weight>("g", w.shape(), g.to_real())));
}

} // namespace

TEST_CASE("SGD on doubles equals the documented formulas", "[optim]") {
    const double momentum = GENERATE(0.0, 0.9);
    Double arithmetic;
    fxp::Parameter<Double, Role::weight> w("w", {3, 4});
    w.value() = random_tensor({3, 4}, 99);
    fxp::optim::SGD<Double> sgd(arithmetic, {&w}, {.learning_rate = 0.05, .momentum = momentum});
    std::vector<double> weight = w.value().to_real();
    std::vector<double> velocity(weight.size());
    for (unsigned t = 0; t < 10; ++t) {
        give(arithmetic, w, t);
        sgd.step();
        for (std::size_t i = 0; i < weight.size(); ++i) {
            velocity[i] = momentum * velocity[i] + w.gradient().data()[i];
            weight[i] -= 0.05 * velocity[i];
            REQUIRE(w.value().data()[i] == Approx(weight[i]).epsilon(1e-12));
            REQUIRE(sgd.velocities()[0].data()[i] == Approx(velocity[i]).epsilon(1e-12));
        }
    }
}

TEST_CASE("fixed-point SGD equals 128-bit integers", "[optim]") {
    const double momentum = GENERATE(0.0, 0.9);
    Fixed arithmetic;
    fxp::Parameter<Fixed, Role::weight> w("w", {5, 60});
    w.value() = arithmetic.from_real<Role::weight>("w", w.shape(), random_tensor(w.shape(), 99).to_real());
    fxp::optim::SGD<Fixed> sgd(arithmetic, {&w}, {.learning_rate = 0.05, .momentum = momentum});
    // 31 significant bits: 0.9 = mu 2^-31, 0.05 = rate 2^-35
    const auto mu = static_cast<std::int64_t>(std::nearbyint(momentum * 0x1p31));
    const auto rate = static_cast<std::int64_t>(std::nearbyint(0.05 * 0x1p35));
    std::vector<std::int64_t> weight(w.value().elements().begin(), w.value().elements().end());
    std::vector<std::int64_t> velocity(weight.size());
    for (unsigned t = 0; t < 10; ++t) {
        give(arithmetic, w, t);
        sgd.step();
        for (std::size_t i = 0; i < weight.size(); ++i) {
            const fxp::int128 kept = static_cast<fxp::int128>(mu) * velocity[i] + (1 << 30);
            velocity[i] = static_cast<std::int64_t>(kept >> 31) + w.gradient().data()[i];
            // Updates have 32 bits below a step of w.
            const fxp::int128 change = (static_cast<fxp::int128>(rate) * velocity[i] + 4) >> 3;
            weight[i] = static_cast<std::int64_t>(fxp::round_shift<fxp::Rounding::pseudo_stochastic>(
                static_cast<fxp::int128>(weight[i]) * (std::int64_t{1} << 32) - change, 32, 0));
            REQUIRE(w.value().data()[i] == weight[i]);
            REQUIRE(sgd.velocities()[0].data()[i] == velocity[i]);
        }
    }
    REQUIRE(arithmetic.overflow_events() == 0);
}

TEST_CASE("SGD leaves parameters without a gradient alone and refuses impossible settings", "[optim]") {
    Double arithmetic;
    fxp::Parameter<Double, Role::weight> w("w", {2});
    w.value() = random_tensor({2}, 1);
    const Real before = w.value();
    fxp::optim::SGD<Double> sgd(arithmetic, {&w});
    sgd.step();
    REQUIRE(w.value() == before);
    using SGD = fxp::optim::SGD<Double>;
    REQUIRE_THROWS_AS(SGD(arithmetic, {&w}, {0, 0}), fxp::ArgumentError);
    REQUIRE_THROWS_AS(SGD(arithmetic, {&w}, {-1, 0}), fxp::ArgumentError);
    REQUIRE_THROWS_AS(SGD(arithmetic, {&w}, {0.1, 1}), fxp::ArgumentError);
    REQUIRE_THROWS_AS(SGD(arithmetic, {&w}, {0.1, -0.1}), fxp::ArgumentError);
}

} // namespace sgd_test
