// The reference recipe: the arithmetic and training settings of the published artifact, bit for bit
// (K. Joshi, Fixed point ML model training demonstration, 2022).
#pragma once

#include "fxp/autograd/role.hpp"
#include "fxp/nn/initial.hpp"
#include "fxp/nn/mse_loss.hpp"
#include "fxp/optim/learning_rate.hpp"
#include "fxp/optim/reference_adam.hpp"
#include "fxp/tensor/activation.hpp"

#include <string_view>

namespace fxp::recipes {

/// Everything in 32 bits with 24 fraction bits and pseudo-stochastic rounding. Each product that flows into a gradient
/// is rounded for itself (so each time step rounds its own weight gradients); their sums are exact in 63 bits.
///
/// Known weaknesses, kept: the tables are good to 12 bits, g^2 underflows below |g| = 2^-12, and rsqrt saturates at
/// 128, so that Adam turns into momentum when sqrt(n) < 2^-7.
struct Reference {
    static constexpr std::string_view name = "reference"; ///< that --recipe takes

    /// What NumberRecipe asks for. A bias sums its errors exactly; everything else rounds each product to 32 bits.
    /// @{
    using Activation = Q<8, 24>;
    using Weight = Q<8, 24>;
    using Bias = Q<8, 24>;
    using Moment = Q<8, 24>;

    template <Role>
    using Gradient = Q<39, 24>;
    template <Role R>
    using Contribution = std::conditional_t<R == Role::bias, Q<39, 24>, Q<8, 24>>;

    static constexpr bool rounds_each_gate = true;

    using Activations = ReferenceActivations;
    static constexpr Rounding rounding(RoundingPlace, std::string_view) { return Rounding::pseudo_stochastic; }
    /// @}

    /// The trainers' settings, the same for the float twin: samples of a step, epochs, initial values, loss, optimizer.
    /// @{
    static constexpr std::size_t batch = 128;
    static constexpr std::size_t epochs = 300;
    static constexpr nn::NormalValues initial{0.1};
    static constexpr nn::MeanSquaredError loss{4};
    template <class A>
    using Optimizer = optim::ReferenceAdam<A>;
    static constexpr optim::ReferenceAdamSettings optimizer{0.01, 0.9, 0.999, 1e-8};
    static constexpr optim::Schedule schedule = optim::Schedule::constant;
    /// @}
};

} // namespace fxp::recipes
