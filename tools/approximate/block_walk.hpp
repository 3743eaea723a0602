// A function on every input of a fixed-point range: by interpolation between exact values, with a proven error.
#pragma once

#include "exact_function.hpp"
#include "exact_rounding.hpp"

#include "fxp/kernels/dispatch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>

namespace fxp::approximate {

namespace detail {

inline constexpr int node_count = 8;
inline constexpr mpfr_prec_t walk_precision = 256;

/// The zeros cos((2 i + 1) pi / 16) of the Chebyshev polynomial T_8, rounded to multiples of 2^-30.
inline constexpr std::array<double, node_count> nodes{0x3ec52fa0p-30,  0x3536cc52p-30, 0x238e7673p-30,
                                                      0xc7c5c1ep-30,   -0xc7c5c1ep-30, -0x238e7673p-30,
                                                      -0x3536cc52p-30, -0x3ec52fa0p-30};

/// At least the largest |prod (t - node)| over [-1, 1]: that of T_8 is 2^-7; eight factors of at most 2, each off by at
/// most 2^-30, add less than 8 * 2^-30 * 3^7 < 2^-15.
inline constexpr double node_product = 0x1p-7 + 0x1p-15;

using Coefficients = std::array<double, node_count>;

/// out[i] = polynomial at u = from + i, by Horner.
FXP_INLINE void evaluate_loop(Coefficients c, std::int32_t from, std::int32_t count, double* FXP_RESTRICT out) {
    for (std::int32_t i = 0; i < count; ++i) {
        const double u = from + i;
        out[i] = c[0] + u * (c[1] + u * (c[2] + u * (c[3] + u * (c[4] + u * (c[5] + u * (c[6] + u * c[7]))))));
    }
}

/// A polynomial in u = raw - centre for f in output steps, good on |u| <= half.
struct Interpolant {
    std::int64_t centre;
    Coefficients coefficients;
    double bound; ///< of |computed value - f|, roundings included
};

/// At least the error of evaluate_loop for |u| <= half, and of coefficients rounded to double. With a[k] >= |s[k]| for
/// the intermediate sums s[k] = c[k] + u s[k+1]: one rounding each of c[k], the product and the sum, relative 2^-53.
inline double rounding_bound(const Coefficients& c, double half) {
    double size = 0;
    double error = 0;
    for (std::size_t k = c.size(); k > 0; --k) {
        const double coefficient = std::fabs(c[k - 1]);
        error = error * half + 0x1p-53 * (size * half);
        size = size * half + coefficient;
        error += 0x1p-53 * (size + coefficient);
    }
    return error * (1 + 0x1p-20) + 0x1p-1000; // terms of second order and underflow
}

} // namespace detail

/// What a walk hands to its visitor: f at consecutive inputs, each within `bound` of the exact value, in output steps
/// (2^-out_frac). Where |f| is beyond far_away, they are only promised to have f's sign and to be beyond far_away / 2.
struct ExactValues {
    std::int64_t first_raw;
    std::span<const double> values;
    double bound;
};

/// Hands out f on ranges of raw inputs, worth raw 2^-in_frac each, in output steps of 2^-out_frac.
class BlockWalk {
  public:
    /// The largest number of values handed out at once.
    static constexpr std::int64_t strip = 2048;

    BlockWalk(const ExactFunction& f, int in_frac, int out_frac) : f_(f), in_frac_(in_frac), out_frac_(out_frac) {}

    /// Calls visit(const ExactValues&) for consecutive strips that make up [first, last]. f is defined on the range.
    template <class Visitor>
    void operator()(std::int64_t first, std::int64_t last, Visitor&& visit) {
        for (std::int64_t size = largest_block; first <= last;
             first += size, size = std::min(4 * size, largest_block)) {
            size = std::min(size, last - first + 1);
            std::optional<detail::Interpolant> interpolant;
            while (size > smallest_block && !(interpolant = interpolate(first, size))) size = (size + 1) / 2;
            if (interpolant) {
                evaluate(*interpolant, first, size, visit);
            } else {
                visit(evaluate_exactly(first, size));
            }
        }
    }

  private:
    static constexpr std::int64_t largest_block = std::int64_t{1} << 24;
    /// Blocks of up to so many inputs are left to MPFR.
    static constexpr std::int64_t smallest_block = 16;
    static_assert(smallest_block <= strip);
    /// Error of interpolation that a block may have: absolute in output steps, or relative to f.
    static constexpr double tolerance = 0x1p-23;
    static constexpr double relative_tolerance = 0x1p-54;

    void value_at(mpfr_ptr out, mpfr_srcptr x) const {
        f_.value(out, x);
        if (mpfr_nan_p(out)) throw std::domain_error("fxp::approximate: an input outside the function's domain");
        mpfr_mul_2si(out, out, out_frac_, MPFR_RNDN);
    }

    /// An interpolant for [first, first + size), if it is good enough.
    std::optional<detail::Interpolant> interpolate(std::int64_t first, std::int64_t size) {
        const std::int64_t half = size / 2;
        const std::int64_t centre = first + half;
        const double low = boundary(centre - half, -1);
        const double high = boundary(centre + half, 1);

        const double floor = std::ldexp(f_.magnitude_floor(low, high), out_frac_);
        if (floor >= static_cast<double>(far_away)) {
            mpfr_set_si_2exp(x_, centre, -in_frac_, MPFR_RNDN);
            value_at(y_[0], x_);
            const auto far = static_cast<double>(far_away);
            return detail::Interpolant{centre, {y_[0].sign() < 0 ? -far : far}, 0};
        }

        // |f - interpolant| <= |f^(8)| / 8! * prod |x - x_i|
        const auto half_size = static_cast<double>(half);
        double remainder = f_.derivative_bound(detail::node_count, low, high) *
                           std::ldexp(detail::node_product * (1 + 0x1p-40), out_frac_);
        for (int i = 0; i < detail::node_count; ++i) remainder *= std::ldexp(half_size, -in_frac_);
        if (!(remainder <= std::max(tolerance, relative_tolerance * floor))) return {};

        // Newton's divided differences in t = u / half, then powers of t, then of u.
        for (std::size_t i = 0; i < y_.size(); ++i) {
            mpfr_set_d(x_, half_size * detail::nodes[i], MPFR_RNDN); // exact: 25 and 30 bits
            mpfr_add_si(x_, x_, centre, MPFR_RNDN);
            mpfr_mul_2si(x_, x_, -in_frac_, MPFR_RNDN);
            value_at(y_[i], x_);
        }
        for (std::size_t order = 1; order < y_.size(); ++order) {
            for (std::size_t i = y_.size() - 1; i >= order; --i) {
                mpfr_sub(y_[i], y_[i], y_[i - 1], MPFR_RNDN);
                mpfr_div_d(y_[i], y_[i], detail::nodes[i] - detail::nodes[i - order], MPFR_RNDN);
            }
        }
        for (std::size_t node = y_.size() - 1; node > 0; --node) {
            for (std::size_t k = node - 1; k + 1 < y_.size(); ++k) {
                mpfr_mul_d(x_, y_[k + 1], detail::nodes[node - 1], MPFR_RNDN);
                mpfr_sub(y_[k], y_[k], x_, MPFR_RNDN);
            }
        }
        detail::Interpolant result{centre, {}, 0};
        for (std::size_t k = 0; k < y_.size(); ++k) {
            for (std::size_t power = 0; power < k; ++power) mpfr_div_si(y_[k], y_[k], half, MPFR_RNDN);
            result.coefficients[k] = mpfr_get_d(y_[k], MPFR_RNDN);
        }
        result.bound = remainder + detail::rounding_bound(result.coefficients, half_size);
        return result;
    }

    template <class Visitor>
    void evaluate(const detail::Interpolant& interpolant, std::int64_t first, std::int64_t size, Visitor& visit) {
        const detail::Coefficients coefficients = interpolant.coefficients;
        double* const out = values_.data();
        for (std::int64_t done = 0; done < size; done += strip) {
            const auto count = static_cast<std::int32_t>(std::min(strip, size - done));
            const auto from = static_cast<std::int32_t>(first + done - interpolant.centre);
            kernels::dispatch([=]() FXP_LOOP { detail::evaluate_loop(coefficients, from, count, out); });
            visit(ExactValues{first + done, {out, static_cast<std::size_t>(count)}, interpolant.bound});
        }
    }

    ExactValues evaluate_exactly(std::int64_t first, std::int64_t size) {
        const auto far = static_cast<double>(far_away);
        double largest = 0;
        for (std::int64_t i = 0; i < size; ++i) {
            mpfr_set_si_2exp(x_, first + i, -in_frac_, MPFR_RNDN);
            value_at(y_[0], x_);
            const double value = std::clamp(mpfr_get_d(y_[0], MPFR_RNDN), -far, far);
            if (std::fabs(value) < far) largest = std::max(largest, std::fabs(value));
            values_[static_cast<std::size_t>(i)] = value;
        }
        return {first, {values_.data(), static_cast<std::size_t>(size)}, 0x1p-52 * largest + 0x1p-1000};
    }

    /// The end of a range as a real, moved outwards where a double cannot hold it.
    double boundary(std::int64_t raw, int outwards) const {
        const auto real = static_cast<double>(raw);
        const bool exact = std::fabs(real) <= 0x1p53;
        return std::ldexp(exact ? real : std::nextafter(real, outwards * HUGE_VAL), -in_frac_);
    }

    const ExactFunction& f_;
    int in_frac_;
    int out_frac_;
    Real x_{detail::walk_precision};
    std::array<Real, detail::node_count> y_{Real(x_), Real(x_), Real(x_), Real(x_),
                                            Real(x_), Real(x_), Real(x_), Real(x_)};
    std::array<double, strip> values_;
};

} // namespace fxp::approximate
