#include "fit.hpp"
#include "sollya_object.hpp"

#include <cmath>
#include <cstddef>

namespace fxp::approximate {
namespace {

/// The highest power of t that matters. On a narrow segment the best polynomial of one degree less is as good when
/// |f^(k)| / k! h^k 2^(1-k), about its error, is far below a step of the grid. Then the grid says nothing about the
/// coefficient, and fpminimax may return an enormous one.
int useful_degree(const SollyaFunction& f, const Grid& grid, int degree, const Segment& segment) {
    constexpr double negligible = 0x1p-6; // steps
    const auto real = [&grid](std::int64_t raw) { return std::ldexp(static_cast<double>(raw), -grid.argument_bits); };
    const double half_width = real(segment.half_width());
    int useful = degree;
    for (; useful > 1; --useful) {
        const double bound = f.derivative_bound(useful, real(segment.begin), real(segment.end));
        if (!(std::ldexp(bound * std::pow(half_width, useful), grid.frac_bits + 1 - useful) < negligible)) break;
    }
    return useful;
}

} // namespace

Coefficients fit_minimax(const SollyaFunction& f, const Grid& grid, int degree, const Segment& segment) {
    const SollyaObject shifted = f.around(WideReal::scaled(segment.centre(), -grid.argument_bits));
    const WideReal half_width = WideReal::scaled(segment.half_width(), -grid.argument_bits);
    const SollyaObject range = SollyaObject::range(-half_width, half_width);
    const int useful = useful_degree(f, grid, degree, segment);
    const SollyaObject highest = SollyaObject::integer(useful);
    const SollyaObject formats(
        sollya_lib_build_end_elliptic_list(sollya_lib_constant_from_int(grid.frac_bits), nullptr));
    const SollyaObject fixed(sollya_lib_fixed());
    const SollyaObject absolute(sollya_lib_absolute());
    const SollyaObject polynomial(sollya_lib_fpminimax(shifted.get(), highest.get(), formats.get(), range.get(),
                                                       fixed.get(), absolute.get(), nullptr));
    if (polynomial.is_error()) return std::nullopt;

    std::vector<std::int64_t> coefficients(static_cast<std::size_t>(degree - useful), 0);
    for (int k = useful; k >= 0; --k) {
        const SollyaObject index = SollyaObject::integer(k);
        const SollyaObject coefficient(sollya_lib_coeff(polynomial.get(), index.get()));
        WideReal value;
        if (sollya_lib_get_constant(value.raw(), coefficient.get()) == 0) return std::nullopt;
        if (!value.fits_fixed(grid.frac_bits)) return std::nullopt;
        coefficients.push_back(value.to_fixed(grid.frac_bits));
    }
    return coefficients;
}

} // namespace fxp::approximate
