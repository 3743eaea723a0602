// GradientNorm: the Euclidean norm of all gradients of a step, exact, and the factor that limits it.
#pragma once

#include "fxp/core/quantize.hpp"
#include "fxp/core/wide_arithmetic.hpp"
#include "fxp/tensor/fxp_tensor.hpp"

#include <cstdint>

namespace fxp {

/// Sums squares of raw integers in 256 bits: up to 2^60 elements of 64-bit words whose fraction bits lie within 32 of
/// each other.
class GradientNorm {
  public:
    /// finest: the most fraction bits of the gradients to come.
    explicit GradientNorm(int finest) : bits_(finest) {}

    /// Adds a gradient's squares, exactly.
    template <FixedTensor G>
    void add(const G& g) {
        UInt256 sum;
        for (const auto value : g.elements()) {
            const auto wide = static_cast<int128>(value);
            sum = sum + UInt256{static_cast<uint128>(wide * wide)};
        }
        sum_ = sum_ + (sum << 2 * (bits_ - g.format.frac_bits));
    }

    /// scale, or largest / norm where that is smaller: the factor that brings scaled gradients to a norm of at most
    /// `largest`, to within 2^-29 of itself.
    Factor limited(Factor scale, double largest) const {
        // 64 more bits where there is room for them: the norm of small sums, too, has 64 significant bits.
        const int more = sum_.high == 0 ? 64 : 0;
        const uint128 norm = square_root(sum_ << 2 * more);
        if (norm == 0) return scale;
        const Factor limit = divide(quantize_factor(largest), norm, bits_ + more);
        return limit < scale ? limit : scale;
    }

  private:
    int bits_;
    UInt256 sum_;
};

} // namespace fxp
