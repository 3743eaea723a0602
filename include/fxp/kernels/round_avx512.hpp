// Rounding of exact sums by AVX-512: what the loops of round_block.hpp do, which no compiler vectorizes well for short
// rows.
#pragma once

#include "fxp/kernels/avx512.hpp"
#include "fxp/kernels/round_lanes.hpp"

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::avx512 {

using detail::Fitted;
using detail::Interval;
using detail::RoundInLanes;
using detail::RoundLoop;
using detail::RowWords;

typedef std::uint32_t HalfU32 __attribute__((vector_size(32)));

/// Bit i: lane i takes part. Lanes that do not are read as zero and not written.
using LaneMask = std::uint16_t;

typedef std::int32_t I32Anywhere __attribute__((vector_size(64), aligned(1), may_alias));
typedef std::int32_t HalfAnywhere __attribute__((vector_size(32), aligned(1), may_alias));
typedef std::int32_t QuarterAnywhere __attribute__((vector_size(16), aligned(1), may_alias));
typedef std::int64_t EighthAnywhere __attribute__((aligned(1), may_alias));

[[FXP_TARGET_AVX512]] FXP_INLINE void load_lanes(I32& to, const std::int32_t* from, LaneMask lanes) {
    asm("vmovdqu32 {%1, %0%{%2%}%{z%}|%0%{%2%}%{z%}, %1}"
        : "=v"(to)
        : "m"(*reinterpret_cast<const I32Anywhere*>(from)), "Yk"(lanes));
}
[[FXP_TARGET_AVX512]] FXP_INLINE void load_lanes(I64& to, const std::int64_t* from, LaneMask lanes) {
    asm("vmovdqu64 {%1, %0%{%2%}%{z%}|%0%{%2%}%{z%}, %1}"
        : "=v"(to)
        : "m"(*reinterpret_cast<const I32Anywhere*>(from)), "Yk"(lanes));
}
[[FXP_TARGET_AVX512]] FXP_INLINE void load_words(U32& to, const std::uint32_t* from, LaneMask lanes) {
    asm("vmovdqu32 {%1, %0%{%2%}%{z%}|%0%{%2%}%{z%}, %1}"
        : "=v"(to)
        : "m"(*reinterpret_cast<const I32Anywhere*>(from)), "Yk"(lanes));
}
[[FXP_TARGET_AVX512]] FXP_INLINE void load_words(U64& to, const std::uint32_t* from, LaneMask lanes) {
    asm("vpmovzxdq {%1, %0%{%2%}%{z%}|%0%{%2%}%{z%}, %1}"
        : "=v"(to)
        : "m"(*reinterpret_cast<const HalfAnywhere*>(from)), "Yk"(lanes));
}

// Lanes, all or some of them, cut off where the storage is narrower.
#define FXP_STORE_LANES(Lanes, Stored, Memory, instruction)                                                            \
    [[FXP_TARGET_AVX512]] FXP_INLINE void store_lanes(const Lanes& from, Stored* to) {                                 \
        asm(instruction " {%1, %0|%0, %1}" : "=m"(*reinterpret_cast<Memory*>(to)) : "v"(from));                        \
    }                                                                                                                  \
    [[FXP_TARGET_AVX512]] FXP_INLINE void store_lanes(const Lanes& from, Stored* to, LaneMask lanes) {                 \
        asm(instruction " {%1, %0%{%2%}|%0%{%2%}, %1}"                                                                 \
            : "+m"(*reinterpret_cast<Memory*>(to))                                                                     \
            : "v"(from), "Yk"(lanes));                                                                                 \
    }
FXP_STORE_LANES(I32, std::int8_t, QuarterAnywhere, "vpmovdb")
FXP_STORE_LANES(I32, std::int16_t, HalfAnywhere, "vpmovdw")
FXP_STORE_LANES(I32, std::int32_t, I32Anywhere, "vmovdqu32")
FXP_STORE_LANES(I64, std::int8_t, EighthAnywhere, "vpmovqb")
FXP_STORE_LANES(I64, std::int16_t, QuarterAnywhere, "vpmovqw")
FXP_STORE_LANES(I64, std::int32_t, HalfAnywhere, "vpmovqd")
FXP_STORE_LANES(I64, std::int64_t, I32Anywhere, "vmovdqu64")
#undef FXP_STORE_LANES

/// count += 1 in the lanes where a and b differ.
[[FXP_TARGET_AVX512]] FXP_INLINE void count_changed(I32& count, const I32& a, const I32& b) {
    LaneMask lanes;
    const I32 one = 1 - I32{};
    asm("vpcmpneqd {%2, %1, %0|%0, %1, %2}" : "=Yk"(lanes) : "v"(a), "v"(b));
    asm("vpaddd {%2, %0, %0%{%1%}|%0%{%1%}, %0, %2}" : "+v"(count) : "Yk"(lanes), "v"(one));
}
[[FXP_TARGET_AVX512]] FXP_INLINE void count_changed(I64& count, const I64& a, const I64& b) {
    LaneMask lanes;
    const I64 one = 1 - I64{};
    asm("vpcmpneqq {%2, %1, %0|%0, %1, %2}" : "=Yk"(lanes) : "v"(a), "v"(b));
    asm("vpaddq {%2, %0, %0%{%1%}|%0%{%1%}, %0, %2}" : "+v"(count) : "Yk"(lanes), "v"(one));
}
/// The lanes in which a > b.
[[FXP_TARGET_AVX512]] FXP_INLINE LaneMask greater(const I32& a, const I32& b) {
    LaneMask lanes;
    asm("vpcmpgtd {%2, %1, %0|%0, %1, %2}" : "=Yk"(lanes) : "v"(a), "v"(b));
    return lanes;
}
[[FXP_TARGET_AVX512]] FXP_INLINE LaneMask greater(const I64& a, const I64& b) {
    LaneMask lanes;
    asm("vpcmpgtq {%2, %1, %0|%0, %1, %2}" : "=Yk"(lanes) : "v"(a), "v"(b));
    return lanes;
}

/// RoundInLanes::round, lane by lane; random: read by RoundLoop::stochastic only.
template <RoundLoop loop, class Wide>
[[FXP_TARGET_AVX512]] FXP_INLINE void round_lanes(typename VectorOf<Wide>::Signed& value,
                                                  const RoundInLanes<Wide>& rule,
                                                  const typename VectorOf<Wide>::Unsigned& random) {
    using V = typename VectorOf<Wide>::Signed;
    using U = typename VectorOf<Wide>::Unsigned;
    const int shift = rule.shift;
    const U bits = reinterpret_cast<U>(value);
    if constexpr (loop == RoundLoop::pseudo_stochastic) {
        V absolute_value = value;
        absolute(absolute_value);
        const U magnitude = reinterpret_cast<U>(absolute_value);
        const U lower = (magnitude & rule.lower_mask) << rule.upper_bits;
        const U rounded = (magnitude + rule.upper_unit - lower) >> shift;
        value = reinterpret_cast<V>(value < 0 ? U{} - rounded : rounded);
    } else {
        using Unsigned = std::make_unsigned_t<Wide>;
        U add = static_cast<Unsigned>(rule.bias - RoundInLanes<Wide>::offset) - U{};
        if constexpr (loop == RoundLoop::biased) add += (bits >> shift) & rule.parity;
        if constexpr (loop == RoundLoop::toward_zero) {
            add += reinterpret_cast<U>(value >> (8 * static_cast<int>(sizeof(Wide)) - 1)) & rule.below_unit;
        }
        if constexpr (loop == RoundLoop::stochastic) add += (random << rule.word_up) >> rule.word_down;
        value = reinterpret_cast<V>(bits + add) >> shift;
    }
}

/// Pseudo-stochastic rounding of magnitudes in two words, shifted right by 2 <= shift < the bits of a word: of the lost
/// bits u 2^l + v, l = floor(shift / 2), moved to the top of a word, is u greater than v 2^(shift - 2 l)?
template <class Unsigned>
struct LostHalves {
    using U = typename VectorOf<std::make_signed_t<Unsigned>>::Unsigned;
    int lost_up;  ///< moves the lost bits to the top
    int lower_up; ///< moves their lower half there
    U below;      ///< a unit of the upper half, there, less one

    [[FXP_TARGET_AVX512]] FXP_INLINE explicit LostHalves(int shift) {
        constexpr int bits = 8 * static_cast<int>(sizeof(Unsigned));
        lost_up = bits - shift;
        lower_up = bits - shift / 2;
        const auto below_word = static_cast<Unsigned>((Unsigned{1} << (lost_up + shift / 2)) - 1);
        below = below_word - U{};
    }
    /// The quotient, one higher in the lanes that go up; low: the low words of their magnitudes.
    [[FXP_TARGET_AVX512]] FXP_INLINE U round(const U& quotient, const U& low) const {
        return (low << lost_up) > ((low << lower_up) | below) ? quotient + 1 : quotient;
    }
};

/// Calls take(value, to, lanes...) with the rounded sums of each vector and where they go; lanes: a mask, if not all.
/// Lanes that take no part are zero.
template <RoundLoop loop, class Wide, class Stored, class F>
[[FXP_TARGET_AVX512]] FXP_INLINE void round_rows(const Wide* sums, std::size_t rows, std::size_t columns,
                                                 std::size_t stride, const RoundInLanes<Wide>& rule,
                                                 const RowWords& random, Stored* out, std::size_t out_stride, F& take) {
    constexpr std::size_t width = 64 / sizeof(Wide);
    const std::size_t whole = columns - columns % width;
    const auto rest = static_cast<LaneMask>((1u << columns % width) - 1);
    for (std::size_t r = 0; r < rows; ++r, sums += stride, out += out_stride) {
        const std::uint32_t* words = random.words + r * random.stride;
        typename VectorOf<Wide>::Signed value;
        typename VectorOf<Wide>::Unsigned word{};
        for (std::size_t c = 0; c < whole; c += width) {
            load(value, sums + c);
            if constexpr (loop == RoundLoop::stochastic) load_words(word, words + c, static_cast<LaneMask>(-1));
            round_lanes<loop, Wide>(value, rule, word);
            take(value, out + c);
        }
        if (rest == 0) continue;
        load_lanes(value, sums + whole, rest);
        if constexpr (loop == RoundLoop::stochastic) load_words(word, words + whole, rest);
        round_lanes<loop, Wide>(value, rule, word);
        take(value, out + whole, rest);
    }
}

/// Stores the values of round_rows, cut off, and keeps where they lie.
template <class Wide>
struct StoreLanes {
    using V = typename VectorOf<Wide>::Signed;
    V least{};
    V largest{};

    template <class Stored, class... Lanes>
    [[FXP_TARGET_AVX512]] FXP_INLINE void operator()(const V& value, Stored* to, Lanes... lanes) {
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
        store_lanes(value, to, lanes...);
    }
};

/// The same, with every value brought into [lowest, highest].
template <class Wide>
struct FitLanes {
    using V = typename VectorOf<Wide>::Signed;
    V lowest;
    V highest;
    V least{};
    V largest{};
    V outside{};

    template <class Stored, class... Lanes>
    [[FXP_TARGET_AVX512]] FXP_INLINE void operator()(const V& value, Stored* to, Lanes... lanes) {
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
        const V upper = value > highest ? highest : value;
        const V fitted = upper < lowest ? lowest : upper;
        count_changed(outside, value, fitted);
        store_lanes(fitted, to, lanes...);
    }
};

/// Adds the values of round_rows to what `to` holds, modulo the word, and keeps where values and sums lie.
template <class Wide>
struct AddLanes {
    using V = typename VectorOf<Wide>::Signed;
    using U = typename VectorOf<Wide>::Unsigned;
    V least{};
    V largest{};
    V least_sum{};
    V largest_sum{};
    U carried{}; ///< the sign bit of a lane is set when a sum has left the word

    template <class... Lanes>
    [[FXP_TARGET_AVX512]] FXP_INLINE void operator()(const V& value, Wide* to, Lanes... lanes) {
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
        V held;
        if constexpr (sizeof...(lanes) == 0) {
            load(held, to);
        } else {
            load_lanes(held, to, lanes...);
        }
        const U sum = reinterpret_cast<U>(value) + reinterpret_cast<U>(held);
        carried |= (reinterpret_cast<U>(value) ^ sum) & (reinterpret_cast<U>(held) ^ sum);
        const V added = reinterpret_cast<V>(sum);
        least_sum = added < least_sum ? added : least_sum;
        largest_sum = added > largest_sum ? added : largest_sum;
        store_lanes(added, to, lanes...);
    }
};

/// What the lanes met. Looks at them in memory: vectors that are indexed would stay there all the time.
template <class Wide>
[[FXP_TARGET_AVX512]] FXP_INLINE Fitted<Wide> fitted_of(const FitLanes<Wide>& fit) {
    constexpr std::size_t width = 64 / sizeof(Wide);
    std::array<Wide, width> least;
    std::array<Wide, width> largest;
    std::array<Wide, width> outside;
    store(fit.least, least.data());
    store(fit.largest, largest.data());
    store(fit.outside, outside.data());
    Fitted<Wide> fitted;
    for (std::size_t lane = 0; lane < width; ++lane) {
        if (least[lane] < fitted.before.least) fitted.before.least = least[lane];
        if (largest[lane] > fitted.before.largest) fitted.before.largest = largest[lane];
        fitted.outside += static_cast<std::make_unsigned_t<Wide>>(outside[lane]);
    }
    return fitted;
}

// The rule is a copy, which no store can change: its constants stay in registers.

/// round_store_loop; returns whether all values lie within `allowed`. Stored is not wider than Wide.
template <RoundLoop loop, class Wide, class Stored>
[[FXP_TARGET_AVX512, gnu::noinline]] bool
round_within(const Wide* sums, std::size_t rows, std::size_t columns, std::size_t stride, RoundInLanes<Wide> rule,
             const RowWords& random, const Interval<Wide>& allowed, Stored* out, std::size_t out_stride) {
    using V = typename VectorOf<Wide>::Signed;
    StoreLanes<Wide> store;
    round_rows<loop>(sums, rows, columns, stride, rule, random, out, out_stride, store);
    const V lowest = allowed.least - V{};
    const V highest = allowed.largest - V{};
    return (greater(store.largest, highest) | greater(lowest, store.least)) == 0;
}

/// round_add_loop for storage as wide as the sums.
template <RoundLoop loop, class Wide>
[[FXP_TARGET_AVX512, gnu::noinline]] bool round_add(const Wide* sums, std::size_t rows, std::size_t columns,
                                                    std::size_t stride, RoundInLanes<Wide> rule, const RowWords& random,
                                                    const Interval<Wide>& allowed, const Interval<Wide>& own, Wide* out,
                                                    std::size_t out_stride) {
    using V = typename VectorOf<Wide>::Signed;
    AddLanes<Wide> add;
    round_rows<loop>(sums, rows, columns, stride, rule, random, out, out_stride, add);
    const V zero{};
    return (greater(add.largest, allowed.largest - V{}) | greater(allowed.least - V{}, add.least) |
            greater(add.largest_sum, own.largest - V{}) | greater(own.least - V{}, add.least_sum) |
            greater(zero, reinterpret_cast<V>(add.carried))) == 0;
}

/// round_fit_loop. Stored is not wider than Wide.
template <RoundLoop loop, class Wide, class Stored>
[[FXP_TARGET_AVX512, gnu::noinline]] Fitted<Wide>
round_fit(const Wide* sums, std::size_t rows, std::size_t columns, std::size_t stride, RoundInLanes<Wide> rule,
          const RowWords& random, const Interval<Wide>& allowed, Stored* out, std::size_t out_stride) {
    using V = typename VectorOf<Wide>::Signed;
    FitLanes<Wide> fit{allowed.least - V{}, allowed.largest - V{}};
    round_rows<loop>(sums, rows, columns, stride, rule, random, out, out_stride, fit);
    return fitted_of(fit);
}

} // namespace fxp::kernels::avx512

#endif
