#include "csv.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "fxp/io/atomic_file.hpp"
#include "fxp/tensor/error.hpp"

namespace fxp::compare {
namespace {

std::vector<std::string> split_line(std::string_view line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
            fields.back() += '"';
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

} // namespace

CsvTable::CsvTable(const std::filesystem::path& path, const std::vector<std::string>& columns)
    : path_(path), columns_(columns) {
    const std::string content = read_file(path);
    std::vector<std::string> heading;
    std::size_t line_number = 0;
    for (std::size_t start = 0; start < content.size();) {
        const std::size_t end = std::min(content.find('\n', start), content.size());
        std::string_view line(content.data() + start, end - start);
        start = end + 1;
        ++line_number;
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (line.empty()) continue;
        std::vector<std::string> fields = split_line(line);
        if (heading.empty()) {
            heading = std::move(fields);
        } else if (fields.size() != heading.size()) {
            throw DataError(path_.string() + ": line " + std::to_string(line_number) + " has " +
                            std::to_string(fields.size()) + " fields, the heading has " +
                            std::to_string(heading.size()));
        } else {
            rows_.push_back(std::move(fields));
        }
    }
    for (const std::string& column : columns_) {
        const auto found = std::find(heading.begin(), heading.end(), column);
        if (found == heading.end()) throw DataError(path_.string() + ": no column '" + column + "' in the heading");
        positions_.push_back(static_cast<std::size_t>(found - heading.begin()));
    }
}

void CsvTable::refuse(std::size_t row, std::size_t column, std::string_view expected) const {
    throw DataError(path_.string() + ": row " + std::to_string(row + 1) + ", column '" + columns_[column] +
                    "': " + detail::quoted(text(row, column)) + " is not " + std::string(expected));
}

double CsvTable::real(std::size_t row, std::size_t column) const {
    const std::string& field = text(row, column);
    if (field.empty()) return std::numeric_limits<double>::quiet_NaN();
    double value = 0;
    const char* const end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, value);
    if (error != std::errc{} || stop != end) refuse(row, column, "a number");
    return value;
}

long long CsvTable::whole(std::size_t row, std::size_t column) const {
    const std::string& field = text(row, column);
    long long value = 0;
    const char* const end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, value);
    if (error != std::errc{} || stop != end) refuse(row, column, "a whole number");
    return value;
}

std::string csv_field(std::string_view text) {
    if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

} // namespace fxp::compare
