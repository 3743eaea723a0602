// A function under Symmetry::ramp, from what is tabulated for it.
#pragma once

#include "exact_function.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace fxp::approximate {

/// max(x, 0) + h(|x|).
class RampFunction final : public ExactFunction {
  public:
    explicit RampFunction(std::shared_ptr<const ExactFunction> h) : h_(std::move(h)) {}

    void value(mpfr_t out, mpfr_srcptr x) const override {
        Real magnitude(mpfr_get_prec(x));
        mpfr_abs(magnitude, x, MPFR_RNDN);
        if (mpfr_sgn(x) <= 0) return h_->value(out, magnitude);
        // Where x and h(x) cancel, the sum has as many correct bits less as its exponent is smaller.
        constexpr mpfr_prec_t most = 4096; // a sum that is zero to so many bits is zero
        const mpfr_prec_t wanted = mpfr_get_prec(out) + 8;
        for (mpfr_prec_t precision = wanted;;) {
            Real rest(precision);
            Real sum(precision);
            h_->value(rest, magnitude);
            mpfr_add(sum, rest, magnitude, MPFR_RNDN);
            const mpfr_prec_t needed = sum.sign() == 0 ? most : wanted + lost_bits(rest, sum);
            if (precision >= std::min(needed, most)) {
                mpfr_set(out, sum, MPFR_RNDN);
                return;
            }
            precision = needed;
        }
    }

    /// Nothing is known across zero, where the formula changes.
    double derivative_bound(int n, double low, double high) const override {
        if (low < 0 && high > 0) return std::numeric_limits<double>::infinity();
        const bool is_right = low >= 0;
        const double bound = is_right ? h_->derivative_bound(n, low, high) : h_->derivative_bound(n, -high, -low);
        const double of_ramp = !is_right ? 0 : n == 0 ? high : n == 1 ? 1 : 0;
        return (bound + of_ramp) * (1 + 0x1p-50);
    }

  private:
    static mpfr_prec_t lost_bits(mpfr_srcptr before, mpfr_srcptr after) {
        if (mpfr_regular_p(before) == 0 || mpfr_regular_p(after) == 0) return 0;
        return std::max<mpfr_prec_t>(mpfr_get_exp(before) - mpfr_get_exp(after), 0);
    }

    std::shared_ptr<const ExactFunction> h_;
};

} // namespace fxp::approximate
