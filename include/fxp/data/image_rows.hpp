// ImageRows: a data set as a recurrent model reads it, one tensor per image row. Here reals become raw.
#pragma once

#include "fxp/data/dataset.hpp"
#include "fxp/tensor/layout.hpp"

#include <span>
#include <vector>

namespace fxp {

/// The images of a data set, row by row: row t is a (width, samples) tensor. Tensor is any tensor with index_select.
template <class Tensor>
class ImageRows {
  public:
    /// `to_tensor(shape, reals)` is the quantize door of the arithmetic that will compute.
    template <class ToTensor>
    ImageRows(const Dataset& data, ToTensor&& to_tensor) : labels_(data.labels) {
        const std::size_t samples = data.size();
        std::vector<double> reals(data.width * samples);
        for (std::size_t t = 0; t < data.height; ++t) {
            for (std::size_t f = 0; f < data.width; ++f) {
                for (std::size_t n = 0; n < samples; ++n) {
                    reals[f * samples + n] = data.pixels[n * data.features() + t * data.width + f];
                }
            }
            rows_.push_back(to_tensor(Shape{data.width, samples}, std::span<const double>(reals)));
        }
    }

    std::size_t size() const { return labels_.size(); }

    /// batch[t] = row t of the chosen samples, (width, indices.size()).
    void gather(std::span<const std::size_t> indices, std::vector<Tensor>& batch) const {
        batch.resize(rows_.size());
        for (std::size_t t = 0; t < rows_.size(); ++t) index_select_into(batch[t], rows_[t], 1, indices);
    }
    void gather(std::span<const std::size_t> indices, std::vector<int>& labels) const {
        labels.clear();
        for (const std::size_t index : indices) labels.push_back(labels_[index]);
    }

  private:
    std::vector<Tensor> rows_;
    std::vector<int> labels_;
};

} // namespace fxp
