// Piecewise quadratics of 16-bit words, exact to the last bit: what a processor with lookups in vector registers
// evaluates.
#pragma once

#include "fxp/core/wide.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace fxp::kernels::words {

inline constexpr std::size_t cells = 64;

/// One word for each cell of a table.
using Words = std::array<std::int16_t, cells>;

/// a * b / 2^15 to nearest, ties upwards; a and b are words, not both -2^15.
FXP_INLINE constexpr std::int32_t multiply(std::int32_t a, std::int32_t b) { return (a * b + (1 << 14)) >> 15; }

/// A function of 16-bit integers with f(-x) = one - f(x), by a quadratic on each of 64 cells of a = min(|x|, limit).
///
/// The cells below the kink are half as wide as those above: all are equally wide in place = a + min(a, kink), and half
/// a cell lies below zero. place * pace / 2^15, rounded by multiply(), is the cell, and what rounding took away,
/// counted in 2^-16, is t, the position in it. There
///   f = base + (fine + t (slope + t square)) / 2^shift, rounded down,
/// with t counted in 2^-15, each product rounded by multiply(), and every sum a word: whoever makes a table sees to it.
struct Quadratic {
    alignas(64) Words slope{}; ///< not -2^15, as square
    Words square{};
    Words fine{};
    Words base{};
    std::int16_t limit = 0;
    std::int16_t kink = 0;  ///< limit + kink < 2^15
    std::int16_t pace = 0;  ///< (limit + kink) * pace < 63.5 * 2^15
    std::int16_t shift = 0; ///< 0 to 15
    std::int16_t one = 0;

    /// Where in the table |x| lies: the cell in the bits from 16 on, and t + 2^15 below.
    constexpr std::int32_t position(std::int32_t magnitude) const {
        const std::int32_t a = magnitude < limit ? magnitude : limit;
        return (a + (a < kink ? a : kink)) * pace * 2 + (1 << 15);
    }
};

/// f(x): the specification of the vector loops.
constexpr std::int16_t evaluate(const Quadratic& f, std::int16_t x) {
    const std::int32_t position = f.position(x < 0 ? -x : x);
    const auto cell = static_cast<std::size_t>(position >> 16);
    const std::int32_t t = (position & 0xffff) - (1 << 15);
    const std::int32_t rise = multiply(t, f.slope[cell] + multiply(t, f.square[cell]));
    const std::int32_t value = f.base[cell] + ((f.fine[cell] + rise) >> f.shift);
    return static_cast<std::int16_t>(x < 0 ? f.one - value : value);
}

} // namespace fxp::kernels::words
