// A divergence as text and CSV.
#pragma once

#include "divergence.hpp"

#include <string>
#include <vector>

namespace fxp::trace {

/// "64 ULP", "a relative 0.001", or both.
std::string bounds_text(const Bounds& bounds);

/// A line that says which tensor first exceeds a bound, or that none does.
std::string first_excess_text(const Divergence& divergence);

/// A table with a line for each tensor.
std::string tensors_text(const Divergence& divergence);

/// The heading of the CSV file of all errors, and its lines.
std::string csv_heading();
std::string csv_lines(const std::vector<Errors>& rows);

} // namespace fxp::trace
