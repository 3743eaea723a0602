// Pieces that all gnuplot scripts share, and the scripts themselves; plots.hpp puts them together.
#pragma once

#include <string>

#include "metrics.hpp"

namespace fxp::compare {

/// A gnuplot string. printable() takes quotes and backslashes out, so nothing can end the string early.
std::string quoted(const std::string& text);

/// Opens the loop over the output formats; `width` and `height` are those of the SVG in pixels, the PNG has twice as
/// many. The loop is ended by closing().
std::string opening(const std::string& stem, int width, int height);
std::string closing();

/// "A: name    B: name    (remark)", with long names cut.
std::string names_line(const Run& a, const Run& b, const std::string& remark);

/// Labels 1 and 2, centred; `title_y` and `subtitle_y` are screen coordinates such as "0.965".
std::string title_labels(const std::string& title, const std::string& subtitle, const std::string& title_y,
                         const std::string& subtitle_y);

/// A script for each plot; empty when there is no finite value to draw.
std::string accuracy_script(const Run& a, const Run& b);
std::string loss_script(const Run& a, const Run& b);
std::string confusion_script(const Run& a, const Run& b, const Comparison& comparison);
std::string divergence_script(const Run& a, const Run& b, const Comparison& comparison);

} // namespace fxp::compare
