// Symmetry: how a function on all numbers follows from a table over x >= 0.
#pragma once

#include "fxp/core/wide.hpp"

#include <cstdint>

namespace fxp::kernels {

/// What a table h over |x| says about f(x). For x >= 0, f = h except under ramp.
enum class Symmetry : std::uint8_t {
    none,      ///< f(x) = h(x): no folding, negative arguments are the table's own
    even,      ///< f(-x) = f(x)
    odd,       ///< f(-x) = -f(x)
    one_minus, ///< f(-x) = 1 - f(x)
    ramp       ///< f(x) = max(x, 0) + h(|x|), as SiLU, GELU and softplus, whose h(a) = f(-a) vanishes for large a
};

/// f(x) from value = h(|x|); `one` is the number one and x the argument, both in the value's units.
template <class Wide>
FXP_INLINE constexpr Wide unfold(Symmetry symmetry, Wide one, Wide x, Wide value) {
    const bool negative = x < 0;
    switch (symmetry) {
    case Symmetry::odd:
        return negative ? -value : value;
    case Symmetry::one_minus:
        return negative ? one - value : value;
    case Symmetry::ramp:
        return negative ? value : x + value;
    case Symmetry::none:
    case Symmetry::even:
        break;
    }
    return value;
}

} // namespace fxp::kernels
