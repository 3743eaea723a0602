// The error of a segment by trying every argument.
#pragma once

#include "exact_function.hpp"
#include "table.hpp"

#include <optional>

namespace fxp::approximate {

/// The largest |value - f| over every argument of the segment, rounded up by what is not known of f; in steps of
/// 2^-frac_bits. Nothing as soon as it is above the limit.
std::optional<double> measured_error(const ExactFunction& f, const Grid& grid, const Segment& segment, double limit);

/// How many arguments a range may have to be measured rather than bounded.
inline constexpr std::int64_t most_measured = std::int64_t{1} << 26;

} // namespace fxp::approximate
