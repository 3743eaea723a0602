#include "autograd/finite_difference.hpp"

#include <fxp/optim/reference_adam.hpp>
#include <fxp/recipes/reference.hpp>

#include <any>
#include <cmath>
#include <map>
#include <string>

namespace reference_adam_test {

using namespace fxp_test;
using fxp::Role;
using Fixed = fxp::FixedArithmetic<fxp::recipes::Reference>;

namespace {

template <class A>
struct Learner {
    Learner(A& a, const fxp::optim::ReferenceAdamSettings& settings)
        : arithmetic(&a), w("w", {3, 2}), b("b", {3, 1}), adam(a, {&w, &b}, settings) {
        set(w, 100);
        set(b, 101);
    }
    template <Role R>
    void set(fxp::Parameter<A, R>& p, unsigned seed) {
        p.value() = arithmetic->template from_real<R>(p.name(), p.shape(), random_tensor(p.shape(), seed).to_real());
    }
    template <Role R>
    void give(fxp::Parameter<A, R>& p, unsigned seed) {
        const Real g = random_tensor(p.shape(), seed, -0.5, 0.5);
        p.zero_grad();
        p.node()->contribute(*arithmetic, "g",
                             fxp::plus(arithmetic->template from_real<R>("g", p.shape(), g.to_real())));
    }
    void step(unsigned t) {
        give(w, 2 * t);
        give(b, 2 * t + 1);
        adam.step();
    }

    A* arithmetic;
    fxp::Parameter<A, Role::weight> w;
    fxp::Parameter<A, Role::bias> b;
    fxp::optim::ReferenceAdam<A> adam;
};

} // namespace

TEST_CASE("Adam on doubles equals the documented formulas", "[optim]") {
    Double arithmetic;
    const fxp::optim::ReferenceAdamSettings s{0.02, 0.8, 0.95, 1e-4};
    Learner<Double> learner(arithmetic, s);
    std::vector<double> w = learner.w.value().to_real();
    std::vector<double> m(w.size());
    std::vector<double> n(w.size());
    for (unsigned t = 1; t <= 20; ++t) {
        learner.step(t);
        const std::vector<double> g = learner.w.gradient().to_real();
        const double rate = s.learning_rate * std::sqrt(1 - std::pow(s.beta2, t)) / (1 - std::pow(s.beta1, t));
        for (std::size_t i = 0; i < w.size(); ++i) {
            m[i] = s.beta1 * m[i] + (1 - s.beta1) * g[i];
            n[i] = s.beta2 * n[i] + (1 - s.beta2) * g[i] * g[i];
            w[i] -= rate * m[i] / std::sqrt(n[i] + s.epsilon);
            REQUIRE(learner.w.value().data()[i] == Approx(w[i]).epsilon(1e-11));
            REQUIRE(learner.adam.moments()[0].m.data()[i] == Approx(m[i]).epsilon(1e-11));
            REQUIRE(learner.adam.moments()[0].n.data()[i] == Approx(n[i]).epsilon(1e-11));
        }
    }
    REQUIRE(learner.adam.steps() == 20);
}

TEST_CASE("fixed-point Adam follows the double twin", "[optim]") {
    Fixed arithmetic;
    Double real;
    Learner<Fixed> fixed(arithmetic, {0.01, 0.9, 0.999, 1e-8});
    Learner<Double> twin(real, {0.01, 0.9, 0.999, 0x1p-24});
    for (unsigned t = 1; t <= 20; ++t) {
        fixed.step(t);
        twin.step(t);
    }
    const std::vector<double> a = fixed.w.value().to_real();
    // Rates of at most 0.01 times an rsqrt good to 12 bits; it saturates where the second moment begins below 2^-14.
    for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(std::fabs(a[i] - twin.w.value().data()[i]) < 20 * 0.01 * 0x1p-8);
}

TEMPLATE_TEST_CASE("restored Adam continues as if uninterrupted", "[optim]", Double, Fixed) {
    TestType arithmetic;
    const fxp::optim::ReferenceAdamSettings settings{};
    Learner<TestType> whole(arithmetic, settings);
    Learner<TestType> before(arithmetic, settings);
    for (unsigned t = 1; t <= 12; ++t) {
        whole.step(t);
        if (t <= 5) before.step(t);
    }
    Learner<TestType> after(arithmetic, settings);
    after.w.value() = before.w.value();
    after.b.value() = before.b.value();
    std::map<std::string, std::any> states;
    before.adam.for_each_state([&](const std::string& name, const auto& tensor) { states[name] = tensor; });
    after.adam.for_each_state(
        [&]<class T>(const std::string& name, T& tensor) { tensor = std::any_cast<T>(states.at(name)); });
    after.adam.resume_at(before.adam.steps());
    for (unsigned t = 6; t <= 12; ++t) after.step(t);
    REQUIRE(after.w.value() == whole.w.value());
    REQUIRE(after.b.value() == whole.b.value());
    REQUIRE(after.adam.steps() == 12);
    REQUIRE(states.size() == 4);
    REQUIRE_THROWS_AS(after.adam.step(0.5), fxp::ArgumentError);
}

TEST_CASE("Adam leaves parameters without a gradient alone", "[optim]") {
    Fixed arithmetic;
    Learner<Fixed> learner(arithmetic, {});
    const auto w = learner.w.value();
    const auto b = learner.b.value();
    learner.give(learner.w, 1);
    learner.adam.step();
    REQUIRE_FALSE(learner.w.value() == w);
    REQUIRE(learner.b.value() == b);
}

TEST_CASE("the reference Adam refuses impossible settings", "[optim]") {
    Fixed arithmetic;
    fxp::Parameter<Fixed, Role::weight> w("w", {3, 2});
    const auto refuses = [&](auto change) {
        fxp::optim::ReferenceAdamSettings settings;
        change(settings);
        REQUIRE_THROWS_AS(fxp::optim::ReferenceAdam<Fixed>(arithmetic, {&w}, settings), fxp::ArgumentError);
    };
    refuses([](auto& s) { s.learning_rate = 0; });
    refuses([](auto& s) { s.learning_rate = std::nan(""); });
    refuses([](auto& s) { s.beta1 = 1; });
    refuses([](auto& s) { s.beta1 = -0.1; });
    refuses([](auto& s) { s.beta2 = 1; });
    refuses([](auto& s) { s.beta2 = -0.1; });
    refuses([](auto& s) { s.epsilon = -1e-9; });
}

} // namespace reference_adam_test
