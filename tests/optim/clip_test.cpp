#include "autograd/finite_difference.hpp"

#include <fxp/optim/adam.hpp>
#include <fxp/optim/sgd.hpp>
#include <fxp/recipes/q16.hpp>

#include <optional>

namespace clip_test {

using namespace fxp_test;
using fxp::Role;
using Fixed = fxp::FixedArithmetic<fxp::recipes::Q16>;

namespace {

template <class A, Role R>
void give(A& arithmetic, fxp::Parameter<A, R>& p, const std::vector<double>& g) {
    p.zero_grad();
    p.node()->contribute(arithmetic, "g", fxp::plus(arithmetic.template from_real<R>("g", p.shape(), g)));
}

/// A weight and a bias whose gradients have the norms 3 and 4, and a weight without one.
template <class A>
struct Model {
    A arithmetic;
    fxp::Parameter<A, Role::weight> w{"w", {2}};
    fxp::Parameter<A, Role::bias> b{"b", {2, 1}};
    fxp::Parameter<A, Role::weight> none{"none", {2}};
    std::vector<fxp::AnyParameter<A>> parameters{&w, &b, &none};

    Model() {
        give(arithmetic, none, {3, 3});
        none.zero_grad();
        give(arithmetic, w, {1, -std::sqrt(8.0)});
        give(arithmetic, b, {2.4, 3.2});
    }
    double limited(double scale, double max_norm) {
        const auto factor = fxp::optim::clipped_scale(arithmetic, parameters, scale, max_norm);
        if constexpr (std::is_same_v<A, Double>) {
            return factor;
        } else {
            return fxp::dequantize(factor);
        }
    }
};

} // namespace

TEMPLATE_TEST_CASE("the norm of all gradients together is limited", "[optim][clip]", Double, Fixed) {
    Model<TestType> model;
    CHECK(model.limited(1, 0) == 1);
    CHECK(model.limited(0.125, 0) == 0.125);
    CHECK(model.limited(1, 5.001) == 1);
    CHECK(model.limited(1, 2) == Approx(0.4).epsilon(1e-3)); // the gradients are words of 16 bits
    CHECK(model.limited(0.25, 1.26) == 0.25);
    CHECK(model.limited(0.25, 1) == Approx(0.2).epsilon(1e-3));
    CHECK(model.limited(1, 1e-9) == Approx(2e-10).epsilon(1e-3));
    model.w.zero_grad();
    model.b.zero_grad();
    CHECK(model.limited(0.5, 1e-9) == 0.5);
}

TEMPLATE_TEST_CASE("optimizers clip before they update", "[optim][clip]", Double, Fixed) {
    // Plain SGD of rate 1 moves by the clipped gradient; its length is max_norm when there is more, else the norm.
    for (const double max_norm : {0.0, 0.5, 5.5}) {
        Model<TestType> model;
        fxp::optim::SGDSettings settings{.learning_rate = 0.5};
        settings.max_norm = max_norm;
        fxp::optim::SGD<TestType> sgd(model.arithmetic, model.parameters, settings);
        sgd.step(0.5);
        double sum = 0;
        for (const double w : model.w.value().to_real()) sum += w * w;
        for (const double b : model.b.value().to_real()) sum += b * b;
        CHECK(std::sqrt(sum) == Approx(0.5 * (max_norm == 0.5 ? 0.5 : 2.5)).epsilon(2e-3));
    }
    // Adam does not see the scale of gradients in its first weights, but in its moments.
    for (const double max_norm : {0.0, 0.5}) {
        Model<TestType> model;
        fxp::optim::AdamSettings settings;
        settings.max_norm = max_norm;
        fxp::optim::Adam<TestType> adam(model.arithmetic, model.parameters, settings);
        adam.step(0.5);
        double sum = 0;
        adam.for_each_state([&](const std::string& name, const auto& tensor) {
            if (name.find(".m.") == std::string::npos) return;
            for (const double m : tensor.to_real()) sum += m * m;
        });
        CHECK(std::sqrt(sum) == Approx(0.1 * (max_norm == 0.5 ? 0.5 : 2.5)).epsilon(2e-3));
    }
}

} // namespace clip_test
