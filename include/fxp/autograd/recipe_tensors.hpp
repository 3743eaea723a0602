// The tensors that a recipe's formats mean, by role and part.
#pragma once

#include "fxp/autograd/role.hpp"
#include "fxp/tensor/dynamic_tensor.hpp"

#include <concepts>
#include <string_view>

namespace fxp {

/// What belongs to a role: its values, contributions to their gradient, and the sum of these.
enum class Part {
    value,        ///< of the role itself
    contribution, ///< what one operation adds to the gradient
    gradient      ///< the sum of contributions
};

/// A recipe whose formats are chosen at run time:
/// - Word<Role, Part>: the integer type that stores them;
/// - format(Role, Part): the format.
template <class R>
concept RunTimeRecipe = requires(const R& recipe) {
    typename R::template Word<Role::activation, Part::value>;
    { recipe.format(Role::activation, Part::value) } -> std::same_as<Format>;
};

/// The tensors of a run-time recipe: their type says which of its formats they have.
template <class Word, Role R, Part P>
class RoleTensor : public DynamicTensor<Word> {
  public:
    static constexpr Role role = R; ///< whose format it has
    static constexpr Part part = P; ///< and which of them
    using DynamicTensor<Word>::DynamicTensor;
    RoleTensor() = default;
    /// The same tensor; its format is taken to be that of the role.
    RoleTensor(DynamicTensor<Word> tensor) : DynamicTensor<Word>(std::move(tensor)) {}
};

namespace detail {

/// The format that a recipe gives a role, as a value of its type.
template <class Recipe, Role R>
constexpr auto recipe_format() {
    if constexpr (R == Role::logit) {
        if constexpr (requires { typename Recipe::Logit; }) {
            return typename Recipe::Logit{};
        } else {
            return typename Recipe::Activation{};
        }
    }
    if constexpr (R == Role::probability) {
        if constexpr (requires { typename Recipe::Probability; }) {
            return typename Recipe::Probability{};
        } else {
            return Q<2, 30>{};
        }
    }
    if constexpr (R == Role::second_moment) {
        if constexpr (requires { typename Recipe::SecondMoment; }) {
            return typename Recipe::SecondMoment{};
        } else {
            return typename Recipe::Moment{};
        }
    }
    if constexpr (R == Role::activation) return typename Recipe::Activation{};
    if constexpr (R == Role::weight) return typename Recipe::Weight{};
    if constexpr (R == Role::bias) return typename Recipe::Bias{};
    if constexpr (R == Role::moment) return typename Recipe::Moment{};
}

template <class Recipe>
struct RecipeTensors {
    template <Role R>
    using Value = tensor_of<decltype(recipe_format<Recipe, R>())>;
    template <Role R>
    using Scalar = scalar_of<decltype(recipe_format<Recipe, R>())>;
    template <Role R>
    using Contribution = tensor_of<typename Recipe::template Contribution<R>>;
    template <Role R>
    using Gradient = tensor_of<typename Recipe::template Gradient<R>>;
};

/// Probabilities have the format <2, 30> whatever the recipe.
template <RunTimeRecipe Recipe>
struct RecipeTensors<Recipe> {
    template <Role R, Part P>
    using Tensor = RoleTensor<typename Recipe::template Word<R, P>, R, P>;
    template <Role R>
    using Value = std::conditional_t<R == Role::probability, FxpTensor<2, 30>, Tensor<R, Part::value>>;
    template <Role R>
    using Scalar = std::conditional_t<R == Role::probability, FxpScalar<2, 30>,
                                      DynamicScalar<typename Recipe::template Word<R, Part::value>>>;
    template <Role R>
    using Contribution = Tensor<R, Part::contribution>;
    template <Role R>
    using Gradient = Tensor<R, Part::gradient>;
};

} // namespace detail

} // namespace fxp
