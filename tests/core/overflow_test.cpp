#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/core/overflow.hpp>

namespace overflow_test {

using fxp::fit;
using fxp::Format;
using fxp::Limits;
using fxp::Overflow;
using fxp::OverflowCount;
using fxp::Range;

TEST_CASE("fit of all small values into all small words", "[core][overflow]") {
    const Range range = GENERATE(Range::symmetric, Range::full);
    std::size_t wrong = 0;
    for (int word = 2; word <= 11; ++word) {
        const Limits limits{Format{word, 0, range}};
        for (const Overflow policy : exact::all_policies) {
            OverflowCount events64;
            OverflowCount events128;
            OverflowCount events256;
            exact::Events expected;
            for (int v = -5000; v <= 5000; ++v) {
                const auto result = exact::fitted<exact::i128>(policy, v, word, range);
                if (result.event) expected.record(exact::i128{v});
                wrong += fit(std::int64_t{v}, limits, policy, events64) != result.value;
                wrong += fit(fxp::int128{v}, limits, policy, events128) != result.value;
                wrong += fit(fxp::Int256{v}, limits, policy, events256) != result.value;
            }
            for (const OverflowCount& events : {events64, events128, events256}) wrong += !(expected == events);
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("only wrapping reaches the value below the symmetric range", "[core][overflow]") {
    const Limits limits{Format{4, 4}};
    OverflowCount events;
    CHECK(fit(std::int64_t{-128}, limits, Overflow::saturate, events) == -127);
    CHECK(events.count == 1);
    CHECK(fit(std::int64_t{-128}, limits, Overflow::wrap, events) == -128);
    CHECK(events.count == 1); // nothing changed
    CHECK(fit(std::int64_t{128}, limits, Overflow::wrap, events) == -128);
    CHECK(events.count == 2);
    CHECK(events.worst == 128);
}

TEST_CASE("the full range has the value below the symmetric one, and nothing beyond", "[core][overflow]") {
    const Limits limits{Format{4, 4, Range::full}};
    OverflowCount events;
    CHECK(fit(std::int64_t{-128}, limits, Overflow::saturate, events) == -128);
    CHECK(fit(std::int64_t{-128}, limits, Overflow::throw_error, events) == -128);
    CHECK(events.count == 0);
    CHECK(fit(std::int64_t{-129}, limits, Overflow::saturate, events) == -128);
    CHECK(fit(-std::int64_t{-128}, limits, Overflow::saturate, events) == 127);
    CHECK(events.count == 2);
    CHECK(events.worst == -129);
    const Limits widest{Format{8, 56, Range::full}};
    const fxp::int128 min = std::numeric_limits<std::int64_t>::min();
    CHECK(fit(min, widest, Overflow::saturate, events) == min);
    CHECK(events.count == 2);
    CHECK(fit(min - 1, widest, Overflow::saturate, events) == min);
    CHECK(fit(-min, widest, Overflow::saturate, events) == -(min + 1));
    CHECK(events.count == 4);
}

TEST_CASE("a 64-bit word at its ends", "[core][overflow]") {
    const Limits limits{Format{8, 56}};
    const fxp::int128 max = std::numeric_limits<std::int64_t>::max();
    OverflowCount events;
    CHECK(fit(max, limits, Overflow::saturate, events) == max);
    CHECK(fit(-max, limits, Overflow::saturate, events) == -max);
    CHECK(events.count == 0);
    CHECK(fit(max + 1, limits, Overflow::saturate, events) == max);
    CHECK(fit(-max - 1, limits, Overflow::saturate, events) == -max);
    CHECK(fit(std::numeric_limits<std::int64_t>::min(), limits, Overflow::throw_error, events) == -max);
    CHECK(events.count == 3);
    CHECK(events.worst == max + 1);
    CHECK(fit(max + 1, limits, Overflow::wrap, events) == -max - 1);
    CHECK(fit(2 * max + 5, limits, Overflow::wrap, events) == 3);
    CHECK(events.count == 5);
    CHECK(events.worst == 2 * max + 5);
}

TEST_CASE("values beyond 128 bits are counted as the nearest that fits", "[core][overflow]") {
    const Limits limits{Format{8, 0}};
    const fxp::Int256 huge{(fxp::UInt256{1} << 200) + fxp::UInt256{5}};
    const fxp::Int256 negative{fxp::UInt256{0} - (fxp::UInt256{1} << 200) - fxp::UInt256{5}};
    OverflowCount events;
    CHECK(fit(huge, limits, Overflow::saturate, events) == 127);
    CHECK(events.worst == fxp::int128_max);
    CHECK(fit(huge, limits, Overflow::wrap, events) == 5);
    CHECK(fit(negative, limits, Overflow::wrap, events) == -5);
    CHECK(fit(negative, limits, Overflow::saturate, events) == -127);
    CHECK(fit(huge, limits, Overflow::saturate, events) == 127);
    CHECK(events.count == 5);
    CHECK(events.worst < 0); // -2^127 is one farther than 2^127 - 1
}

TEST_CASE("counts merge: sums, and the worst of both", "[core][overflow]") {
    OverflowCount a;
    OverflowCount b;
    const OverflowCount none;
    a.record(5);
    a.record(-7);
    b.record(7);
    CHECK(a.worst == -7);
    a.merge(none);
    CHECK(a.count == 2);
    a.merge(b);
    CHECK(a.count == 3);
    CHECK(a.worst == 7);
    OverflowCount c;
    c.merge(a);
    CHECK(c.count == 3);
    CHECK(c.worst == 7);
    c.record(fxp::int128_min);
    c.record(fxp::int128_max);
    CHECK(c.count == 5);
    CHECK(c.worst == fxp::int128_min);
}

} // namespace overflow_test
