// A picture of a table's error.
#pragma once

#include "report.hpp"

#include <filesystem>
#include <string>

namespace fxp::approximate {

/// Throws ArgumentError unless the name ends in .svg or .png, Error if there is no gnuplot.
void require_plot(const std::filesystem::path& file);

/// The bytes of a picture of the signed error before the last rounding over the range, in ULP of the format (without
/// one, in steps of 2^-frac_bits), with the segments' bounds and the target; its type is that of `file`'s name.
/// Throws Error when gnuplot fails.
std::string plot_bytes(const Outcome& outcome, const std::filesystem::path& file);

} // namespace fxp::approximate
