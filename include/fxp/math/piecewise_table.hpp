// Tables of piecewise polynomials: an approximation as data, independent of the format that evaluates it.
#pragma once

#include "fxp/core/requantize.hpp"
#include "fxp/kernels/polynomial.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace fxp::math {

using kernels::Symmetry;

/// Fraction bits of every number in a PiecewiseTable.
inline constexpr int table_frac_bits = 16;
/// As an upper bound of a segment: the end of whatever format evaluates the table.
inline constexpr std::int64_t table_open_end = std::numeric_limits<std::int64_t>::max();

/// A piecewise quadratic in |x|. Segments run from the far end to zero; the segment of x is the last i with
/// |x| <= upper[i], and its value is c2 t^2 + c1 t + c0 at t = |x| + offset[i], mirrored by the symmetry for x < 0.
template <std::size_t Segments>
struct PiecewiseTable {
    Symmetry symmetry;
    std::array<std::int64_t, Segments> upper;
    std::array<std::int64_t, Segments> offset;
    std::array<std::array<std::int64_t, Segments>, 3> coefficients; ///< c2, c1, c0
};

/// The table in a format: every number rounded half to even and saturated. Below 16 fraction bits this loses accuracy.
template <std::size_t Segments>
constexpr kernels::PiecewisePolynomial<Segments> in_format(const PiecewiseTable<Segments>& table, Format format) {
    const Limits limits{format};
    OverflowCount ignored;
    const auto convert = [&](std::int64_t value) {
        if (value == table_open_end) return limits.max_raw;
        return requantize<Rounding::nearest_even>(value, table_frac_bits - format.frac_bits, limits, Overflow::saturate,
                                                  ignored);
    };
    kernels::PiecewisePolynomial<Segments> result{};
    result.symmetry = table.symmetry;
    result.frac_bits = format.frac_bits;
    result.max_raw = limits.max_raw;
    for (std::size_t i = 0; i < Segments; ++i) {
        result.upper[i] = convert(table.upper[i]);
        result.offset[i] = convert(table.offset[i]);
        for (std::size_t k = 0; k < 3; ++k) result.coefficients[k][i] = convert(table.coefficients[k][i]);
    }
    return result;
}

} // namespace fxp::math
