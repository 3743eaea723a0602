// Clipping: the factor that keeps the norm of a step's gradients below a bound.
#pragma once

#include "fxp/autograd/tape.hpp"

#include <vector>

namespace fxp::optim {

/// `scale` as a factor of the arithmetic; when the Euclidean norm of all the parameters' gradients times scale exceeds
/// max_norm, the factor that brings it there (Pascanu et al., arXiv 1211.5063, algorithm 1). max_norm 0: any norm.
template <class A>
typename A::Factor clipped_scale(const A& arithmetic, const std::vector<AnyParameter<A>>& parameters, double scale,
                                 double max_norm) {
    const auto factor = A::factor(scale);
    if (max_norm == 0) return factor;
    auto norm = arithmetic.gradient_norm();
    for (const AnyParameter<A>& any : parameters) {
        std::visit(
            [&](const auto* parameter) {
                if (parameter->has_gradient()) norm.add(parameter->gradient());
            },
            any);
    }
    return norm.limited(factor, max_norm);
}

} // namespace fxp::optim
