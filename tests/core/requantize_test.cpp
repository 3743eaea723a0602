#include "core/exact.hpp"
#include "core/requantize_by.hpp"
#include "support/catch.hpp"

#include <fxp/core/requantize.hpp>

#include <vector>

namespace requantize_test {

using fxp::Format;
using fxp::Limits;
using fxp::Overflow;
using fxp::OverflowCount;
using fxp::Range;
using fxp::Rounding;
using fxp_test::requantize_by;

namespace {

/// Every rule, policy and shift of -10 .. 130 on the values -32768 + first, + stride, ...; counts disagreements.
template <class Wide, class Convert>
std::size_t disagreements(int stride, int word_bits, Convert convert, Range range = Range::symmetric) {
    std::size_t wrong = 0;
    const Limits limits{Format{word_bits, 0, range}};
    for (int shift = -10; shift <= 130; ++shift) {
        for (const Rounding rule : exact::all_roundings) {
            std::array<OverflowCount, 3> events;
            std::array<exact::Events, 3> expected_events;
            for (int v = -32768 + (shift + 10) % stride; v < 32768; v += stride) {
                // Words of all kinds: zero, all ones, and mixed.
                const std::uint32_t word = v % 5 == 0   ? 0
                                           : v % 7 == 0 ? ~std::uint32_t{0}
                                                        : static_cast<std::uint32_t>(v) * 2654435761U;
                // Above 110 bits the remainders leave __int128.
                const exact::Integer value{v};
                const exact::i128 rounded = shift <= 80 ? exact::rounded<exact::i128>(rule, v, shift, word)
                                                        : exact::to_i128(exact::rounded(rule, value, shift, word));
                for (std::size_t p = 0; p < 3; ++p) {
                    const auto fitted = exact::fitted(exact::all_policies[p], rounded, word_bits, range);
                    if (fitted.event) expected_events[p].record(rounded);
                    wrong += requantize_by<Wide>(rule, convert(v), shift, limits, exact::all_policies[p], events[p],
                                                 word) != fitted.value;
                }
            }
            for (std::size_t p = 0; p < 3; ++p) wrong += !(expected_events[p] == events[p]);
        }
    }
    return wrong;
}

} // namespace

TEST_CASE("requantize of 16-bit values by every rule, policy and shift", "[core][requantize]") {
    CHECK(disagreements<std::int64_t>(37, 8, [](int v) { return std::int64_t{v}; }) == 0);
    CHECK(disagreements<std::int64_t>(211, 2, [](int v) { return std::int64_t{v}; }) == 0);
    CHECK(disagreements<fxp::int128>(211, 13, [](int v) { return fxp::int128{v}; }) == 0);
    CHECK(disagreements<fxp::Int256>(211, 16, [](int v) { return fxp::Int256{v}; }) == 0);
    CHECK(disagreements<std::int64_t>(
              71, 8, [](int v) { return std::int64_t{v}; }, Range::full) == 0);
    CHECK(disagreements<fxp::Int256>(
              211, 8, [](int v) { return fxp::Int256{v}; }, Range::full) == 0);
}

TEST_CASE("requantize of all 16-bit values by every rule, policy and shift", "[core][requantize][slow]") {
    CHECK(disagreements<std::int64_t>(1, 8, [](int v) { return std::int64_t{v}; }) == 0);
}

TEST_CASE("requantize of extreme 64, 128 and 256-bit values", "[core][requantize]") {
    exact::Draw draw(2);
    const auto random128 = [&] {
        const auto high = static_cast<exact::u128>(static_cast<std::uint64_t>(draw.raw(64)));
        return static_cast<exact::i128>((high << 64) | draw.bits());
    };
    struct Value {
        exact::Integer exact;
        fxp::Int256 wide;
        bool fits64;
        bool fits128;
    };
    const auto small = [](exact::i128 v) {
        const auto max64 = exact::i128{std::numeric_limits<std::int64_t>::max()};
        return Value{exact::Integer{v}, fxp::Int256{v}, v <= max64 && v >= -max64, v != fxp::int128_min};
    };
    std::vector<Value> values;
    for (const int bits : {7, 8, 30, 31, 32, 61, 62, 63, 64, 65, 100, 125, 126}) {
        for (int off = -1; off <= 1; ++off) {
            values.push_back(small((exact::i128{1} << bits) + off));
            values.push_back(small(-(exact::i128{1} << bits) + off));
        }
    }
    values.push_back(small(fxp::int128_max));
    values.push_back(small(-fxp::int128_max));
    values.push_back(small(fxp::int128_min));
    for (int i = 0; i < 10; ++i) values.push_back(small(random128()));
    for (const int bits : {127, 128, 129, 190, 200, 253, 254}) {
        for (int i = 0; i < 3; ++i) {
            // +-(2^bits + a 128-bit number), built by addition in both worlds
            const exact::i128 low = i == 0 ? 0 : random128() / 2;
            const fxp::Int256 top{fxp::UInt256{1} << bits};
            values.push_back({exact::Integer::pow2(bits) + exact::Integer{low}, top + fxp::Int256{low}, false, false});
            const fxp::Int256 bottom{fxp::UInt256{0} - (fxp::UInt256{1} << bits)};
            values.push_back(
                {exact::Integer{low} - exact::Integer::pow2(bits), bottom + fxp::Int256{low}, false, false});
        }
    }

    std::size_t wrong = 0;
    for (const int word_bits : {2, 8, 31, 32, 33, 63, 64}) {
        const Range range = draw.range();
        const Limits limits{Format{word_bits - 3, 3, range}};
        for (int shift = -64; shift <= 250; shift += shift >= 131 || shift < -10 ? 17 : 1) {
            for (const Rounding rule : exact::all_roundings) {
                const auto word = static_cast<std::uint32_t>(draw.bits());
                for (const Overflow policy : exact::all_policies) {
                    OverflowCount counted;
                    exact::Events expected_events;
                    for (std::size_t i = static_cast<std::size_t>(shift + 64) % 3; i < values.size(); i += 3) {
                        const Value& value = values[i];
                        const std::int64_t expected = exact::requantized(rule, policy, value.exact, shift, word_bits,
                                                                         expected_events, word, range);
                        wrong += requantize_by(rule, value.wide, shift, limits, policy, counted, word) != expected;
                        OverflowCount other;
                        const fxp::int128 low = exact::to_i128(value.exact);
                        if (value.fits128)
                            wrong += requantize_by(rule, low, shift, limits, policy, other, word) != expected;
                        if (value.fits64) {
                            const auto narrow = static_cast<std::int64_t>(low);
                            wrong += requantize_by(rule, narrow, shift, limits, policy, other, word) != expected;
                        }
                    }
                    wrong += !(expected_events == counted);
                }
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("a negative shift multiplies exactly before the check", "[core][requantize]") {
    const Limits limits{Format{8, 0}};
    OverflowCount events;
    CHECK(fxp::requantize<Rounding::floor>(std::int64_t{3}, -5, limits, Overflow::saturate, events) == 96);
    CHECK(events.count == 0);
    CHECK(fxp::requantize<Rounding::floor>(std::int64_t{-3}, -6, limits, Overflow::saturate, events) == -127);
    CHECK(events.count == 1);
    CHECK(events.worst == -192);
    CHECK(fxp::requantize<Rounding::floor>(std::int64_t{3}, -6, limits, Overflow::wrap, events) == -64);
    CHECK(events.count == 2);
    CHECK(events.worst == 192); // the positive value wins the tie
    CHECK(fxp::requantize<Rounding::floor>(std::int64_t{1}, -250, limits, Overflow::wrap, events) == 0);
    CHECK(events.worst == fxp::int128_max);
}

} // namespace requantize_test
