#include "fxp/io/endian.hpp"

#include "support/catch.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace endian_test {

namespace {

template <std::size_t N>
std::array<std::byte, N> bytes(const unsigned char (&values)[N]) {
    std::array<std::byte, N> result{};
    for (std::size_t i = 0; i < N; ++i) result[i] = std::byte{values[i]};
    return result;
}

} // namespace

TEST_CASE("endian: numbers are little-endian in files", "[io]") {
    const auto stored = bytes({0x01, 0x02, 0x03, 0x84, 0x05, 0x06, 0x07, 0x08});
    CHECK(fxp::load_little_endian<std::uint16_t>(stored) == 0x0201);
    CHECK(fxp::load_little_endian<std::uint32_t>(stored) == 0x84030201);
    CHECK(fxp::load_little_endian<std::uint64_t>(stored) == 0x0807060584030201);
    CHECK(fxp::load_little_endian<std::int8_t>(std::span(stored).subspan(3)) == -124);

    std::array<std::byte, 8> target{};
    fxp::store_little_endian(std::span(target), std::uint64_t{0x0807060584030201});
    CHECK(target == stored);
    fxp::store_little_endian(std::span(target), 1.0F);
    CHECK(std::array{target[0], target[1], target[2], target[3]} == bytes({0x00, 0x00, 0x80, 0x3F}));
    CHECK(target[4] == std::byte{0x05});
}

TEST_CASE("endian: elements are reversed one by one", "[io]") {
    auto values = bytes({1, 2, 3, 4, 5, 6, 7, 8});
    fxp::reverse_elements(values, 1);
    CHECK(values == bytes({1, 2, 3, 4, 5, 6, 7, 8}));
    fxp::reverse_elements(values, 2);
    CHECK(values == bytes({2, 1, 4, 3, 6, 5, 8, 7}));
    fxp::reverse_elements(values, 4);
    CHECK(values == bytes({3, 4, 1, 2, 7, 8, 5, 6}));
    fxp::reverse_elements(values, 8);
    CHECK(values == bytes({6, 5, 8, 7, 2, 1, 4, 3}));

    const bool is_big = std::endian::native == std::endian::big;
    auto two = bytes({1, 2});
    fxp::swap_if_big_endian(two, 2);
    CHECK(two == (is_big ? bytes({2, 1}) : bytes({1, 2})));
}

} // namespace endian_test
