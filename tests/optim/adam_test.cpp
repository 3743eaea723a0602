#include "autograd/finite_difference.hpp"

#include <fxp/optim/adam.hpp>
#include <fxp/optim/sgd.hpp>
#include <fxp/recipes/q16.hpp>

#include <any>
#include <map>

namespace adam_test {

using namespace fxp_test;
using fxp::Role;
using fxp::optim::AdamSettings;
using fxp::optim::SGDSettings;
using Fixed = fxp::FixedArithmetic<fxp::recipes::Q16>;

namespace {

/// The 16-bit recipe's moments for weights fine enough to be compared with doubles.
struct Fine : fxp::recipes::Q16 {
    using Weight = fxp::Q<4, 28>;
    using Bias = fxp::Q<4, 28>;
    template <Role>
    using Contribution = fxp::Q<20, 44>;
    template <Role>
    using Gradient = fxp::Q<20, 44>;
};
using FineFixed = fxp::FixedArithmetic<Fine>;

/// A weight and a bias with an optimizer.
template <class A, template <class> class Optimizer>
struct Learner {
    template <class Settings>
    Learner(A& a, const Settings& settings) : arithmetic(&a), optimizer(a, {&w, &b}, settings) {
        w.value() = a.template from_real<Role::weight>("w", w.shape(), random_tensor(w.shape(), 1).to_real());
        b.value() = a.template from_real<Role::bias>("b", b.shape(), random_tensor(b.shape(), 2).to_real());
    }
    template <Role R>
    void give(fxp::Parameter<A, R>& p, const std::vector<double>& g) {
        p.zero_grad();
        p.node()->contribute(*arithmetic, "g",
                             fxp::plus(arithmetic->template from_real<R>("g", p.shape(), std::span<const double>(g))));
    }
    /// Step t with gradients of half their size and a scale of two.
    void step(unsigned t) {
        if constexpr (!std::is_same_v<A, Double>) arithmetic->begin_step(t);
        give(w, random_tensor(w.shape(), 10 + t, -0.5, 0.7).to_real());
        give(b, random_tensor(b.shape(), 90 + t, -0.5, 0.7).to_real());
        optimizer.step(2);
    }

    A* arithmetic;
    fxp::Parameter<A, Role::weight> w{"w", {3, 4}};
    fxp::Parameter<A, Role::bias> b{"b", {3, 1}};
    Optimizer<A> optimizer;
};
template <class A>
using AdamLearner = Learner<A, fxp::optim::Adam>;
template <class A>
using SgdLearner = Learner<A, fxp::optim::SGD>;

/// torch.optim.AdamW of one element.
struct TorchAdamW {
    double lr, beta1, beta2, eps, weight_decay;
    bool amsgrad;
    double m = 0, v = 0, largest = 0;
    int t = 0;

    double step(double w, double g) {
        ++t;
        w *= 1 - lr * weight_decay;
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        largest = std::max(largest, v);
        const double denominator = std::sqrt(amsgrad ? largest : v) / std::sqrt(1 - std::pow(beta2, t)) + eps;
        return w - lr / (1 - std::pow(beta1, t)) * m / denominator;
    }
};
/// torch.optim.SGD of one element, its decay decoupled.
struct TorchSgd {
    double lr, momentum, weight_decay;
    bool nesterov;
    double buffer = 0;

    double step(double w, double g) {
        buffer = momentum * buffer + g;
        return w * (1 - lr * weight_decay) - lr * (nesterov ? g + momentum * buffer : buffer);
    }
};

/// Runs a learner on doubles beside one oracle for each element; decay is for weights alone.
template <class L, class Oracle>
void compare(L& learner, const Oracle& for_weights, const Oracle& for_biases, double epsilon) {
    std::vector<Oracle> weights(learner.w.shape().size(), for_weights);
    std::vector<Oracle> biases(learner.b.shape().size(), for_biases);
    std::vector<double> w = learner.w.value().to_real();
    std::vector<double> b = learner.b.value().to_real();
    for (unsigned t = 0; t < 50; ++t) {
        learner.step(t);
        for (std::size_t i = 0; i < w.size(); ++i) {
            w[i] = weights[i].step(w[i], 2 * learner.w.gradient().data()[i]);
            REQUIRE(learner.w.value().data()[i] == Approx(w[i]).margin(epsilon));
        }
        for (std::size_t i = 0; i < b.size(); ++i) {
            b[i] = biases[i].step(b[i], 2 * learner.b.gradient().data()[i]);
            REQUIRE(learner.b.value().data()[i] == Approx(b[i]).margin(epsilon));
        }
    }
    CHECK(learner.optimizer.steps() == 50);
}

} // namespace

TEST_CASE("Adam, AdamW and AMSGrad on doubles are PyTorch's but for the place of epsilon", "[optim][adam]") {
    const bool amsgrad = GENERATE(false, true);
    const double decay = GENERATE(0.0, 0.3);
    const double beta1 = GENERATE(0.0, 0.9);
    const double beta2 = GENERATE(0.5, 0.999);
    Double arithmetic;
    AdamSettings settings{0.05, beta1, beta2, 1e-16, decay, amsgrad, 0};
    AdamLearner<Double> learner(arithmetic, settings);
    const TorchAdamW biases{0.05, beta1, beta2, 1e-8, 0, amsgrad};
    TorchAdamW weights = biases;
    weights.weight_decay = decay;
    compare(learner, weights, biases, 1e-7);
}

TEST_CASE("Adam's epsilon is under the root and not corrected", "[optim][adam]") {
    Double arithmetic;
    AdamLearner<Double> learner(arithmetic, AdamSettings{0.05, 0.9, 0.99, 0.25, 0, false, 0});
    const double before = learner.b.value().data()[0];
    learner.step(1);
    const double g = 2 * learner.b.gradient().data()[0];
    const double rate = 0.05 * std::sqrt(1 - 0.99) / (1 - 0.9);
    CHECK(learner.b.value().data()[0] ==
          Approx(before - rate * 0.1 * g / std::sqrt(0.01 * g * g + 0.25)).epsilon(1e-12));
}

TEST_CASE("SGD with momentum, Nesterov's too, on doubles is PyTorch's with decoupled decay", "[optim][sgd]") {
    const bool nesterov = GENERATE(false, true);
    const double decay = GENERATE(0.0, 0.3);
    Double arithmetic;
    SgdLearner<Double> learner(arithmetic, SGDSettings{0.05, 0.9, nesterov, decay, 0});
    compare(learner, TorchSgd{0.05, 0.9, decay, nesterov}, TorchSgd{0.05, 0.9, 0, nesterov}, 1e-12);
}

TEST_CASE("fixed-point optimizers follow their double twins for 200 steps", "[optim]") {
    FineFixed arithmetic;
    Double real;
    const auto follow = [&]<class F, class D>(F& fixed, D& twin) {
        for (unsigned t = 0; t < 200; ++t) {
            fixed.step(t);
            twin.step(t);
        }
        const std::vector<double> w = fixed.w.value().to_real();
        const std::vector<double> b = fixed.b.value().to_real();
        // 200 stochastic roundings of 2^-28 are about 2^-24 together.
        for (std::size_t i = 0; i < w.size(); ++i) REQUIRE(std::fabs(w[i] - twin.w.value().data()[i]) < 0x1p-21);
        for (std::size_t i = 0; i < b.size(); ++i) REQUIRE(std::fabs(b[i] - twin.b.value().data()[i]) < 0x1p-21);
    };
    for (const bool variant : {false, true}) {
        const AdamSettings adam{0.02, 0.9, 0.999, 1e-16, variant ? 0.1 : 0, variant, variant ? 1.0 : 0};
        AdamLearner<FineFixed> fixed_adam(arithmetic, adam);
        AdamLearner<Double> real_adam(real, adam);
        follow(fixed_adam, real_adam);
        const SGDSettings sgd{0.01, 0.9, variant, variant ? 0.1 : 0, variant ? 1.0 : 0};
        SgdLearner<FineFixed> fixed_sgd(arithmetic, sgd);
        SgdLearner<Double> real_sgd(real, sgd);
        follow(fixed_sgd, real_sgd);
    }
    CHECK(arithmetic.overflow_events() == 0);
}

TEMPLATE_TEST_CASE("restored optimizers continue as if uninterrupted", "[optim]", Double, Fixed) {
    const auto check = [](auto make, std::size_t state_count) {
        TestType arithmetic;
        auto whole = make(arithmetic);
        auto before = make(arithmetic);
        for (unsigned t = 1; t <= 12; ++t) {
            whole->step(t);
            if (t <= 5) before->step(t);
        }
        TestType fresh;
        auto after = make(fresh);
        after->w.value() = before->w.value();
        after->b.value() = before->b.value();
        std::map<std::string, std::any> states;
        before->optimizer.for_each_state([&](const std::string& name, const auto& tensor) { states[name] = tensor; });
        after->optimizer.for_each_state(
            [&]<class T>(const std::string& name, T& tensor) { tensor = std::any_cast<T>(states.at(name)); });
        after->optimizer.resume_at(before->optimizer.steps());
        for (unsigned t = 6; t <= 12; ++t) after->step(t);
        REQUIRE(after->w.value() == whole->w.value());
        REQUIRE(after->b.value() == whole->b.value());
        REQUIRE(after->optimizer.steps() == 12);
        REQUIRE(states.size() == state_count);
    };
    for (const bool amsgrad : {false, true}) {
        check(
            [&](TestType& a) {
                return std::make_unique<AdamLearner<TestType>>(a, AdamSettings{0.1, 0.9, 0.99, 1e-16, 0.1, amsgrad, 1});
            },
            amsgrad ? 6 : 4);
    }
    check(
        [](TestType& a) {
            return std::make_unique<SgdLearner<TestType>>(a, SGDSettings{0.1, 0.9, true, 0.1, 1});
        },
        2);
}

TEST_CASE("Adam leaves parameters without a gradient alone, and reports where it overflows", "[optim][adam]") {
    Fixed arithmetic;
    AdamLearner<Fixed> learner(arithmetic, AdamSettings{.learning_rate = 100});
    const auto w = learner.w.value();
    learner.give(learner.b, {1, -1, 0});
    learner.optimizer.step();
    REQUIRE(learner.w.value() == w);
    const auto& rows = arithmetic.overflow_log().rows();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].operation == "adam.w");
    CHECK(rows[0].tensor == "adam.b");
    CHECK(rows[0].count == 2);
    CHECK(std::fabs(rows[0].worst_value) == Approx(100).margin(4));
}

TEST_CASE("a learning rate is for the steps to come", "[optim]") {
    Double arithmetic;
    AdamLearner<Double> learner(arithmetic, AdamSettings{});
    learner.optimizer.set_learning_rate(0.25);
    const std::vector<double> before = learner.b.value().to_real();
    learner.step(1); // the first step's length is the rate
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(std::fabs(learner.b.value().data()[i] - before[i]) == Approx(0.25).epsilon(1e-6));
    }
}

TEST_CASE("Adam refuses impossible settings", "[optim][adam]") {
    Double arithmetic;
    fxp::Parameter<Double, Role::weight> w("w", {2});
    const auto refuses = [&](auto change) {
        AdamSettings settings;
        change(settings);
        REQUIRE_THROWS_AS(fxp::optim::Adam<Double>(arithmetic, {&w}, settings), fxp::ArgumentError);
    };
    refuses([](auto& s) { s.learning_rate = 0; });
    refuses([](auto& s) { s.learning_rate = std::nan(""); });
    refuses([](auto& s) { s.beta1 = 1; });
    refuses([](auto& s) { s.beta1 = -0.1; });
    refuses([](auto& s) { s.beta2 = 1; });
    refuses([](auto& s) { s.beta2 = -0.1; });
    refuses([](auto& s) { s.epsilon = -1e-9; });
    refuses([](auto& s) { s.weight_decay = -1; });
    refuses([](auto& s) { s.max_norm = -1; });
    REQUIRE_NOTHROW(fxp::optim::Adam<Double>(arithmetic, {&w}, AdamSettings{0.1, 0, 0, 0, 0, true, 0}));
}

} // namespace adam_test
