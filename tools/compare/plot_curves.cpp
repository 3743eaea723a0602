#include "plot_scripts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "text.hpp"

namespace fxp::compare {
namespace {

constexpr std::size_t most_marked = 30; // epochs up to which every epoch is marked by a point

struct Curve {
    const char* name; // in titles and file stems: "accuracy" or "loss"
    double HistoryRow::*train;
    double HistoryRow::*test;
    int train_column; // of A in curves.csv; B's are four to the right
    int test_column;
    int percent; // factor of the axis
};

struct Axis {
    std::string range; // gnuplot commands that set the upper panel's y axis
    std::string remark;
};

/// Tics at 1, 2 and 5 times the powers of ten, at the powers alone over more than three decades. 0 < low <= high.
std::string logarithmic_tics(double low, double high) {
    const bool dense = high / low < 1e3;
    std::string tics;
    for (double decade = std::pow(10, std::floor(std::log10(low))); decade < 2 * high; decade *= 10) {
        for (const double step : {1.0, 2.0, 5.0}) {
            if (step == 1 || dense) tics += (tics.empty() ? "" : ", ") + number("%.3g", step * decade);
        }
    }
    return "set ytics (" + tics + ")\n";
}

/// Accuracy: cuts the few epochs far below all others, where they would flatten the rest. Loss: logarithmic when it
/// falls by more than a factor of eight.
Axis axis_of(const std::vector<double>& values, const Curve& curve, bool logarithmic) {
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    if (logarithmic) {
        const bool wide = sorted.front() > 0 && sorted.back() / sorted.front() > 8;
        if (!wide) return {"set yrange [*:*]\n", ""};
        return {"set logscale y 10\n" + logarithmic_tics(sorted.front(), sorted.back()) + "set yrange [" +
                    number("%.3g", sorted.front() / 1.2) + ":" + number("%.3g", sorted.back() * 1.2) + "]\n",
                "logarithmic scale"};
    }
    const double low = sorted[sorted.size() / 12];
    const double span = sorted.back() - low;
    if (sorted.front() >= low - 0.6 * span) return {"set yrange [*:*]\n", ""};
    const double floor = low - 0.3 * span;
    const auto hidden = std::count_if(values.begin(), values.end(), [&](double v) { return v < floor; });
    return {"set yrange [" + number("%.6g", floor * curve.percent) + ":*]\n",
            std::to_string(hidden) + (hidden == 1 ? " point" : " points") + " below the axis"};
}

std::string plot_line(const std::string& column, const char* style, bool marked, const char* width, const char* point,
                      const std::string& title) {
    return "'curves.csv' skip 1 using 1:" + column + " with " + (marked ? "linespoints" : "lines") + " " + style +
           " lw " + width + (marked ? std::string(" pt ") + point + " ps 0.55" : "") + " title " + quoted(title);
}

/// From the first epoch of both runs to the last, one tic per epoch when there are few.
std::string epoch_axis(const Run& a, const Run& b) {
    long long first = std::numeric_limits<long long>::max();
    long long last = std::numeric_limits<long long>::min();
    for (const Run* run : {&a, &b}) {
        for (const HistoryRow& row : run->history) {
            first = std::min(first, row.epoch);
            last = std::max(last, row.epoch);
        }
    }
    const double margin = first == last ? 1 : 0.01 * static_cast<double>(last - first);
    return "set xrange [" + number("%.6g", static_cast<double>(first) - margin) + ":" +
           number("%.6g", static_cast<double>(last) + margin) + "]\n" + (last - first <= 12 ? "set xtics 1\n" : "");
}

std::string curve_script(const Run& a, const Run& b, const Curve& curve) {
    std::vector<double> values;
    for (const Run* run : {&a, &b}) {
        for (const HistoryRow& row : run->history) {
            for (const double value : {row.*curve.train, row.*curve.test}) {
                if (std::isfinite(value)) values.push_back(value);
            }
        }
    }
    if (values.empty()) return "";
    const bool is_loss = curve.percent == 1;
    const auto both = [&](long long epoch, double HistoryRow::*value) {
        const auto has = [&](const HistoryRow& row) { return row.epoch == epoch && std::isfinite(row.*value); };
        return std::any_of(a.history.begin(), a.history.end(), has) &&
               std::any_of(b.history.begin(), b.history.end(), has);
    };
    const bool has_difference = std::any_of(a.history.begin(), a.history.end(), [&](const HistoryRow& row) {
        return both(row.epoch, curve.train) || both(row.epoch, curve.test);
    });
    const bool marked = std::max(a.history.size(), b.history.size()) <= most_marked;
    const Axis axis = axis_of(values, curve, is_loss);
    const std::string unit = is_loss ? "" : " (%)";
    const auto column = [&](int index) {
        return "($" + std::to_string(index) + "*" + std::to_string(curve.percent) + ")";
    };
    const auto difference = [&](int index) {
        return "(($" + std::to_string(index) + "-$" + std::to_string(index + 4) + ")*" + std::to_string(curve.percent) +
               ")";
    };
    const std::string upper_name = is_loss ? "Loss" : "Accuracy";
    std::string script = opening(curve.name, 960, 700);
    script += "set multiplot\n";
    script += title_labels(upper_name + " of both runs", names_line(a, b, axis.remark), "0.965", "0.923");
    script += "set lmargin at screen 0.105\nset rmargin at screen 0.97\n"
              "set tmargin at screen 0.855\nset bmargin at screen " +
              std::string(has_difference ? "0.40" : "0.10") + "\n" + epoch_axis(a, b) +
              "set key at screen 0.54, screen 0.888 center horizontal Left reverse samplen 3 width 2 textcolor rgb "
              "'#333333'\n" +
              std::string(has_difference ? "set format x ''\n" : "set xlabel 'Epoch'\n") + "set ylabel '" + upper_name +
              unit + "' offset 0.5,0\n";
    script += axis.range;
    script += "plot " + plot_line(column(curve.train_column), "ls 1 dt (7,4)", marked, "2.8", "6", "A train") +
              ", \\\n     " +
              plot_line(column(curve.train_column + 4), "ls 2 dt (7,4)", marked, "1.4", "4", "B train") +
              ", \\\n     " + plot_line(column(curve.test_column), "ls 1", marked, "3.4", "7", "A test") +
              ", \\\n     " + plot_line(column(curve.test_column + 4), "ls 2", marked, "1.6", "5", "B test") + "\n";
    if (!has_difference) return script + closing();
    script += "unset label 1\nunset label 2\nunset logscale y\nset ytics autofreq\nset yrange [*:*]\nset format '%g'\n"
              "set tmargin at screen 0.335\nset bmargin at screen 0.10\n"
              "set key at screen 0.54, screen 0.357 center horizontal Left reverse samplen 3 width 2\n"
              "set xlabel 'Epoch'\nset ylabel '" +
              std::string(is_loss ? "A - B" : "A - B (points)") +
              "' offset 0.5,0\n"
              "set xzeroaxis lc rgb '#777777' lt 1 lw 1\n";
    script +=
        "plot " +
        plot_line(difference(curve.train_column), "lc rgb '#999999' dt (7,4)", marked, "1.6", "6", "train difference") +
        ", \\\n     " +
        plot_line(difference(curve.test_column), "lc rgb '#222222'", marked, "2", "7", "test difference") + "\n";
    return script + closing();
}

} // namespace

std::string accuracy_script(const Run& a, const Run& b) {
    return curve_script(a, b, {"accuracy", &HistoryRow::train_accuracy, &HistoryRow::test_accuracy, 3, 5, 100});
}

std::string loss_script(const Run& a, const Run& b) {
    return curve_script(a, b, {"loss", &HistoryRow::train_loss, &HistoryRow::test_loss, 2, 4, 1});
}

} // namespace fxp::compare
