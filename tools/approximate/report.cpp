#include "report.hpp"

#include "text.hpp"

#include <algorithm>
#include <functional>

namespace fxp::approximate {
namespace {

constexpr std::size_t label_width = 30;
constexpr std::size_t column_width = 14;

std::string left(std::string text, std::size_t width) {
    return text + std::string(width - std::min(width, text.size()), ' ');
}
std::string right(std::string text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string percent(std::int64_t count, std::int64_t all) {
    return real_text(all == 0 ? 0 : 100 * static_cast<double>(count) / static_cast<double>(all), 4) + " %";
}

/// Only a monotone function has a table that is monotone or not.
std::string monotone_text(const Outcome& outcome) {
    if (outcome.request.direction == Direction::none) return "-";
    return outcome.verified->monotone() ? "yes" : "no";
}

} // namespace

double largest_error(const Table& table) {
    double largest = 0;
    for (const Segment& segment : table.segments) largest = std::max(largest, segment.error);
    return largest;
}

std::string report_text(const Outcome& outcome) {
    const Request& request = outcome.request;
    const Table& table = outcome.table;
    const Grid& grid = request.grid;
    const auto line = [](const std::string& label, const std::string& value) {
        return left(label, label_width) + value + '\n';
    };
    std::string text = line("function", request.function);
    text += line("tabulated", request.h->expression() + " on [" + fixed_text(table.begin(), grid.argument_bits) + ", " +
                                  fixed_text(table.end(), grid.argument_bits) + "], symmetry " +
                                  std::string(symmetry_name(table.symmetry)));
    text += line("method", std::string(method_name(request.method)) + ", degree " + std::to_string(table.degree));
    text += line("segments", std::to_string(table.segments.size()) + " in " +
                                 counted(static_cast<std::int64_t>(table.cells.size()), "cell") + ", " +
                                 std::to_string(table.bytes()) + " bytes");
    text += line("error", "at most " + steps_text(largest_error(table), grid.frac_bits) + ", wanted " +
                              real_text(request.target) +
                              (request.is_measured() ? "; measured at every argument" : "; proven for all reals"));
    if (outcome.beyond) text += line("clamping beyond the range", outcome.beyond->evidence);
    if (!outcome.verified) return text;
    const UlpReport& report = *outcome.verified;
    text += line("in format " + format_text(*request.format),
                 counted(report.inputs, "input") + ", every one compared" +
                     (table.symmetry == kernels::Symmetry::none ? "" : ", of both signs"));
    text += line("  max error, ULP", real_text(report.max_error));
    text += line("  mean error, ULP", real_text(report.mean_error()));
    text += line("  misrounded",
                 std::to_string(report.misrounded) + " (" + percent(report.misrounded, report.inputs) + ")");
    text += line("  1 ULP off or more", std::to_string(report.unfaithful));
    if (report.saturated != 0) {
        text += line("  beyond the format", std::to_string(report.saturated) + ", " +
                                                std::to_string(report.misclamped) + " of them not saturated");
    }
    text += line("  monotone", monotone_text(outcome));
    return text;
}

std::string comparison_text(const std::vector<Outcome>& outcomes) {
    const Request& first = outcomes.front().request;
    const std::string title = first.function + " in " + format_text(*first.format);
    const std::size_t width = std::max(label_width, title.size());
    std::string text;
    const auto row = [&](const std::string& label, const std::function<std::string(const Outcome&)>& cell) {
        text += left(label, width);
        for (const Outcome& outcome : outcomes) text += right(cell(outcome), column_width);
        text += '\n';
    };
    row(title, [](const Outcome& o) { return std::string(method_name(o.request.method)); });
    row("segments", [](const Outcome& o) { return std::to_string(o.table.segments.size()); });
    row("multiplications per value", [](const Outcome& o) { return std::to_string(o.table.degree); });
    row("table bytes", [](const Outcome& o) { return std::to_string(o.table.bytes()); });
    row("max error, ULP", [](const Outcome& o) { return real_text(o.verified->max_error); });
    row("mean error, ULP", [](const Outcome& o) { return real_text(o.verified->mean_error()); });
    row("misrounded", [](const Outcome& o) { return percent(o.verified->misrounded, o.verified->inputs); });
    row("1 ULP off or more", [](const Outcome& o) { return std::to_string(o.verified->unfaithful); });
    row("monotone", monotone_text);
    return text;
}

} // namespace fxp::approximate
