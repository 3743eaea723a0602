// What the rounding of blocks says of them: whether all fits, and whether the next one is expected to.
#include "support/catch.hpp"

#include <fxp/kernels/round_block.hpp>

#include <array>
#include <cstdint>
#include <limits>

namespace round_block_test {

using fxp::Format;
using fxp::Limits;
using fxp::kernels::Requantize;
using fxp::kernels::RowWords;

namespace {

Requantize sixteenths(int word_bits) {
    Requantize how;
    how.shift = 4;
    how.limits = Limits{Format{word_bits, 0}};
    return how;
}

template <class Stored>
constexpr Format format_of{8 * static_cast<int>(sizeof(Stored)), 0};

/// out += sums / 16 in one row, within `own`; returns whether everything fitted.
template <class Stored, std::size_t count>
bool add(const std::array<std::int32_t, count>& sums, std::array<Stored, count>& out,
         const Format& own = format_of<Stored>) {
    return fxp::kernels::round_add(sums.data(), 1, count, count, sixteenths(format_of<Stored>.word_bits()), RowWords{},
                                   Limits{own}, out.data(), count);
}

} // namespace

TEST_CASE("sums are added when nothing has to be fitted, else not at all", "[kernels]") {
    constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
    std::array<std::int16_t, 4> words{-10, 10, 32764, -32764};
    CHECK(add<std::int16_t, 4>({48, -48, 48, -48}, words));
    CHECK(words == std::array<std::int16_t, 4>{-7, 7, 32767, -32767});
    CHECK_FALSE(add<std::int16_t, 4>({16, 16, 16, 0}, words));
    CHECK_FALSE(add<std::int16_t, 4>({16, 16, 0, -16}, words));
    CHECK(words == std::array<std::int16_t, 4>{-7, 7, 32767, -32767});
    std::array<std::int32_t, 2> wide{5, most - 2};
    CHECK(add<std::int32_t, 2>({-160, 32}, wide));
    CHECK(wide == std::array<std::int32_t, 2>{-5, most});
    CHECK_FALSE(add<std::int32_t, 2>({0, 160}, wide)); // leaves 32 bits for numbers within them
    CHECK(wide == std::array<std::int32_t, 2>{-5, most});
    std::array<std::int32_t, 2> low{2 - most, 0};
    CHECK(add<std::int32_t, 2>({-48, 0}, low, Format{32, 0, fxp::Range::full}));
    CHECK(low == std::array<std::int32_t, 2>{-most - 1, 0});
}

TEST_CASE("sums are added within the limits of what they are added to", "[kernels]") {
    const Format own{12, 0};
    std::array<std::int16_t, 2> words{2000, -2000};
    CHECK(add<std::int16_t, 2>({16 * 47, -16 * 47}, words, own));
    CHECK(words == std::array<std::int16_t, 2>{2047, -2047});
    CHECK_FALSE(add<std::int16_t, 2>({16, 0}, words, own));
    CHECK_FALSE(add<std::int16_t, 2>({0, -16}, words, own));
    CHECK(words == std::array<std::int16_t, 2>{2047, -2047});
}

TEST_CASE("rows of words may be farther apart than rows of sums", "[kernels]") {
    constexpr std::uint32_t up = 0xffffffff; // rounds 8 / 16 up, as 0 rounds it down
    constexpr std::array<std::uint32_t, 8> words{0, up, up, 0, up, up, 0, up};
    constexpr std::array<std::int32_t, 6> sums{8, 8, 8, 8, 8, 8};
    constexpr std::array<std::int8_t, 6> expected{0, 1, 1, 1, 0, 1};
    Requantize how = sixteenths(8);
    how.rounding = fxp::Rounding::stochastic;
    const RowWords random{words.data(), 5};
    for (bool crowded : {false, true}) {
        std::array<std::int8_t, 6> out{};
        fxp::OverflowCount events;
        fxp::kernels::round_store(sums.data(), 2, 3, 3, how, random, out.data(), 3, crowded, events);
        CHECK(out == expected);
    }
    std::array<std::int8_t, 6> out{};
    CHECK(fxp::kernels::round_add(sums.data(), 2, 3, 3, how, random, how.limits, out.data(), 3));
    CHECK(out == expected);
}

TEST_CASE("a block is expected to be as crowded as the one before", "[kernels]") {
    constexpr std::array<std::int32_t, 3> inside{16, -32, 16 * 127};
    constexpr std::array<std::int32_t, 3> outside{16, -32, 16 * 128};
    std::array<std::int8_t, 3> out{};
    fxp::OverflowCount events;
    bool crowded = false;
    const auto store = [&](const std::array<std::int32_t, 3>& sums) {
        fxp::kernels::round_store(sums.data(), 1, 3, 3, sixteenths(8), RowWords{}, out.data(), 3, crowded, events);
        CHECK(out == std::array<std::int8_t, 3>{1, -2, 127});
        return crowded;
    };
    CHECK_FALSE(store(inside));
    CHECK(store(outside));
    CHECK(store(outside));
    CHECK_FALSE(store(inside));
    CHECK(events.count == 2);
}

} // namespace round_block_test
