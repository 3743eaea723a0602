// gnuplot scripts of a comparison.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "metrics.hpp"

namespace fxp::compare {

/// Names of all plots, without extension.
inline constexpr std::array<const char*, 4> plot_stems{"accuracy", "loss", "confusion", "divergence"};

/// A gnuplot script that writes <stem>.svg and, where gnuplot has pngcairo, <stem>.png. It reads curves.csv,
/// confusion_a.csv, confusion_b.csv, disagreement.csv or divergence.csv in its working folder.
struct PlotScript {
    std::string stem;
    std::string text;
};

/// Accuracy and loss over the epochs, the confusion heat maps, the divergence of the parameters. A plot for which
/// the runs hold no finite value is left out.
std::vector<PlotScript> plot_scripts(const Run& a, const Run& b, const Comparison& comparison);

} // namespace fxp::compare
