// What tools/prove proves by a solver: functions of the core, and bodies of the kernels' loops, each on one element.
// Their results are left in globals.
#include <fxp/core/requantize.hpp>
#include <fxp/kernels/accumulate.hpp>
#include <fxp/kernels/elements.hpp>
#include <fxp/kernels/offset.hpp>
#include <fxp/kernels/products.hpp>
#include <fxp/kernels/round_block.hpp>

#include <limits>

using namespace fxp;
namespace loops = kernels::detail;

extern "C" {

std::int64_t out;
int128 out_low;
int128 out_high;
std::uint64_t out_count;
int128 out_worst;
bool out_outside;

} // extern "C"

namespace {

void put(std::int32_t value) { out_low = value; }
void put(std::int64_t value) { out_low = value; }
void put(int128 value) { out_low = value; }
void put(Int256 value) {
    out_low = static_cast<int128>(value.bits.low);
    out_high = static_cast<int128>(value.bits.high);
}
void put(const OverflowCount& events) {
    out_count = events.count;
    out_worst = events.worst;
}

Int256 wide(int128 low, int128 high) { return Int256{UInt256{static_cast<uint128>(high), static_cast<uint128>(low)}}; }

template <class Wide>
void fit_to(Wide value, int word_bits, Range range, Overflow policy) {
    OverflowCount events;
    out = fit(value, Limits{Format{word_bits, 0, range}}, policy, events);
    put(events);
}

template <Rounding rule, class Wide>
void requantize_to(Wide value, int shift, std::uint32_t word, int word_bits, Range range, Overflow policy) {
    OverflowCount events;
    out = requantize<rule>(value, shift, Limits{Format{word_bits, 0, range}}, policy, events, word);
    put(events);
}

template <loops::RoundLoop loop, class Wide>
void round_in_lanes(Wide value, int shift, Rounding rounding, std::uint32_t word) {
    kernels::Requantize how;
    how.shift = shift;
    how.rounding = rounding;
    out = loops::RoundInLanes<Wide>(how).template round<loop>(value, word);
}

template <class Accumulator, class T>
void plain_step(Accumulator sum, T value, int shift, bool negate) {
    loops::plain_loop(&sum, &value, 1, shift, negate);
    put(sum);
}
template <class Accumulator, class T>
void product_step(Accumulator sum, T a, T b, int shift) {
    loops::elementwise_loop(&sum, &a, &b, 1, shift);
    put(sum);
}

template <class T>
void add_element(T a, bool negate_a, T b, bool negate_b, T min, T max) {
    T result;
    out_outside = loops::add_elements_loop(&a, negate_a, &b, negate_b, 1, loops::Interval<T>{min, max}, &result);
    out = result;
}
template <class T, class Stored>
void convert_element(T a, bool negate, Stored min, Stored max) {
    Stored result;
    out_outside = loops::convert_elements_loop(&a, negate, 1, loops::Interval<Stored>{min, max}, &result);
    out = result;
}
template <class T>
void offset_element(T constant, bool negate, T x, T low, T high) {
    T result;
    out_outside = loops::offset_loop(constant, negate, &x, 1, low, high, &result);
    out = result;
}

} // namespace

extern "C" {

void fit_64(std::int64_t value, int word_bits, Range range, Overflow policy) {
    fit_to(value, word_bits, range, policy);
}
void fit_128(int128 value, int word_bits, Range range, Overflow policy) { fit_to(value, word_bits, range, policy); }
void fit_256(int128 low, int128 high, int word_bits, Range range, Overflow policy) {
    fit_to(wide(low, high), word_bits, range, policy);
}

#define FXP_OF_ROUNDING(rule, loop)                                                                                    \
    void round_shift_64_##rule(std::int64_t value, int shift, std::uint32_t word) {                                    \
        put(round_shift<Rounding::rule>(value, shift, word));                                                          \
    }                                                                                                                  \
    void round_shift_128_##rule(int128 value, int shift, std::uint32_t word) {                                         \
        put(round_shift<Rounding::rule>(value, shift, word));                                                          \
    }                                                                                                                  \
    void round_shift_256_##rule(int128 low, int128 high, int shift, std::uint32_t word) {                              \
        put(round_shift<Rounding::rule>(wide(low, high), shift, word));                                                \
    }                                                                                                                  \
    void requantize_64_##rule(std::int64_t value, int shift, std::uint32_t word, int word_bits, Range range,           \
                              Overflow policy) {                                                                       \
        requantize_to<Rounding::rule>(value, shift, word, word_bits, range, policy);                                   \
    }                                                                                                                  \
    void requantize_128_##rule(int128 value, int shift, std::uint32_t word, int word_bits, Range range,                \
                               Overflow policy) {                                                                      \
        requantize_to<Rounding::rule>(value, shift, word, word_bits, range, policy);                                   \
    }                                                                                                                  \
    void requantize_256_##rule(int128 low, int128 high, int shift, std::uint32_t word, int word_bits, Range range,     \
                               Overflow policy) {                                                                      \
        requantize_to<Rounding::rule>(wide(low, high), shift, word, word_bits, range, policy);                         \
    }                                                                                                                  \
    void lanes_32_##rule(std::int32_t value, int shift, std::uint32_t word) {                                          \
        round_in_lanes<loops::RoundLoop::loop>(value, shift, Rounding::rule, word);                                    \
    }                                                                                                                  \
    void lanes_64_##rule(std::int64_t value, int shift, std::uint32_t word) {                                          \
        round_in_lanes<loops::RoundLoop::loop>(value, shift, Rounding::rule, word);                                    \
    }

FXP_OF_ROUNDING(toward_zero, toward_zero)
FXP_OF_ROUNDING(floor, biased)
FXP_OF_ROUNDING(nearest_up, biased)
FXP_OF_ROUNDING(nearest_even, biased)
FXP_OF_ROUNDING(pseudo_stochastic, pseudo_stochastic)
FXP_OF_ROUNDING(stochastic, stochastic)

void record_two(int128 first, int128 second) {
    OverflowCount events;
    events.record(first);
    events.record(second);
    put(events);
}
void merge_two(int128 first, int128 second) {
    OverflowCount events;
    events.record(first);
    OverflowCount other;
    other.record(second);
    events.merge(other);
    put(events);
}

void add_256(int128 low, int128 high, int128 other_low, int128 other_high) {
    put(wide(low, high) + wide(other_low, other_high));
}
void negate_256(int128 low, int128 high) { put(-wide(low, high)); }
void shift_left_256(int128 low, int128 high, int shift) { put(wide(low, high) << shift); }
void shift_right_256(int128 low, int128 high, int shift) { put(Int256{UInt256{wide(low, high)} >> shift}); }

#define FXP_OF_STORAGE(bits)                                                                                           \
    void add_element_##bits(std::int##bits##_t a, bool negate_a, std::int##bits##_t b, bool negate_b,                  \
                            std::int##bits##_t min, std::int##bits##_t max) {                                          \
        add_element(a, negate_a, b, negate_b, min, max);                                                               \
    }                                                                                                                  \
    void offset_element_##bits(std::int##bits##_t constant, bool negate, std::int##bits##_t x, std::int##bits##_t low, \
                               std::int##bits##_t high) {                                                              \
        offset_element(constant, negate, x, low, high);                                                                \
    }
FXP_OF_STORAGE(8)
FXP_OF_STORAGE(16)
FXP_OF_STORAGE(32)
FXP_OF_STORAGE(64)

void convert_element_8_16(std::int8_t a, bool negate, std::int16_t min, std::int16_t max) {
    convert_element(a, negate, min, max);
}
void convert_element_8_32(std::int8_t a, bool negate, std::int32_t min, std::int32_t max) {
    convert_element(a, negate, min, max);
}
void convert_element_16_32(std::int16_t a, bool negate, std::int32_t min, std::int32_t max) {
    convert_element(a, negate, min, max);
}
void convert_element_32_64(std::int32_t a, bool negate, std::int64_t min, std::int64_t max) {
    convert_element(a, negate, min, max);
}

void plain_step_32_32(std::int32_t sum, std::int32_t value, int shift, bool negate) {
    plain_step(sum, value, shift, negate);
}
void plain_step_64_32(std::int64_t sum, std::int32_t value, int shift, bool negate) {
    plain_step(sum, value, shift, negate);
}
void plain_step_64_64(std::int64_t sum, std::int64_t value, int shift, bool negate) {
    plain_step(sum, value, shift, negate);
}
void plain_step_128_64(int128 sum, std::int64_t value, int shift, bool negate) {
    plain_step(sum, value, shift, negate);
}
void product_step_32_32(std::int32_t sum, std::int32_t a, std::int32_t b, int shift) { product_step(sum, a, b, shift); }
void product_step_64_32(std::int64_t sum, std::int32_t a, std::int32_t b, int shift) { product_step(sum, a, b, shift); }
void product_step_64_64(std::int64_t sum, std::int64_t a, std::int64_t b, int shift) { product_step(sum, a, b, shift); }
void product_step_128_64(int128 sum, std::int64_t a, std::int64_t b, int shift) { product_step(sum, a, b, shift); }
void product_step_256_64(int128 low, int128 high, std::int64_t a, std::int64_t b, int shift) {
    product_step(wide(low, high), a, b, shift);
}

} // extern "C"
