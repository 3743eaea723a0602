// Round a row: from exact sums to raw integers of the result's format, every overflow counted.
#pragma once

#include "fxp/core/random.hpp"
#include "fxp/core/requantize.hpp"
#include "fxp/core/wraps.hpp"
#include "fxp/kernels/compiled.hpp"
#include "fxp/kernels/operand.hpp"
#include "fxp/kernels/random_words.hpp"

#include <algorithm>
#include <array>
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

/// Calls f(i, word) for i in [0, count) with the word of the element first_element + i, zero when `rule` reads none.
template <Rounding rule, class F>
void with_words(const Requantize& how, std::uint64_t first_element, std::size_t count, F&& f) {
    if constexpr (rule != Rounding::stochastic) {
        for (std::size_t i = 0; i < count; ++i) f(i, std::uint32_t{0});
    } else {
        constexpr std::size_t size = 256;
        std::array<std::uint32_t, size + random_words_room> scratch;
        for (std::size_t begin = 0; begin < count; begin += size) {
            const std::size_t n = std::min(size, count - begin);
            const std::uint32_t* words = random_words(how.random, first_element + begin, n, scratch.data());
            for (std::size_t i = 0; i < n; ++i) f(begin + i, words[i]);
        }
    }
}

template <Rounding rule, class Wide>
void round_row(const Wide* sums, std::size_t count, const Requantize& how, std::uint64_t first_element,
               std::int64_t* result, OverflowCount& events) {
    with_words<rule>(how, first_element, count, [&](std::size_t i, std::uint32_t word) {
        result[i] = fxp::requantize<rule>(sums[i], how.shift, how.limits, how.overflow, events, word);
    });
}

} // namespace detail

/// Calls `f.template operator()<rule>()` for a rounding known at run time.
template <class F>
void with_rounding(Rounding rule, F&& f) {
    switch (rule) {
    case Rounding::toward_zero:
        return f.template operator()<Rounding::toward_zero>();
    case Rounding::floor:
        return f.template operator()<Rounding::floor>();
    case Rounding::nearest_up:
        return f.template operator()<Rounding::nearest_up>();
    case Rounding::nearest_even:
        return f.template operator()<Rounding::nearest_even>();
    case Rounding::pseudo_stochastic:
        return f.template operator()<Rounding::pseudo_stochastic>();
    case Rounding::stochastic:
        return f.template operator()<Rounding::stochastic>();
    }
}

/// result[i] = requantize(sums[i]); `first_element` is the address of sums[0] in the tensor's random stream.
template <class Wide>
void round_row(const Wide* sums, std::size_t count, const Requantize& how, std::uint64_t first_element,
               std::int64_t* result, OverflowCount& events) {
    with_rounding(how.rounding,
                  [&]<Rounding rule>() { detail::round_row<rule>(sums, count, how, first_element, result, events); });
}

#ifdef FXP_COMPILED_KERNELS
FXP_KERNEL_TEMPLATE void round_row(const std::int64_t*, std::size_t, const Requantize&, std::uint64_t, std::int64_t*,
                                   OverflowCount&);
FXP_KERNEL_TEMPLATE void round_row(const int128*, std::size_t, const Requantize&, std::uint64_t, std::int64_t*,
                                   OverflowCount&);
FXP_KERNEL_TEMPLATE void round_row(const Int256*, std::size_t, const Requantize&, std::uint64_t, std::int64_t*,
                                   OverflowCount&);
#endif

/// out[i] = values[i]; every value fits. Wide: std::int32_t or std::int64_t.
template <class Wide, class Stored>
void store_row(const Wide* values, std::size_t count, Stored* out) {
    dispatch([=]() FXP_LOOP { detail::convert_loop(values, count, out); });
}

namespace detail {

template <class Wide, class Stored>
FXP_INLINE bool narrow_loop(const Wide* FXP_RESTRICT values, std::size_t count, Stored* FXP_RESTRICT out) {
    Wide lost = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto kept = static_cast<Stored>(values[i]);
        lost = static_cast<Wide>(lost | (values[i] ^ Wide{kept}));
        out[i] = kept;
    }
    return lost == 0;
}

} // namespace detail

/// out[i] = values[i]; returns whether all fit.
template <class Wide, class Stored>
bool narrow_row(const Wide* values, std::size_t count, Stored* out) {
    return dispatch([=]() FXP_LOOP { return detail::narrow_loop(values, count, out); });
}

namespace detail {

/// sums = out + values, modulo 2^64; returns whether some lie outside [min, max], within which those of out do. With
/// limits of up to 63 bits a sum that leaves 64 bits comes out beyond the other end.
template <class Stored>
[[FXP_WRAPS]] FXP_INLINE std::int64_t add_loop(const std::int64_t* FXP_RESTRICT values, std::size_t count,
                                               std::int64_t min, std::int64_t max, const Stored* FXP_RESTRICT out,
                                               std::int64_t* FXP_RESTRICT sums) {
    std::int64_t outside = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto held = static_cast<std::uint64_t>(std::int64_t{out[i]});
        const auto sum = static_cast<std::int64_t>(held + static_cast<std::uint64_t>(values[i]));
        outside |= (sum > max) | (sum < min);
        sums[i] = sum;
    }
    return outside;
}

} // namespace detail

/// out[i] += values[i], fitted into `limits`, those of out's own format, by `overflow`. `scratch` has room for `count`
/// values.
template <class Stored>
void add_row(const std::int64_t* values, std::size_t count, Stored* out, const Limits& limits, Overflow overflow,
             std::int64_t* scratch, OverflowCount& events) {
    if (limits.word_bits <= 63) {
        const std::int64_t min = limits.min_raw;
        const std::int64_t max = limits.max_raw;
        if (dispatch([=]() FXP_LOOP { return detail::add_loop(values, count, min, max, out, scratch); }) == 0) {
            return store_row(scratch, count, out);
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<Stored>(fit(static_cast<int128>(out[i]) + values[i], limits, overflow, events));
    }
}

} // namespace fxp::kernels
