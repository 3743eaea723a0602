// Our 128-bit integers against the compiler's.
#include "support/catch.hpp"

#include <fxp/core/int128.hpp>
#include <fxp/core/wide.hpp>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#ifdef __SIZEOF_INT128__

namespace int128_test {

using fxp::Int128;
using fxp::UInt128;

namespace {

UInt128 ours(fxp::uint128 value) {
    return {static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
}
fxp::uint128 theirs(UInt128 value) { return fxp::uint128{value.high()} << 64 | value.low(); }
fxp::int128 theirs(Int128 value) { return static_cast<fxp::int128>(theirs(value.bits())); }

/// Powers of two with their neighbours and negatives, random numbers of every length, and such as lie halfway between
/// two doubles.
std::vector<fxp::uint128> numbers() {
    std::vector<fxp::uint128> result{0};
    for (int bit = 0; bit < 128; bit += 3) {
        const fxp::uint128 power = fxp::uint128{1} << bit;
        for (const fxp::uint128 value : {power, power - 1, power + 1}) {
            result.push_back(value);
            result.push_back(fxp::uint128{0} - value);
        }
    }
    for (int bit = 0; bit <= 74; bit += 2) {
        for (const int odd : {1, 3}) result.push_back(((fxp::uint128{1} << 53) + static_cast<unsigned>(odd)) << bit);
    }
    std::mt19937_64 random(1);
    for (int bits = 1; bits <= 128; ++bits) {
        result.push_back((fxp::uint128{random()} << 64 | random()) >> (128 - bits));
    }
    return result;
}

} // namespace

TEST_CASE("UInt128 and Int128 compute as the compiler's integers") {
    const std::vector<fxp::uint128> values = numbers();
    std::size_t wrong = 0;
    const auto expect = [&](bool holds) { wrong += holds ? 0 : 1; };
    for (const fxp::uint128 a : values) {
        const UInt128 x = ours(a);
        const Int128 signed_x{x};
        const auto signed_a = static_cast<fxp::int128>(a);
        expect(theirs(-x) == fxp::uint128{0} - a && theirs(~x) == ~a);
        expect(static_cast<bool>(x) == (a != 0) && static_cast<std::uint32_t>(x) == static_cast<std::uint32_t>(a));
        expect(static_cast<std::int64_t>(signed_x) == static_cast<std::int64_t>(signed_a));
        expect(static_cast<double>(x) == static_cast<double>(a));
        expect(static_cast<double>(signed_x) == static_cast<double>(signed_a));
        for (int shift = 0; shift < 128; ++shift) {
            expect(theirs(x << shift) == a << shift && theirs(x >> shift) == a >> shift);
            expect(theirs(signed_x << shift) == static_cast<fxp::int128>(a << shift));
            expect(theirs(signed_x >> shift) == signed_a >> shift);
        }
        for (const fxp::uint128 b : values) {
            const UInt128 y = ours(b);
            const Int128 signed_y{y};
            const auto signed_b = static_cast<fxp::int128>(b);
            expect(theirs(x + y) == a + b && theirs(x - y) == a - b && theirs(x * y) == a * b);
            expect(theirs(signed_x + signed_y) == static_cast<fxp::int128>(a + b));
            expect(theirs(signed_x - signed_y) == static_cast<fxp::int128>(a - b));
            expect(theirs(signed_x * signed_y) == static_cast<fxp::int128>(a * b));
            expect(theirs(x & y) == (a & b) && theirs(x | y) == (a | b) && theirs(x ^ y) == (a ^ b));
            expect((x < y) == (a < b) && (x <= y) == (a <= b) && (x == y) == (a == b));
            expect((signed_x < signed_y) == (signed_a < signed_b) && (signed_x >= signed_y) == (signed_a >= signed_b));
            if (b == 0) continue;
            expect(theirs(x / y) == a / b && theirs(x % y) == a % b);
            if (signed_a == fxp::int128_min && signed_b == -1) continue;
            expect(theirs(signed_x / signed_y) == signed_a / signed_b);
            expect(theirs(signed_x % signed_y) == signed_a % signed_b);
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("UInt128 and Int128 take integers and doubles by their values") {
    CHECK(theirs(UInt128(-1)) == ~fxp::uint128{0});
    CHECK(theirs(Int128(std::int64_t{-5})) == -5);
    CHECK(theirs(Int128(~std::uint64_t{0})) == fxp::int128{~std::uint64_t{0}});
    std::mt19937_64 random(2);
    for (int exponent = 0; exponent < 127; ++exponent) {
        const double value = std::ldexp(1 + static_cast<double>(random() >> 12) * 0x1p-52, exponent);
        CHECK(theirs(Int128(value)) == static_cast<fxp::int128>(value));
        CHECK(theirs(Int128(-value)) == static_cast<fxp::int128>(-value));
    }
}

} // namespace int128_test

#endif
