#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/math/precise.hpp>

#include <cmath>
#include <limits>

#ifdef FXP_HAVE_MPFR
#include <mpfr.h>
#endif

namespace precise_test {

using fxp::int128;
using fxp::uint128;
namespace precise = fxp::math::precise;

#ifdef FXP_HAVE_MPFR

namespace {

/// A number of 300 bits.
class Number {
  public:
    Number() { mpfr_init2(value_, 300); }
    explicit Number(uint128 fixed) : Number() {
        mpfr_set_ui(value_, static_cast<unsigned long>(fixed >> 64), MPFR_RNDN);
        mpfr_mul_2si(value_, value_, 64, MPFR_RNDN);
        mpfr_add_ui(value_, value_, static_cast<unsigned long>(fixed), MPFR_RNDN);
        mpfr_mul_2si(value_, value_, -precise::bits, MPFR_RNDN);
    }
    Number(const Number&) = delete;
    Number& operator=(const Number&) = delete;
    ~Number() { mpfr_clear(value_); }

    mpfr_ptr get() { return value_; }
    /// |this - other| in units of 2^-108
    double distance(Number& other) {
        mpfr_sub(value_, value_, other.get(), MPFR_RNDN);
        mpfr_mul_2si(value_, value_, 108, MPFR_RNDN);
        return std::abs(mpfr_get_d(value_, MPFR_RNDN));
    }

  private:
    mpfr_t value_;
};

uint128 draw_below(exact::Draw& draw, uint128 bound) {
    return (static_cast<uint128>(draw.bits()) << 64 | draw.bits()) % bound;
}

} // namespace

TEST_CASE("precise exponentials and logarithms err by less than 2^-108", "[math][precise]") {
    exact::Draw draw(1);
    for (int i = 0; i < 3000; ++i) {
        const uint128 r = i < 2 ? static_cast<uint128>(i) * (precise::one - 1) : draw_below(draw, precise::one);
        Number exact_r(r), got(precise::exp2_fraction(r));
        mpfr_exp2(exact_r.get(), exact_r.get(), MPFR_RNDN);
        REQUIRE(got.distance(exact_r) < 1);

        const uint128 x = draw_below(draw, precise::one * 100 >> (i % 120));
        Number exact_x(x), got_x(precise::exp_minus(x));
        mpfr_neg(exact_x.get(), exact_x.get(), MPFR_RNDN);
        mpfr_exp(exact_x.get(), exact_x.get(), MPFR_RNDN);
        REQUIRE(got_x.distance(exact_x) < 1);

        const uint128 m = precise::one + (i % 2 == 0 ? r : r >> (i % 100));
        const auto log2 = precise::log2_mantissa(m);
        Number exact_m(m), got_m(static_cast<uint128>(log2.value < 0 ? -log2.value : log2.value));
        mpfr_log2(exact_m.get(), exact_m.get(), MPFR_RNDN);
        if (log2.halved) mpfr_sub_ui(exact_m.get(), exact_m.get(), 1, MPFR_RNDN);
        if (log2.value < 0) mpfr_neg(got_m.get(), got_m.get(), MPFR_RNDN);
        REQUIRE(got_m.distance(exact_m) < 1);
    }
}
#endif

TEST_CASE("exact points of the precise functions are exact", "[math][precise]") {
    namespace precise = fxp::math::precise;
    CHECK(precise::exp2_fraction(0) == precise::one);
    CHECK(precise::exp_minus(0) == precise::one);
    CHECK(precise::log2_mantissa(precise::one).value == 0);
    CHECK(precise::exp_minus(100 * precise::one) == 0);
}

TEST_CASE("capped magnitudes of any format", "[math][precise]") {
    namespace precise = fxp::math::precise;
    CHECK(precise::capped_magnitude(0, 24) == 0);
    CHECK(precise::capped_magnitude(3, 1) == precise::one * 3 / 2);
    CHECK(precise::capped_magnitude(-3, 1) == precise::one * 3 / 2);
    CHECK(precise::capped_magnitude(99, 0) == 99 * precise::one);
    CHECK(precise::capped_magnitude(101, 0) == 100 * precise::one);
    CHECK(precise::capped_magnitude(1, -6) == 64 * precise::one);
    CHECK(precise::capped_magnitude(1, -7) == 100 * precise::one);
    CHECK(precise::capped_magnitude(1, -200) == 100 * precise::one);
    CHECK(precise::capped_magnitude(std::numeric_limits<std::int64_t>::min(), 63) == precise::one);
    CHECK(precise::capped_magnitude(1, precise::bits) == 1);
    CHECK(precise::capped_magnitude(5, precise::bits + 1) == 2);
    CHECK(precise::capped_magnitude(5, 250) == 0);
}

} // namespace precise_test
