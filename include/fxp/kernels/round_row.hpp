// Round a row: from exact sums to raw integers of the result's format, every overflow counted.
#pragma once

#include "../core/random.hpp"
#include "../core/requantize.hpp"
#include "operand.hpp"

#include <cstddef>

namespace fxp::kernels {

/// How exact sums become raw integers.
struct Requantize {
    int shift = 0; ///< fraction bits of the sum minus those of the result
    Limits limits{Format{8, 24}};
    Rounding rounding = Rounding::nearest_even;
    Overflow overflow = Overflow::saturate;
    RandomStream random{}; ///< read by Rounding::stochastic
};

namespace detail {

template <Rounding rule, class Wide>
void round_row_any(const Wide* sums, std::size_t count, const Requantize& how, std::uint64_t first_element,
                   std::int64_t* result, OverflowCount& events) {
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t random = rule == Rounding::stochastic ? how.random.word(first_element + i) : 0;
        result[i] = fxp::requantize<rule>(sums[i], how.shift, how.limits, how.overflow, events, random);
    }
}

/// The vector loop: 64-bit sums, right shift below 63, saturation. Events are only looked for when there are some.
template <Rounding rule>
void round_row_saturating(const std::int64_t* sums, std::size_t count, const Requantize& how, std::int64_t* result,
                          OverflowCount& events) {
    const int shift = how.shift;
    const std::int64_t max = how.limits.max_raw;
    std::int64_t outside = 0;
    dispatch([&]() FXP_LOOP {
        std::int64_t any = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::int64_t value = round_shift<rule>(sums[i], shift);
            any |= (value > max) | (value < -max);
            result[i] = value;
        }
        outside = any;
    });
    if (outside == 0) return;
    for (std::size_t i = 0; i < count; ++i) result[i] = fit(result[i], how.limits, how.overflow, events);
}

template <Rounding rule, class Wide>
void round_row(const Wide* sums, std::size_t count, const Requantize& how, std::uint64_t first_element,
               std::int64_t* result, OverflowCount& events) {
    if constexpr (std::is_same_v<Wide, std::int64_t> && rule != Rounding::stochastic) {
        if (how.shift >= 0 && how.shift < 63 && how.overflow != Overflow::wrap) {
            return round_row_saturating<rule>(sums, count, how, result, events);
        }
    }
    round_row_any<rule>(sums, count, how, first_element, result, events);
}

} // namespace detail

/// Calls f.template operator()<rule>() for a rounding known at run time.
template <class F>
void with_rounding(Rounding rule, F&& f) {
    switch (rule) {
    case Rounding::toward_zero: return f.template operator()<Rounding::toward_zero>();
    case Rounding::floor: return f.template operator()<Rounding::floor>();
    case Rounding::nearest_up: return f.template operator()<Rounding::nearest_up>();
    case Rounding::nearest_even: return f.template operator()<Rounding::nearest_even>();
    case Rounding::pseudo_stochastic: return f.template operator()<Rounding::pseudo_stochastic>();
    case Rounding::stochastic: return f.template operator()<Rounding::stochastic>();
    }
}

/// result[i] = requantize(sums[i]); `first_element` is the address of sums[0] in the tensor's random stream.
template <class Wide>
void round_row(const Wide* sums, std::size_t count, const Requantize& how, std::uint64_t first_element,
               std::int64_t* result, OverflowCount& events) {
    with_rounding(how.rounding, [&]<Rounding rule>() {
        detail::round_row<rule>(sums, count, how, first_element, result, events);
    });
}

/// out[i] = values[i]; every value fits.
template <class Stored>
void store_row(const std::int64_t* values, std::size_t count, Stored* out) {
    dispatch([&]() FXP_LOOP {
        for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<Stored>(values[i]);
    });
}

/// out[i] += values[i], fitted into `limits`, those of out's own format, by `overflow`. Leaves the sums in `values`.
template <class Stored>
void add_row(std::int64_t* values, std::size_t count, Stored* out, const Limits& limits, Overflow overflow,
             OverflowCount& events) {
    // Below 2^62 on either side, 64 bits hold the sum.
    if (limits.word_bits <= 63 && overflow != Overflow::wrap && max_magnitude(values, count) < (std::uint64_t{1} << 62)) {
        dispatch([&]() FXP_LOOP {
            for (std::size_t i = 0; i < count; ++i) values[i] += out[i];
        });
        Requantize how;
        how.limits = limits;
        detail::round_row_saturating<Rounding::floor>(values, count, how, values, events);
        return store_row(values, count, out);
    }
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<Stored>(fit(static_cast<int128>(out[i]) + values[i], limits, overflow, events));
    }
}

} // namespace fxp::kernels
