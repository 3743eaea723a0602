// Gauss quadrature and orthogonal polynomials for a distribution on [-1, 1].
#pragma once

#include "wide_real.hpp"

#include <vector>

namespace fxp::approximate {

/// How the input is distributed over a segment: density proportional to exp(-rate x); rate 0 is the uniform one.
struct Distribution {
    double rate = 0;
};

/// The monic polynomials p_0 = 1, p_(k+1)(s) = (s - a_k) p_k(s) - b_k p_(k-1)(s), orthogonal under a density on [-1,
/// 1], with the nodes and weights of the quadrature that has as many nodes as there are polynomials.
struct OrthogonalBasis {
    std::vector<WideReal> a;
    std::vector<WideReal> b;
    std::vector<WideReal> squared_norms;
    std::vector<WideReal> nodes; ///< ascending
    std::vector<WideReal> weights;

    std::size_t size() const { return a.size(); }
    /// p_0(s) ... p_n(s), n = size().
    std::vector<WideReal> values(const WideReal& s) const;
};

/// The first `size` polynomials for the density proportional to exp(-decay s); |decay| up to most_decay.
OrthogonalBasis orthogonal_basis(int size, const WideReal& decay);

/// Beyond this the density is a spike at one end, and cancellation eats the digits of its moments.
inline constexpr double most_decay = 128;

} // namespace fxp::approximate
