#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/core/wide.hpp>

#include <array>
#include <vector>

namespace wide_test {

using fxp::Int256;
using fxp::UInt256;

namespace {

/// 256 bits as eight 32-bit digits, modulo 2^256.
struct Digits {
    std::array<std::uint32_t, 8> digit{};

    friend bool operator==(const Digits&, const Digits&) = default;

    Digits plus(const Digits& b) const {
        Digits result;
        std::uint64_t carry = 0;
        for (std::size_t i = 0; i < 8; ++i) {
            carry += std::uint64_t{digit[i]} + b.digit[i];
            result.digit[i] = static_cast<std::uint32_t>(carry % (std::uint64_t{1} << 32));
            carry /= std::uint64_t{1} << 32;
        }
        return result;
    }
    Digits complement() const {
        Digits result;
        for (std::size_t i = 0; i < 8; ++i) result.digit[i] = 0xFFFFFFFFU - digit[i];
        return result;
    }
    Digits minus(const Digits& b) const {
        Digits one;
        one.digit[0] = 1;
        return plus(b.complement()).plus(one);
    }
    Digits doubled() const { return plus(*this); }
    Digits halved() const {
        Digits result;
        std::uint64_t rest = 0;
        for (std::size_t i = 8; i-- > 0;) {
            rest = rest * (std::uint64_t{1} << 32) + digit[i];
            result.digit[i] = static_cast<std::uint32_t>(rest / 2);
            rest %= 2;
        }
        return result;
    }
    int compare(const Digits& b) const {
        for (std::size_t i = 8; i-- > 0;) {
            if (digit[i] != b.digit[i]) return digit[i] > b.digit[i] ? 1 : -1;
        }
        return 0;
    }
};

Digits digits_of(const UInt256& value) {
    Digits result;
    for (std::size_t i = 0; i < 4; ++i) {
        result.digit[i] = static_cast<std::uint32_t>(value.low >> (32 * i));
        result.digit[4 + i] = static_cast<std::uint32_t>(value.high >> (32 * i));
    }
    return result;
}

std::vector<UInt256> samples() {
    const fxp::uint128 ones = ~fxp::uint128{0};
    std::vector<UInt256> result{UInt256{},
                                UInt256{1},
                                UInt256{ones},
                                UInt256{1, 0},
                                UInt256{ones, 0},
                                UInt256{ones, 1},
                                UInt256{ones, ones},
                                UInt256{ones >> 1, ones},
                                UInt256{ones, ones - 1},
                                UInt256{fxp::uint128{1} << 127, 0}};
    exact::Draw draw(3);
    for (int i = 0; i < 30; ++i) {
        const auto word = [&] {
            const auto size = 1 + draw.below(64);
            return fxp::uint128{draw.bits() >> (64 - size)};
        };
        const fxp::uint128 high = i % 3 == 0 ? 0 : (word() << 64) + word();
        result.push_back(UInt256{high, (word() << 64) + word()});
    }
    return result;
}

} // namespace

TEST_CASE("UInt256 adds, subtracts, compares and masks as schoolbook digits do", "[core][wide]") {
    const auto values = samples();
    for (const UInt256& a : values) {
        for (const UInt256& b : values) {
            const Digits x = digits_of(a);
            const Digits y = digits_of(b);
            REQUIRE(digits_of(a + b) == x.plus(y));
            REQUIRE(digits_of(a - b) == x.minus(y));
            REQUIRE((a > b) == (x.compare(y) > 0));
            REQUIRE((a >= b) == (x.compare(y) >= 0));
            REQUIRE((a == b) == (x.compare(y) == 0));
            Digits both;
            for (std::size_t i = 0; i < 8; ++i) both.digit[i] = x.digit[i] & y.digit[i];
            REQUIRE(digits_of(a & b) == both);
        }
    }
}

TEST_CASE("UInt256 shifts by 0 to 255 are repeated doublings and halvings", "[core][wide]") {
    for (const UInt256& a : samples()) {
        Digits left = digits_of(a);
        Digits right = left;
        for (int shift = 0; shift <= 255; ++shift) {
            REQUIRE(digits_of(a << shift) == left);
            REQUIRE(digits_of(a >> shift) == right);
            left = left.doubled();
            right = right.halved();
        }
    }
}

TEST_CASE("Int256 agrees with __int128 where that suffices", "[core][wide]") {
    std::vector<std::int64_t> values{0, 1, -1, std::numeric_limits<std::int64_t>::max(),
                                     std::numeric_limits<std::int64_t>::min()};
    exact::Draw draw(4);
    for (int i = 0; i < 40; ++i) values.push_back(draw.raw(64));
    for (const std::int64_t a : values) {
        for (const std::int64_t b : values) {
            const exact::i128 x = exact::i128{a} * b;
            const exact::i128 y = exact::i128{b} * 3 - a;
            const Int256 wide_x{x};
            const Int256 wide_y{y};
            REQUIRE((wide_x + wide_y == Int256{x + y}));
            REQUIRE((wide_x == wide_y) == (x == y));
            REQUIRE(wide_x.is_negative() == (x < 0));
            REQUIRE((wide_x < 0) == (x < 0));
            REQUIRE((Int256{y} < 7) == (y < 7));
            REQUIRE(wide_x.fits_int128());
            REQUIRE(fxp::clamp_int128(wide_x) == x);
            Int256 sum = wide_x;
            sum += wide_y;
            REQUIRE(sum == Int256{x + y});
            REQUIRE((Int256{b} << 60) == Int256{exact::i128{b} * (exact::i128{1} << 60)});
        }
    }
}

TEST_CASE("Int256 knows when a value leaves int128", "[core][wide]") {
    const Int256 max{fxp::int128_max};
    const Int256 min{fxp::int128_min};
    CHECK(max.fits_int128());
    CHECK(min.fits_int128());
    CHECK_FALSE((max + Int256{1}).fits_int128());
    CHECK_FALSE((min + Int256{-1}).fits_int128());
    CHECK(fxp::clamp_int128(max + Int256{1}) == fxp::int128_max);
    CHECK(fxp::clamp_int128(min + Int256{-1}) == fxp::int128_min);
    CHECK(fxp::clamp_int128(max + Int256{1} + Int256{-1}) == fxp::int128_max);
    CHECK((min + Int256{-1}).is_negative());
    CHECK_FALSE(max < std::numeric_limits<int>::max());
    CHECK(min < std::numeric_limits<int>::min() + 1);
}

static_assert(fxp::value_bits<std::int64_t> == 63);
static_assert(fxp::value_bits<fxp::int128> == 127);
static_assert(fxp::value_bits<Int256> == 255);

} // namespace wide_test
