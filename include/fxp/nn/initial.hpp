// Initial values of parameters: functions of seed, parameter number and element alone, so that twins start alike.
#pragma once

#include "fxp/core/random.hpp"
#include "fxp/nn/module.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fxp::nn {

namespace detail {

/// Sets every parameter to deviation(parameter) * n + mean(parameter), n independent and approximately normal. Each
/// real is two exactly rounded operations; each arithmetic then rounds it to its own format.
template <class A, class Deviation, class Mean>
void initialize(Module<A>& module, A& arithmetic, std::uint64_t seed, Deviation&& deviation, Mean&& mean) {
    std::uint32_t number = 0;
    for (const AnyParameter<A>& any : module.parameters()) {
        const RandomStream stream{seed, 0, number++, RandomUse::initial_value};
        std::visit(
            [&]<Role R>(Parameter<A, R>* parameter) {
                const double scale = deviation(*parameter) * 0x1p-32;
                const double centre = mean(*parameter);
                std::vector<double> values(parameter->shape().size());
                for (std::size_t i = 0; i < values.size(); ++i) {
                    const volatile double value = static_cast<double>(irwin_hall_normal(stream, i)) * scale;
                    values[i] = value + centre;
                }
                parameter->value() = arithmetic.template from_real<R>(parameter->name(), parameter->shape(), values);
            },
            any);
    }
}

} // namespace detail

/// Sets every parameter, biases too, to normal values of mean 0 and the given standard deviation.
template <class A>
void initialize_normal(Module<A>& module, A& arithmetic, std::uint64_t seed, double deviation) {
    detail::initialize(
        module, arithmetic, seed, [&](const auto&) { return deviation; }, [](const auto&) { return 0.0; });
}

/// Sets weights, (outputs, inputs), to normal values of mean 0 and standard deviation gain / sqrt(inputs) (LeCun et
/// al., Efficient BackProp, 1998, section 4.6), and each bias to its own initial mean.
template <class A>
void initialize_by_fan_in(Module<A>& module, A& arithmetic, std::uint64_t seed, double gain) {
    const auto deviation = [&]<Role R>(const Parameter<A, R>& parameter) {
        return R == Role::weight ? gain / std::sqrt(static_cast<double>(parameter.shape()[1])) : 0.0;
    };
    detail::initialize(module, arithmetic, seed, deviation,
                       [](const auto& parameter) { return parameter.initial_mean(); });
}

/// initialize_normal as a part of a recipe.
struct NormalValues {
    double deviation = 0.1; ///< standard deviation
    /// Sets the parameters of a module.
    template <class A>
    void operator()(Module<A>& module, A& arithmetic, std::uint64_t seed) const {
        initialize_normal(module, arithmetic, seed, deviation);
    }
};
/// initialize_by_fan_in as a part of a recipe.
struct FanInValues {
    double gain = 1; ///< standard deviation of a sum over inputs of variance one
    /// Sets the parameters of a module.
    template <class A>
    void operator()(Module<A>& module, A& arithmetic, std::uint64_t seed) const {
        initialize_by_fan_in(module, arithmetic, seed, gain);
    }
};

} // namespace fxp::nn
