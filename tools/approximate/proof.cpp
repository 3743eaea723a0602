#include "proof.hpp"

#include "fxp/core/wide.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fxp::approximate {
namespace {

constexpr double safety = 1 + 0x1p-40; ///< covers the roundings of a few double operations

/// The polynomial in t, as a Sollya object.
SollyaObject polynomial(const Grid& grid, const Segment& segment) {
    SollyaObject result = SollyaObject::integer(0);
    for (const std::int64_t coefficient : segment.coefficients) {
        const SollyaObject constant = SollyaObject::constant(WideReal::scaled(coefficient, -grid.frac_bits));
        result = SollyaObject(sollya_lib_build_function_add(
            sollya_lib_build_function_mul(sollya_lib_copy_obj(result.get()), sollya_lib_build_function_free_variable()),
            sollya_lib_copy_obj(constant.get())));
    }
    return SollyaObject(sollya_lib_horner(result.get()));
}

/// The polynomial's distance from f at a few points, in steps: at most its largest error.
double sampled_error(const SollyaFunction& f, const Grid& grid, const Segment& segment) {
    constexpr int points = 32;
    const WideReal centre = WideReal::scaled(segment.centre(), -grid.argument_bits);
    const WideReal half_width = WideReal::scaled(segment.half_width(), -grid.argument_bits);
    double largest = 0;
    for (int i = 0; i <= points; ++i) {
        const WideReal t = half_width * WideReal(2.0 * i / points - 1);
        WideReal difference;
        for (const std::int64_t coefficient : segment.coefficients) {
            difference = difference * t + WideReal::scaled(coefficient, -grid.frac_bits);
        }
        difference -= f.value(centre + t);
        largest = std::max(largest, (abs(difference) * WideReal::scaled(1, grid.frac_bits)).to_double(MPFR_RNDD));
    }
    return largest;
}

/// max |constant - f| from an enclosure of f.
std::optional<double> constant_error(const SollyaFunction& f, const Grid& grid, const Segment& segment) {
    const Interval values = f.enclosure(WideReal::scaled(segment.begin, -grid.argument_bits),
                                        WideReal::scaled(segment.end, -grid.argument_bits));
    if (!values.low.is_finite() || !values.high.is_finite()) return std::nullopt;
    const WideReal constant = WideReal::scaled(segment.coefficients.back(), -grid.frac_bits);
    const WideReal steps = WideReal::scaled(1, grid.frac_bits);
    const double below = (abs(constant - values.low) * steps).to_double(MPFR_RNDU);
    const double above = (abs(constant - values.high) * steps).to_double(MPFR_RNDU);
    return std::max(below, above) * safety;
}

} // namespace

bool products_fit(const Grid& grid, const Segment& segment) {
    const int128 limit = std::numeric_limits<std::int64_t>::max();
    const int128 half = int128{1} << (grid.argument_bits - 1);
    int128 largest = 0;
    for (const std::int64_t coefficient : segment.coefficients) {
        const int128 product = largest * segment.half_width() + half;
        if (product > limit) return false;
        largest = (product >> grid.argument_bits) + 1 + (coefficient < 0 ? -int128{coefficient} : int128{coefficient});
        if (largest > limit) return false;
    }
    return true;
}

double rounding_error(const Grid& grid, const Segment& segment) {
    const double half_width = std::ldexp(static_cast<double>(segment.half_width()), -grid.argument_bits) * safety;
    double error = 0;
    bool zero = true;
    for (std::size_t k = 0; k + 1 < segment.coefficients.size(); ++k) {
        zero = zero && segment.coefficients[k] == 0;
        if (!zero) error = error * half_width + 0.5;
    }
    return error * safety;
}

std::optional<double> certified_error(const SollyaFunction& f, const Grid& grid, const Segment& segment, double limit) {
    const auto within = [limit](double error) { return error <= limit ? std::optional(error) : std::nullopt; };
    if (segment.is_constant()) {
        const std::optional<double> error = constant_error(f, grid, segment);
        return error ? within(*error) : error;
    }
    if (sampled_error(f, grid, segment) > limit) return std::nullopt; // supnorm takes its time over bad polynomials
    const SollyaObject shifted = f.around(WideReal::scaled(segment.centre(), -grid.argument_bits));
    const WideReal half_width = WideReal::scaled(segment.half_width(), -grid.argument_bits);
    const SollyaObject range = SollyaObject::range(-half_width, half_width);
    const SollyaObject absolute(sollya_lib_absolute());
    const SollyaObject accuracy = SollyaObject::constant(WideReal::scaled(1, -10));
    const SollyaObject p = polynomial(grid, segment);
    const SollyaObject norm(sollya_lib_supnorm(p.get(), shifted.get(), range.get(), absolute.get(), accuracy.get()));
    WideReal low;
    WideReal high;
    if (norm.is_error() || sollya_lib_get_bounds_from_range(low.raw(), high.raw(), norm.get()) == 0)
        return std::nullopt;
    if (!high.is_finite()) return std::nullopt;
    const double approximation = (high * WideReal::scaled(1, grid.frac_bits)).to_double(MPFR_RNDU);
    return within((approximation * safety + rounding_error(grid, segment)) * safety);
}

} // namespace fxp::approximate
