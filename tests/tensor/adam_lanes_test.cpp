// Adam's update in 64-bit lanes against the loop in 128-bit integers, which its own test compares with an oracle.
#include "tensor/update_oracle.hpp"

#include <fxp/tensor/adam_update.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace adam_lanes_test {

using namespace fxp_test;
using fxp::Factor;
using fxp::Rounding;
using fxp::detail::AdamLanes;
using fxp::detail::AdamRule;

namespace {

struct Block {
    std::vector<std::int64_t> w, m, n, largest, g;
    bool operator==(const Block&) const = default;
};

/// A number of up to so many bits; now and then the largest or the smallest of them.
std::int64_t number(exact::Draw& draw, int bits) {
    const std::int64_t end = std::int64_t{1} << bits;
    switch (draw.below(24)) {
    case 0:
        return end - 1;
    case 1:
        return -end;
    default:
        return draw.raw(bits + 1);
    }
}

AdamRule random_rule(exact::Draw& draw) {
    const auto one_of = [&](std::initializer_list<double> values) { return values.begin()[draw.below(values.size())]; };
    const int w_bits = draw.below(2) == 0 ? 16 : 8;
    const int w_frac = w_bits == 16 ? 12 : 5;
    return {fxp::quantize_factor(one_of({1, 1.0 / 128, 1.0 / 7, 3.7, 0x1p-20})),
            fxp::quantize_factor(one_of({0.1, 0.5, 1, 1 - 0.9})),
            fxp::quantize_factor(one_of({0.001, 0.01, 0.5})),
            fxp::quantize_factor(one_of({0.02, 0.001, 1e-5, 7, 100})),
            fxp::quantize_factor(one_of({0, 1e-4, 0.5, 1})),
            static_cast<std::int64_t>(one_of({1, 1000, 0x1p60})),
            {38, 26},
            {8, 40},
            {8, 56},
            {w_bits - w_frac, w_frac},
            fxp::Overflow::saturate};
}

Block random_block(exact::Draw& draw, std::size_t count, const AdamRule& how) {
    Block block;
    // Sizes that lanes serve, each end of them, and now and then one that they do not.
    const auto some = [&](int most) { return static_cast<int>(draw.below(static_cast<std::uint64_t>(most))) + 1; };
    const int g_bits = some(draw.below(8) == 0 ? 62 : 36);
    const int m_bits = some(47);
    const int n_bits = some(draw.below(8) == 0 ? 62 : 61);
    const auto w_max = static_cast<std::uint64_t>(how.w.max_raw());
    for (std::size_t i = 0; i < count; ++i) {
        block.g.push_back(number(draw, g_bits));
        block.m.push_back(number(draw, m_bits));
        block.n.push_back(std::max<std::int64_t>(number(draw, n_bits), 0));
        block.largest.push_back(std::max<std::int64_t>(number(draw, n_bits), 0));
        block.w.push_back(static_cast<std::int64_t>(draw.below(2 * w_max + 1)) - static_cast<std::int64_t>(w_max));
    }
    return block;
}

/// Updates both ways where lanes can; whether they could.
template <Rounding rounding>
bool same_in_lanes(exact::Draw& draw) {
    const AdamRule how = random_rule(draw);
    const std::size_t count = 1 + draw.below(AdamLanes::size);
    const bool amsgrad = draw.below(2) == 0;
    Block block = random_block(draw, count, how);
    const Block before = block;
    std::vector<std::uint32_t> words(2 * count);
    for (auto& word : words) word = static_cast<std::uint32_t>(draw.below(std::uint64_t{1} << 32));
    const fxp::detail::AdamLanesRule rule = fxp::detail::lanes_rule(how);
    if (!AdamLanes::serve(rule, how.m, how.n)) return false;
    Block in_lanes = block;
    if (!fxp::detail::adam_in_lanes<rounding>(0, count, in_lanes.w.data(), in_lanes.m.data(), in_lanes.n.data(),
                                              amsgrad ? in_lanes.largest.data() : nullptr, in_lanes.g.data(), rule,
                                              words.data())) {
        REQUIRE(in_lanes == before);
        return false;
    }
    fxp::detail::AdamEvents events;
    fxp::detail::adam_loop<rounding>(0, count, block.w.data(), block.m.data(), block.n.data(),
                                     amsgrad ? block.largest.data() : nullptr, block.g.data(), how, words.data(),
                                     events);
    REQUIRE(events.m.count + events.n.count + events.w.count == 0);
    REQUIRE(in_lanes == block);
    return true;
}

} // namespace

TEST_CASE("Adam's update in lanes is that in 128-bit integers, or declines", "[tensor][adam]") {
    exact::Draw draw(29);
    int served = 0;
    constexpr int repeats = 6000;
    for (int repeat = 0; repeat < repeats; ++repeat) {
        served += same_in_lanes<Rounding::stochastic>(draw) ? 1 : 0;
        served += same_in_lanes<Rounding::nearest_even>(draw) ? 1 : 0;
    }
    CHECK(served > repeats / 8); // both happen often
    CHECK(served < 2 * repeats * 7 / 8);
}

TEST_CASE("lanes decline what overflows or is too large for them", "[tensor][adam]") {
    AdamRule how{fxp::quantize_factor(1.0 / 128),
                 fxp::quantize_factor(0.1),
                 fxp::quantize_factor(0.001),
                 fxp::quantize_factor(0.02),
                 Factor{},
                 1,
                 {38, 26},
                 {8, 40},
                 {8, 56},
                 {4, 12},
                 fxp::Overflow::saturate};
    const std::array<std::uint32_t, 2> words{};
    const auto declines = [&](std::int64_t w, std::int64_t m, std::int64_t n, std::int64_t g) {
        return !fxp::detail::adam_in_lanes<Rounding::stochastic>(0, 1, &w, &m, &n, static_cast<std::int64_t*>(nullptr),
                                                                 &g, fxp::detail::lanes_rule(how), words.data());
    };
    constexpr std::int64_t one = 1;
    CHECK_FALSE(declines(100, 1000, 1000, 1000));
    CHECK_FALSE(declines(32000, -(one << 30), one << 50, -(one << 30)));
    CHECK(declines(32767, -(one << 40), 1, 0)); // the weight overflows
    CHECK(declines(0, one << 48, 0, 0));
    CHECK(declines(0, 0, one << 61, 0));
    CHECK(declines(0, 0, -1, 0));
    CHECK(declines(0, 0, 0, one << 36));
    CHECK(declines(0, 0, 0, std::numeric_limits<std::int64_t>::min()));
    CHECK(declines(one << 30, 0, 0, 0));
    CHECK(AdamLanes::serve(fxp::detail::lanes_rule(how), how.m, how.n));
    how.rate = Factor{};
    CHECK_FALSE(AdamLanes::serve(fxp::detail::lanes_rule(how), how.m, how.n));
}

} // namespace adam_lanes_test
