#include "support/catch.hpp"

#include <fxp/math/tabulated.hpp>

#include <cstdint>

namespace tabulated_test {

using fxp::Format;
using fxp::OverflowCount;
using fxp::kernels::PiecewisePolynomial;
using fxp::kernels::Symmetry;

namespace {

/// x^2 on [0, 4], in two segments, of which the first has one cell and the second three.
constexpr PiecewisePolynomial<2, 2, 4> square(Symmetry symmetry) {
    return {.symmetry = symmetry,
            .frac_bits = 20,
            .argument_bits = 16,
            .begin = 0,
            .cell_bits = 16,
            .error = 1,
            .segment = {0, 1, 1, 1},
            .centre = {1 << 15, 5 << 15},
            .coefficients = {{{1 << 20, 1 << 20}, {1 << 20, 5 << 20}, {1 << 18, 25 << 18}}}};
}
constexpr auto even = square(Symmetry::even);
constexpr auto odd = square(Symmetry::odd);
constexpr auto ramp = square(Symmetry::ramp);
constexpr auto none = square(Symmetry::none);
constexpr auto one_minus = square(Symmetry::one_minus);

template <const auto& Table>
double at(double x, Format in = {8, 8}, Format out = {16, 16}) {
    OverflowCount events;
    const auto raw = static_cast<std::int64_t>(x * static_cast<double>(std::int64_t{1} << in.frac_bits));
    const double result = static_cast<double>(fxp::math::evaluate<fxp::math::Tabulated<Table>>(raw, in, out, events)) /
                          static_cast<double>(std::int64_t{1} << out.frac_bits);
    CHECK(events.count == 0);
    return result;
}

} // namespace

TEST_CASE("a table is evaluated on its range and continued as its symmetry says", "[math][tabulated]") {
    CHECK(at<none>(0.75) == 0.5625);
    CHECK(at<none>(3.5) == 12.25);
    CHECK(at<none>(4) == 16); // the end belongs to the last segment
    CHECK(at<none>(5) == 16); // beyond, the end counts
    CHECK(at<none>(-1) == 0);
    CHECK(at<even>(-1.5) == 2.25);
    CHECK(at<odd>(-1.5) == -2.25);
    CHECK(at<one_minus>(-1.5) == -1.25);
    CHECK(at<ramp>(-1.5) == 2.25);
    CHECK(at<ramp>(1.5) == 3.75);
    CHECK(at<even>(-100) == 16);
    CHECK(at<ramp>(100) == 116);
    CHECK(at<ramp>(0x1p40, {60, 4}, {60, 4}) == 0x1p40 + 16);
    CHECK(at<ramp>(0x1p30, {32, 0}, {40, 0}) == 0x1p30 + 16);
}

TEST_CASE("tables take formats on the quick and on the precise path", "[math][tabulated]") {
    CHECK(at<odd>(-1.5, {8, 24}, {8, 24}) == -2.25);   // finer than the table's argument
    CHECK(at<odd>(-1.5, {24, 40}, {24, 40}) == -2.25); // 64 bits
    CHECK(at<odd>(-3, {16, 0}, {16, 0}) == -9);
    // Ties to even, so that symmetry is kept: 2.25 and 0.25 in halves, on the quick path and on the other.
    CHECK(at<odd>(1.5, {4, 4}, {7, 1}) == 2);
    CHECK(at<odd>(-1.5, {4, 4}, {7, 1}) == -2);
    CHECK(at<odd>(-1.5, {60, 4}, {63, 1}) == -2);
    CHECK(at<even>(0.5, {4, 4}, {7, 1}) == 0);
    CHECK(at<even>(2.5, {4, 4}, {7, 1}) == 6);
    CHECK(at<one_minus>(-0.5, {4, 4}, {7, 1}) == 1);
    CHECK(at<even>(0x1p-2, {4, 4}, {7, 1}) == 0);
    OverflowCount events;
    CHECK(fxp::math::evaluate<fxp::math::Tabulated<odd>>(-4, Format{-100, 102}, Format{4, 4}, events) == 0);
}

TEST_CASE("a table's result outside the format saturates and is an event", "[math][tabulated]") {
    OverflowCount events;
    CHECK(fxp::math::evaluate<fxp::math::Tabulated<even>>(4 << 8, Format{8, 8}, Format{4, 12}, events) == 32767);
    CHECK(events.count == 1);
    CHECK(events.worst == 16 << 12);
}

TEST_CASE("functions of a table are constant expressions", "[math][tabulated]") {
    static_assert([] {
        OverflowCount events;
        return fxp::math::evaluate<fxp::math::Tabulated<even>>(-3 << 8, Format{8, 8}, Format{8, 8}, events);
    }() == 9 << 8);
    SUCCEED();
}

} // namespace tabulated_test
