// Roles: what a tensor is for. A recipe gives each role its format.
#pragma once

namespace fxp {

/// What a tensor is for.
enum class Role {
    activation,   ///< inputs, hidden values and outputs of layers
    logit,        ///< outputs of the last layer, which a loss compares with targets
    probability,  ///< probabilities of classes and their targets
    weight,       ///< matrices that are learnt
    bias,         ///< vectors that are learnt
    moment,       ///< an optimizer's state: averages of gradients
    second_moment ///< the same of squared gradients
};

/// Number systems, which give each role its tensors: FixedArithmetic, FloatArithmetic and what shares their interface.
template <class A>
concept NumberSystem = requires {
    typename A::template Tensor<Role::activation>;
};

/// Kinds of rounding places that a recipe tells apart.
enum class RoundingPlace {
    forward,  ///< sums and products of a model's forward pass
    backward, ///< errors: what flows back into activations
    gradient, ///< contributions to gradients of weights and biases
    update    ///< the optimizer's arithmetic
};

/// The role's name, as in a FormatTable and in files.
constexpr const char* role_name(Role role) {
    switch (role) {
    case Role::activation:
        return "activation";
    case Role::logit:
        return "logit";
    case Role::probability:
        return "probability";
    case Role::weight:
        return "weight";
    case Role::bias:
        return "bias";
    case Role::moment:
        return "moment";
    case Role::second_moment:
        return "second_moment";
    }
    return "unknown";
}

/// The role of gradients with respect to values of a role, as a FormatTable names it.
constexpr const char* gradient_role_name(Role role) {
    if (role == Role::weight || role == Role::bias) return "gradient";
    return role == Role::logit ? "loss" : "error";
}

} // namespace fxp
