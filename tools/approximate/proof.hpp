// Proofs about one segment: that its evaluation stays in 64 bits, and how far its values are from the function.
#pragma once

#include "sollya_function.hpp"
#include "table.hpp"

#include <optional>

namespace fxp::approximate {

/// Whether every product of kernels::piecewise_value, with its half step, fits 63 bits and a sign on the whole segment.
bool products_fit(const Grid& grid, const Segment& segment);

/// How much the roundings of Horner's rule may add to the polynomial's own error, in steps of 2^-frac_bits: half a step
/// for each product, carried through the products after it. Products of zero are exact.
double rounding_error(const Grid& grid, const Segment& segment);

/// A bound of |value - f| over all reals of the segment, in steps of 2^-frac_bits: Sollya's supnorm, which is certified
/// (Chevillard, Harrison, Joldes, Lauter: "Efficient and accurate computation of upper bounds of approximation errors",
/// 2011), plus rounding_error. Nothing when it is above the limit, or when no bound could be proven.
std::optional<double> certified_error(const SollyaFunction& f, const Grid& grid, const Segment& segment, double limit);

} // namespace fxp::approximate
