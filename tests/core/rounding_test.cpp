#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/core/rounding.hpp>

#include <vector>

namespace rounding_test {

using fxp::Rounding;

namespace {

template <class Wide>
Wide apply(Rounding rule, Wide value, int shift, std::uint32_t word) {
    switch (rule) {
    case Rounding::toward_zero:
        return fxp::round_shift<Rounding::toward_zero>(value, shift, word);
    case Rounding::floor:
        return fxp::round_shift<Rounding::floor>(value, shift, word);
    case Rounding::nearest_up:
        return fxp::round_shift<Rounding::nearest_up>(value, shift, word);
    case Rounding::nearest_even:
        return fxp::round_shift<Rounding::nearest_even>(value, shift, word);
    case Rounding::pseudo_stochastic:
        return fxp::round_shift<Rounding::pseudo_stochastic>(value, shift, word);
    case Rounding::stochastic:
        return fxp::round_shift<Rounding::stochastic>(value, shift, word);
    }
    return value;
}

} // namespace

TEST_CASE("round_shift on quarters, by hand", "[core][rounding]") {
    // v / 4 for v = -7 .. 7
    const std::vector<std::vector<int>> expected{
        {-1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1},    // toward zero
        {-2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1}, // floor
        {-2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2},   // nearest, ties up
        {-2, -2, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2},   // nearest, ties to even
        {-1, -2, -1, -1, 0, -1, 0, 0, 0, 1, 0, 1, 1, 2, 1},   // up when bit 1 > bit 0: the remainder 2 only
    };
    for (std::size_t rule = 0; rule < expected.size(); ++rule) {
        for (int v = -7; v <= 7; ++v) {
            INFO("rule " << rule << " value " << v);
            CHECK(apply<std::int64_t>(exact::all_roundings[rule], v, 2, 0) ==
                  expected[rule][static_cast<std::size_t>(v + 7)]);
        }
    }
}

TEST_CASE("round_shift of all small values agrees with floor division", "[core][rounding]") {
    std::size_t wrong = 0;
    for (const Rounding rule : exact::all_roundings) {
        for (int shift = 0; shift <= 62; ++shift) {
            for (int v = -600; v <= 600; ++v) {
                const std::uint32_t word = static_cast<std::uint32_t>(v * 7919 + shift) * 2654435761U;
                const exact::i128 expected = exact::rounded<exact::i128>(rule, v, shift, word);
                wrong += apply<std::int64_t>(rule, v, shift, word) != expected;
                wrong += apply<fxp::int128>(rule, v, shift, word) != expected;
                wrong += !(apply<fxp::Int256>(rule, fxp::Int256{v}, shift, word) == fxp::Int256{expected});
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("round_shift of extreme values agrees with schoolbook arithmetic", "[core][rounding]") {
    exact::Draw draw(1);
    const auto draw128 = [&] {
        const auto high = static_cast<exact::u128>(static_cast<std::uint64_t>(draw.raw(64)));
        const auto value = static_cast<exact::i128>((high << 64) | draw.bits());
        return value == fxp::int128_min ? fxp::int128_max : value;
    };
    std::vector<fxp::int128> wide{fxp::int128_max, -fxp::int128_max, fxp::int128_max - 1, 1, -1, 0};
    for (int i = 0; i < 40; ++i) wide.push_back(draw128());
    std::size_t wrong = 0;
    for (const Rounding rule : exact::all_roundings) {
        for (int shift = 0; shift <= 126; ++shift) {
            for (const fxp::int128 v : wide) {
                const auto word = static_cast<std::uint32_t>(draw.bits());
                wrong += apply(rule, v, shift, word) !=
                         exact::to_i128(exact::rounded<exact::Integer>(rule, exact::Integer{v}, shift, word));
                if (shift > 62) continue;
                const std::int64_t narrow = draw.raw(64);
                wrong += apply(rule, narrow, shift, word) !=
                         exact::to_i128(exact::rounded<exact::Integer>(rule, exact::Integer{narrow}, shift, word));
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("stochastic rounding up to shift 32 is unbiased exactly", "[core][rounding]") {
    // Over all values of the bits that matter, the results sum to v: with shift s, the top s bits of the word are u.
    for (const int shift : {1, 2, 5, 8, 11}) {
        for (const int v : {-2047, -300, -129, -128, -3, -1, 0, 1, 3, 128, 129, 300, 2047}) {
            const std::int64_t draws = std::int64_t{1} << shift;
            std::int64_t sum = 0;
            for (std::int64_t u = 0; u < draws; ++u) {
                sum += fxp::round_shift<Rounding::stochastic>(std::int64_t{v}, shift,
                                                              static_cast<std::uint32_t>(u << (32 - shift)));
            }
            INFO("shift " << shift << " value " << v);
            CHECK(sum == v);
        }
    }
}

TEST_CASE("pseudo-stochastic rounding compares the halves of the lost bits", "[core][rounding]") {
    const auto round = [](std::int64_t v, int shift) {
        return fxp::round_shift<Rounding::pseudo_stochastic>(v, shift);
    };
    CHECK(round((5LL << 24) + (7LL << 12) + 6, 24) == 6);
    CHECK(round((5LL << 24) + (7LL << 12) + 7, 24) == 5);
    CHECK(round(-((5LL << 24) + (7LL << 12) + 6), 24) == -6);
    CHECK(round(-((5LL << 24) + (7LL << 12) + 7), 24) == -5);
    // Odd: three upper bits against two lower bits, doubled.
    CHECK(round((1 << 5) + (5 << 2) + 2, 5) == 2); // 5 > 4
    CHECK(round((1 << 5) + (4 << 2) + 2, 5) == 1); // 4 = 4
    CHECK(round(1, 1) == 1);
    CHECK(round(-3, 1) == -2);
}

} // namespace rounding_test
