// A comparison as text, JSON and CSV.
#pragma once

#include <string>

#include "metrics.hpp"

namespace fxp::compare {

/// Tables of at most 120 columns where the names allow it. With `bold`, headings carry terminal escape sequences.
std::string report_text(const Run& a, const Run& b, const Comparison& comparison, bool bold);

/// Keys: a and b (each run with its confusion matrix, overflow, ranges and run.json), a_minus_b, agreement, divergence,
/// divergence_total, notes. What is absent or not finite is null.
std::string report_json(const Run& a, const Run& b, const Comparison& comparison);

/// Heading "truth/prediction,0,1,...", then one row per true class.
std::string confusion_csv(const CountMatrix& matrix, const std::string& corner);

/// One row per parameter tensor.
std::string divergence_csv(const Comparison& comparison);

/// One row per epoch that either run has; an empty field where a run has no value.
std::string curves_csv(const Run& a, const Run& b);

} // namespace fxp::compare
