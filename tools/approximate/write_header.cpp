#include "write_header.hpp"

#include "text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace fxp::approximate {
namespace {

constexpr std::size_t columns = 120;

/// Words after a prefix, in comment lines of at most `columns` characters where words allow.
std::string comment(const std::string& prefix, const std::string& words) {
    std::string text;
    std::string line = prefix;
    std::size_t start = 0;
    while (start < words.size()) {
        const std::size_t end = std::min(words.find(' ', start), words.size());
        const std::string word = words.substr(start, end - start);
        if (line.size() + 1 + word.size() > columns && line.size() > prefix.size()) {
            text += line + '\n';
            line = prefix;
        }
        line += ' ' + word;
        start = end + 1;
    }
    return text + line + '\n';
}

/// "<start>{{n, n, ...}}", wrapped; continuation lines and `start` are indented.
std::string braced(const std::string& start, const std::vector<std::int64_t>& numbers) {
    const std::size_t indent = std::min(start.find_first_not_of(' '), start.size()) + 4;
    std::string text;
    std::string line = start + "{{";
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const std::string number = std::to_string(numbers[i]) + (i + 1 < numbers.size() ? "," : "");
        if (line.size() + 1 + number.size() > columns - 4 && i > 0) {
            text += line + '\n';
            line = std::string(indent, ' ') + number;
        } else {
            line += (i > 0 ? " " : "") + number;
        }
    }
    return text + line + "}}";
}

/// What the table is, for a reader.
std::string description(const Request& request, const Table& table, const std::optional<Beyond>& beyond) {
    const Grid& grid = request.grid;
    std::string text = request.function;
    if (table.symmetry == kernels::Symmetry::ramp) text = "h(x) = " + request.h->expression() + " of " + text;
    text += " on [" + fixed_text(table.begin(), grid.argument_bits) + ", " +
            fixed_text(table.end(), grid.argument_bits) + "] by " +
            counted(static_cast<std::int64_t>(table.segments.size()),
                    request.method == Method::minimax ? "minimax polynomial" : "projection") +
            (request.method == Method::minimax ? "" : " on orthogonal polynomials") + " of degree " +
            std::to_string(table.degree) + ". No value is farther from it than " +
            steps_text(static_cast<double>(table.error()), grid.frac_bits) +
            ", approximation and all roundings included: " +
            (request.is_measured() ? "measured at every argument." : "proven for all reals of the range.");
    if (beyond) {
        text += ' ' + beyond->arguments +
                " may be clamped to it, for the table ends with a constant: " + beyond->evidence + '.';
    }
    return text;
}

} // namespace

std::string header_text(const Outcome& outcome, const std::string& command) {
    const Request& request = outcome.request;
    const Table& table = outcome.table;
    const std::string& name_space = request.name_space;
    const std::string kernels = "fxp::kernels::";
    const std::string type = kernels + "PiecewisePolynomial<" + std::to_string(table.degree) + ", " +
                             std::to_string(table.segments.size()) + ", " + std::to_string(table.cells.size()) + ">";
    std::string text = "// clang-format off\n// Generated, not to be edited, by\n//     " + command + "\n";
    text += "#pragma once\n\n#include \"fxp/kernels/piecewise.hpp\"\n\n";
    if (!name_space.empty()) text += "namespace " + name_space + " {\n\n";
    text += comment("///", description(request, table, outcome.beyond));
    text += "inline constexpr " + type + " " + request.name + "{\n";
    text += "    .symmetry = " + kernels + "Symmetry::" + std::string(symmetry_name(table.symmetry)) + ",\n";
    text += "    .frac_bits = " + std::to_string(table.grid.frac_bits) + ",\n";
    text += "    .argument_bits = " + std::to_string(table.grid.argument_bits) + ",\n";
    text += "    .begin = " + std::to_string(table.begin()) + ",\n";
    text += "    .cell_bits = " + std::to_string(table.cell_bits) + ",\n";
    text += "    .error = " + std::to_string(table.error()) + ",\n";
    text += braced("    .segment = ", {table.cells.begin(), table.cells.end()}) + ",\n";
    std::vector<std::int64_t> centres;
    for (const Segment& segment : table.segments) centres.push_back(segment.centre());
    text += braced("    .centre = ", centres) + ",\n";
    text += "    .coefficients = {{\n";
    for (std::size_t k = 0; k <= static_cast<std::size_t>(table.degree); ++k) {
        std::vector<std::int64_t> coefficients;
        for (const Segment& segment : table.segments) coefficients.push_back(segment.coefficients[k]);
        text += braced("        ", coefficients) + ",\n";
    }
    text += "    }}};\n";
    if (!name_space.empty()) text += "\n} // namespace " + name_space + "\n";
    return text;
}

} // namespace fxp::approximate
