// ImageRows: a data set as a recurrent model reads it, one tensor per image row. Here reals become raw.
#pragma once

#include "fxp/data/dataset.hpp"
#include "fxp/tensor/layout.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace fxp {

/// The images of a data set as tensors of one row each, (width, batch). Tensor is any tensor of elements.
template <class Tensor>
class ImageRows {
  public:
    /// `to_tensor(shape, reals)` is the quantize door of the arithmetic that will compute.
    template <class ToTensor>
    ImageRows(const Dataset& data, ToTensor&& to_tensor)
        : height_(data.height), width_(data.width), labels_(data.labels),
          images_(to_tensor(Shape{data.size(), data.features()}, std::span<const double>(data.pixels))) {}

    std::size_t size() const { return labels_.size(); }

    /// batch[t] = row t of the chosen samples, (width, indices.size()). Indices are below size().
    void gather(std::span<const std::size_t> indices, std::vector<Tensor>& batch) const {
        batch.resize(height_);
        for (Tensor& row : batch) row.resize({width_, indices.size()});
        for (std::size_t n = 0; n < indices.size(); n += block) {
            const std::span<const std::size_t> chosen = indices.subspan(n, std::min(block, indices.size() - n));
            prefetch(indices.subspan(n + chosen.size(), std::min(block, indices.size() - n - chosen.size())));
            for (std::size_t t = 0; t < height_; ++t) transpose(chosen, t, batch[t].data() + n, indices.size());
        }
    }
    void gather(std::span<const std::size_t> indices, std::vector<int>& labels) const {
        labels.clear();
        for (const std::size_t index : indices) labels.push_back(labels_[index]);
    }

  private:
    /// Samples whose pixels share a cache line of the batch.
    static constexpr std::size_t block = 16;

    /// Asks for samples that will be wanted next: they lie anywhere in a data set that no near cache holds.
    void prefetch([[maybe_unused]] std::span<const std::size_t> samples) const {
#ifdef __GNUC__
        constexpr std::size_t line = 64 / sizeof(typename Tensor::Element);
        for (const std::size_t sample : samples) {
            const auto* pixels = images_.data() + sample * height_ * width_;
            for (std::size_t i = 0; i < height_ * width_; i += line) __builtin_prefetch(pixels + i);
        }
#endif
    }

    /// out[f * stride + n] = pixel f of row t of the n-th chosen sample.
    void transpose(std::span<const std::size_t> chosen, std::size_t t, typename Tensor::Element* out,
                   std::size_t stride) const {
        std::array<const typename Tensor::Element*, block> rows{};
        for (std::size_t n = 0; n < chosen.size(); ++n) {
            rows[n] = images_.data() + (chosen[n] * height_ + t) * width_;
        }
        for (std::size_t f = 0; f < width_; ++f) {
            for (std::size_t n = 0; n < chosen.size(); ++n) out[f * stride + n] = rows[n][f];
        }
    }

    std::size_t height_;
    std::size_t width_;
    std::vector<int> labels_;
    Tensor images_; ///< (samples, height * width)
};

} // namespace fxp
