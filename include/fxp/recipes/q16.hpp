// The 16-bit recipe: weights, activations and errors in 16 bits, cross-entropy, Adam with wide moments.
#pragma once

#include "fxp/autograd/role.hpp"
#include "fxp/nn/cross_entropy.hpp"
#include "fxp/nn/initial.hpp"
#include "fxp/optim/adam.hpp"
#include "fxp/optim/learning_rate.hpp"
#include "fxp/tensor/activation.hpp"

#include <string_view>
#include <type_traits>

namespace fxp::recipes {

/// Every stored number of the network has 16 bits; products are summed exactly and rounded once. The gradient of a
/// weight is the exact sum over batch and time, unrounded until Adam has scaled it; a step is far smaller than a
/// weight's own, so that updates and errors are rounded stochastically.
struct Q16 {
    static constexpr std::string_view name = "q16"; ///< that --recipe takes

    /// What NumberRecipe asks for.
    /// @{
    using Activation = Q<4, 12>;
    using Logit = Q<6, 10>;
    using Weight = Q<4, 12>; // <3, 13> overflows after 60 epochs of a small model
    using Bias = Q<4, 12>;
    using Moment = Q<8, 40>;
    using SecondMoment = Q<8, 56>;

    template <Role R>
    using Contribution = std::conditional_t<R == Role::weight || R == Role::bias, Q<38, 26>, Q<3, 13>>;
    template <Role R>
    using Gradient = std::conditional_t<R == Role::weight || R == Role::bias, Q<38, 26>, Q<19, 13>>;

    using Activations = CorrectlyRoundedActivations;
    static constexpr Rounding rounding(RoundingPlace place, std::string_view operation) {
        const bool value = place == RoundingPlace::forward || operation == "slope";
        return value ? Rounding::nearest_even : Rounding::stochastic;
    }
    /// @}

    /// The trainers' settings, the same for the float twin: samples of a step, epochs, initial values, loss, optimizer.
    /// @{
    static constexpr std::size_t batch = 128;
    static constexpr std::size_t epochs = 30;
    static constexpr nn::FanInValues initial{1};
    static constexpr nn::CrossEntropy loss{0.05};
    template <class A>
    using Optimizer = optim::Adam<A>;
    static constexpr optim::AdamSettings optimizer{.learning_rate = 0.02};
    static constexpr optim::Schedule schedule = optim::Schedule::cosine;
    /// @}
};

} // namespace fxp::recipes
