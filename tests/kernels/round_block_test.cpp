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

/// out += sums / 16 in one row; returns whether everything fitted.
template <class Stored, std::size_t count>
bool add(const std::array<std::int32_t, count>& sums, std::array<Stored, count>& out) {
    constexpr int word_bits = 8 * static_cast<int>(sizeof(Stored));
    std::array<std::int32_t, count> scratch;
    return fxp::kernels::round_add(sums.data(), 1, count, count, sixteenths(word_bits), RowWords{},
                                   Limits{Format{word_bits, 0}}, scratch.data(), out.data(), count);
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
