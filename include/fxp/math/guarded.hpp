// Guarded evaluation: a quick value with bits to spare, and a precise one where the quick one cannot decide how to
// round.
#pragma once

#include "fxp/core/overflow.hpp"
#include "fxp/core/requantize.hpp"
#include "fxp/kernels/dispatch.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace fxp::math {

/// A quick value: value * 2^-frac_bits.
struct Guarded {
    std::int64_t value;     ///< in steps, less than the function's margin from it
    std::int64_t frac_bits; ///< of a step; may be negative
};

/// A function of one number, known in two ways:
/// - guarded(raw, in_frac): the quick value, for |raw| <= 2^31 and in_frac of 0..31. Where its frac_bits does not
/// exceed
///   `finest`, its magnitude exceeds 2^32, and all such magnitudes lie within a factor of two. For a raw outside the
///   domain it is any number;
/// - precise(raw, in_frac, out, events): the value rounded to nearest, ties to even, saturated to `out` with its event,
///   for any formats; outside the domain the limit from inside, as an event.
/// margin: more steps than the quick value is ever away from the function; then results are rounded correctly. Zero
/// takes the quick value for the function.
/// finest, widest: most fraction bits of a result and most integer bits of an argument that the quick value serves.
/// contains(raw): whether raw, a number of any format, lies in the domain.
template <class F>
concept RealFunction = requires(std::int64_t raw, Format out, OverflowCount& events) {
    { F::contains(raw) } -> std::same_as<bool>;
    { F::guarded(raw, 0) } -> std::same_as<Guarded>;
    { F::precise(raw, 0, out, events) } -> std::same_as<std::int64_t>;
    { F::margin } -> std::convertible_to<std::int64_t>;
    { F::finest } -> std::convertible_to<int>;
    { F::widest } -> std::convertible_to<int>;
};

/// The formats that a quick value of 37 fraction bits serves: all words of up to 32 bits.
struct QuickFormats {
    static constexpr int finest = 31; ///< fraction bits of a result
    static constexpr int widest = 32; ///< integer bits of an argument
};

namespace detail {

/// Whether the quick value serves these formats.
template <RealFunction F>
constexpr bool has_guarded(Format in, Format out) {
    return in.word_bits() <= 32 && in.int_bits <= F::widest && in.frac_bits >= 0 && in.frac_bits <= 31 &&
           out.word_bits() <= 32 && out.frac_bits >= -16 && out.frac_bits <= F::finest;
}

/// Largest left shift of a quick value that lies beyond the format.
inline constexpr std::int64_t max_left = 80;

/// What a quick value says about the rounded result.
struct Candidate {
    std::int64_t raw;     ///< the result, saturated
    std::int64_t outside; ///< nonzero: saturation changed it; grows with what it was, and has its sign
    std::int64_t open;    ///< nonzero: the quick value cannot tell the result, or its overflow, from its neighbour
};

/// value / 2^(shift + 1) to nearest. Ties go upwards, or with TiesToEven to even. With a margin an exact tie is open,
/// so that its direction does not matter.
template <bool TiesToEven>
FXP_INLINE constexpr std::int64_t nearest(std::int64_t value, std::int64_t shift) {
    const std::int64_t doubled = value >> shift;
    const std::int64_t up = (doubled + 1) >> 1;
    if constexpr (!TiesToEven) return up;
    const std::int64_t exact = doubled * (std::int64_t{1} << shift) == value ? 1 : 0;
    return up - (exact & doubled & up & 1);
}

/// What saturation takes away.
FXP_INLINE constexpr std::int64_t excess(std::int64_t value, std::int64_t min_raw, std::int64_t max_raw) {
    const std::int64_t raised = value < min_raw ? min_raw : value;
    return value - (raised > max_raw ? max_raw : raised);
}

template <RealFunction F>
FXP_INLINE constexpr Candidate candidate(std::int64_t raw, int in_frac, int out_frac, std::int64_t min_raw,
                                         std::int64_t max_raw) {
    const Guarded quick = F::guarded(raw, in_frac);
    const std::int64_t wanted = quick.frac_bits - out_frac;
    // Without a shift the result is beyond every word whatever its last bits; shifted by 62, it is zero.
    const std::int64_t low = wanted < 1 ? 0 : wanted - 1;
    const std::int64_t shift = low > 61 ? 61 : low;
    const std::int64_t below = nearest<F::margin == 0>(quick.value - F::margin, shift);
    const std::int64_t above = nearest<F::margin == 0>(quick.value + F::margin, shift);
    const std::int64_t below_outside = excess(below, min_raw, max_raw);
    const std::int64_t above_outside = excess(above, min_raw, max_raw);
    // Two results differ unless both are the same integer or both saturate at the same end, which is where one lies.
    const std::int64_t both = below_outside != 0 ? above_outside : 0;
    const std::int64_t undecided = both != 0 ? 0 : below ^ above;
    // Exponent before mantissa: quick values without a shift differ by less than a factor of two in their mantissas.
    // Beyond 2^80 overflow_of() knows the mantissas only.
    const std::int64_t scale = wanted < -max_left ? -max_left : wanted;
    const std::int64_t exponent = scale < 1 ? 1 - scale : 0;
    const std::int64_t size = exponent * (std::int64_t{1} << 40) + (below < 0 ? -below : below);
    const std::int64_t outside = below_outside == 0 ? 0 : below < 0 ? -size : size;
    return {below - below_outside, outside, F::contains(raw) ? undecided : 1};
}

/// Whether saturation changed the first of two candidates by more; a positive one wins a tie.
constexpr bool is_worse(std::int64_t outside, std::int64_t other) {
    const std::int64_t size = outside < 0 ? -outside : outside;
    const std::int64_t other_size = other < 0 ? -other : other;
    return size > other_size || (size == other_size && outside > other);
}

/// The overflow of a candidate outside the format, to as many bits as the quick value has.
template <RealFunction F>
constexpr int128 overflow_of(std::int64_t raw, int in_frac, int out_frac) {
    const Guarded quick = F::guarded(raw, in_frac);
    const std::int64_t left = out_frac - quick.frac_bits;
    return left < 0 ? int128{quick.value >> -left}
                    : int128{quick.value} * (int128{1} << static_cast<int>(left > max_left ? max_left : left));
}

template <RealFunction F, class In, class Out>
FXP_INLINE std::int64_t candidate_loop(const In* FXP_RESTRICT x, std::size_t count, int in_frac, int out_frac,
                                       std::int64_t min_raw, std::int64_t max_raw, Out* FXP_RESTRICT y,
                                       std::int64_t* FXP_RESTRICT open, std::int64_t* FXP_RESTRICT outside) {
    for (std::size_t i = 0; i < count; ++i) {
        const Candidate result = candidate<F>(x[i], in_frac, out_frac, min_raw, max_raw);
        y[i] = static_cast<Out>(result.raw);
        open[i] = result.open;
        outside[i] = result.outside;
    }
    // A loop of its own: in the other, compilers make it a branch where the margin is zero, and then vectorize neither.
    std::int64_t any = 0;
    for (std::size_t i = 0; i < count; ++i) any |= open[i] | outside[i];
    return any;
}

} // namespace detail

/// F at raw of format `in`, rounded to nearest, ties to even, in format `out`; a result outside saturates and is an
/// event.
template <RealFunction F>
constexpr std::int64_t evaluate(std::int64_t raw, Format in, Format out, OverflowCount& events) {
    if (detail::has_guarded<F>(in, out)) {
        const detail::Candidate result =
            detail::candidate<F>(raw, in.frac_bits, out.frac_bits, out.min_raw(), out.max_raw());
        if (result.open == 0) {
            if (result.outside != 0) events.record(detail::overflow_of<F>(raw, in.frac_bits, out.frac_bits));
            return result.raw;
        }
    }
    return F::precise(raw, in.frac_bits, out, events);
}

/// y[i] = evaluate<F>(x[i], in, out, events); y may be x. In and Out store the formats.
template <RealFunction F, class In, class Out>
void apply(Format in, const In* x, std::size_t count, Format out, Out* y, OverflowCount& events) {
    if (!detail::has_guarded<F>(in, out)) {
        for (std::size_t i = 0; i < count; ++i) {
            y[i] = static_cast<Out>(F::precise(x[i], in.frac_bits, out, events));
        }
        return;
    }
    constexpr std::size_t block = 256;
    std::array<In, block> arguments;
    std::array<Out, block> results;
    std::array<std::int64_t, block> open;    // nonzero: undecided
    std::array<std::int64_t, block> outside; // nonzero: saturated
    const int in_frac = in.frac_bits;
    const int out_frac = out.frac_bits;
    const std::int64_t min_raw = out.min_raw();
    const std::int64_t max_raw = out.max_raw();
    for (std::size_t begin = 0; begin < count; begin += block) {
        const std::size_t n = std::min(block, count - begin);
        std::copy_n(x + begin, n, arguments.data());
        const In* source = arguments.data();
        Out* target = results.data();
        std::int64_t* open_data = open.data();
        std::int64_t* outside_data = outside.data();
        const std::int64_t any = kernels::dispatch([=]() FXP_LOOP {
            return detail::candidate_loop<F>(source, n, in_frac, out_frac, min_raw, max_raw, target, open_data,
                                             outside_data);
        });
        if (any != 0) {
            std::uint64_t saturated = 0;
            std::size_t worst = 0;
            for (std::size_t i = 0; i < n; ++i) {
                if (open[i] != 0) {
                    results[i] = static_cast<Out>(F::precise(arguments[i], in_frac, out, events));
                    outside[i] = 0;
                } else if (outside[i] != 0) {
                    ++saturated;
                    if (detail::is_worse(outside[i], outside[worst])) worst = i;
                }
            }
            if (saturated != 0) {
                events.merge({saturated, detail::overflow_of<F>(arguments[worst], in_frac, out_frac)});
            }
        }
        std::copy_n(results.data(), n, y + begin);
    }
}

} // namespace fxp::math
