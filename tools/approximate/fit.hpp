// Polynomials for one segment: two ways to choose the coefficients.
#pragma once

#include "quadrature.hpp"
#include "sollya_function.hpp"
#include "table.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace fxp::approximate {

/// Coefficients in steps of 2^-frac_bits, highest degree first; nothing when there are none of reasonable size.
using Coefficients = std::optional<std::vector<std::int64_t>>;

/// The polynomial that minimises the largest error among those with coefficients on the grid, or nearly so
/// (Brisebarre and Chevillard, "Efficient polynomial L-infinity approximations", ARITH 2007: Sollya's fpminimax).
/// Powers that do not matter on a narrow segment get the coefficient 0.
Coefficients fit_minimax(const SollyaFunction& f, const Grid& grid, int degree, const Segment& segment);

/// Multi-element generalized polynomial chaos: the projection of f on the polynomials that are orthogonal under the
/// distribution of the input on the segment, integrals by Gauss quadrature with degree + 1 nodes. It minimises the mean
/// square error. Coefficients are then rounded to nearest, each on its own.
Coefficients fit_projection(const SollyaFunction& f, const Grid& grid, int degree, const Distribution& distribution,
                            const Segment& segment);

} // namespace fxp::approximate
