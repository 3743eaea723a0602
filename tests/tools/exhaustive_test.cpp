// The oracle of the activation functions, against MPFR used directly, and against results that are wrong on purpose.
#include "support/catch.hpp"

#ifdef FXP_HAVE_MPFR

#include "approximate/exhaustive.hpp"
#include "approximate/known_functions.hpp"

#include "core/exact.hpp"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace exhaustive_test {

using namespace fxp::approximate;

namespace {

constexpr mpfr_prec_t direct_precision = 256;

struct Case {
    std::string name;
    const ExactFunction& f;
    std::function<void(mpfr_ptr, mpfr_srcptr)> direct; ///< the function by other means than ExactFunction's
    bool positive_only;
    Direction direction;
};

const SigmoidFunction sigmoid_function;
const TanhFunction tanh_function;
const Exp2Function exp2_function;
const Log2Function log2_function;
const RsqrtFunction rsqrt_function;
const ReciprocalFunction reciprocal_function;

/// sinh x / cosh x
void tanh_directly(mpfr_ptr out, mpfr_srcptr x) {
    Real sinh(direct_precision);
    Real cosh(direct_precision);
    mpfr_sinh_cosh(sinh, cosh, x, MPFR_RNDN);
    mpfr_div(out, sinh, cosh, MPFR_RNDN);
}
/// (1 + tanh(x / 2)) / 2
void sigmoid_directly(mpfr_ptr out, mpfr_srcptr x) {
    Real half(direct_precision);
    mpfr_div_2ui(half, x, 1, MPFR_RNDN);
    tanh_directly(out, half);
    mpfr_add_ui(out, out, 1, MPFR_RNDN);
    mpfr_div_2ui(out, out, 1, MPFR_RNDN);
}
/// e^(x ln 2)
void exp2_directly(mpfr_ptr out, mpfr_srcptr x) {
    mpfr_const_log2(out, MPFR_RNDN);
    mpfr_mul(out, out, x, MPFR_RNDN);
    mpfr_exp(out, out, MPFR_RNDN);
}
void log2_directly(mpfr_ptr out, mpfr_srcptr x) {
    Real ln2(direct_precision);
    mpfr_const_log2(ln2, MPFR_RNDN);
    mpfr_log(out, x, MPFR_RNDN);
    mpfr_div(out, out, ln2, MPFR_RNDN);
}
void rsqrt_directly(mpfr_ptr out, mpfr_srcptr x) {
    mpfr_sqrt(out, x, MPFR_RNDN);
    mpfr_ui_div(out, 1, out, MPFR_RNDN);
}
void reciprocal_directly(mpfr_ptr out, mpfr_srcptr x) { mpfr_pow_si(out, x, -1, MPFR_RNDN); }

const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {"sigmoid", sigmoid_function, sigmoid_directly, false, Direction::rising},
        {"tanh", tanh_function, tanh_directly, false, Direction::rising},
        {"exp2", exp2_function, exp2_directly, false, Direction::rising},
        {"log2", log2_function, log2_directly, true, Direction::rising},
        {"rsqrt", rsqrt_function, rsqrt_directly, true, Direction::falling},
        {"reciprocal", reciprocal_function, reciprocal_directly, true, Direction::falling},
    };
    return all;
}

/// f(raw 2^-in_frac) 2^out_frac.
void scaled(mpfr_ptr out, const Case& c, std::int64_t raw, int in_frac, int out_frac) {
    Real x(direct_precision);
    mpfr_set_si_2exp(x, raw, -in_frac, MPFR_RNDN);
    c.direct(out, x);
    mpfr_mul_2si(out, out, out_frac, MPFR_RNDN);
}

/// The nearest integer at one high precision: right wherever the value is exact or not within 2^-150 of a midpoint.
std::int64_t rounded(const Case& c, std::int64_t raw, int in_frac, int out_frac) {
    Real value(direct_precision);
    scaled(value, c, raw, in_frac, out_frac);
    if (mpfr_cmp_si(value, far_away) >= 0) return far_away;
    if (mpfr_cmp_si(value, -far_away) <= 0) return -far_away;
    return mpfr_get_si(value, MPFR_RNDN);
}

/// Checks `value` to be within `bound` of the exact one, as a walk promises.
bool agrees(const Case& c, std::int64_t raw, int in_frac, int out_frac, double value, double bound) {
    Real exact(direct_precision);
    scaled(exact, c, raw, in_frac, out_frac);
    const double far = 0x1p62 - 0x1p20; // 2^62 itself has errors in `exact`
    if (mpfr_cmp_d(exact, far) > 0) return value >= 0x1p61;
    if (mpfr_cmp_d(exact, -far) < 0) return value <= -0x1p61;
    mpfr_sub_d(exact, exact, value, MPFR_RNDN);
    mpfr_abs(exact, exact, MPFR_RNDN);
    return mpfr_cmp_d(exact, bound) <= 0;
}

struct Grid {
    int in_frac;
    int out_frac;
    std::int64_t max_raw;
};
constexpr std::int64_t max_16 = (1 << 15) - 1;
constexpr std::int64_t max_32 = (std::int64_t{1} << 31) - 1;

/// Correctly rounded and clamped results in a table, to be spoilt.
class Stored {
  public:
    Stored(const Case& c, const Comparison& what) : first_(what.first) {
        for (std::int64_t raw = what.first; raw <= what.last; ++raw) {
            results_.push_back(std::clamp(rounded(c, raw, what.in_frac, what.out_frac), -what.max_raw, what.max_raw));
        }
    }
    std::int64_t& operator[](std::int64_t raw) { return results_[static_cast<std::size_t>(raw - first_)]; }
    void operator()(std::int64_t first, std::span<std::int64_t> out) const {
        std::copy_n(results_.begin() + (first - first_), out.size(), out.begin());
    }

  private:
    std::int64_t first_;
    std::vector<std::int64_t> results_;
};

UlpReport compare(const Case& c, const Comparison& what, const Stored& stored) {
    return compare_every_input<std::int64_t>(
        c.f, what, [&](std::int64_t first, std::span<std::int64_t> out) { stored(first, out); });
}

} // namespace

TEST_CASE("a walk hands out every input once, in order, within its bound", "[tools][exhaustive]") {
    exact::Draw draw(1);
    for (const Case& c : cases()) {
        for (const Grid grid : {Grid{8, 8, max_16}, Grid{12, 12, max_16}, Grid{15, 15, max_16}, Grid{4, 11, max_16},
                                Grid{24, 24, max_32}, Grid{16, 16, max_32}, Grid{31, 31, max_32}, Grid{0, 31, max_32},
                                Grid{24, 2, max_32}, Grid{-3, 12, max_16}}) {
            INFO(c.name << ", " << grid.in_frac << " to " << grid.out_frac << " fraction bits");
            // The first inputs, the last, and those around zero and one.
            const std::int64_t lowest = c.positive_only ? 1 : -grid.max_raw;
            const std::int64_t width = std::min<std::int64_t>(grid.max_raw, 100000);
            const std::int64_t one = std::int64_t{1} << std::clamp(grid.in_frac, 0, 24);
            for (const std::int64_t start :
                 {lowest, std::max(lowest, one - width / 2), std::max(lowest, -width / 2), grid.max_raw - width}) {
                const std::int64_t end = std::min(start + width, grid.max_raw);
                std::int64_t expected = start;
                bool in_order = true;
                std::int64_t wrong = 0;
                std::int64_t looked_at = 0;
                BlockWalk walk(c.f, grid.in_frac, grid.out_frac);
                walk(start, end, [&](const ExactValues& exact) {
                    in_order = in_order && exact.first_raw == expected && !exact.values.empty();
                    const auto count = static_cast<std::int64_t>(exact.values.size());
                    expected += count;
                    // Fine enough to leave hardly anything to MPFR.
                    double largest = 0;
                    for (const double value : exact.values) largest = std::max(largest, std::fabs(value));
                    wrong += exact.bound > std::max(0x1p-20, 0x1p-48 * largest);
                    for (const std::int64_t i :
                         {std::int64_t{0}, static_cast<std::int64_t>(draw.below(exact.values.size())), count - 1}) {
                        const double value = exact.values[static_cast<std::size_t>(i)];
                        ++looked_at;
                        wrong += !agrees(c, exact.first_raw + i, grid.in_frac, grid.out_frac, value, exact.bound);
                    }
                });
                CHECK(in_order);
                CHECK(expected == end + 1);
                CHECK(wrong == 0);
                CHECK(looked_at >= 3);
            }
        }
    }
}

TEST_CASE("wide blocks are within their bound", "[tools][exhaustive]") {
    exact::Draw draw(2);
    for (const Case& c : cases()) {
        INFO(c.name);
        const std::int64_t lowest = c.positive_only ? 1 : -max_32;
        std::int64_t wrong = 0;
        for (int i = 0; i < 20; ++i) {
            // A strip in the middle of a block is wanted, so the walk starts far before.
            const auto start = std::max(lowest, draw.raw(32));
            BlockWalk walk(c.f, 24, 24);
            walk(start, std::min(start + 5000000, max_32), [&](const ExactValues& exact) {
                if (draw.below(50) != 0) return;
                const std::size_t at = draw.below(exact.values.size());
                const std::int64_t raw = exact.first_raw + static_cast<std::int64_t>(at);
                wrong += !agrees(c, raw, 24, 24, exact.values[at], exact.bound);
            });
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("derivatives stay below their bounds", "[tools][exhaustive]") {
    // By central divided differences of order n, which are values of f^(n) / n! inside their interval.
    exact::Draw draw(3);
    for (const Case& c : cases()) {
        for (int i = 0; i < 400; ++i) {
            const int n = 1 + i % 8;
            const int exponent = i % 9 - 4;
            const double sign = !c.positive_only && i % 2 == 1 ? -1 : 1;
            const double centre = sign * std::ldexp(1024 + static_cast<double>(draw.below(1024)), exponent - 10);
            const double step = std::ldexp(1, exponent - 12); // all points are exact
            std::vector<Real> y(static_cast<std::size_t>(n + 1), Real(direct_precision));
            Real x(direct_precision);
            for (int k = 0; k <= n; ++k) {
                mpfr_set_d(x, centre + (k - n / 2.0) * step, MPFR_RNDN);
                c.direct(y[static_cast<std::size_t>(k)], x);
            }
            for (int order = 1; order <= n; ++order) {
                for (int k = n; k >= order; --k) {
                    const auto at = static_cast<std::size_t>(k);
                    mpfr_sub(y[at], y[at], y[at - 1], MPFR_RNDN);
                    mpfr_div_d(y[at], y[at], order * step, MPFR_RNDN);
                }
            }
            const double low = centre - n * step;
            const double high = centre + n * step;
            const double size = std::fabs(mpfr_get_d(y.back(), MPFR_RNDN));
            INFO(c.name << ", order " << n << " at " << centre << ": " << size);
            CHECK(size <= c.f.derivative_bound(n, low, high));
            c.direct(y[0], x);
            CHECK(c.f.magnitude_floor(low, high) <= std::fabs(mpfr_get_d(y[0], MPFR_RNDN)));
            CHECK(c.f.derivative_bound(0, low, high) >= std::fabs(mpfr_get_d(y[0], MPFR_RNDN)));
        }
    }
}

TEST_CASE("exact rounding: ties to even, and certain near midpoints", "[tools][exhaustive]") {
    CHECK(round_exactly(sigmoid_function, 0, 8, 0) == 0); // 0.5
    CHECK(round_exactly(sigmoid_function, 0, 8, 8) == 128);
    CHECK(round_exactly(tanh_function, 0, 8, 8) == 0);
    CHECK(round_exactly(exp2_function, -9, 0, 8) == 0);           // 0.5
    CHECK(round_exactly(exp2_function, -9 * 256 + 1, 8, 8) == 1); // a little more
    CHECK(round_exactly(exp2_function, 16, 0, 16) == std::int64_t{1} << 32);
    CHECK(round_exactly(exp2_function, 1 << 20, 0, 16) == far_away);
    CHECK(round_exactly(exp2_function, -(1 << 20), 0, 16) == 0);
    CHECK(round_exactly(log2_function, 1, 24, 24) == -24 * (std::int64_t{1} << 24));
    CHECK(round_exactly(log2_function, 2, 0, -1) == 0);       // 0.5
    CHECK(round_exactly(log2_function, 8, 0, -1) == 2);       // 1.5
    CHECK(round_exactly(rsqrt_function, 1 << 10, 0, 4) == 0); // 0.5
    CHECK(round_exactly(rsqrt_function, (1 << 10) - 1, 0, 4) == 1);
    CHECK(round_exactly(reciprocal_function, 2, 0, 0) == 0); // 0.5
    CHECK(round_exactly(reciprocal_function, 2, 1, 0) == 1);
    CHECK(round_exactly(reciprocal_function, -2, 0, 0) == 0);
    CHECK(round_exactly(reciprocal_function, 0, 8, 8) == far_away);
    // tanh(x) = x - x^3 / 3 ...: just below a midpoint for odd x in steps of half an ULP.
    CHECK(round_exactly(tanh_function, 3, 60, 59) == 1);
    CHECK(round_exactly(tanh_function, -3, 60, 59) == -1);
    CHECK(compare_with_half(tanh_function, 3, 60, 59, 3) == -1);
    CHECK(compare_with_half(tanh_function, -3, 60, 59, -3) == 1);
    // sigmoid(x) = 1 - e^-x ...: below 1 by less than 2^-1400.
    CHECK(compare_with_half(sigmoid_function, 1000, 0, 0, 2) == -1);
    CHECK(compare_with_half(exp2_function, -9, 0, 8, 1) == 0);
    CHECK_THROWS_AS(round_exactly(log2_function, -1, 0, 0), std::domain_error);

    exact::Draw draw(4);
    for (const Case& c : cases()) {
        int wrong = 0;
        for (int i = 0; i < 500; ++i) {
            const int in_frac = static_cast<int>(draw.below(40)) + 8;
            const int out_frac = static_cast<int>(draw.below(40)) - 4;
            std::int64_t raw = draw.raw(32);
            if (c.positive_only && raw <= 0) raw = 1 - raw;
            wrong += round_exactly(c.f, raw, in_frac, out_frac) != rounded(c, raw, in_frac, out_frac);
        }
        INFO(c.name);
        CHECK(wrong == 0);
    }
}

TEST_CASE("correctly rounded results are found to be so", "[tools][exhaustive]") {
    for (const Case& c : cases()) {
        for (const int frac_bits : {0, 8, 12}) {
            const Comparison what{c.positive_only ? 1 : -max_16, max_16, frac_bits, frac_bits, max_16, c.direction};
            const Stored stored(c, what);
            const UlpReport report = compare(c, what, stored);
            INFO(c.name << ", " << frac_bits << " fraction bits");
            CHECK(report.inputs == what.last - what.first + 1);
            CHECK(report.correctly_rounded());
            CHECK(report.faithful());
            CHECK(report.monotone());
            CHECK(report.max_error <= 0.5);
            CHECK(report.mean_error() <= report.max_error);
            CHECK(report.first_wrong == UlpReport::nowhere);
            if (c.name == "exp2" && frac_bits == 8) {
                // From 7 on but for what rounds down, 7 - 2^-8 first: 2^7 2^8 = 2^15.
                std::int64_t saturated = 0;
                for (std::int64_t raw = what.first; raw <= what.last; ++raw)
                    saturated += rounded(c, raw, 8, 8) > max_16;
                CHECK(report.saturated == saturated);
                CHECK(saturated > 30000);
            }
        }
    }
}

TEST_CASE("planted errors are found", "[tools][exhaustive]") {
    const Case& c = cases()[0];
    const Comparison what{-max_16, max_16, 12, 12, max_16, Direction::rising};
    const Stored right(c, what);

    SECTION("one off at one input, anywhere") {
        for (const std::int64_t raw : {what.first, what.first + 1, std::int64_t{-1}, std::int64_t{12345}, what.last}) {
            for (const int off : {-1, 1}) {
                Stored stored = right;
                stored[raw] += off;
                const UlpReport report = compare(c, what, stored);
                INFO(raw << " by " << off);
                CHECK(report.misrounded == 1);
                CHECK(report.first_wrong == raw);
                CHECK(report.worst_input == raw);
                CHECK(report.max_error > 0.5);
                CHECK(report.max_error <= 1.5);
            }
        }
    }
    SECTION("a dip within the error of a ULP") {
        Stored stored = right;
        stored[100] = stored[99] - 1;
        const UlpReport report = compare(c, what, stored);
        CHECK(report.descents == 1);
        CHECK_FALSE(report.monotone());
        CHECK(report.misrounded == 1);
    }
    SECTION("far off") {
        Stored stored = right;
        stored[-77] = -max_16;
        const UlpReport report = compare(c, what, stored);
        CHECK(report.unfaithful == 1);
        CHECK_FALSE(report.faithful());
        CHECK(report.worst_input == -77);
        CHECK(report.max_error > 32767);
    }
}

TEST_CASE("the input nearest to a midpoint decides, and is decided exactly", "[tools][exhaustive]") {
    // tanh(x) = x - x^3 / 3: from 24 to 20 fraction bits, raw = 8 lies 2^-44 ULP below the midpoint.
    const Case& c = cases()[1];
    const Comparison what{-5000, 5000, 24, 20, max_16, Direction::rising};
    Stored stored(c, what);
    REQUIRE(stored[8] == 0);
    REQUIRE(stored[9] == 1);
    const UlpReport before = compare(c, what, stored);
    CHECK(before.correctly_rounded());
    CHECK(before.decided >= 2);
    stored[8] = 1;
    const UlpReport report = compare(c, what, stored);
    CHECK(report.misrounded == 1);
    CHECK(report.first_wrong == 8);
    CHECK(report.max_error >= 0.5);
    CHECK(report.max_error < 0.5 + 0x1p-20);
    CHECK(report.faithful());
}

TEST_CASE("an error of exactly 1 ULP is unfaithful, a little less is not", "[tools][exhaustive]") {
    const Case& c = cases()[1];
    const Comparison what{-5000, 5000, 24, 20, max_16, Direction::rising};
    Stored stored(c, what);
    stored[0] = 1; // tanh(0) = 0
    CHECK(compare(c, what, stored).unfaithful == 1);
    stored[0] = 0;
    stored[16] = 0; // just below 1
    const UlpReport below = compare(c, what, stored);
    CHECK(below.unfaithful == 0);
    CHECK(below.misrounded == 1);
    stored[16] = 2; // just more than 1 away
    CHECK(compare(c, what, stored).unfaithful == 1);
}

TEST_CASE("clamped results are required, and kept out of the errors", "[tools][exhaustive]") {
    const Case& c = cases()[2]; // exp2 saturates from just below 7 on
    const Comparison what{-max_16, max_16, 8, 8, max_16, Direction::rising};
    const Stored right(c, what);
    const UlpReport good = compare(c, what, right);
    for (const std::int64_t raw : {std::int64_t{7 * 256}, std::int64_t{20000}, max_16}) {
        Stored stored = right;
        REQUIRE(stored[raw] == max_16);
        stored[raw] = max_16 - 1;
        const UlpReport report = compare(c, what, stored);
        CHECK(report.misclamped == 1);
        CHECK(report.misrounded == 0);
        CHECK(report.first_wrong == raw);
        CHECK(report.saturated == good.saturated);
        CHECK_FALSE(report.correctly_rounded());
        CHECK_FALSE(report.faithful());
    }
    // 1 / x near zero, of both signs.
    const Case& inverse = cases()[5];
    for (const Comparison side : {Comparison{1, max_16, 12, 12, max_16, Direction::falling},
                                  Comparison{-max_16, -1, 12, 12, max_16, Direction::falling}}) {
        Stored stored(inverse, side);
        const UlpReport report = compare(inverse, side, stored);
        CHECK(report.correctly_rounded());
        CHECK(report.monotone());
        CHECK(report.saturated == 512); // 2^24 / raw >= 2^15 - 1/2
        const std::int64_t raw = side.first == 1 ? 3 : -3;
        CHECK(stored[raw] == (raw > 0 ? max_16 : -max_16));
        stored[raw] = -stored[raw];
        CHECK(compare(inverse, side, stored).misclamped == 1);
    }
}

TEST_CASE("the report does not depend on the number of threads", "[tools][exhaustive]") {
    // x / 4 + 1 / 2: wrong nearly everywhere, and walked in several parts.
    const Comparison what{-(1 << 24), 1 << 24, 22, 24, max_32, Direction::rising};
    constexpr std::int64_t fall = -(1 << 24) + (1 << 22); // where two parts meet
    const auto line = [](std::int64_t first, std::span<std::int32_t> out) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            const std::int64_t raw = first + static_cast<std::int64_t>(i);
            out[i] = static_cast<std::int32_t>(raw + (1 << 23) - (raw == fall ? 2 : 0));
        }
    };
    const UlpReport one = compare_every_input<std::int32_t>(sigmoid_function, what, line, 1);
    const UlpReport three = compare_every_input<std::int32_t>(sigmoid_function, what, line, 3);
    CHECK(one.inputs == (1 << 25) + 1);
    CHECK(one.descents == 1);
    CHECK(one.misrounded > 20000000);
    CHECK(one.inputs == three.inputs);
    CHECK(one.misrounded == three.misrounded);
    CHECK(one.unfaithful == three.unfaithful);
    CHECK(one.descents == three.descents);
    CHECK(one.max_error == three.max_error);
    CHECK(one.worst_input == three.worst_input);
    CHECK(one.error_sum == three.error_sum);
    CHECK(one.first_wrong == three.first_wrong);
    CHECK(one.decided == three.decided);
    const auto throws = [](std::int64_t, std::span<std::int32_t>) { throw std::runtime_error("evaluator"); };
    CHECK_THROWS_AS(compare_every_input<std::int32_t>(sigmoid_function, what, throws, 2), std::runtime_error);
}

} // namespace exhaustive_test

#endif
