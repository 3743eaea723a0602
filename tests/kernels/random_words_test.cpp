// Runs of random words against the stream's own, word by word, in every instruction set of this processor.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/random_words.hpp>

#include <algorithm>
#include <vector>

namespace random_words_test {

using fxp::RandomStream;
using fxp::RandomUse;
using fxp::kernels::Isa;

namespace {

void check(const RandomStream& stream, std::uint64_t first, std::size_t count) {
    constexpr std::uint32_t untouched = 0xDEADBEEF;
    for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512, Isa::amx, Isa::neon}) {
        if (!includes(fxp::kernels::detect_isa(), isa)) continue;
        INFO("isa " << static_cast<int>(isa) << ", seed " << stream.seed << ", first " << first << ", count " << count);
        std::vector<std::uint32_t> scratch(count + fxp::kernels::random_words_room + 1, untouched);
        const std::uint32_t* words = fxp::kernels::random_words(stream, first, count, scratch.data(), isa);
        REQUIRE(words >= scratch.data());
        REQUIRE(words + count < scratch.data() + scratch.size());
        bool equal = true;
        for (std::size_t i = 0; i < count; ++i) equal = equal && words[i] == stream.word(first + i);
        REQUIRE(equal);
        REQUIRE(scratch.back() == untouched);
    }
}

} // namespace

TEST_CASE("runs of random words are the stream's", "[kernels][random]") {
    exact::Draw draw(41);
    for (int i = 0; i < 300; ++i) {
        const auto word = [&] { return static_cast<std::uint32_t>(draw.bits()); };
        const RandomStream stream{draw.bits(), word(), word(), static_cast<RandomUse>(draw.below(4))};
        check(stream, draw.bits() >> 30, draw.below(400));
        check(stream, draw.below(64), 1 + draw.below(5));
    }
}

#ifdef FXP_X86_DISPATCH
TEST_CASE("fractions are the first bits of the stream's words", "[kernels][random]") {
    if (!includes(fxp::kernels::detect_isa(), Isa::avx512)) return;
    constexpr std::size_t groups = 3;
    constexpr std::size_t count = groups * 4 * fxp::kernels::detail::philox_group;
    const RandomStream stream{7, 1, 2, RandomUse::rounding};
    for (int bits = 1; bits <= 16; ++bits) {
        constexpr std::uint64_t block = 5;
        std::vector<std::uint16_t> out(count);
        fxp::kernels::avx512::random_fractions(fxp::kernels::detail::PhiloxStream(stream), block, groups, bits,
                                               out.data());
        bool equal = true;
        for (std::size_t i = 0; i < count; ++i) equal = equal && out[i] == stream.word(4 * block + i) >> (32 - bits);
        INFO(bits << " bits");
        REQUIRE(equal);
    }
}
#endif

TEST_CASE("runs of random words at the ends of the counters", "[kernels][random]") {
    for (const std::uint64_t seed : {std::uint64_t{0}, ~std::uint64_t{0}}) {
        for (const std::uint32_t word : {std::uint32_t{0}, ~std::uint32_t{0}}) {
            const RandomStream stream{seed, word, word, RandomUse::rounding};
            check(stream, 0, 257);
            check(stream, (std::uint64_t{1} << 34) - 301, 301); // up to the last block
        }
    }
}

} // namespace random_words_test
