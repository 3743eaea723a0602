#include "plot_scripts.hpp"

#include <algorithm>

#include "text.hpp"

namespace fxp::compare {
namespace {

constexpr std::size_t most_classes = 16; // classes up to which the cells of a heat map carry their number

std::string heat_panel(const std::string& file, const std::string& title, const std::string& subtitle,
                       const std::string& x_label, const std::string& y_label, double left, std::size_t classes) {
    const std::string data = "'" + file + "' matrix rowheaders columnheaders using 1:2:";
    const std::string numbers = "font ',9' notitle";
    std::string panel = "set lmargin at screen " + number("%.4f", left) + "\nset rmargin at screen " +
                        number("%.4f", left + 0.27) + "\nset label 3 " + quoted(title) +
                        " at graph 0.5, graph 1.085 center font ',13' textcolor rgb '#111111'\n" + "set label 4 " +
                        quoted(subtitle) + " at graph 0.5, graph 1.032 center font ',10' textcolor rgb '#555555'\n";
    panel += "set xlabel " + quoted(x_label) + "\nset ylabel " + quoted(y_label) + "\n";
    panel += "plot " + data + "($1 == $2 ? NaN : $3) with image pixels notitle";
    if (classes <= most_classes) {
        panel +=
            ", \\\n     " + data + "($1 == $2 ? sprintf('%d', $3) : '') with labels textcolor rgb '#8a8a8a' " +
            numbers + ", \\\n     " + data +
            "($1 != $2 && $3 > 0 && $3 <= 0.55 * top ? sprintf('%d', $3) : '') with labels textcolor rgb '#222222' " +
            numbers + ", \\\n     " + data +
            "($1 != $2 && $3 > 0.55 * top ? sprintf('%d', $3) : '') with labels textcolor rgb '#ffffff' " + numbers;
    }
    return panel + "\n";
}

} // namespace

std::string confusion_script(const Run& a, const Run& b, const Comparison& comparison) {
    std::int64_t top = 1;
    for (const CountMatrix* matrix : {&comparison.confusion_a, &comparison.confusion_b, &comparison.predictions}) {
        const auto largest = largest_off_diagonal(*matrix, 1);
        if (!largest.empty()) top = std::max(top, largest.front().count);
    }
    const std::int64_t images = comparison.agreement.images;
    const auto errors = [&](const CountMatrix& matrix) {
        return std::to_string(images - matrix.diagonal()) + " errors in " + std::to_string(images) + " images";
    };
    const std::string edge = number("%.1f", static_cast<double>(a.classes) - 0.5);
    std::string script = opening("confusion", 1440, 610);
    script +=
        "top = " + std::to_string(top) + "\n" + "set multiplot\n" +
        title_labels("What the models confuse", names_line(a, b, "grey: images on the diagonal"), "0.965", "0.923") +
        (a.classes > most_classes ? "set tics font ',6'\n" : "") +
        "set tmargin at screen 0.79\nset bmargin at screen 0.125\n"
        "set xrange [-0.5:" +
        edge + "]\nset yrange [" + edge +
        ":-0.5]\n"
        "set border 15 lc rgb '#bbbbbb'\nunset grid\nset tics scale 0\nunset colorbox\n"
        "set object 1 rectangle from graph 0, graph 0 to graph 1, graph 1 behind fillcolor rgb '#ebebeb' fillstyle "
        "solid noborder\n"
        "set cbrange [0:top]\n"
        "set palette defined (0 '#ffffff', 0.02 '#f3f7fb', 0.25 '#a9cce3', 0.6 '#3f8fc0', 1 '#08306b')\n";
    script += heat_panel("confusion_a.csv", "Errors of A", errors(comparison.confusion_a), "predicted by A", "truth",
                         0.045, a.classes);
    script += "unset label 1\nunset label 2\n";
    script += heat_panel("confusion_b.csv", "Errors of B", errors(comparison.confusion_b), "predicted by B", "truth",
                         0.365, a.classes);
    script += "set colorbox user origin screen 0.965, screen 0.125 size screen 0.011, screen 0.665\n"
              "set label 5 'images' at screen 0.9705, screen 0.822 center font ',10' textcolor rgb '#555555'\n";
    script += heat_panel("disagreement.csv", "Disagreement of A and B",
                         std::to_string(comparison.agreement.disagree) + " of " + std::to_string(images) + " images",
                         "predicted by B", "predicted by A", 0.685, a.classes);
    return script + closing();
}

} // namespace fxp::compare
