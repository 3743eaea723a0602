// The overflow log as a table to read.
#pragma once

#include "fxp/tensor/overflow_log.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace fxp {

/// One line per row in aligned columns (operation, tensor, first step, last step, count, worst value), under a line of
/// their names and above a line with the total count; "no overflow events" for an empty log. Every line ends with a
/// newline.
inline std::string to_text(const OverflowLog& log) {
    if (log.rows().empty()) return "no overflow events\n";
    constexpr std::size_t columns = 6;
    constexpr std::size_t first_number = 2; // names are aligned left, numbers right
    std::vector<std::array<std::string, columns>> lines{
        {"operation", "tensor", "first step", "last step", "count", "worst value"}};
    for (const OverflowRow& row : log.rows()) {
        char worst[32];
        std::snprintf(worst, sizeof worst, "%g", row.worst_value);
        lines.push_back({row.operation, row.tensor, std::to_string(row.first_step), std::to_string(row.last_step),
                         std::to_string(row.count), worst});
    }
    lines.push_back({"total", "", "", "", std::to_string(log.total()), ""});

    std::array<std::size_t, columns> widths{};
    for (const auto& line : lines) {
        for (std::size_t c = 0; c < columns; ++c) widths[c] = std::max(widths[c], line[c].size());
    }
    std::string text;
    for (const auto& line : lines) {
        std::string cells;
        for (std::size_t c = 0; c < columns; ++c) {
            const std::string blanks(widths[c] - line[c].size(), ' ');
            cells += (c == 0 ? "" : "  ") + (c < first_number ? line[c] + blanks : blanks + line[c]);
        }
        cells.erase(cells.find_last_not_of(' ') + 1);
        text += cells + "\n";
    }
    return text;
}

} // namespace fxp
