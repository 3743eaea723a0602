// Targets: what a classifier is to answer for each class, as reals.
#pragma once

#include "fxp/tensor/error.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace fxp::nn {

/// (classes, classes): column k holds the targets of class k, `right` in row k and `wrong` in the others.
inline std::vector<double> class_targets(std::size_t classes, double right, double wrong) {
    std::vector<double> targets(classes * classes, wrong);
    for (std::size_t k = 0; k < classes; ++k) targets[k * classes + k] = right;
    return targets;
}

/// (classes, batch) targets: +amplitude where the row is the label, else -amplitude. Throws ArgumentError for a label
/// outside [0, classes).
inline std::vector<double> scaled_one_hot(std::span<const int> labels, std::size_t classes, double amplitude) {
    std::vector<double> targets(classes * labels.size(), -amplitude);
    for (std::size_t n = 0; n < labels.size(); ++n) {
        if (labels[n] < 0 || static_cast<std::size_t>(labels[n]) >= classes) {
            throw ArgumentError("scaled_one_hot: label " + std::to_string(labels[n]) + ", expected 0 to " +
                                std::to_string(classes - 1));
        }
        targets[static_cast<std::size_t>(labels[n]) * labels.size() + n] = amplitude;
    }
    return targets;
}

} // namespace fxp::nn
