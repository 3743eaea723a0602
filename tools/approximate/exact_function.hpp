// A real function known to any precision: what approximations are made from and measured against.
#pragma once

#include <mpfr.h>

namespace fxp::approximate {

/// An MPFR number that owns its memory. Starts as NaN.
class Real {
  public:
    explicit Real(mpfr_prec_t precision) { mpfr_init2(value_, precision); }
    Real(const Real& other) : Real(mpfr_get_prec(other.value_)) { mpfr_set(value_, other.value_, MPFR_RNDN); }
    Real& operator=(const Real& other) {
        if (this == &other) return *this;
        mpfr_set_prec(value_, mpfr_get_prec(other.value_));
        mpfr_set(value_, other.value_, MPFR_RNDN);
        return *this;
    }
    ~Real() { mpfr_clear(value_); }

    operator mpfr_ptr() { return value_; }
    operator mpfr_srcptr() const { return value_; }
    int sign() const { return mpfr_sgn(value_); }

  private:
    mpfr_t value_;
};

/// A real function of one variable. Objects are immutable: several threads may use one.
class ExactFunction {
  public:
    ExactFunction() = default;
    ExactFunction(const ExactFunction&) = delete;
    ExactFunction& operator=(const ExactFunction&) = delete;
    virtual ~ExactFunction() = default;

    /// out = f(x), with an error of at most 1 ulp of out's precision. An infinity stands for a pole, or for a value
    /// beyond MPFR's exponents; a zero may stand for a value below them.
    virtual void value(mpfr_t out, mpfr_srcptr x) const = 0;

    /// At least the largest |f^(n)| / n! over [low, high]; infinity where no bound is known, as across a pole.
    virtual double derivative_bound(int n, double low, double high) const = 0;

    /// At most the smallest |f| over [low, high]; 0 where no better bound is known or f is not continuous.
    virtual double magnitude_floor([[maybe_unused]] double low, [[maybe_unused]] double high) const { return 0; }
};

} // namespace fxp::approximate
