// Gradients against central finite differences, in double.
#pragma once

#include "support/catch.hpp"

#include <fxp/float.hpp>

#include <cmath>
#include <random>
#include <vector>

namespace fxp_test {

using Double = fxp::FloatArithmetic<double>;
using Real = fxp::FloatTensor<double>;
using Value = fxp::Variable<Double, fxp::Role::activation>;

/// Values in [low, high), the same on every machine.
inline Real random_tensor(const fxp::Shape& shape, unsigned seed, double low = -2, double high = 2) {
    std::mt19937_64 engine(seed);
    Real tensor(shape);
    for (double& value : tensor.elements())
        value = low + (high - low) * (static_cast<double>(engine() >> 11) * 0x1p-53);
    return tensor;
}

/// Gives a recorded result its gradient.
template <class A, fxp::Role R, class Tensor>
void seed_gradient(A& arithmetic, fxp::Variable<A, R> y, const Tensor& gradient) {
    y.node()->contribute(arithmetic, "seed", fxp::plus(gradient));
}

/// Requires that the gradients of sum(r f(inputs)), r random, equal central differences within 1e-6 of the largest.
/// f: (const std::vector<Value>&) -> Value.
template <class F>
void check_gradients(std::vector<Real> inputs, F&& f) {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    const auto record = [&] {
        tape.clear();
        std::vector<Value> variables;
        for (const Real& input : inputs) variables.push_back(tape.input(input, "x", true));
        return std::pair(variables, f(variables));
    };
    const auto [variables, y] = record();
    const Real seed = random_tensor(y.shape(), 4711);
    seed_gradient(arithmetic, y, seed);
    tape.backward(y);
    std::vector<Real> gradients;
    double largest = 1;
    for (const Value& variable : variables) {
        REQUIRE(variable.gradient().shape() == variable.shape());
        gradients.push_back(variable.gradient());
        for (const double g : gradients.back().elements()) largest = std::max(largest, std::fabs(g));
    }
    const auto loss = [&] {
        const Value result = record().second;
        double total = 0;
        for (std::size_t i = 0; i < seed.size(); ++i) total += seed.data()[i] * result.value().data()[i];
        return total;
    };
    constexpr double step = 1e-5;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        for (std::size_t k = 0; k < inputs[i].size(); ++k) {
            double& x = inputs[i].data()[k];
            const double at = x;
            x = at + step;
            const double above = loss();
            x = at - step;
            const double below = loss();
            x = at;
            INFO("input " << i << " element " << k);
            REQUIRE(gradients[i].data()[k] == Approx((above - below) / (2 * step)).margin(1e-6 * largest));
        }
    }
}

} // namespace fxp_test
