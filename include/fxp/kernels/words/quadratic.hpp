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

/// What the corner of a table is for.
enum class Shape : std::uint8_t {
    plain,  ///< nothing: place = a
    kinked, ///< cells below it are half as wide as those above: place = a + min(a, corner)
    ramped  ///< slopes below it are one more than the table's: place = a, and min(a, corner) is added to f
};

/// A function of 16-bit integers with f(-x) = one - f(x), by a quadratic on each of 64 cells of a = min(|x|, limit).
///
/// All cells are equally wide in place, a number made of a; half a cell lies below zero. place * pace / 2^15, rounded
/// by multiply(), is the cell, and what rounding took away, counted in 2^-16, is t, the position in it. There
///   f = base + (fine + t (slope + t square)) * rate / 2^16, rounded down,
/// with t counted in 2^-15, each product in the bracket rounded by multiply(), and every sum in it a word: whoever
/// makes a table sees to it.
struct Quadratic {
    alignas(64) Words slope{}; ///< not -2^15, as square
    Words square{};
    Words fine{};
    Words base{};
    Shape shape = Shape::plain;
    std::int16_t limit = 0;
    std::int16_t corner = 0; ///< place(limit) < 2^15
    std::int16_t pace = 0;   ///< place(limit) * pace < 63.5 * 2^15
    std::int16_t rate = 0;
    std::int16_t one = 0;

    constexpr std::int32_t below_corner(std::int32_t a) const { return a < corner ? a : corner; }
    /// a <= limit in the table: its cell in the bits from 16 on, and t + 2^15 below.
    constexpr std::int32_t position(std::int32_t a) const {
        return (shape == Shape::kinked ? a + below_corner(a) : a) * pace * 2 + (1 << 15);
    }
    /// What is added to the table's f at a.
    constexpr std::int32_t ramp(std::int32_t a) const { return shape == Shape::ramped ? below_corner(a) : 0; }
};

/// f(x): the specification of the vector loops.
constexpr std::int16_t evaluate(const Quadratic& f, std::int16_t x) {
    const std::int32_t magnitude = x < 0 ? -x : x;
    const std::int32_t a = magnitude < f.limit ? magnitude : f.limit;
    const std::int32_t position = f.position(a);
    const auto cell = static_cast<std::size_t>(position >> 16);
    const std::int32_t t = (position & 0xffff) - (1 << 15);
    const std::int32_t rise = multiply(t, f.slope[cell] + multiply(t, f.square[cell]));
    const std::int32_t value = f.base[cell] + (((f.fine[cell] + rise) * f.rate) >> 16) + f.ramp(a);
    return static_cast<std::int16_t>(x < 0 ? f.one - value : value);
}

} // namespace fxp::kernels::words
