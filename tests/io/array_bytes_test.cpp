#include "fxp/io/array_bytes.hpp"

#include "support/catch.hpp"

#include <cstddef>
#include <limits>
#include <vector>

namespace array_bytes_test {

TEST_CASE("array_bytes: the product of width and sizes, without overflow", "[io]") {
    constexpr std::size_t limit = std::numeric_limits<std::size_t>::max();
    const auto count = [](const std::vector<std::size_t>& shape, std::size_t width) {
        return fxp::array_bytes(shape, width);
    };
    CHECK(count({}, 8) == 8);
    CHECK(count({3, 5}, 2) == 30);
    CHECK(count({limit, limit, 0}, 8) == 0);
    CHECK(count({limit}, 1) == limit);
    CHECK(count({limit / 2}, 2) == limit - 1);
    CHECK(count({limit / 2 + 1}, 2) == limit);
    CHECK(count({limit, 1, 1}, 8) == limit);
    CHECK(count({std::size_t{1} << 32, std::size_t{1} << 32}, 4) == limit);
}

} // namespace array_bytes_test
