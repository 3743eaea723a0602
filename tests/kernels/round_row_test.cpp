// Rows added to words whose sums 64 bits may not hold.
#include "support/catch.hpp"

#include <fxp/kernels/round_row.hpp>

#include <array>
#include <cstdint>
#include <limits>

namespace round_row_test {

using fxp::Format;
using fxp::Limits;
using fxp::Overflow;

TEST_CASE("64-bit numbers added to narrower words saturate", "[kernels]") {
    constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t own = max / 2; // of 63 bits
    std::array<std::int64_t, 2> out{own, -own};
    constexpr std::array<std::int64_t, 2> values{max, -max};
    std::array<std::int64_t, 2> scratch{};
    fxp::OverflowCount events;
    fxp::kernels::add_row(values.data(), out.size(), out.data(), Limits{Format{63, 0}}, Overflow::saturate,
                          scratch.data(), events);
    CHECK(out == std::array<std::int64_t, 2>{own, -own});
    CHECK(events.count == 2);
    CHECK(events.worst == fxp::int128{max} + own);
}

TEST_CASE("sums of 64-bit words and narrower ones saturate", "[kernels]") {
    constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
    std::array<std::int64_t, 3> out{max - 2, 2 - max, 7};
    constexpr std::array<std::int64_t, 3> values{5, -5, -9};
    std::array<std::int64_t, 3> scratch{};
    fxp::OverflowCount events;
    fxp::kernels::add_row(values.data(), out.size(), out.data(), Limits{Format{64, 0}}, Overflow::saturate,
                          scratch.data(), events);
    CHECK(out == std::array<std::int64_t, 3>{max, -max, -2});
    CHECK(events.count == 2);
    CHECK(events.worst == fxp::int128{max} + 3);
}

} // namespace round_row_test
