// requantize by a rule that is known at run time only.
#pragma once

#include <fxp/core/requantize.hpp>

#include <cstdint>

namespace fxp_test {

template <class Wide>
std::int64_t requantize_by(fxp::Rounding rule, Wide value, int shift, const fxp::Limits& limits, fxp::Overflow policy,
                           fxp::OverflowCount& events, std::uint32_t word) {
    using fxp::requantize;
    using fxp::Rounding;
    switch (rule) {
    case Rounding::toward_zero:
        return requantize<Rounding::toward_zero>(value, shift, limits, policy, events, word);
    case Rounding::floor:
        return requantize<Rounding::floor>(value, shift, limits, policy, events, word);
    case Rounding::nearest_up:
        return requantize<Rounding::nearest_up>(value, shift, limits, policy, events, word);
    case Rounding::nearest_even:
        return requantize<Rounding::nearest_even>(value, shift, limits, policy, events, word);
    case Rounding::pseudo_stochastic:
        return requantize<Rounding::pseudo_stochastic>(value, shift, limits, policy, events, word);
    case Rounding::stochastic:
        return requantize<Rounding::stochastic>(value, shift, limits, policy, events, word);
    }
    return 0;
}

} // namespace fxp_test
