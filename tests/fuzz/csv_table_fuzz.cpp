// The reader of a run folder's tables: what it accepts reads back the same after it was written, and every field is a
// number or is refused as one.
#include "fuzz/fuzz.hpp"

#include <compare/csv.hpp>

#include <vector>

using fxp::compare::CsvTable;

namespace {

const std::vector<std::string> columns{"tensor", "step"};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto path = fuzz::scratch().file("table.csv", fuzz::text_of(data, size));
    const auto table = fuzz::accepted([&] { return CsvTable(path, columns); });
    if (!table) return 0;
    std::string text = "tensor,step\n";
    for (std::size_t row = 0; row < table->rows(); ++row) {
        for (std::size_t column = 0; column < columns.size(); ++column) {
            fuzz::accepted([&] { return table->real(row, column); });
            fuzz::accepted([&] { return table->whole(row, column); });
            text += fxp::compare::csv_field(table->text(row, column)) + (column == 0 ? "," : "\n");
        }
    }
    const CsvTable again(fuzz::scratch().file("table.csv", text), columns);
    fuzz::require(again.rows() == table->rows(), "another number of rows");
    for (std::size_t row = 0; row < table->rows(); ++row) {
        for (std::size_t column = 0; column < columns.size(); ++column) {
            fuzz::require(again.text(row, column) == table->text(row, column), "a field reads differently");
        }
    }
    return 0;
}
