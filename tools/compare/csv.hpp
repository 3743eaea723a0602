// Reading the small CSV tables of a run folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fxp::compare {

/// A table of text fields whose first line names the columns. Fields may be quoted ("a,b", "" for a quote).
class CsvTable {
  public:
    /// Throws DataError when the file cannot be read, a row has not as many fields as the heading, or one of
    /// `columns` is not in the heading. Columns beyond those are ignored.
    CsvTable(const std::filesystem::path& path, const std::vector<std::string>& columns);

    std::size_t rows() const { return rows_.size(); }

    /// Field `column` (position in the constructor's `columns`) of a row.
    const std::string& text(std::size_t row, std::size_t column) const { return rows_[row][positions_[column]]; }

    /// As text(), read as a real; an empty field is NaN. Throws DataError when it is not a number.
    double real(std::size_t row, std::size_t column) const;

    /// As text(), read as a whole number. Throws DataError when it is not one.
    long long whole(std::size_t row, std::size_t column) const;

  private:
    [[noreturn]] void refuse(std::size_t row, std::size_t column, std::string_view expected) const;

    std::filesystem::path path_;
    std::vector<std::string> columns_;
    std::vector<std::size_t> positions_;
    std::vector<std::vector<std::string>> rows_;
};

/// One CSV field, quoted when it has to be.
std::string csv_field(std::string_view text);

} // namespace fxp::compare
