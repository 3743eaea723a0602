// The plot of a divergence.
#pragma once

#include "divergence.hpp"

#include <string>

namespace fxp::trace {

/// A gnuplot script that draws <stem>.svg and, where gnuplot has pngcairo, <stem>.png: the relative error of every
/// tensor in every step, as a heat map.
std::string plot_script(const Divergence& divergence, const std::string& stem, const std::string& subtitle);

} // namespace fxp::trace
