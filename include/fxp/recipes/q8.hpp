// The 8-bit recipe, experimental: weights, activations and errors in 8 bits.
#pragma once

#include "fxp/recipes/q16.hpp"

#include <string_view>
#include <type_traits>

namespace fxp::recipes {

/// Q16 with bytes: every stored number of the network is one, all products of a step are summed exactly in 32 bits.
/// What a byte cannot hold, stochastic rounding remembers on average: a weight moves by 1/32 or not at all.
struct Q8 : Q16 {
    static constexpr std::string_view name = "q8"; ///< that --recipe takes

    /// What NumberRecipe asks for; the rest is Q16's.
    /// @{
    using Activation = Q<3, 5>;
    using Logit = Q<5, 3>;
    using Weight = Q<3, 5>;
    using Bias = Q<3, 5>;

    template <Role R>
    using Contribution = std::conditional_t<R == Role::weight || R == Role::bias, Q<21, 11>, Q<2, 6>>;
    template <Role R>
    using Gradient = std::conditional_t<R == Role::weight || R == Role::bias, Q<21, 11>, Q<26, 6>>;
    /// @}
};

} // namespace fxp::recipes
