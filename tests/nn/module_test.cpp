#include "autograd/finite_difference.hpp"

#include <fxp/nn/initial.hpp>
#include <fxp/nn/linear.hpp>
#include <fxp/nn/module.hpp>
#include <fxp/recipes/reference.hpp>

#include <string>

namespace module_test {

using namespace fxp_test;
using fxp::Role;

namespace {

template <class A>
struct TwoLayers : fxp::nn::Module<A> {
    TwoLayers() : scale("scale", {50, 1}), first("first", 40, 50), second("second", 50, 10) {
        this->add(first);
        this->add(scale);
        this->add(second);
    }
    fxp::Parameter<A, Role::weight> scale;
    fxp::nn::Linear<A> first;
    fxp::nn::Linear<A> second;
};

template <class A>
std::vector<double> all_values(const fxp::nn::Module<A>& module) {
    std::vector<double> values;
    for (const auto& any : module.parameters()) {
        std::visit(
            [&](const auto* p) {
                const auto reals = p->value().to_real();
                values.insert(values.end(), reals.begin(), reals.end());
            },
            any);
    }
    return values;
}

} // namespace

TEST_CASE("a module lists parameters in the order of registration", "[nn]") {
    TwoLayers<Double> model;
    std::string names;
    for (const auto& any : model.parameters()) names += std::visit([](const auto* p) { return p->name() + " "; }, any);
    REQUIRE(names == "first.weight first.bias scale second.weight second.bias ");
    REQUIRE(model.parameter_count() == 40 * 50 + 50 + 50 + 50 * 10 + 10);
}

TEST_CASE("zero_grad reaches the children", "[nn]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    TwoLayers<Double> model;
    const Value y = model.second(fxp::mul(model.first(tape.input(random_tensor({40, 2}, 1))), model.scale));
    seed_gradient(arithmetic, y, random_tensor({10, 2}, 2));
    tape.backward(y);
    for (const auto& any : model.parameters())
        REQUIRE(std::visit([](const auto* p) { return p->has_gradient(); }, any));
    model.zero_grad();
    for (const auto& any : model.parameters()) {
        REQUIRE_FALSE(std::visit([](const auto* p) { return p->has_gradient(); }, any));
    }
}

TEST_CASE("initial values: normal, reproducible, and the twins' differ by half a step at most", "[nn]") {
    Double real;
    fxp::FixedArithmetic<fxp::recipes::Reference> fixed;
    TwoLayers<Double> twin;
    TwoLayers<fxp::FixedArithmetic<fxp::recipes::Reference>> model;
    fxp::nn::initialize_normal(twin, real, 11, 0.25);
    fxp::nn::initialize_normal(model, fixed, 11, 0.25);
    const std::vector<double> a = all_values(twin);
    const std::vector<double> b = all_values(model);
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        REQUIRE(std::fabs(a[i] - b[i]) <= 0x1p-25);
        sum += a[i];
        squares += a[i] * a[i];
    }
    const auto n = static_cast<double>(a.size());
    REQUIRE(std::fabs(sum / n) < 4 * 0.25 / std::sqrt(n));
    REQUIRE(std::sqrt(squares / n) == Approx(0.25).epsilon(0.06));

    fxp::nn::initialize_normal(twin, real, 12, 0.25);
    REQUIRE(all_values(twin) != a);
    fxp::nn::initialize_normal(twin, real, 11, 0.25);
    REQUIRE(all_values(twin) == a);
}

} // namespace module_test
