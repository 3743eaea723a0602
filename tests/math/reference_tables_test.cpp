#include "math/reference_reals.hpp"
#include "support/catch.hpp"

#include <fxp/math/reference_tables.hpp>

#include <cmath>
#include <vector>

namespace reference_tables_test {

using fxp::Format;
using fxp::OverflowCount;

namespace {

template <std::size_t Segments>
void check_numbers(const fxp::math::reference::Table<Segments>& table, const reference_oracle::Reals& reals) {
    REQUIRE(reals.upper.size() == Segments);
    const auto same = [](std::int64_t number, double real) { return static_cast<double>(number) == real * 65536; };
    const auto in_24 = fxp::math::reference::in_format(table, Format{8, 24});
    CHECK(in_24.frac_bits == 24);
    CHECK(in_24.max_raw == 2147483647);
    for (std::size_t i = 0; i < Segments; ++i) {
        INFO("segment " << i);
        if (reals.upper[i] == 0) {
            CHECK(table.upper[i] == fxp::math::reference::table_open_end);
            CHECK(in_24.upper[i] == 2147483647);
        } else {
            CHECK(same(table.upper[i], reals.upper[i]));
        }
        CHECK(same(table.offset[i], reals.offset[i]));
        CHECK(same(table.coefficients[0][i], reals.c2[i]));
        CHECK(same(table.coefficients[1][i], reals.c1[i]));
        CHECK(same(table.coefficients[2][i], reals.c0[i]));
        CHECK(static_cast<double>(in_24.offset[i]) == reals.offset[i] * 0x1p24);
        CHECK(static_cast<double>(in_24.coefficients[0][i]) == reals.c2[i] * 0x1p24);
    }
}

/// Largest distance of a table from a function over raws [first, last] of <8, 24>, in steps.
template <std::size_t Segments, class Function>
double largest_error(const fxp::math::reference::Table<Segments>& table, std::int32_t first, std::int32_t last,
                     std::int32_t stride, Function function) {
    std::vector<std::int32_t> x;
    for (std::int64_t raw = first; raw <= last; raw += stride) x.push_back(static_cast<std::int32_t>(raw));
    std::vector<std::int32_t> y(x.size());
    OverflowCount events;
    fxp::kernels::evaluate<std::int64_t>(fxp::math::reference::in_format(table, Format{8, 24}), x.data(), x.size(),
                                         y.data(), events);
    CHECK(events.count == 0);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        worst = std::max(worst, std::fabs(y[i] - 0x1p24 * function(x[i] * 0x1p-24)));
    }
    return worst;
}

} // namespace

TEST_CASE("the tables hold the published numbers", "[math][reference]") {
    check_numbers(fxp::math::reference::sigmoid, reference_oracle::sigmoid);
    check_numbers(fxp::math::reference::tanh, reference_oracle::tanh);
    check_numbers(fxp::math::reference::rsqrt, reference_oracle::rsqrt);
}

TEST_CASE("a format of few fraction bits rounds the numbers half to even", "[math][reference]") {
    const auto p = fxp::math::reference::in_format(fxp::math::reference::sigmoid, Format{4, 4});
    CHECK(p.upper[0] == 127);
    CHECK(p.upper[1] == 127); // 12 saturates
    CHECK(p.upper[10] == 8);
    CHECK(p.offset[0] == -127);
    CHECK(p.coefficients[1][10] == 4); // 0.2454 * 16 = 3.93
    CHECK(p.coefficients[2][0] == 16);
    // Ties: -0.75 and -0.25 in steps of 1/2
    CHECK(fxp::math::reference::in_format(fxp::math::reference::sigmoid, Format{7, 1}).offset[9] == -2);
    CHECK(fxp::math::reference::in_format(fxp::math::reference::sigmoid, Format{7, 1}).offset[10] == 0);
}

TEST_CASE("the tables are as far from their functions as they say", "[math][reference]") {
    const auto limit = std::numeric_limits<std::int32_t>::max();
    const double sigmoid = largest_error(fxp::math::reference::sigmoid, -limit, limit, 2003,
                                         [](double x) { return 1 / (1 + std::exp(-x)); });
    CHECK(sigmoid < 3674.5);
    CHECK(sigmoid > 3600);
    const double tanh =
        largest_error(fxp::math::reference::tanh, -limit, limit, 2003, [](double x) { return std::tanh(x); });
    CHECK(tanh < 3261.5);
    CHECK(tanh > 3200);
    const double rsqrt =
        largest_error(fxp::math::reference::rsqrt, 1 << 24, 1 << 26, 53, [](double x) { return 1 / std::sqrt(x); });
    CHECK(rsqrt < 3234.5); // stated rounded
    CHECK(rsqrt > 3200);
}

} // namespace reference_tables_test
