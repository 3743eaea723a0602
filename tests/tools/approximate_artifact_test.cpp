// The published artifact's tables, made again: its method is generalized polynomial chaos, its target 2^-12.
#include "support/catch.hpp"

#ifdef FXP_HAVE_SOLLYA

#include "approximate/generate.hpp"

#include <fxp/math/reference_tables.hpp>

#include <string>

namespace approximate_artifact_test {

using namespace fxp::approximate;

namespace {

template <std::size_t Segments>
void check_same(const std::string& function, const std::string& range,
                const fxp::math::reference::Table<Segments>& published) {
    const Request request = make_request({.function = function,
                                          .range = range,
                                          .degree = 2,
                                          .method = "gpc",
                                          .frac_bits = 16,
                                          .argument_bits = 16,
                                          .error = "2^-12"});
    REQUIRE(request.is_measured());
    const Table table = generate(request).table;
    CHECK(table.symmetry == published.symmetry);
    CHECK(table.error() <= 16);
    REQUIRE(table.segments.size() == Segments);
    for (std::size_t i = 0; i < Segments; ++i) {
        INFO("published segment " << i);
        const Segment& segment = table.segments[Segments - 1 - i];
        if (published.upper[i] != fxp::math::reference::table_open_end) CHECK(segment.end == published.upper[i]);
        CHECK(-segment.centre() == published.offset[i]);
        for (std::size_t k = 0; k < 3; ++k) CHECK(segment.coefficients[k] == published.coefficients[k][i]);
    }
}

} // namespace

TEST_CASE("the generator reproduces the published artifact's tables", "[tools][approximate]") {
    SECTION("sigmoid") { check_same("sigmoid", "0:16", fxp::math::reference::sigmoid); }
    SECTION("tanh") { check_same("tanh", "0:8", fxp::math::reference::tanh); }
    SECTION("rsqrt") { check_same("rsqrt", "1:4", fxp::math::reference::rsqrt); }
}

} // namespace approximate_artifact_test

#endif
