// The library's functions of one number as functions of reals.
#pragma once

#include "fxp/math/activations.hpp"
#include "fxp/tensor/float_tensor.hpp"

#include <cstddef>

namespace fxp::trace {

/// sigmoid, tanh and rsqrt of `count` reals, and softmax(logits) - targets with its cross-entropy. They are evaluated
/// in <16, 40>, so that what they err by is the approximation and not the format: arguments and results are rounded to
/// 2^-40, those of softmax to 2^-30; arguments beyond 2^15 count as 2^15, those of rsqrt below 2^-40 as 2^-40.
struct RealFunctions {
    using Map = void (*)(const double* x, std::size_t count, double* y);
    Map sigmoid;
    Map tanh;
    Map rsqrt;
    double (*softmax_error)(FloatTensor<double>& out, const FloatTensor<double>& logits,
                            const FloatTensor<double>& targets);
};

/// The functions that a recipe chooses: Activations is CorrectlyRoundedActivations or ReferenceActivations.
template <class Activations>
const RealFunctions& real_functions();
template <>
const RealFunctions& real_functions<CorrectlyRoundedActivations>();
template <>
const RealFunctions& real_functions<ReferenceActivations>();

} // namespace fxp::trace
