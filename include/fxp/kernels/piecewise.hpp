// Piecewise polynomials in guarded integers: the segment by one table lookup, the value by Horner's rule.
#pragma once

#include "fxp/core/wide.hpp"
#include "fxp/kernels/symmetry.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace fxp::kernels {

/// A polynomial of degree Degree for each of Segments segments of a range, in raw integers.
///
/// The range starts at `begin` and is cut into Cells cells of 2^cell_bits argument steps; segment[] names the segment
/// of each cell, so that choosing one costs a shift and a lookup, however many there are. On its segment s the value at
/// x is sum_k coefficients[Degree - k][s] t^k, t = x - centre[s].
///
/// Units: arguments, begin and centres are multiples of 2^-argument_bits, coefficients and values of 2^-frac_bits.
/// Rounding: each product of Horner's rule to the nearest step, ties upwards. Everything fits 64 bits: whoever makes a
/// table proves it (fxp_approximate does).
template <std::size_t Degree, std::size_t Segments, std::size_t Cells>
struct PiecewisePolynomial {
    Symmetry symmetry = Symmetry::none;
    int frac_bits = 0;
    int argument_bits = 1;
    std::int64_t begin = 0;
    int cell_bits = 0;
    /// No value is farther from the function than this many steps of 2^-frac_bits, on the whole range, approximation
    /// and all roundings included.
    std::int64_t error = 0;
    std::array<std::int64_t, Cells> segment{};
    std::array<std::int64_t, Segments> centre{};
    std::array<std::array<std::int64_t, Segments>, Degree + 1> coefficients{}; ///< highest degree first

    static constexpr std::size_t degree = Degree;
    static constexpr std::size_t segments = Segments;
    static constexpr std::size_t cells = Cells;

    /// The range is [begin, end()], both ends included.
    constexpr std::int64_t end() const { return begin + (static_cast<std::int64_t>(Cells) << cell_bits); }
    constexpr std::int64_t clamp(std::int64_t x) const {
        const std::int64_t low = x < begin ? begin : x;
        return low > end() ? end() : low;
    }
};

namespace detail {

/// Horner's rule from coefficient k on, written as a recursion so that vector loops see no loop inside.
template <std::size_t K, class Polynomial>
FXP_INLINE constexpr std::int64_t horner_steps(const Polynomial& p, std::size_t s, std::int64_t t, std::int64_t value) {
    if constexpr (K <= Polynomial::degree) {
        const std::int64_t half = std::int64_t{1} << (p.argument_bits - 1);
        return horner_steps<K + 1>(p, s, t, p.coefficients[K][s] + ((value * t + half) >> p.argument_bits));
    } else {
        return value;
    }
}

} // namespace detail

/// The polynomial at x of [begin, end()], in steps of 2^-frac_bits; symmetry is not applied.
template <std::size_t Degree, std::size_t Segments, std::size_t Cells>
FXP_INLINE constexpr std::int64_t piecewise_value(const PiecewisePolynomial<Degree, Segments, Cells>& p,
                                                  std::int64_t x) {
    const std::int64_t cell = (x - p.begin) >> p.cell_bits;
    const std::int64_t last = static_cast<std::int64_t>(Cells) - 1;
    const auto s = static_cast<std::size_t>(p.segment[static_cast<std::size_t>(cell > last ? last : cell)]);
    return detail::horner_steps<1>(p, s, x - p.centre[s], p.coefficients[0][s]);
}

} // namespace fxp::kernels
