// Aligned text tables and number formatting for a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fxp::compare {

/// printf-style formatting of one real: pattern is a literal such as "%.4f" or "%+.3g". NaN gives "nan".
std::string number(const char* pattern, double value);

/// A duration such as "4.2 s", "3 min 20 s", "2 h 05 min". Negative or not finite: "-".
std::string duration(double seconds);

/// Text safe for a terminal, a CSV heading and a plot title: control characters, quotes, backquotes and backslashes
/// become '?', and so does every byte above 127 when the text is not valid UTF-8.
std::string printable(std::string_view text);

/// Columns a UTF-8 text takes: its code points.
std::size_t display_width(std::string_view text);

/// The text, or its start and ".." when it has more than `width` columns. Text beyond ASCII is not cut.
std::string shortened(const std::string& text, std::size_t width);

/// The text filled with blanks up to `width` columns, on the left when `right` is set.
std::string padded(std::string_view text, std::size_t width, bool right);

/// Left-aligned first column, other columns by `alignment`; two blanks between columns.
class TextTable {
  public:
    /// One letter per column: 'l' or 'r'.
    explicit TextTable(std::string alignment) : alignment_(std::move(alignment)) {}

    /// Cells missing at the end are blank. A row of one cell "-" draws a rule.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

    /// One string per row, without newline and without trailing blanks.
    std::vector<std::string> lines() const;

  private:
    std::string alignment_;
    std::vector<std::vector<std::string>> rows_;
};

/// Two blocks of lines next to each other when they fit in `width` columns, below each other otherwise.
std::vector<std::string> side_by_side(const std::vector<std::string>& left, const std::vector<std::string>& right,
                                      std::size_t width);

} // namespace fxp::compare
