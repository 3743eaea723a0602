// The library's functions as exact functions: values by MPFR, bounds of derivatives in closed form.
#pragma once

#include "exact_function.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fxp::approximate {

namespace detail {

inline constexpr double unbounded = std::numeric_limits<double>::infinity();

/// A bound computed with a few roundings to nearest, made safe; the smallest normal number covers an underflow.
inline double upwards(double bound) { return bound * (1 + 0x1p-40) + std::numeric_limits<double>::min(); }
inline double downwards(double bound) {
    return std::max(0.0, bound * (1 - 0x1p-40) - std::numeric_limits<double>::min());
}

inline double distance_from_zero(double low, double high) {
    return low <= 0 && high >= 0 ? 0 : std::min(std::fabs(low), std::fabs(high));
}

/// Bits beyond those of a result, so that a few roundings on the way leave its error below 1 ulp.
inline constexpr mpfr_prec_t guard_bits = 8;

} // namespace detail

/// 1 / (1 + e^-x).
class SigmoidFunction final : public ExactFunction {
  public:
    void value(mpfr_t out, mpfr_srcptr x) const override {
        Real sum(std::max(mpfr_get_prec(out), mpfr_get_prec(x)) + detail::guard_bits);
        mpfr_neg(sum, x, MPFR_RNDN);
        mpfr_exp(sum, sum, MPFR_RNDN);
        mpfr_add_ui(sum, sum, 1, MPFR_RNDN);
        mpfr_ui_div(out, 1, sum, MPFR_RNDN);
    }

    /// Cauchy's estimate on circles of radius 2: where |Im z| <= 2, |1 + e^-z| >= sin 2 > 1 / 1.1; and for
    /// a = |x| > 2 the decay |s(z)| <= e^(2-a) / (1 - e^(2-a)) on the negative side, 1 - s(z) = s(-z) on the other.
    double derivative_bound(int n, double low, double high) const override {
        if (n == 0) return 1;
        const double decay = std::exp(2 - detail::distance_from_zero(low, high));
        const double on_circle = decay < 0.5 ? std::min(1.1, decay / (1 - decay)) : 1.1;
        return detail::upwards(std::ldexp(on_circle, -n));
    }
};

/// Hyperbolic tangent, 2 s(2 x) - 1 with s the sigmoid.
class TanhFunction final : public ExactFunction {
  public:
    void value(mpfr_t out, mpfr_srcptr x) const override { mpfr_tanh(out, x, MPFR_RNDN); }

    double derivative_bound(int n, double low, double high) const override {
        if (n == 0) return 1;
        return std::ldexp(SigmoidFunction().derivative_bound(n, 2 * low, 2 * high), n + 1);
    }
};

/// 2^x.
class Exp2Function final : public ExactFunction {
  public:
    void value(mpfr_t out, mpfr_srcptr x) const override { mpfr_exp2(out, x, MPFR_RNDN); }

    /// (ln 2)^n 2^x / n!
    double derivative_bound(int n, [[maybe_unused]] double low, double high) const override {
        return detail::upwards(std::exp2(high) * std::pow(std::log(2.0), n) / std::tgamma(n + 1.0));
    }

    double magnitude_floor(double low, [[maybe_unused]] double high) const override {
        return detail::downwards(std::exp2(low));
    }
};

/// Logarithm to base 2, of positive x.
class Log2Function final : public ExactFunction {
  public:
    void value(mpfr_t out, mpfr_srcptr x) const override { mpfr_log2(out, x, MPFR_RNDN); }

    /// 1 / (n x^n ln 2)
    double derivative_bound(int n, double low, double high) const override {
        if (!(low > 0)) return detail::unbounded;
        if (n == 0) return detail::upwards(std::max(std::fabs(std::log2(low)), std::fabs(std::log2(high))));
        return detail::upwards(std::pow(low, -n) / (n * std::log(2.0)));
    }
};

/// 1 / sqrt(x), of positive x.
class RsqrtFunction final : public ExactFunction {
  public:
    void value(mpfr_t out, mpfr_srcptr x) const override { mpfr_rec_sqrt(out, x, MPFR_RNDN); }

    /// |binomial(-1/2, n)| x^(-n-1/2)
    double derivative_bound(int n, double low, [[maybe_unused]] double high) const override {
        if (!(low > 0)) return detail::unbounded;
        double binomial = 1;
        for (int k = 1; k <= n; ++k) binomial *= (k - 0.5) / k;
        return detail::upwards(binomial * std::pow(low, -n - 0.5));
    }

    double magnitude_floor(double low, double high) const override {
        return low > 0 ? detail::downwards(1 / std::sqrt(high)) : 0;
    }
};

/// 1 / x, of x other than 0.
class ReciprocalFunction final : public ExactFunction {
  public:
    void value(mpfr_t out, mpfr_srcptr x) const override { mpfr_ui_div(out, 1, x, MPFR_RNDN); }

    /// |x|^(-n-1)
    double derivative_bound(int n, double low, double high) const override {
        const double nearest = detail::distance_from_zero(low, high);
        return nearest > 0 ? detail::upwards(std::pow(nearest, -n - 1)) : detail::unbounded;
    }

    double magnitude_floor(double low, double high) const override {
        if (!(detail::distance_from_zero(low, high) > 0)) return 0;
        return detail::downwards(1 / std::max(std::fabs(low), std::fabs(high)));
    }
};

} // namespace fxp::approximate
