// Sums of 128 bits that are gathered into 64 before they are rounded, and rows that are added, against the exact
// oracle.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/kernels/sum_block.hpp>

#include <vector>

namespace sum_block_test {

TEST_CASE("gathered sums round as the sums do", "[kernels]") {
    exact::Draw draw(15);
    for (int round = 0; round < 200; ++round) {
        const int size = 62 + static_cast<int>(draw.below(30));
        fxp::kernels::Requantize how;
        how.limits = fxp::Limits{fxp::Format{32, 0}};
        how.rounding = exact::all_roundings[draw.below(4)];
        const fxp::uint128 bound = fxp::uint128{1} << size;
        how.shift = size - 59; // a border between two results would be odd after gathering
        REQUIRE(fxp::kernels::gathered_bits(how, bound) == 0);
        how.shift = size - 58 + static_cast<int>(draw.below(20));
        const int gathered = fxp::kernels::gathered_bits(how, bound);
        REQUIRE(gathered == size - 60);
        const std::size_t count = 1 + draw.below(fxp::kernels::block_columns);
        std::vector<fxp::int128> sums(count);
        std::vector<std::int32_t> expected(count);
        exact::Events events;
        for (std::size_t i = 0; i < count; ++i) {
            // Close to a border between two results, or anywhere.
            const exact::i128 unit = exact::i128{1} << (how.shift - 1);
            const exact::i128 near = draw.raw(30) * unit + static_cast<int>(draw.below(3)) - 1;
            const exact::i128 most = static_cast<exact::i128>(bound);
            const exact::i128 value = draw.below(2) == 0 ? near : (draw.raw(62) * (most >> 61));
            sums[i] = value > most ? most : value < -most ? -most : value;
            expected[i] = static_cast<std::int32_t>(
                exact::requantized(how.rounding, how.overflow, exact::Integer{sums[i]}, how.shift, 32, events));
        }
        std::vector<std::int32_t> out(count);
        fxp::kernels::SumBlock<fxp::int128> block;
        block.rows = 1;
        block.columns = block.stride = count;
        block.sums = sums.data();
        const fxp::kernels::Destination<std::int32_t> result{how, nullptr, out.data(), count, 0};
        fxp::OverflowCount counted;
        fxp::kernels::store_gathered_block(block, {0, 1, 0, count}, result, gathered, counted);
        INFO("rule " << static_cast<int>(how.rounding) << ", size " << size << ", shift " << how.shift);
        REQUIRE(out == expected);
        REQUIRE(events == counted);
    }
}

TEST_CASE("sums fit what they are added to, whichever way they are rounded", "[kernels]") {
    fxp::kernels::Requantize how;
    how.shift = 4;
    how.limits = fxp::Limits{fxp::Format{16, 0}};
    const fxp::Limits own{fxp::Format{12, 0}};
    std::vector<std::int64_t> sums{16 * 100, -16 * 40};
    std::vector<std::int64_t> scratch(2);
    fxp::kernels::SumBlock<std::int64_t> block;
    block.rows = 1;
    block.columns = block.stride = 2;
    block.sums = sums.data();
    block.scratch = scratch.data();
    for (const bool in_lanes : {false, true}) {
        std::vector<std::int16_t> out{2000, -2000};
        const fxp::kernels::Destination<std::int16_t> result{how, &own, out.data(), 2, 0};
        fxp::OverflowCount events;
        if (in_lanes) {
            fxp::kernels::store_block_in_lanes(block, {0, 1, 0, 2}, result, events);
        } else {
            fxp::kernels::store_block_by_rows(block, {0, 1, 0, 2}, result, events);
        }
        CHECK(out == std::vector<std::int16_t>{2047, -2040});
        CHECK(events.count == 1);
        CHECK(events.worst == 2100);
    }
}

TEST_CASE("rows of 64-bit words are added without leaving their type", "[kernels]") {
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    for (const int bits : {63, 64}) {
        std::vector<std::int64_t> out{most, -most, 5};
        const std::vector<std::int64_t> values{most >> (64 - bits), -(most >> (64 - bits)), -7};
        std::vector<std::int64_t> scratch(3);
        fxp::OverflowCount events;
        fxp::kernels::add_row(values.data(), 3, out.data(), fxp::Limits{fxp::Format{64, 0}}, fxp::Overflow::saturate,
                              scratch.data(), events);
        CHECK(out == std::vector<std::int64_t>{most, -most, -2});
        CHECK(events.count == 2);
    }
}

} // namespace sum_block_test
