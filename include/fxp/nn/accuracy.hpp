// Accuracy: how many samples a classifier names rightly.
#pragma once

#include "fxp/tensor/compare.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fxp::nn {

/// The number of columns of (classes, samples) logits whose largest element, the first of equals, is at their label.
/// Throws ShapeError for other ranks, no classes, and another number of labels than samples.
template <AnyTensor Tensor>
std::size_t count_correct(const Tensor& logits, std::span<const int> labels) {
    const std::vector<std::size_t> best = argmax_columns(logits);
    if (best.size() != labels.size()) {
        throw ShapeError("count_correct: " + std::to_string(labels.size()) + " labels for logits of shape " +
                         logits.shape().to_string() + ", expected " + std::to_string(best.size()));
    }
    std::size_t correct = 0;
    for (std::size_t n = 0; n < best.size(); ++n) {
        if (std::cmp_equal(best[n], labels[n])) ++correct;
    }
    return correct;
}

} // namespace fxp::nn
