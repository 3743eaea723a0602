// The generator's result: what a kernels::PiecewisePolynomial holds, with sizes known at run time, and its proofs.
#pragma once

#include "fxp/kernels/piecewise.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fxp::approximate {

/// Fixed-point units of a table: arguments in steps of 2^-argument_bits, values and coefficients of 2^-frac_bits.
struct Grid {
    int argument_bits = 0;
    int frac_bits = 0;
};

/// One polynomial on [begin, end], an even number of argument steps; t = x - centre.
struct Segment {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::vector<std::int64_t> coefficients{}; ///< highest degree first
    double error = 0;                         ///< of its values, in steps of 2^-frac_bits; proven

    std::int64_t centre() const { return begin + (end - begin) / 2; }
    std::int64_t half_width() const { return (end - begin) / 2; }
    bool is_constant() const {
        for (std::size_t k = 0; k + 1 < coefficients.size(); ++k) {
            if (coefficients[k] != 0) return false;
        }
        return true;
    }
};

/// A whole range, its segments in ascending order.
struct Table {
    kernels::Symmetry symmetry = kernels::Symmetry::none;
    Grid grid;
    int degree = 0;
    int cell_bits = 0;
    std::vector<Segment> segments{};
    std::vector<std::uint16_t> cells{}; ///< the segment of each cell of 2^cell_bits argument steps

    std::int64_t begin() const { return segments.front().begin; }
    std::int64_t end() const { return segments.back().end; }
    /// The largest error of any segment, rounded up to whole steps.
    std::int64_t error() const;
    /// sizeof of the table as a kernels::PiecewisePolynomial.
    std::size_t bytes() const;
};

/// Most cells that a table may have.
inline constexpr std::int64_t most_cells = 4096;

/// What fxp::math::Tabulated evaluates; under Symmetry::ramp also frac_bits >= argument_bits.
inline constexpr int most_argument_bits = 31;
inline constexpr int most_frac_bits = 46;

/// Arguments of Tabulated are below 2^this in magnitude, or saturate there.
constexpr int argument_reach(const Grid& grid) { return 62 - grid.argument_bits; }

/// Joins adjacent segments into a table: the cells are as wide as the segments' bounds allow.
Table make_table(kernels::Symmetry symmetry, Grid grid, std::vector<Segment> segments);

} // namespace fxp::approximate
