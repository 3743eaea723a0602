#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/core/random.hpp>

#include <array>
#include <cmath>
#include <set>

#ifdef FXP_HAVE_RANDOM123
#include <Random123/philox.h>
#undef philox4x32 // a macro
#endif

namespace random_test {

using fxp::philox4x32;
using fxp::RandomStream;
using fxp::RandomUse;
using Words = std::array<std::uint32_t, 4>;

TEST_CASE("Philox4x32-10 gives the published answers", "[core][random]") {
    CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    constexpr std::uint32_t ones = 0xffffffff;
    CHECK(philox4x32({ones, ones, ones, ones}, {ones, ones}) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

#ifdef FXP_HAVE_RANDOM123
TEST_CASE("Philox4x32-10 agrees with Random123", "[core][random]") {
    exact::Draw draw(8);
    const auto word = [&] { return static_cast<std::uint32_t>(draw.bits()); };
    std::size_t wrong = 0;
    for (int i = 0; i < 100000; ++i) {
        const Words counter{word(), word(), word(), word()};
        const std::array<std::uint32_t, 2> key{word(), word()};
        const r123::Philox4x32::ctr_type theirs =
            r123::Philox4x32{}({{counter[0], counter[1], counter[2], counter[3]}}, {{key[0], key[1]}});
        const Words ours = philox4x32(counter, key);
        for (std::size_t k = 0; k < 4; ++k) wrong += ours[k] != theirs[k];
    }
    CHECK(wrong == 0);
}
#endif

TEST_CASE("a stream's words lie where the layout says", "[core][random]") {
    const RandomStream stream{0x0123456789abcdef, 77, 5, RandomUse::user};
    for (const std::uint64_t element : {0ULL, 1ULL, 2ULL, 3ULL, 4ULL, 1023ULL, (1ULL << 34) - 1}) {
        const Words block = philox4x32({static_cast<std::uint32_t>(element / 4), 77, 5, 3}, {0x89abcdef, 0x01234567});
        CHECK(stream.word(element) == block[element % 4]);
        CHECK(stream.block(static_cast<std::uint32_t>(element / 4)) == block);
    }
}

TEST_CASE("seeds, steps, tensors and uses draw different words", "[core][random]") {
    const RandomStream base{1, 2, 3, RandomUse::rounding};
    std::set<std::uint32_t> words;
    std::size_t drawn = 0;
    const auto take = [&](const RandomStream& stream) {
        for (std::uint64_t element = 0; element < 64; ++element) {
            words.insert(stream.word(element));
            ++drawn;
        }
    };
    take(base);
    take({2, 2, 3, RandomUse::rounding});
    take({1 + (std::uint64_t{1} << 32), 2, 3, RandomUse::rounding});
    take({1, 3, 3, RandomUse::rounding});
    take({1, 2, 4, RandomUse::rounding});
    take({1, 2, 3, RandomUse::initial_value});
    take({1, 2, 3, RandomUse::shuffle});
    take({1, 2, 3, RandomUse::user});
    CHECK(words.size() == drawn); // 512 words of 2^32: a chance of 3e-5 for any collision, and the seed is fixed
}

TEST_CASE("irwin_hall_normal is the centred sum of its twelve words", "[core][random]") {
    const RandomStream stream{9, 0, 1, RandomUse::initial_value};
    for (std::uint64_t index = 0; index < 100; ++index) {
        exact::i128 twice = 0;
        for (std::uint64_t k = 0; k < 12; ++k) twice += exact::i128{2} * stream.word(12 * index + k) - 0xffffffffLL;
        REQUIRE(exact::i128{2} * fxp::irwin_hall_normal(stream, index) == twice);
    }
}

TEST_CASE("irwin_hall_normal has mean 0, variance 1 and kurtosis -0.1", "[core][random]") {
    const RandomStream stream{10, 0, 0, RandomUse::initial_value};
    constexpr int draws = 200000;
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    for (int i = 0; i < draws; ++i) {
        const double x = static_cast<double>(fxp::irwin_hall_normal(stream, static_cast<std::uint64_t>(i))) * 0x1p-32;
        sum += x;
        squares += x * x;
        fourths += x * x * x * x;
    }
    // 4 sigma of each estimate: 1/sqrt(n), sqrt(1.9/n), and about sqrt(85/n) for the fourth moment
    CHECK(std::fabs(sum / draws) < 4 / std::sqrt(draws));
    CHECK(std::fabs(squares / draws - 1) < 4 * std::sqrt(1.9 / draws));
    CHECK(std::fabs(fourths / draws - 2.9) < 4 * std::sqrt(85.0 / draws));
}

} // namespace random_test
