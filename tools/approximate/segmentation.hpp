// Cutting a range into segments by bisection, until every one meets the target.
#pragma once

#include "fit.hpp"
#include "table.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fxp::approximate {

/// What decides about a segment.
struct Criteria {
    Grid grid;
    int degree = 0;
    double target = 0; ///< largest error, in steps of 2^-frac_bits
    /// The polynomial of a segment whose bounds are set.
    std::function<Coefficients(const Segment&)> fit{};
    /// The proven error of a segment, in steps of 2^-frac_bits. Nothing when it is above the limit or unknown.
    std::function<std::optional<double>(const Segment&, double limit)> error{};
    /// The function's value, for a constant.
    std::function<WideReal(const WideReal&)> value{};
    /// A bound of the function's slope on a segment, infinite where there is none; may be absent.
    std::function<double(const Segment&)> slope{};
    /// Told how far the range is done, in argument steps.
    std::function<void(std::int64_t)> progress{};
};

/// The segments of [begin, end], an even number of argument steps: each half as wide as one that failed: its error was
/// above the target, or a product of its evaluation might have left 64 bits. Throws ArgumentError, with what to change,
/// when a table of these segments would need more than most_cells cells or centres off the argument grid.
std::vector<Segment> bisect(const Criteria& criteria, std::int64_t begin, std::int64_t end);

/// Makes the last segment (the first if not `last`) constant, so that arguments clamped to the range's end go on as
/// they should: it becomes a constant if that meets the target, or else is bisected until a part at the end can.
/// Returns what was done, in words; empty when it was constant already. Throws ArgumentError when no part can be
/// constant.
std::string make_end_constant(const Criteria& criteria, std::vector<Segment>& segments, bool last);

} // namespace fxp::approximate
