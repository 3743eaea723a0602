// A labelled set of grey images in real numbers, as the readers of this folder return it, before any quantization.
// Layout: pixels are sample-major, (samples, height * width), rows of an image one after another; each reader states
// its pixel range. Labels are 0..classes-1. Counts that contradict each other throw DataError from validate();
// impossible requests (a sample that is not there, a split that leaves nothing to train on) throw ArgumentError.
#pragma once

#include "fxp/tensor/error.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fxp {

/// A labelled set of images. `pixels` has shape (size(), features()), `labels` has shape (size()).
struct Dataset {
    std::string name;           ///< what errors and tables call it
    std::size_t height = 0;     ///< rows of an image
    std::size_t width = 0;      ///< columns of an image
    std::size_t classes = 0;    ///< labels are below it
    std::vector<double> pixels; ///< sample after sample, row-major, in the file's units or scaled as its reader says
    std::vector<int> labels;    ///< in 0..classes-1

    /// Number of samples.
    std::size_t size() const { return labels.size(); }

    /// Number of pixels of one sample.
    std::size_t features() const { return height * width; }
};

/// Throws DataError unless height, width and classes are positive, pixels.size() is size() * features(), every pixel is
/// finite and every label is in 0..classes-1. A data set without samples is consistent.
inline void validate(const Dataset& data) {
    const std::string who = "data set '" + data.name + "': ";
    if (data.height == 0 || data.width == 0 || data.classes == 0) {
        throw DataError(who + std::to_string(data.height) + " x " + std::to_string(data.width) + " pixels and " +
                        std::to_string(data.classes) + " classes, expected at least one of each");
    }
    if (data.width > std::numeric_limits<std::size_t>::max() / data.height ||
        data.pixels.size() / data.features() != data.size() || data.pixels.size() % data.features() != 0) {
        throw DataError(who + std::to_string(data.pixels.size()) + " pixel values, expected " +
                        std::to_string(data.size()) + " labels x " + std::to_string(data.height) + " x " +
                        std::to_string(data.width));
    }
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
        const int label = data.labels[i];
        if (label < 0 || static_cast<std::size_t>(label) >= data.classes) {
            throw DataError(who + "sample " + std::to_string(i) + " has label " + std::to_string(label) +
                            ", expected 0.." + std::to_string(data.classes - 1));
        }
    }
    for (std::size_t i = 0; i < data.pixels.size(); ++i) {
        if (!std::isfinite(data.pixels[i])) {
            throw DataError(who + "sample " + std::to_string(i / data.features()) + " has pixel " +
                            std::to_string(i % data.features()) + " = " + std::to_string(data.pixels[i]) +
                            ", expected a finite number");
        }
    }
}

/// The samples at `indexes`, in that order; an index may occur more than once. Throws ArgumentError for an index that
/// is not below data.size().
inline Dataset subset(const Dataset& data, std::span<const std::size_t> indexes) {
    Dataset result{data.name, data.height, data.width, data.classes, {}, {}};
    const std::size_t features = data.features();
    result.pixels.reserve(indexes.size() * features);
    result.labels.reserve(indexes.size());
    for (const std::size_t index : indexes) {
        if (index >= data.size()) {
            throw ArgumentError("data set '" + data.name + "': sample " + std::to_string(index) + ", expected 0.." +
                                std::to_string(data.size()) + " (exclusive)");
        }
        const auto image = std::span(data.pixels).subspan(index * features, features);
        result.pixels.insert(result.pixels.end(), image.begin(), image.end());
        result.labels.push_back(data.labels[index]);
    }
    return result;
}

/// Splits into (train, test): sample i is test when i % n == n - 1, train otherwise; both keep their order. Throws
/// ArgumentError for n < 2. With fewer than n samples the test set is empty.
inline std::pair<Dataset, Dataset> split_every(const Dataset& data, std::size_t n) {
    if (n < 2) {
        throw ArgumentError("data set '" + data.name + "': cannot split off every " + std::to_string(n) +
                            "-th sample, expected 2 or more");
    }
    std::vector<std::size_t> train;
    std::vector<std::size_t> test;
    for (std::size_t i = 0; i < data.size(); ++i) (i % n == n - 1 ? test : train).push_back(i);
    return {subset(data, train), subset(data, test)};
}

} // namespace fxp
