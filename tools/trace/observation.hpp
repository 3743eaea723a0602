// What a number system computed in a step, tensor by tensor.
#pragma once

#include <string>
#include <vector>

namespace fxp::trace {

/// A tensor at the moment it was computed.
struct Observation {
    std::string tensor;
    double ulp = 0; ///< the step of its format; zero in floating point
    std::vector<double> values;
};

/// The tensors of a step in the order of their computation.
using Trace = std::vector<Observation>;

} // namespace fxp::trace
