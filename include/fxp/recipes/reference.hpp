// The reference recipe: the arithmetic and training settings of the published artifact, bit for bit
// (K. Joshi, Fixed point ML model training demonstration, 2022).
#pragma once

#include "fxp/autograd/role.hpp"
#include "fxp/nn/mse_loss.hpp"
#include "fxp/optim/adam.hpp"
#include "fxp/tensor/activation.hpp"

#include <string_view>

namespace fxp::recipes {

/// Everything in 32 bits with 24 fraction bits and pseudo-stochastic rounding. Each product that flows into a gradient
/// is rounded for itself (so each time step rounds its own weight gradients); their sums are exact in 63 bits.
///
/// Known weaknesses, kept: the tables are good to 12 bits, g^2 underflows below |g| = 2^-12, and rsqrt saturates at
/// 128, so that Adam turns into momentum when sqrt(n) < 2^-7.
struct Reference {
    static constexpr std::string_view name = "reference";

    using Activation = Q<8, 24>;
    using Weight = Q<8, 24>;
    using Bias = Q<8, 24>;
    using Moment = Q<8, 24>;

    template <Role>
    using Gradient = Q<39, 24>;
    /// A bias sums its errors exactly; everything else rounds each product to 32 bits.
    template <Role R>
    using Contribution = std::conditional_t<R == Role::bias, Q<39, 24>, Q<8, 24>>;

    static constexpr bool rounds_each_gate = true;

    using Activations = ReferenceActivations;
    static constexpr Rounding rounding(RoundingPlace, std::string_view) { return Rounding::pseudo_stochastic; }

    // What is the same for the float twin.
    static constexpr double target_amplitude = 4;
    static constexpr double initial_deviation = 0.1;
    static constexpr std::size_t batch = 128;
    static constexpr std::size_t epochs = 300;
    template <class A>
    using Optimizer = optim::Adam<A>;
    static constexpr optim::AdamSettings optimizer{0.01, 0.9, 0.999, 1e-8};
    /// The loss of outputs, (classes, batch), against scaled one-hot targets.
    template <class A>
    static auto loss(Variable<A, Role::activation> outputs,
                     const typename A::template Tensor<Role::activation>& targets) {
        return nn::mse_loss(outputs, targets);
    }
};

} // namespace fxp::recipes
