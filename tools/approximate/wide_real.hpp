// Real numbers with room to spare: MPFR with the operators of arithmetic.
#pragma once

#include <cstdint>
#include <mpfr.h>

namespace fxp::approximate {

/// A binary floating-point number of 1024 bits; every operation rounds to nearest. That is far more than any table
/// needs, so that moments and orthogonal polynomials may lose hundreds of bits by cancellation.
class WideReal {
  public:
    static constexpr mpfr_prec_t precision = 1024;

    WideReal() : WideReal(0.0) {}
    explicit WideReal(double value) {
        mpfr_init2(value_, precision);
        mpfr_set_d(value_, value, MPFR_RNDN);
    }
    WideReal(const WideReal& other) {
        mpfr_init2(value_, precision);
        mpfr_set(value_, other.value_, MPFR_RNDN);
    }
    WideReal& operator=(const WideReal& other) {
        mpfr_set(value_, other.value_, MPFR_RNDN);
        return *this;
    }
    ~WideReal() { mpfr_clear(value_); }

    /// integer * 2^exponent, exactly.
    static WideReal scaled(std::int64_t integer, int exponent) {
        WideReal result;
        mpfr_set_sj_2exp(result.value_, integer, exponent, MPFR_RNDN);
        return result;
    }

    mpfr_ptr raw() { return value_; }
    mpfr_srcptr raw() const { return value_; }

    double to_double(mpfr_rnd_t rounding = MPFR_RNDN) const { return mpfr_get_d(value_, rounding); }
    bool is_finite() const { return mpfr_number_p(value_) != 0; }
    bool is_integer() const { return mpfr_integer_p(value_) != 0; }
    bool is_zero() const { return mpfr_zero_p(value_) != 0; }

    /// value * 2^bits as an integer, halves away from zero. The caller knows that it fits.
    std::int64_t to_fixed(int bits) const {
        WideReal result;
        mpfr_mul_2si(result.value_, value_, bits, MPFR_RNDN);
        mpfr_round(result.value_, result.value_);
        return mpfr_get_sj(result.value_, MPFR_RNDN);
    }
    /// Whether to_fixed(bits) fits 62 bits and a sign.
    bool fits_fixed(int bits) const { return is_finite() && (is_zero() || mpfr_get_exp(value_) + bits < 62); }

    WideReal operator-() const {
        WideReal result;
        mpfr_neg(result.value_, value_, MPFR_RNDN);
        return result;
    }
    WideReal& operator+=(const WideReal& b) { return *this = *this + b; }
    WideReal& operator-=(const WideReal& b) { return *this = *this - b; }
    WideReal& operator*=(const WideReal& b) { return *this = *this * b; }

    friend WideReal operator+(const WideReal& a, const WideReal& b) {
        WideReal result;
        mpfr_add(result.value_, a.value_, b.value_, MPFR_RNDN);
        return result;
    }
    friend WideReal operator-(const WideReal& a, const WideReal& b) {
        WideReal result;
        mpfr_sub(result.value_, a.value_, b.value_, MPFR_RNDN);
        return result;
    }
    friend WideReal operator*(const WideReal& a, const WideReal& b) {
        WideReal result;
        mpfr_mul(result.value_, a.value_, b.value_, MPFR_RNDN);
        return result;
    }
    friend WideReal operator/(const WideReal& a, const WideReal& b) {
        WideReal result;
        mpfr_div(result.value_, a.value_, b.value_, MPFR_RNDN);
        return result;
    }
    friend bool operator<(const WideReal& a, const WideReal& b) { return mpfr_less_p(a.value_, b.value_) != 0; }

    friend WideReal abs(const WideReal& a) {
        WideReal result;
        mpfr_abs(result.value_, a.value_, MPFR_RNDN);
        return result;
    }
    friend WideReal exp(const WideReal& a) {
        WideReal result;
        mpfr_exp(result.value_, a.value_, MPFR_RNDN);
        return result;
    }

  private:
    mpfr_t value_;
};

} // namespace fxp::approximate
