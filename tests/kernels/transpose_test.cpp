// Squares of every width of words, element by element.
#include "support/catch.hpp"

#include <fxp/kernels/transpose.hpp>

#include <array>
#include <vector>

namespace transpose_test {

namespace {

/// A square within rows of other things, to columns `stride` apart.
template <class T>
void check_square(std::size_t first, std::size_t stride) {
    constexpr std::size_t n = fxp::kernels::square_size<T>;
    std::vector<std::vector<T>> rows(n);
    std::array<const T*, n> starts;
    int value = 0;
    for (std::size_t r = 0; r < n; ++r) {
        for (std::size_t c = 0; c < first + n; ++c) rows[r].push_back(static_cast<T>(value++ % 121));
        starts[r] = rows[r].data();
    }
    std::vector<T> out(n * stride, static_cast<T>(-1));
    fxp::kernels::transpose_square(starts.data(), first, out.data(), stride);
    for (std::size_t c = 0; c < n; ++c) {
        for (std::size_t r = 0; r < stride; ++r) {
            CHECK(out[c * stride + r] == (r < n ? rows[r][first + c] : static_cast<T>(-1)));
        }
    }
}

} // namespace

TEST_CASE("squares are transposed", "[kernels]") {
    check_square<std::int8_t>(0, 16);
    check_square<std::int8_t>(3, 19);
    check_square<std::int16_t>(1, 8);
    check_square<std::int16_t>(0, 13);
    check_square<std::int32_t>(5, 6);
    check_square<float>(2, 4);
    check_square<std::int64_t>(1, 3);
    check_square<double>(0, 2);
}

} // namespace transpose_test
