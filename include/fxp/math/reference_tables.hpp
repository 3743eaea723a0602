// The published artifact's activation tables: piecewise quadratics with 16 fraction bits
// (K. Joshi, Fixed point ML model training demonstration, 2022; multi-element generalized polynomial chaos).
#pragma once

#include "fxp/core/requantize.hpp"
#include "fxp/kernels/reference_polynomial.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace fxp::math::reference {

using kernels::Symmetry;

/// Fraction bits of every number in a Table.
inline constexpr int table_frac_bits = 16;
/// As an upper bound of a segment: the end of whatever format evaluates the table.
inline constexpr std::int64_t table_open_end = std::numeric_limits<std::int64_t>::max();

/// A piecewise quadratic in |x|. Segments run from the far end to zero; the segment of x is the last i with
/// |x| <= upper[i], and its value is c2 t^2 + c1 t + c0 at t = |x| + offset[i], mirrored by the symmetry for x < 0.
template <std::size_t Segments>
struct Table {
    Symmetry symmetry;                         ///< what f(-x) is
    std::array<std::int64_t, Segments> upper;  ///< falling; the first is table_open_end where the table has no end
    std::array<std::int64_t, Segments> offset; ///< of t
    std::array<std::array<std::int64_t, Segments>, 3> coefficients; ///< c2, c1, c0
};

/// The table in a format: every number rounded half to even and saturated. Below 16 fraction bits this loses accuracy.
template <std::size_t Segments>
constexpr kernels::ReferencePolynomial<Segments> in_format(const Table<Segments>& table, Format format) {
    const Limits limits{format};
    OverflowCount ignored;
    const auto convert = [&](std::int64_t value) {
        if (value == table_open_end) return limits.max_raw;
        return requantize<Rounding::nearest_even>(value, table_frac_bits - format.frac_bits, limits, Overflow::saturate,
                                                  ignored);
    };
    kernels::ReferencePolynomial<Segments> result{};
    result.symmetry = table.symmetry;
    result.frac_bits = format.frac_bits;
    result.max_raw = limits.max_raw;
    for (std::size_t i = 0; i < Segments; ++i) {
        result.upper[i] = convert(table.upper[i]);
        result.offset[i] = convert(table.offset[i]);
        for (std::size_t k = 0; k < 3; ++k) result.coefficients[k][i] = convert(table.coefficients[k][i]);
    }
    result.lanes = kernels::reference_lanes(result);
    return result;
}

/// 1 / (1 + exp(-x)) on all x; at most 2.2e-4 from it (3674 ULP of <8,24>).
inline constexpr Table<11> sigmoid{
    Symmetry::one_minus,
    {table_open_end, 786432, 524288, 393216, 327680, 262144, 196608, 163840, 131072, 65536, 32768},
    {-917504, -655360, -458752, -360448, -294912, -229376, -180224, -147456, -98304, -49152, -16384},
    {{{0, -2, -31, -133, -352, -885, -1630, -2287, -3073, -2546, -997},
      {0, 4, 66, 272, 729, 1903, 3717, 5670, 9799, 14253, 16083},
      {65536, 65533, 65476, 65269, 64816, 63615, 61598, 59287, 53581, 44511, 36843}}}};

/// tanh(x) on all x; at most 1.9e-4 from it (3261 ULP of <8,24>).
inline constexpr Table<14> tanh{
    Symmetry::odd,
    {table_open_end, 393216, 262144, 196608, 163840, 131072, 114688, 98304, 81920, 65536, 49152, 32768, 16384, 8192},
    {-458752, -327680, -229376, -180224, -147456, -122880, -106496, -90112, -73728, -57344, -40960, -24576, -12288,
     -4096},
    {{{0, -14, -250, -1067, -2816, -5627, -8732, -13039, -18298, -23237, -25082, -20366, -11711, -4068},
      {0, 17, 263, 1089, 2915, 5917, 9466, 14866, 22680, 33114, 45367, 57010, 63241, 65230},
      {65536, 65530, 65417, 65003, 64096, 62524, 60643, 57660, 53038, 46131, 36346, 23485, 12146, 4091}}}};

/// 1 / sqrt(x) on [1, 4]; at most 1.9e-4 from it (3234 ULP of <8,24>).
inline constexpr Table<7> rsqrt{Symmetry::none,
                                {262144, 212992, 163840, 139264, 114688, 90112, 77824},
                                {-237568, -188416, -151552, -126976, -102400, -83968, -71680},
                                {{{987, 1767, 3031, 4723, 8104, 13257, 19707},
                                  {-4767, -6765, -9341, -12193, -16868, -22640, -28726},
                                  {34421, 38651, 43096, 47082, 52429, 57898, 62664}}}};

} // namespace fxp::math::reference
