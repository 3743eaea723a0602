// Intervals include their ends.
#include "support/catch.hpp"

#include <fxp/kernels/round_lanes.hpp>

#include <cstdint>

namespace round_lanes_test {

TEST_CASE("an interval includes those that end where it does", "[kernels]") {
    using Interval = fxp::kernels::detail::Interval<std::int32_t>;
    constexpr Interval word{-128, 127};
    CHECK(word.includes({-128, 127}));
    CHECK(word.includes({0, 0}));
    CHECK_FALSE(word.includes({-129, 127}));
    CHECK_FALSE(word.includes({-128, 128}));
}

} // namespace round_lanes_test
