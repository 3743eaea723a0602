// Reader of LIBSVM's text format, in which USPS10 is published.
// Format: one sample a line, `label index:value index:value ...`, separated by blanks; indexes count from 1 and
// increase; a feature that is absent is 0. Index i is the pixel in row (i - 1) / width, column (i - 1) % width. Numbers
// are decimal and read correctly rounded, whatever the locale; each must lie in the layout's range, pixels are not
// scaled. Errors: DataError "<file>:<line>: <what>, expected <what>". Source: the format of LIBSVM's data site.
#pragma once

#include "fxp/data/dataset.hpp"
#include "fxp/data/text_lines.hpp"
#include "fxp/tensor/error.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

namespace fxp {

/// What a LIBSVM file holds; the default is USPS10.
struct LibsvmLayout {
    std::size_t height = 16;  ///< rows of an image; feature k is the k-th pixel, from 1 on, row-major
    std::size_t width = 16;   ///< columns of an image
    std::size_t classes = 10; ///< labels are label_offset .. label_offset + classes - 1
    int label_offset = 1;     ///< the file's label of class 0
    double minimum = -1;      ///< least pixel that the file may hold
    double maximum = 1;       ///< largest one
};

namespace detail {

inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The characters of `text` up to its first blank.
inline std::string_view first_token(std::string_view text) { return text.substr(0, text.find_first_of(" \t")); }

inline void check_layout(const LibsvmLayout& layout) {
    constexpr std::size_t max_pixels = std::size_t{1} << 24;
    if (layout.height == 0 || layout.width == 0 || layout.width > max_pixels / layout.height) {
        throw ArgumentError("LIBSVM layout: " + std::to_string(layout.height) + " x " + std::to_string(layout.width) +
                            " pixels, expected 1 to 2^24");
    }
    if (layout.classes == 0 || layout.classes > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        throw ArgumentError("LIBSVM layout: " + std::to_string(layout.classes) + " classes, expected 1 to 2^31 - 1");
    }
    if (!(layout.minimum <= 0 && 0 <= layout.maximum)) {
        throw ArgumentError("LIBSVM layout: values " + shortest(layout.minimum) + " to " + shortest(layout.maximum) +
                            ", expected a range that holds 0, the value of an absent feature");
    }
}

} // namespace detail

/// Reads a LIBSVM file: pixels of shape (samples, height * width) in minimum..maximum, labels 0..classes-1, the name is
/// the file's. Throws DataError for a file that cannot be read, is empty, or holds a label, index or value out of
/// range, an index that does not increase, a number that is not finite, or anything else; ArgumentError for a layout
/// without pixels or classes, or whose range excludes 0.
inline Dataset read_libsvm(const std::filesystem::path& path, LibsvmLayout layout = {}) {
    detail::check_layout(layout);
    const std::size_t features = layout.height * layout.width;
    Dataset data{path.filename().string(), layout.height, layout.width, layout.classes, {}, {}};

    detail::TextLines lines(path);
    while (lines.next()) {
        const char* at = lines.line().data();
        const char* const end = at + lines.line().size();
        const auto rest = [&] { return detail::first_token({at, static_cast<std::size_t>(end - at)}); };
        const auto skip_blanks = [&] {
            while (at != end && detail::is_blank(*at)) ++at;
        };
        const auto skip_plus = [&] {
            if (end - at >= 2 && at[0] == '+' && at[1] != '-') ++at;
        };

        skip_blanks();
        const std::string_view label_token = rest();
        skip_plus();
        long long label = 0;
        const auto label_end = std::from_chars(at, end, label);
        const long long first = layout.label_offset;
        const long long last = first + static_cast<long long>(layout.classes) - 1;
        if (label_end.ec != std::errc() || (label_end.ptr != end && !detail::is_blank(*label_end.ptr)) ||
            label < first || label > last) {
            lines.fail("label " + detail::quoted(label_token) + ", expected an integer from " + std::to_string(first) +
                       " to " + std::to_string(last));
        }
        at = label_end.ptr;
        data.labels.push_back(static_cast<int>(label - first));
        data.pixels.resize(data.pixels.size() + features, 0.0);
        double* const image = data.pixels.data() + (data.pixels.size() - features);

        std::size_t previous = 0;
        for (skip_blanks(); at != end; skip_blanks()) {
            const std::string_view token = rest();
            std::size_t index = 0;
            const auto index_end = std::from_chars(at, end, index);
            if (index_end.ec == std::errc::invalid_argument || index_end.ptr == end || *index_end.ptr != ':') {
                lines.fail(detail::quoted(token) + " after the label, expected index:value");
            }
            if (index_end.ec != std::errc() || index == 0 || index > features) {
                lines.fail("feature index in " + detail::quoted(token) + ", expected 1 to " + std::to_string(features));
            }
            if (index <= previous) {
                lines.fail("feature index in " + detail::quoted(token) + " follows " + std::to_string(previous) +
                           ", expected increasing indexes");
            }
            previous = index;

            at = index_end.ptr + 1;
            skip_plus();
            double value = 0;
            const auto value_end = std::from_chars(at, end, value);
            if (value_end.ec != std::errc() || (value_end.ptr != end && !detail::is_blank(*value_end.ptr)) ||
                !std::isfinite(value) || value < layout.minimum || value > layout.maximum) {
                lines.fail("value in " + detail::quoted(token) + ", expected a number from " +
                           detail::shortest(layout.minimum) + " to " + detail::shortest(layout.maximum));
            }
            image[index - 1] = value;
            at = value_end.ptr;
        }
    }
    return data;
}

} // namespace fxp
