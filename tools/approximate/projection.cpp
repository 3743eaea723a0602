#include "fit.hpp"

#include <cstddef>

namespace fxp::approximate {

Coefficients fit_projection(const SollyaFunction& f, const Grid& grid, int degree, const Distribution& distribution,
                            const Segment& segment) {
    const WideReal centre = WideReal::scaled(segment.centre(), -grid.argument_bits);
    const WideReal half_width = WideReal::scaled(segment.half_width(), -grid.argument_bits);
    const OrthogonalBasis basis = orthogonal_basis(degree + 1, WideReal(distribution.rate) * half_width);
    const std::size_t size = basis.size();

    // f ~ sum_k c_k p_k, c_k = <f, p_k> / <p_k, p_k>
    std::vector<WideReal> projected(size);
    for (std::size_t i = 0; i < size; ++i) {
        const WideReal value = f.value(centre + half_width * basis.nodes[i]);
        if (!value.is_finite()) return std::nullopt;
        const std::vector<WideReal> p = basis.values(basis.nodes[i]);
        for (std::size_t k = 0; k < size; ++k) {
            projected[k] += basis.weights[i] * value * p[k] / basis.squared_norms[k];
        }
    }

    // In powers of s, by Horner's rule over the recurrence (Clenshaw): u_k = c_k + (s - a_k) u_(k+1) - b_(k+1) u_(k+2).
    std::vector<WideReal> above(size + 1);
    std::vector<WideReal> powers(size + 1);
    for (std::size_t k = size; k-- > 0;) {
        std::vector<WideReal> next(size + 1);
        next[0] = projected[k];
        for (std::size_t i = 0; i < size; ++i) {
            next[i + 1] += powers[i];
            next[i] -= basis.a[k] * powers[i];
            if (k + 1 < size) next[i] -= basis.b[k + 1] * above[i];
        }
        above = powers;
        powers = next;
    }

    // In powers of t = half_width s.
    std::vector<std::int64_t> coefficients(size);
    WideReal scale(1.0);
    for (std::size_t k = 0; k < size; ++k) {
        const WideReal coefficient = powers[k] * scale;
        if (!coefficient.fits_fixed(grid.frac_bits)) return std::nullopt;
        coefficients[size - 1 - k] = coefficient.to_fixed(grid.frac_bits);
        scale = scale / half_width;
    }
    return coefficients;
}

} // namespace fxp::approximate
