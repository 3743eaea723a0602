// Piecewise cubics of 16-bit words whose linear term is exact: more precise than the quadratics, and slower.
#pragma once

#include "fxp/kernels/words/quadratic.hpp"

#include <cstddef>
#include <cstdint>

namespace fxp::kernels::words {

/// A function of 16-bit integers with f(-x) = one - f(x), by a cubic on each of 64 equal cells of a = min(|x|, limit).
///
/// The high word of a * scale is the cell, and t = 2^15 - 1 - its low word the position in it, which falls with a.
/// There
///   f = base + (slope a + [fine + t^2 (square + t cube)]) rounded down,
/// where slope counts 2^-16, the bracket 2^-13 and t 2^-15; products but the linear one are rounded by multiply(). The
/// bracket and the fraction of the linear term, cut to 13 bits, add up to a word: whoever makes a table sees to it.
struct Cubic {
    static constexpr int fine_bits = 13;

    alignas(64) Words slope{}; ///< unsigned
    Words square{};
    Words cube{}; ///< |square| + |cube| < 2^15
    Words fine{};
    Words base{};
    std::uint16_t limit = 0; ///< at most 2^15
    std::uint16_t scale = 0; ///< limit * scale < 2^22; even, so that t is never -2^15
    std::int16_t one = 0;
    bool bends = true; ///< false: every cube is zero

    /// Where in the table |x| lies: the cell in the bits from 16 on, and 2^15 - 1 - t below.
    constexpr std::uint32_t position(std::uint32_t magnitude) const {
        return (magnitude < limit ? magnitude : limit) * std::uint32_t{scale};
    }
};

/// t^2 (square + t cube), as a table has it.
FXP_INLINE constexpr std::int32_t bend(std::int32_t t, std::int32_t square, std::int32_t cube) {
    return multiply(multiply(t, t), square + multiply(t, cube));
}

/// f(x): the specification of the vector loops.
constexpr std::int16_t evaluate(const Cubic& f, std::int16_t x) {
    const auto magnitude = static_cast<std::uint32_t>(x < 0 ? -x : x);
    const std::uint32_t position = f.position(magnitude);
    const std::size_t cell = position >> 16;
    const std::int32_t t = (1 << 15) - 1 - static_cast<std::int32_t>(position & 0xffff);
    const std::uint32_t a = magnitude < f.limit ? magnitude : f.limit;
    const std::uint32_t line = a * static_cast<std::uint16_t>(f.slope[cell]);
    const std::int32_t rest = static_cast<std::int32_t>((line & 0xffff) >> (16 - Cubic::fine_bits)) + f.fine[cell] +
                              bend(t, f.square[cell], f.cube[cell]);
    const std::int32_t value = f.base[cell] + static_cast<std::int32_t>(line >> 16) + (rest >> Cubic::fine_bits);
    return static_cast<std::int16_t>(x < 0 ? f.one - value : value);
}

} // namespace fxp::kernels::words
