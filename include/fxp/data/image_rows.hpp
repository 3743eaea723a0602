// ImageRows: a data set as a recurrent model reads it, one tensor per image row. Here reals become raw.
#pragma once

#include "fxp/data/dataset.hpp"
#include "fxp/data/shift.hpp"
#include "fxp/kernels/transpose.hpp"
#include "fxp/tensor/layout.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fxp {

/// The images of a data set as tensors of one row each, (width, batch). Tensor is any tensor of elements.
template <class Tensor>
class ImageRows {
  public:
    using Element = typename Tensor::Element; ///< of the tensors of rows

    /// `to_tensor(shape, reals)` is the quantize door of the arithmetic that will compute. `margin`: the pixels by
    /// which images can be shifted. What comes in from outside an image is the data set's smallest pixel, its
    /// background.
    template <class ToTensor>
    ImageRows(const Dataset& data, ToTensor&& to_tensor, std::size_t margin = 0)
        : height_(data.height), width_(data.width), margin_(margin), stride_(data.width + 2 * margin),
          labels_(data.labels),
          images_(to_tensor(Shape{data.size(), data.features()}, std::span<const double>(data.pixels))) {
        if (margin > 0) surround();
    }

    /// Number of samples.
    std::size_t size() const { return labels_.size(); }

    /// batch[t] = row t of the chosen samples, (width, indices.size()). Indices are below size().
    void gather(std::span<const std::size_t> indices, std::vector<Tensor>& batch) const {
        gather_rows(indices, {}, batch);
    }
    /// The same of images that are shifted, each by its own shift. Throws ArgumentError for another number of shifts
    /// than of indices, and for a shift beyond the margin.
    void gather(std::span<const std::size_t> indices, std::span<const PixelShift> shifts,
                std::vector<Tensor>& batch) const {
        if (shifts.size() != indices.size()) {
            throw ArgumentError("ImageRows: " + std::to_string(shifts.size()) + " shifts for " +
                                std::to_string(indices.size()) + " samples, expected one for each");
        }
        const auto margin = static_cast<int>(margin_);
        for (const PixelShift& shift : shifts) {
            if (std::max(std::abs(shift.right), std::abs(shift.down)) <= margin) continue;
            throw ArgumentError("ImageRows: a shift by " + std::to_string(shift.right) + " right and " +
                                std::to_string(shift.down) + " down, expected at most " + std::to_string(margin) +
                                " pixels");
        }
        gather_rows(indices, shifts, batch);
    }
    /// The labels of the chosen samples.
    void gather(std::span<const std::size_t> indices, std::vector<int>& labels) const {
        labels.clear();
        for (const std::size_t index : indices) labels.push_back(labels_[index]);
    }

  private:
    /// Samples whose pixels share a cache line of the batch.
    static constexpr std::size_t block = 16;
    using Starts = std::array<const Element*, block>;

    std::size_t image_size() const { return (height_ + 2 * margin_) * stride_; }

    /// Puts the margin around every image. Quantizing is monotone, so the smallest element is the smallest pixel.
    void surround() {
        Tensor framed(Shape{size(), image_size()});
        adopt_format(framed, images_);
        if (images_.size() > 0) framed.fill(*std::min_element(images_.data(), images_.data() + images_.size()));
        for (std::size_t row = 0; row < size() * height_; ++row) {
            const std::size_t place = row / height_ * image_size() + (row % height_ + margin_) * stride_ + margin_;
            std::copy_n(images_.data() + row * width_, width_, framed.data() + place);
        }
        images_ = std::move(framed);
    }

    /// No shifts at all stand for none that moves.
    void gather_rows(std::span<const std::size_t> indices, std::span<const PixelShift> shifts,
                     std::vector<Tensor>& batch) const {
        batch.resize(height_);
        for (Tensor& row : batch) {
            adopt_format(row, images_);
            row.resize({width_, indices.size()});
        }
        Starts starts{};
        for (std::size_t n = 0; n < indices.size(); n += block) {
            const std::size_t count = std::min(block, indices.size() - n);
            prefetch(indices.subspan(n + count, std::min(block, indices.size() - n - count)));
            for (std::size_t i = 0; i < count; ++i) {
                starts[i] = pixel(indices[n + i], shifts.empty() ? PixelShift{} : shifts[n + i]);
            }
            for (std::size_t t = 0; t < height_; ++t) {
                transpose(starts, count, t * stride_, batch[t].data() + n, indices.size());
            }
        }
    }

    /// What stands at row 0 and column 0 of a sample's shifted image.
    const Element* pixel(std::size_t sample, PixelShift shift) const {
        const auto down = static_cast<std::ptrdiff_t>(margin_) - shift.down;
        const auto right = static_cast<std::ptrdiff_t>(margin_) - shift.right;
        return images_.data() + sample * image_size() + static_cast<std::size_t>(down) * stride_ +
               static_cast<std::size_t>(right);
    }

    /// Asks for samples that will be wanted next: they lie anywhere in a data set that no near cache holds.
    void prefetch([[maybe_unused]] std::span<const std::size_t> samples) const {
#ifdef __GNUC__
        constexpr std::size_t line = 64 / sizeof(Element);
        for (const std::size_t sample : samples) {
            const Element* pixels = images_.data() + sample * image_size();
            for (std::size_t i = 0; i < image_size(); i += line) __builtin_prefetch(pixels + i);
        }
#endif
    }

    /// out[f * stride + n] = element `offset` + f of the n-th of `count` images.
    void transpose(const Starts& images, std::size_t count, std::size_t offset, Element* out,
                   std::size_t stride) const {
        constexpr std::size_t square = kernels::square_size<Element>;
        static_assert(block % square == 0);
        Starts rows{};
        for (std::size_t n = 0; n < count; ++n) rows[n] = images[n] + offset;
        const std::size_t in_squares = count == block ? width_ - width_ % square : 0;
        for (std::size_t f = 0; f < in_squares; f += square) {
            for (std::size_t n = 0; n < block; n += square) {
                kernels::transpose_square(rows.data() + n, f, out + f * stride + n, stride);
            }
        }
        for (std::size_t f = in_squares; f < width_; ++f) {
            for (std::size_t n = 0; n < count; ++n) out[f * stride + n] = rows[n][f];
        }
    }

    std::size_t height_;
    std::size_t width_;
    std::size_t margin_;
    std::size_t stride_; ///< elements from a row of an image to the next
    std::vector<int> labels_;
    Tensor images_; ///< (samples, (height + 2 margin) * (width + 2 margin))
};

} // namespace fxp
