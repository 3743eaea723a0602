// Reader of the UCI "Optical Recognition of Handwritten Digits" text (optdigits).
// Format: one sample a line, 65 integers separated by commas: 64 pixels 0..16 of an 8 x 8 image, row by row, then the
// digit 0..9. Pixels are scaled to [-1, 1] as v / 8 - 1, which is exact.
// Errors: DataError "<file>:<line>: <what>, expected <what>". Source: E. Alpaydin and C. Kaynak, UCI Machine Learning
// Repository, 1998.
#pragma once

#include "fxp/data/dataset.hpp"
#include "fxp/data/text_lines.hpp"

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace fxp {

/// Reads optdigits: pixels of shape (samples, 64) in [-1, 1], labels 0..9, name "optdigits (not USPS10)". Throws
/// DataError for a file that cannot be read or is empty, and for a line that is not 65 integers in their ranges.
inline Dataset read_csv_digits(const std::filesystem::path& path) {
    constexpr std::size_t features = 64;
    Dataset data{"optdigits (not USPS10)", 8, 8, 10, {}, {}};

    detail::TextLines lines(path);
    while (lines.next()) {
        std::string_view rest = lines.line();
        for (std::size_t column = 0; column <= features; ++column) {
            const std::size_t comma = rest.find(',');
            const std::string_view token = rest.substr(0, comma);
            const int limit = column == features ? 9 : 16;
            const char* const end = token.data() + token.size();
            int value = 0;
            const auto parsed = std::from_chars(token.data(), end, value);
            if (parsed.ec != std::errc() || parsed.ptr != end || value < 0 || value > limit) {
                lines.fail((column == features ? "label " : "pixel " + std::to_string(column + 1) + " is ") +
                           detail::quoted(token) + ", expected an integer from 0 to " + std::to_string(limit));
            }
            if ((comma == std::string_view::npos) != (column == features)) {
                lines.fail((column == features ? "more than 65" : std::to_string(column + 1)) +
                           " values, expected 64 pixels and a label");
            }
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
            if (column == features) {
                data.labels.push_back(value);
            } else {
                data.pixels.push_back(static_cast<double>(value) / 8 - 1);
            }
        }
    }
    return data;
}

} // namespace fxp
