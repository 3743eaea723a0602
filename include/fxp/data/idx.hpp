// Reader of the IDX format of the MNIST family (MNIST, Fashion-MNIST, KMNIST, EMNIST digits).
// Format: big-endian 32-bit words, then unsigned bytes. Images: magic 0x00000803, count, rows, columns, then
// count * rows * columns pixels 0..255, sample-major. Labels: magic 0x00000801, count, then count labels.
// Pixels are scaled to [0, 1] as v / 255 in double. Files must not be compressed.
// Errors: DataError naming the file; each header is checked against the file's size before anything is allocated.
// Source: the format's description on the MNIST page of Y. LeCun, C. Cortes and C. J. C. Burges.
#pragma once

#include "fxp/data/dataset.hpp"
#include "fxp/data/text_lines.hpp"
#include "fxp/tensor/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace fxp {

namespace detail {

/// An IDX file of unsigned bytes with `Rank` dimensions. Throws DataError unless magic, sizes and file size agree and
/// there is at least one byte of data.
template <std::size_t Rank>
class IdxFile {
  public:
    IdxFile(const std::filesystem::path& path, const char* what) : path_(path.string()), bytes_(read_data_file(path)) {
        constexpr std::size_t header_size = 4 + 4 * Rank;
        constexpr std::uint32_t expected_magic = 0x0800 + static_cast<std::uint32_t>(Rank);
        if (bytes_.size() < header_size) {
            fail("the file has " + std::to_string(bytes_.size()) + " bytes, expected an IDX header of " +
                 std::to_string(header_size));
        }
        if (word(0) != expected_magic) {
            fail("magic number " + std::to_string(word(0)) + ", expected " + std::to_string(expected_magic) + " (IDX " +
                 what + ")");
        }
        std::size_t values = 1;
        for (std::size_t d = 0; d < Rank; ++d) {
            sizes_[d] = word(d + 1);
            header_ += (d == 0 ? "" : " x ") + std::to_string(sizes_[d]);
            const bool fits = sizes_[d] == 0 || values <= std::numeric_limits<std::size_t>::max() / sizes_[d];
            values = fits ? values * sizes_[d] : std::numeric_limits<std::size_t>::max();
        }
        if (values == 0) fail("the header says " + header_ + " " + what + ", expected at least one");
        if (values != bytes_.size() - header_size) {
            fail("the file has " + std::to_string(bytes_.size() - header_size) +
                 " bytes after its header, which says " + header_ + " " + what);
        }
    }

    std::size_t size(std::size_t dimension) const { return sizes_[dimension]; }
    std::string_view values() const { return std::string_view(bytes_).substr(4 + 4 * Rank); }

    [[noreturn]] void fail(const std::string& what) const { throw DataError(path_ + ": " + what); }

  private:
    std::uint32_t word(std::size_t index) const {
        std::uint32_t result = 0;
        for (std::size_t i = 0; i < 4; ++i) result = result << 8 | static_cast<unsigned char>(bytes_[4 * index + i]);
        return result;
    }

    std::string path_;
    std::string bytes_;
    std::string header_;
    std::array<std::size_t, Rank> sizes_{};
};

} // namespace detail

/// Reads images and their labels: pixels of shape (samples, rows * columns) in [0, 1], labels 0..classes-1, the name is
/// the images' file name. Throws DataError for a file that cannot be read, is compressed or contradicts its header, for
/// counts that differ and for a label that is not below `classes`; ArgumentError unless classes is in 1..256.
inline Dataset read_idx(const std::filesystem::path& images_path, const std::filesystem::path& labels_path,
                        std::size_t classes = 10) {
    if (classes == 0 || classes > 256) {
        throw ArgumentError("IDX labels: " + std::to_string(classes) + " classes, expected 1 to 256");
    }
    const detail::IdxFile<3> images(images_path, "images");
    const detail::IdxFile<1> labels(labels_path, "labels");
    if (images.size(0) != labels.size(0)) {
        labels.fail(std::to_string(labels.size(0)) + " labels, expected " + std::to_string(images.size(0)) +
                    " as there are images in " + images_path.string());
    }

    Dataset data{images_path.filename().string(), images.size(1), images.size(2), classes, {}, {}};
    std::array<double, 256> scaled{};
    for (std::size_t v = 0; v < scaled.size(); ++v) scaled[v] = static_cast<double>(v) / 255;
    data.pixels.reserve(images.values().size());
    for (const char v : images.values()) data.pixels.push_back(scaled[static_cast<unsigned char>(v)]);
    data.labels.reserve(labels.values().size());
    for (const char v : labels.values()) {
        const auto label = static_cast<unsigned char>(v);
        if (label >= classes) {
            labels.fail("sample " + std::to_string(data.labels.size()) + " has label " + std::to_string(label) +
                        ", expected 0 to " + std::to_string(classes - 1));
        }
        data.labels.push_back(label);
    }
    return data;
}

} // namespace fxp
