#include "autograd/finite_difference.hpp"

#include <fxp/nn/initial.hpp>
#include <fxp/nn/mlp.hpp>
#include <fxp/recipes/reference.hpp>

#include <string>

namespace mlp_test {

using namespace fxp_test;
using fxp::Role;
using fxp::Shape;

namespace {

/// Values by name.
template <class A>
std::vector<std::vector<double>> values(const fxp::nn::Module<A>& module) {
    std::vector<std::vector<double>> all;
    for (const auto& any : module.parameters()) {
        std::visit([&](const auto* p) { all.push_back(p->value().to_real()); }, any);
    }
    return all;
}

/// y = W x + b of a sample.
std::vector<double> affine(const std::vector<double>& w, const std::vector<double>& b, const std::vector<double>& x) {
    std::vector<double> y = b;
    for (std::size_t r = 0; r < b.size(); ++r) {
        for (std::size_t k = 0; k < x.size(); ++k) y[r] += w[r * x.size() + k] * x[k];
    }
    return y;
}

} // namespace

TEST_CASE("MLP: names, and relu between its layers but not after the last one", "[nn]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    fxp::nn::MLP<Double> model({4, 6, 5, 3}, "m.");
    fxp::nn::initialize_normal(model, arithmetic, 1, 0.7);
    std::string names;
    for (const auto& any : model.parameters()) std::visit([&](const auto* p) { names += p->name() + " "; }, any);
    CHECK(names == "m.fc1.weight m.fc1.bias m.fc2.weight m.fc2.bias m.fc3.weight m.fc3.bias ");
    CHECK(model.parameter_count() == 4 * 6 + 6 + 6 * 5 + 5 + 5 * 3 + 3);

    const Real x = random_tensor({4, 20}, 2);
    const Value y = model(tape.input(x));
    REQUIRE(y.shape() == Shape{3, 20});
    const auto p = values(model);
    std::size_t negative = 0;
    for (std::size_t n = 0; n < 20; ++n) {
        std::vector<double> sample(4);
        for (std::size_t f = 0; f < 4; ++f) sample[f] = x.data()[f * 20 + n];
        for (std::size_t layer = 0; layer < 3; ++layer) {
            sample = affine(p[2 * layer], p[2 * layer + 1], sample);
            if (layer == 2) break;
            for (double& value : sample) value = std::max(value, 0.0);
        }
        for (std::size_t r = 0; r < 3; ++r) {
            CHECK(y.value().data()[r * 20 + n] == Approx(sample[r]));
            negative += sample[r] < 0 ? 1U : 0U;
        }
    }
    CHECK(negative > 0);
}

TEST_CASE("MLP of two widths is one linear layer; others are refused", "[nn]") {
    CHECK(fxp::nn::MLP<Double>({3, 2}).parameter_count() == 8);
    CHECK_THROWS_WITH(fxp::nn::MLP<Double>({3}), Catch::Matchers::ContainsSubstring("1 widths, expected"));
    CHECK_THROWS_AS(fxp::nn::MLP<Double>({}), fxp::ArgumentError);
    CHECK_THROWS_WITH(fxp::nn::MLP<Double>({3, 0, 2}), Catch::Matchers::ContainsSubstring("width 1 is 0"));
}

TEST_CASE("the gradients of MLP equal finite differences", "[nn]") {
    Double arithmetic;
    fxp::nn::MLP<Double> model({4, 6, 5, 3});
    fxp::nn::initialize_normal(model, arithmetic, 3, 0.7);
    check_gradients({random_tensor({4, 3}, 4)}, [&](const std::vector<Value>& x) { return model(x[0]); });
}

TEST_CASE("fixed-point MLP and its gradients follow the double twin within some steps of 2^-24", "[nn]") {
    using Fixed = fxp::FixedArithmetic<fxp::recipes::Reference>;
    const auto gradients = []<class A>() {
        using Tensor = typename A::template Tensor<Role::activation>;
        A arithmetic;
        fxp::Tape<A> tape(arithmetic);
        fxp::nn::MLP<A> model({16, 12, 12, 3});
        fxp::nn::initialize_normal(model, arithmetic, 3, 0.3);
        const auto y = model(tape.input(Tensor::from_real({16, 7}, random_tensor({16, 7}, 5).to_real())));
        seed_gradient(arithmetic, y, Tensor::from_real({3, 7}, random_tensor({3, 7}, 6).to_real()));
        tape.backward(y);
        CHECK(arithmetic.overflow_events() == 0);
        std::vector<double> all = y.value().to_real();
        for (const auto& any : model.parameters()) {
            std::visit(
                [&](const auto* p) {
                    const auto gradient = p->gradient().to_real();
                    all.insert(all.end(), gradient.begin(), gradient.end());
                },
                any);
        }
        return all;
    };
    const std::vector<double> fixed = gradients.template operator()<Fixed>();
    const std::vector<double> twin = gradients.template operator()<Double>();
    REQUIRE(fixed.size() == twin.size());
    for (std::size_t i = 0; i < fixed.size(); ++i) {
        INFO("element " << i);
        CHECK(std::fabs(fixed[i] - twin[i]) < 256 * 0x1p-24);
    }
}

} // namespace mlp_test
