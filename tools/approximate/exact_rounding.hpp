// Decisions about f(x) that no finite precision decides at once: which side of a point it lies on, and its rounding.
#pragma once

#include "exact_function.hpp"

#include <cstdint>
#include <stdexcept>

namespace fxp::approximate {

/// +-far_away stand for every value beyond them.
inline constexpr std::int64_t far_away = std::int64_t{1} << 62;

static_assert(sizeof(long) == sizeof(std::int64_t), "MPFR takes raw integers as long");

namespace detail {

/// out = 2 f(raw 2^-in_frac) 2^out_frac, within 1 ulp of out's precision.
inline void value_in_halves(mpfr_ptr out, const ExactFunction& f, std::int64_t raw, int in_frac, int out_frac) {
    Real x(64);
    mpfr_set_si_2exp(x, raw, -in_frac, MPFR_RNDN);
    f.value(out, x);
    if (mpfr_nan_p(out)) throw std::domain_error("fxp::approximate: an input outside the function's domain");
    mpfr_mul_2si(out, out, out_frac + 1, MPFR_RNDN);
}

} // namespace detail

/// Sign (-1, 0, 1) of f(raw 2^-in_frac) 2^out_frac - halves / 2. Precision grows until the sign is certain; a value
/// that agrees with halves / 2 to 2000 bits is equal to it. (The library's functions have no other chance: of rational
/// arguments, sigmoid, tanh, exp2 and log2 are rational only where that is plain, and square roots and quotients of
/// 64-bit words differ from each other long before.)
inline int compare_with_half(const ExactFunction& f, std::int64_t raw, int in_frac, int out_frac, std::int64_t halves) {
    for (mpfr_prec_t precision = 125;; precision *= 2) {
        Real value(precision);
        detail::value_in_halves(value, f, raw, in_frac, out_frac);
        if (!mpfr_regular_p(value)) return mpfr_cmp_si(value, halves);
        Real difference(64);
        mpfr_set_si(difference, halves, MPFR_RNDN);
        mpfr_sub(difference, value, difference, MPFR_RNDZ);
        Real two_ulps(2);
        mpfr_set_ui_2exp(two_ulps, 1, mpfr_get_exp(value) - precision + 1, MPFR_RNDN);
        if (mpfr_cmpabs(difference, two_ulps) > 0) return difference.sign();
        if (precision >= 2000) return 0;
    }
}

/// f(raw 2^-in_frac) 2^out_frac rounded to the nearest integer, ties to even; +-far_away where it lies beyond that.
inline std::int64_t round_exactly(const ExactFunction& f, std::int64_t raw, int in_frac, int out_frac) {
    Real value(125);
    detail::value_in_halves(value, f, raw, in_frac, out_frac);
    mpfr_div_2ui(value, value, 1, MPFR_RNDN);
    if (mpfr_cmp_si(value, far_away) >= 0) return far_away;
    if (mpfr_cmp_si(value, -far_away) <= 0) return -far_away;
    const std::int64_t nearest = mpfr_get_si(value, MPFR_RNDN);
    if (nearest == far_away || nearest == -far_away) return nearest;
    const int away = mpfr_cmp_si(value, nearest) < 0 ? -1 : 1;
    const int side = away * compare_with_half(f, raw, in_frac, out_frac, 2 * nearest + away);
    return side > 0 || (side == 0 && nearest % 2 != 0) ? nearest + away : nearest;
}

} // namespace fxp::approximate
