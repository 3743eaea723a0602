#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/core/wide_arithmetic.hpp>

#include <cstdint>

namespace wide_arithmetic_test {

using fxp::int128;
using fxp::uint128;
using fxp::UInt256;

namespace {

uint128 draw_bits(exact::Draw& draw, int bits) {
    const uint128 word = static_cast<uint128>(draw.bits()) << 64 | draw.bits();
    return bits == 0 ? 0 : word >> (128 - bits);
}

} // namespace

TEST_CASE("products of 128 bits by schoolbook rules", "[core][wide]") {
    const uint128 all = ~uint128{0};
    CHECK(fxp::multiply(all, all) == UInt256(all - 1, 1)); // (2^128 - 1)^2 = 2^256 - 2^129 + 1
    CHECK(fxp::multiply(all, 1) == UInt256(0, all));
    CHECK(fxp::multiply(uint128{1} << 127, 2) == UInt256(1, 0));
    exact::Draw draw(1);
    for (int i = 0; i < 2000; ++i) {
        const uint128 a = draw_bits(draw, 1 + i % 128), b = draw_bits(draw, 128), c = draw_bits(draw, 1 + i % 127);
        CHECK(fxp::multiply(a, b) == fxp::multiply(b, a));
        // distributive, where the sum does not wrap
        if (b + c >= b) CHECK(fxp::multiply(a, b + c) == fxp::multiply(a, b) + fxp::multiply(a, c));
    }
}

TEST_CASE("quotients leave the remainder they say", "[core][wide]") {
    exact::Draw draw(2);
    for (int i = 0; i < 4000; ++i) {
        const UInt256 a(draw_bits(draw, i % 129), draw_bits(draw, 128));
        const uint128 b = draw_bits(draw, 1 + i % 127) | 1;
        const fxp::Division result = fxp::divide(a, b);
        REQUIRE(result.remainder < b);
        REQUIRE((fxp::multiply(result.quotient.low, b) + (fxp::multiply(result.quotient.high, b) << 128) +
                 UInt256{result.remainder}) == a);
    }
}

TEST_CASE("square roots are the largest whose square does not exceed", "[core][wide]") {
    CHECK(fxp::square_root(0) == 0);
    CHECK(fxp::square_root(UInt256(~uint128{0}, ~uint128{0})) == ~uint128{0});
    exact::Draw draw(3);
    for (int i = 0; i < 4000; ++i) {
        const uint128 root = draw_bits(draw, i % 129);
        const UInt256 square = fxp::multiply(root, root);
        REQUIRE(fxp::square_root(square) == root);
        if (root != 0) REQUIRE(fxp::square_root(square - UInt256{1}) == root - 1);
        REQUIRE(fxp::square_root(square + UInt256{root}) == root);
    }
}

} // namespace wide_arithmetic_test
