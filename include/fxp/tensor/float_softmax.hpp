// Softmax and cross-entropy of floating-point logits, (classes, samples).
#pragma once

#include "fxp/tensor/float_tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

namespace fxp {

namespace detail {

template <class T>
void check_logits(const char* operation, const FloatTensor<T>& logits, const FloatTensor<T>& targets) {
    if (logits.shape() == targets.shape() && logits.shape().rank() == 2 && logits.shape()[0] > 0) return;
    throw ShapeError(std::string(operation) + ": targets of shape " + targets.shape().to_string() +
                     " for logits of shape " + logits.shape().to_string() +
                     ", expected (classes, samples) for both, with at least one class");
}

} // namespace detail

/// out = softmax(logits) - targets for each column; out is neither of them. Returns the cross-entropy -sum t_c log p_c
/// over all columns, whose exponentials are of type T. Throws ShapeError.
template <std::floating_point T>
double softmax_error_into(FloatTensor<T>& out, const FloatTensor<T>& logits, const FloatTensor<T>& targets) {
    detail::check_logits("softmax_error", logits, targets);
    const std::size_t classes = logits.shape()[0];
    const std::size_t samples = logits.shape()[1];
    out.resize(logits.shape());
    double cross_entropy = 0;
    for (std::size_t n = 0; n < samples; ++n) {
        T largest = logits.data()[n];
        for (std::size_t c = 1; c < classes; ++c) largest = std::max(largest, logits.data()[c * samples + n]);
        T sum = 0;
        for (std::size_t c = 0; c < classes; ++c) {
            const std::size_t at = c * samples + n;
            out.data()[at] = std::exp(logits.data()[at] - largest);
            sum += out.data()[at];
        }
        const double log_sum = static_cast<double>(largest) + std::log(static_cast<double>(sum));
        for (std::size_t c = 0; c < classes; ++c) {
            const std::size_t at = c * samples + n;
            const T target = targets.data()[at];
            cross_entropy += static_cast<double>(target) * (log_sum - static_cast<double>(logits.data()[at]));
            out.data()[at] = out.data()[at] / sum - target;
        }
    }
    return cross_entropy;
}

} // namespace fxp
