#include "plot_scripts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "text.hpp"

namespace fxp::compare {
namespace {

constexpr std::size_t most_bars = 40; // tensors in the divergence plot, the first by name

} // namespace

std::string divergence_script(const Run& a, const Run& b, const Comparison& comparison) {
    const std::size_t bars = std::min(comparison.divergence.size(), most_bars);
    double smallest = std::numeric_limits<double>::infinity();
    double largest = 0;
    double widest = 0;
    std::size_t not_finite = 0;
    double ulp = 0;
    for (std::size_t i = 0; i < bars; ++i) {
        const Divergence& tensor = comparison.divergence[i];
        if (!std::isfinite(tensor.rms) || !std::isfinite(tensor.max_abs)) {
            ++not_finite;
            continue;
        }
        if (tensor.rms > 0) smallest = std::min(smallest, tensor.rms);
        largest = std::max(largest, tensor.max_abs);
        widest = std::max(widest, tensor.relative_rms.value_or(0));
        if (tensor.ulp) ulp = ulp == 0 ? *tensor.ulp : std::min(ulp, *tensor.ulp);
    }
    if (not_finite == bars) return "";
    const bool identical = largest == 0;
    std::string remark = identical && not_finite == 0 ? "no difference" : "";
    if (not_finite > 0) remark = "not finite: " + std::to_string(not_finite) + " of " + std::to_string(bars);
    if (bars < comparison.divergence.size()) {
        remark += (remark.empty() ? "first " : ", first ") + std::to_string(bars) + " of " +
                  std::to_string(comparison.divergence.size()) + " tensors";
    }
    const double low =
        identical ? 1e-9 : std::pow(10, std::floor(std::log10(ulp > 0 ? std::min(smallest, ulp) : smallest)));
    const double high = identical ? 1 : std::pow(10, std::ceil(std::log10(largest)));
    const int height = 250 + 34 * static_cast<int>(bars);
    const auto from_top = [&](int pixels) { return number("%.4f", 1 - static_cast<double>(pixels) / height); };

    std::string tics = "set ytics (";
    for (std::size_t i = 0; i < bars; ++i)
        tics += (i > 0 ? ", " : "") + quoted(comparison.divergence[i].name) + " " + std::to_string(i);
    tics += ")\n";
    const std::string data = "'divergence.csv' skip 1 every ::::" + std::to_string(bars - 1) + " using ";
    std::string script = opening("divergence", 1200, height);
    script += "set multiplot\n";
    script += title_labels("How far the parameters of A are from those of B", names_line(a, b, remark), from_top(30),
                           from_top(58)) +
              "set tmargin at screen " + from_top(125) + "\nset bmargin at screen " + number("%.4f", 70.0 / height) +
              "\n"
              "set yrange [" +
              number("%.1f", static_cast<double>(bars) - 0.4) + ":-0.6]\n" + tics +
              "set grid noytics\nset border 1\nset style fill solid 1 noborder\nunset key\n"
              "set lmargin at screen 0.13\nset rmargin at screen 0.50\n"
              "set label 3 'RMS difference relative to the RMS of B' at graph 0, screen " +
              from_top(105) +
              " left font ',12'\n"
              "set xrange [0:" +
              number("%.4g", widest > 0 ? 115 * widest : 1) +
              "]\nset xlabel 'Relative RMS difference (%)'\n"
              "plot " +
              data + "(0):0:(0):($8*100):($0-0.32):($0+0.32) with boxxyerror ls 1, \\\n     " + data +
              "($8*100):0:(sprintf('  %.3g', $8*100)) with labels left font ',10' textcolor rgb '#333333'\n";
    script += "unset label 1\nunset label 2\nset lmargin at screen 0.56\nset rmargin at screen 0.96\n"
              "set label 3 'Absolute difference' at graph 0, screen " +
              from_top(105) +
              " left font ',12'\n"
              "unset ytics\nset xrange [" +
              number("%.1e", low) + ":" + number("%.1e", high) +
              "]\nset logscale x 10\nset format x '%.0e'\n"
              "set xlabel '|a - b|'\n"
              "set key at screen 0.96, screen " +
              from_top(98) + " right horizontal Left reverse samplen 1.5\n";
    if (ulp > 0) {
        script += "set arrow 1 from " + number("%.9g", ulp) + ", graph 0 to " + number("%.9g", ulp) +
                  ", graph 1 nohead lc rgb '#777777' dt (5,4) lw 1.2\n";
    }
    script += "plot " + data + "7:0:($6-$7):(0) with vectors nohead lc rgb '#bbbbbb' lw 2 notitle, \\\n     " + data +
              "6:0 with points ls 2 pt 5 ps 0.9 title 'largest', \\\n     " + data +
              "7:0 with points ls 1 pt 7 ps 0.7 title 'RMS'" +
              (ulp > 0 ? ", \\\n     NaN with lines lc rgb '#777777' dt (5,4) lw 1.2 title '1 ULP'\n" : "\n");
    return script + closing();
}

} // namespace fxp::compare
