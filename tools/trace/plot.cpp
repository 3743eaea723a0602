#include "plot.hpp"

#include "compare/plot_scripts.hpp"
#include "compare/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace fxp::trace {

namespace {

constexpr double least = 1e-8; // relative errors below count as this one, those above one as one

/// A line for each step and tensor: step, position, logarithm of the error; NaN where there is none.
std::string data_block(const std::vector<Summary>& tensors, std::size_t steps) {
    std::string text = "$errors << END\n";
    for (std::size_t t = 0; t < tensors.size(); ++t) {
        for (std::size_t step = 0; step < steps; ++step) {
            const auto found = tensors[t].relative_in_step.find(step);
            const bool some = found != tensors[t].relative_in_step.end() && found->second > 0;
            const double error = some ? std::log10(std::clamp(found->second, least, 1.0)) : std::nan("");
            text += std::to_string(step) + "," + std::to_string(t) + "," + compare::number("%.3f", error) + "\n";
        }
    }
    return text + "END\n";
}

} // namespace

std::string plot_script(const Divergence& divergence, const std::string& stem, const std::string& subtitle) {
    const std::vector<Summary>& tensors = divergence.tensors();
    std::size_t steps = 0;
    std::string names;
    for (const Summary& tensor : tensors) {
        if (!tensor.relative_in_step.empty()) steps = std::max(steps, tensor.relative_in_step.rbegin()->first + 1);
        names += (names.empty() ? "" : ", ") + compare::quoted(tensor.tensor) + " " +
                 std::to_string(&tensor - tensors.data());
    }
    const int height = 170 + 16 * static_cast<int>(tensors.size());
    const auto from_top = [&](int pixels) { return compare::number("%.4f", 1 - pixels / static_cast<double>(height)); };
    const auto edge = [](std::size_t count) { return compare::number("%.1f", static_cast<double>(count) - 0.5); };
    return data_block(tensors, steps) + compare::opening(stem, 1000, height) +
           compare::title_labels("Relative error of fixed point against float", subtitle, from_top(28), from_top(54)) +
           "set tmargin at screen " + from_top(80) + "\nset bmargin at screen " +
           compare::number("%.4f", 60.0 / height) +
           "\nset lmargin at screen 0.14\nset rmargin at screen 0.88\n"
           "set border 15 lc rgb '#bbbbbb'\nunset grid\nunset key\nset tics scale 0\n"
           "set object 1 rectangle from graph 0, graph 0 to graph 1, graph 1 behind fillcolor rgb '#ebebeb' fillstyle "
           "solid noborder\n"
           "set xrange [-0.5:" +
           edge(steps) + "]\nset yrange [" + edge(tensors.size()) + ":-0.5]\nset xlabel 'Step'\nset ytics (" + names +
           ") font ',9'\n"
           "set cbrange [" +
           compare::number("%.0f", std::log10(least)) +
           ":0]\nset format cb '1e%.0f'\n"
           "set palette defined (0 '#f3f7fb', 0.5 '#7fb5d6', 0.8 '#D55E00', 1 '#6b0f00')\n"
           "plot $errors using 1:2:3 with image pixels\n" +
           compare::closing();
}

} // namespace fxp::trace
