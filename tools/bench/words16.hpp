// Words16: the reference model and step in 16-bit words, for measuring what it costs.
#pragma once

#include <fxp/recipes/reference.hpp>

#include <string_view>
#include <type_traits>

namespace bench {

/// Values, weights and errors in 16 bits, gradients summed in 32, Adam's moments in 32. Correctly rounded activations.
/// It trains no better than its mean squared error lets it: 1/1280 of a batch has two digits in <4,12>.
struct Words16 : fxp::recipes::Reference {
    static constexpr std::string_view name = "words16";

    using Activation = fxp::Q<4, 12>;
    using Weight = fxp::Q<4, 12>;
    using Bias = fxp::Q<4, 12>;
    using Moment = fxp::Q<8, 24>;
    template <fxp::Role>
    using Gradient = fxp::Q<12, 20>;
    template <fxp::Role R>
    using Contribution = std::conditional_t<R == fxp::Role::activation, fxp::Q<-4, 20>, fxp::Q<12, 20>>;

    static constexpr bool rounds_each_gate = false;
    using Activations = fxp::CorrectlyRoundedActivations;
    static constexpr fxp::Rounding rounding(fxp::RoundingPlace, std::string_view) {
        return fxp::Rounding::pseudo_stochastic;
    }
};

} // namespace bench
