#include <algorithm>
#include <cmath>
#include <map>

#include "report.hpp"
#include "text.hpp"

namespace fxp::compare {
namespace {

constexpr std::size_t page_width = 120;
constexpr std::size_t confused_pairs = 5;
constexpr std::size_t overflow_rows = 8;
constexpr std::size_t label_width = 36;

/// Collects the lines of the report.
class Page {
  public:
    explicit Page(bool bold) : bold_(bold) {}

    void heading(const std::string& title) {
        if (!text_.empty()) text_ += '\n';
        text_ += bold_ ? "\033[1m" + title + "\033[0m\n" : title + '\n';
    }
    void line(const std::string& content) { text_ += (content.empty() ? "" : "  " + content) + '\n'; }
    void block(const std::vector<std::string>& lines) {
        for (const std::string& content : lines) line(content);
    }
    const std::string& text() const { return text_; }

  private:
    bool bold_;
    std::string text_;
};

/// A value of both runs and, when both have it, the difference.
void add_real(TextTable& table, const Run& a, const Run& b, const char* title, const char* key, double scale,
              const char* pattern, const char* difference_pattern) {
    const auto x = a.real(key);
    const auto y = b.real(key);
    table.add({title, x ? number(pattern, *x * scale) : "-", y ? number(pattern, *y * scale) : "-",
               x && y ? number(difference_pattern, (*x - *y) * scale) : ""});
}

void add_text(TextTable& table, const Run& a, const Run& b, const char* title, const char* key, std::size_t limit) {
    const std::string x = a.text(key);
    const std::string y = b.text(key);
    const std::string same = x == "-" || y == "-" ? "" : (x == y ? "same" : "differs");
    table.add({title, x.substr(0, limit), y.substr(0, limit), same});
}

void add_times(TextTable& table, const Run& a, const Run& b, const char* title, const char* key) {
    const auto x = a.real(key);
    const auto y = b.real(key);
    const auto cell = [](const std::optional<double>& v) {
        return !v ? std::string("-") : (*v < 10 ? number("%.3g s", *v) : duration(*v));
    };
    table.add({title, cell(x), cell(y), x && y && *y > 0 ? number("A/B %.2f", *x / *y) : ""});
}

std::string mean_text(const Run& run) {
    const auto mean = run.real("last20_test_accuracy_mean");
    const auto deviation = run.real("last20_test_accuracy_deviation");
    if (!mean) return "-";
    return number("%.3f", *mean * 100) + (deviation ? " ± " + number("%.3f", *deviation * 100) : "");
}

void write_summary(Page& page, const Run& a, const Run& b, const Comparison& comparison) {
    const auto images = static_cast<double>(comparison.agreement.images);
    const auto right_a = comparison.confusion_a.diagonal();
    const auto right_b = comparison.confusion_b.diagonal();
    const auto mean_a = a.real("last20_test_accuracy_mean");
    const auto mean_b = b.real("last20_test_accuracy_mean");
    constexpr std::size_t unlimited = 60;

    TextTable table("lrrr");
    table.add({"", "A: " + shortened(a.label, label_width), "B: " + shortened(b.label, label_width), "A - B"});
    table.add({"-"});
    add_text(table, a, b, "data set", "dataset", unlimited);
    add_text(table, a, b, "recipe", "recipe", unlimited);
    add_text(table, a, b, "arithmetic", "arithmetic", unlimited);
    add_text(table, a, b, "seed", "seed", unlimited);
    add_text(table, a, b, "epochs", "epochs", unlimited);
    const double percent_a = 100 * static_cast<double>(right_a) / images;
    const double percent_b = 100 * static_cast<double>(right_b) / images;
    table.add({"test accuracy (%)", number("%.3f", percent_a), number("%.3f", percent_b),
               number("%+.3f", percent_a - percent_b)});
    const std::string of = " / " + std::to_string(comparison.agreement.images);
    table.add({"correct / total", std::to_string(right_a) + of, std::to_string(right_b) + of,
               number("%+.0f", static_cast<double>(right_a - right_b))});
    table.add({"mean of last 20 epochs (%)", mean_text(a), mean_text(b),
               mean_a && mean_b ? number("%+.3f", (*mean_a - *mean_b) * 100) : ""});
    add_real(table, a, b, "train accuracy (%)", "train_accuracy", 100, "%.3f", "%+.3f");
    add_real(table, a, b, "train loss", "train_loss", 1, "%.6f", "%+.6f");
    add_real(table, a, b, "test loss", "test_loss", 1, "%.6f", "%+.6f");
    add_times(table, a, b, "time per epoch", "seconds_per_epoch");
    add_times(table, a, b, "total time", "seconds");
    add_real(table, a, b, "overflow events", "overflow_events", 1, "%.0f", "%+.0f");
    add_text(table, a, b, "parameters SHA-256", "parameters_sha256", 12);
    page.heading("Two training runs");
    page.block(table.lines());
}

void write_agreement(Page& page, const Comparison& comparison) {
    const Agreement& agreement = comparison.agreement;
    const auto share = [&](std::int64_t count) {
        return number("%.3f %%", 100 * static_cast<double>(count) / static_cast<double>(agreement.images));
    };
    TextTable table("lrr");
    table.add({"predictions differ", std::to_string(agreement.disagree), share(agreement.disagree)});
    table.add({"both right", std::to_string(agreement.both_right), share(agreement.both_right)});
    table.add({"only A right", std::to_string(agreement.only_a_right), share(agreement.only_a_right)});
    table.add({"only B right", std::to_string(agreement.only_b_right), share(agreement.only_b_right)});
    table.add({"both wrong", std::to_string(agreement.both_wrong), share(agreement.both_wrong)});
    page.heading("Disagreement on " + std::to_string(agreement.images) + " test images");
    page.block(table.lines());
    page.line("chance of a split only A / only B at least this uneven between equally good models: p = " +
              number("%.3g", agreement.p_value));
}

std::vector<std::string> matrix_lines(const std::string& title, const CountMatrix& matrix) {
    TextTable table("r" + std::string(matrix.classes(), 'r'));
    std::vector<std::string> head{""};
    for (std::size_t c = 0; c < matrix.classes(); ++c) head.push_back(std::to_string(c));
    table.add(head);
    for (std::size_t r = 0; r < matrix.classes(); ++r) {
        std::vector<std::string> row{std::to_string(r)};
        for (std::size_t c = 0; c < matrix.classes(); ++c) {
            row.push_back(matrix.at(r, c) == 0 ? "." : std::to_string(matrix.at(r, c)));
        }
        table.add(row);
    }
    std::vector<std::string> lines = table.lines();
    lines.insert(lines.begin(), title);
    return lines;
}

std::string pairs_text(const CountMatrix& matrix, const char* arrow) {
    std::string text;
    for (const CountedPair& pair : largest_off_diagonal(matrix, confused_pairs)) {
        text += (text.empty() ? "" : ",  ") + std::to_string(pair.row) + arrow + std::to_string(pair.column) + ": " +
                std::to_string(pair.count);
    }
    return text.empty() ? "none" : text;
}

void write_confusion(Page& page, const Comparison& comparison) {
    page.heading("Confusion matrices (rows: truth, columns: prediction)");
    page.block(side_by_side(matrix_lines("A", comparison.confusion_a), matrix_lines("B", comparison.confusion_b),
                            page_width - 2));
    page.line("");
    TextTable table("ll");
    table.add({"most confused in A (truth > prediction)", pairs_text(comparison.confusion_a, " > ")});
    table.add({"most confused in B (truth > prediction)", pairs_text(comparison.confusion_b, " > ")});
    table.add({"disagreements (A says | B says)", pairs_text(comparison.predictions, " | ")});
    page.block(table.lines());
}

void write_divergence(Page& page, const Comparison& comparison) {
    TextTable table("lllrrrrrr");
    table.add({"tensor", "A", "B", "elements", "max |a-b|", "RMS a-b", "RMS/RMS b", "max ULP", "RMS ULP"});
    table.add({"-"});
    const auto add = [&](const Divergence& tensor, bool ulps) {
        const auto in_ulps = [&](double value) {
            if (!ulps || !tensor.ulp) return std::string("-");
            const double steps = value / *tensor.ulp;
            return number(steps < 1e7 ? "%.1f" : "%.2e", steps);
        };
        table.add({tensor.name, tensor.format_a, tensor.format_b, std::to_string(tensor.elements),
                   number("%.3e", tensor.max_abs), number("%.3e", tensor.rms),
                   tensor.relative_rms ? number("%.3f %%", *tensor.relative_rms * 100) : "-", in_ulps(tensor.max_abs),
                   in_ulps(tensor.rms)});
    };
    for (const Divergence& tensor : comparison.divergence) add(tensor, true);
    table.add({"-"});
    add(comparison.total, false);
    page.heading("Parameters: how far A is from B (a ULP is a step of the fixed-point format, A's where A has one)");
    page.block(table.lines());
}

void write_overflow(Page& page, const char* name, const Run& run) {
    const std::string heading = "Overflow in " + std::string(name);
    if (run.overflow.empty()) {
        page.heading(heading + ": none recorded");
        return;
    }
    TextTable table("llrrr");
    table.add({"operation", "tensor", "events", "steps", "worst value"});
    table.add({"-"});
    const std::size_t shown = std::min(run.overflow.size(), overflow_rows);
    for (std::size_t i = 0; i < shown; ++i) {
        const OverflowRow& row = run.overflow[i];
        table.add({row.operation, row.tensor, std::to_string(row.count), row.first_step + ".." + row.last_step,
                   row.worst_value});
    }
    page.heading(heading + ": " + std::to_string(shown) + " of " + std::to_string(run.overflow.size()) + " rows");
    page.block(table.lines());
}

void write_ranges(Page& page, const Run& a, const Run& b) {
    if (a.ranges.empty() && b.ranges.empty()) {
        page.heading("Ranges: none recorded");
        return;
    }
    std::map<std::string, std::pair<const RangeRow*, const RangeRow*>> tensors;
    for (const RangeRow& row : a.ranges) tensors[row.tensor].first = &row;
    for (const RangeRow& row : b.ranges) tensors[row.tensor].second = &row;
    TextTable table("lrrrr");
    table.add({"tensor", "largest in A", "largest in B", "bits A", "bits B"});
    table.add({"-"});
    const auto largest = [](const RangeRow* row) { return row != nullptr ? number("%.6g", row->largest) : "-"; };
    const auto bits = [](const RangeRow* row) { return row != nullptr ? row->integer_bits : std::string("-"); };
    for (const auto& [tensor, rows] : tensors)
        table.add({tensor, largest(rows.first), largest(rows.second), bits(rows.first), bits(rows.second)});
    page.heading("Ranges: largest magnitudes and the integer bits that hold them");
    page.block(table.lines());
}

} // namespace

std::string report_text(const Run& a, const Run& b, const Comparison& comparison, bool bold) {
    Page page(bold);
    write_summary(page, a, b, comparison);
    for (const std::string& note : comparison.notes) page.line("note: " + note);
    write_agreement(page, comparison);
    write_confusion(page, comparison);
    write_divergence(page, comparison);
    write_overflow(page, "A", a);
    write_overflow(page, "B", b);
    write_ranges(page, a, b);
    return page.text();
}

} // namespace fxp::compare
