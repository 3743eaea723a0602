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

/// f(x) from h(|x|): made before a vector loop, from masks, so that the loop has no branch.
template <class Wide>
class Unfolding {
  public:
    /// one: the number one in the value's units.
    FXP_INLINE constexpr Unfolding(Symmetry symmetry, Wide one)
        : flip_(symmetry == Symmetry::odd || symmetry == Symmetry::one_minus ? -1 : 0),
          offset_(symmetry == Symmetry::one_minus ? one : 0), ramp_(symmetry == Symmetry::ramp ? -1 : 0) {}

    /// x: the argument, in the value's units under Symmetry::ramp, else in any. value: h(|x|).
    FXP_INLINE constexpr Wide operator()(Wide x, Wide value) const {
        const Wide mirrored = offset_ + ((value ^ flip_) - flip_);
        return x < 0 ? mirrored : value + (x & ramp_);
    }

  private:
    Wide flip_;
    Wide offset_;
    Wide ramp_;
};

} // namespace fxp::kernels
