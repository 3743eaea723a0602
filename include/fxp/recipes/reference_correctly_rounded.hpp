// The reference recipe with correctly rounded activations.
#pragma once

#include "fxp/recipes/reference.hpp"

namespace fxp::recipes {

/// Reference in all but sigmoid, tanh and rsqrt, which err by half a step instead of thousands: what of a result is the
/// tables' doing shows between the two.
struct ReferenceCorrectlyRounded : Reference {
    static constexpr std::string_view name = "reference-correctly-rounded"; ///< that --recipe takes

    using Activations = CorrectlyRoundedActivations; ///< instead of the artifact's
};

} // namespace fxp::recipes
