// Factors of matrix products whose sum is computed as one product.
#pragma once

#include "fxp/kernels/operand.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace fxp::kernels::gemm {

/// a (rows, depth) and b (depth, columns), which outlive it.
struct Factors {
    const Operand* a = nullptr;
    const Operand* b = nullptr;
    std::size_t depth = 0;
};

/// What decides how the sum of products is computed, that of (a0 a1 ..) times (b0; b1; ..): the largest bounds and the
/// depth of all; the rest is the first one's.
struct Joined {
    Operand a;
    Operand b;
    std::size_t depth;
    std::size_t least_depth; ///< of one of the products: each is packed for itself

    /// Of one or more.
    explicit Joined(std::span<const Factors> factors)
        : a(*factors.front().a), b(*factors.front().b), depth(factors.front().depth), least_depth(depth) {
        for (const Factors& f : factors.subspan(1)) {
            a.bound = std::max(a.bound, f.a->bound);
            b.bound = std::max(b.bound, f.b->bound);
            depth += f.depth;
            least_depth = std::min(least_depth, f.depth);
        }
    }
    Joined(const Operand& first, const Operand& second, std::size_t along)
        : a(first), b(second), depth(along), least_depth(along) {}
};

} // namespace fxp::kernels::gemm
