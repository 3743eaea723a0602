// requantize of integers of 64, 128 and 256 bits by every rule, policy and shift, against exact integers.
#include "core/exact.hpp"
#include "core/requantize_by.hpp"
#include "fuzz/fuzz.hpp"

namespace {

/// Everything but the value.
struct Request {
    fxp::Rounding rule;
    fxp::Overflow policy;
    int shift;
    int word_bits;
    std::uint32_t word;
};

template <class Wide>
void check(const char* width, const Wide& value, const exact::Integer& exact_value, const Request& request) {
    const auto& [rule, policy, shift, word_bits, word] = request;
    fxp::OverflowCount events;
    exact::Events expected_events;
    const std::int64_t raw =
        fxp_test::requantize_by(rule, value, shift, fxp::Limits{{word_bits - 3, 3}}, policy, events, word);
    const std::int64_t expected =
        exact::requantized(rule, policy, exact_value, shift, word_bits, expected_events, word);
    fuzz::require(raw == expected,
                  std::string(width) + " bits: raw " + std::to_string(raw) + ", expected " + std::to_string(expected));
    fuzz::require(expected_events == events, std::string(width) + " bits: other events");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Numbers numbers(data, size);
    Request request{};
    request.rule = exact::all_roundings[numbers.below(exact::all_roundings.size())];
    request.policy = exact::all_policies[numbers.below(exact::all_policies.size())];
    request.shift = numbers.between(0, 255) - 64;
    if (request.shift > 120) request.shift += 59; // to 250
    request.word_bits = numbers.between(2, 64);
    request.word = static_cast<std::uint32_t>(numbers.word());

    // The magnitude's top 64 bits at a place of their own, then lower ones: zeros, ones or what is there.
    const bool negative = numbers.below(2) == 1;
    const int place = numbers.between(0, 190);
    fxp::UInt256 magnitude{fxp::uint128{numbers.word()}};
    exact::Integer exact_value{exact::i128{static_cast<exact::i128>(static_cast<exact::u128>(magnitude.low))}};
    magnitude = magnitude << place;
    exact_value = exact_value * exact::Integer::pow2(place);
    if (place >= 64) {
        const std::uint64_t low = numbers.word();
        magnitude = magnitude + fxp::UInt256{fxp::uint128{low}};
        exact_value = exact_value + exact::Integer{static_cast<exact::i128>(low)};
    }
    if (negative) exact_value = -exact_value;
    const fxp::Int256 value{negative ? fxp::UInt256{} - magnitude : magnitude};

    check("256", value, exact_value, request);
    if (exact_value.magnitude() < exact::Integer::pow2(127)) {
        check("128", static_cast<fxp::int128>(exact::to_i128(exact_value)), exact_value, request);
    }
    if (exact_value.magnitude() < exact::Integer::pow2(63)) {
        check("64", static_cast<std::int64_t>(exact::to_i128(exact_value)), exact_value, request);
    }
    return 0;
}
