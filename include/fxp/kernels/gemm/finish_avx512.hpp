// Micro-kernels whose sums never reach memory: they are rounded, fitted, counted and stored from registers, while the
// next tile's first products are on their way. For AVX-512.
#pragma once

#include "fxp/kernels/gemm/micro_avx512.hpp"
#include "fxp/kernels/round_avx512.hpp"

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::gemm::avx512 {

#define FXP_VNNI gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,bmi2,popcnt")

/// What becomes of the sums of tiles: rounded by a rule whose loop is RoundLoop::biased, brought into the limits,
/// stored, the first one at `out`.
///
/// The sums begin with `half`, half a unit unless the rule is floor, so that a shift rounds to nearest, ties up. Where
/// all the bits that it loses are zero then, the sum was a tie: its quotient loses its last bit if the rule is to even.
template <class Stored>
struct Finish {
    int shift;
    std::int32_t half;
    I32 lost; ///< bits
    I32 kept; ///< of a tie's quotient
    kernels::detail::Interval<std::int32_t> allowed;
    kernels::avx512::FitLanes<std::int32_t> fit; ///< limits, and what was met by tiles that were fitted
    std::uint64_t outside = 0;                   ///< more that did not fit
    Stored* out = nullptr;
    std::ptrdiff_t out_stride = 0;
    /// Tiles that are fitted before it is asked whether they had to be: one that is stored in vain is computed twice.
    std::size_t to_fit = 0;

    [[FXP_VNNI, gnu::noinline]] Finish(const Requantize& how, const kernels::detail::Interval<std::int32_t>& limits)
        : shift(how.shift), half(how.rounding == Rounding::floor || shift == 0 ? 0 : 1 << (shift - 1)),
          allowed(limits), fit{limits.least - I32{}, limits.largest - I32{}} {
        const std::int32_t unit = 1 << shift;
        const std::int32_t last_bit = how.rounding == Rounding::nearest_even && shift > 0 ? 1 : 0;
        lost = unit - I32{} - 1;
        kept = ~(last_bit - I32{});
    }

    /// Whether some number did not fit since the last call.
    [[FXP_VNNI, gnu::noinline]] bool has_exceeded() {
        const std::uint64_t now = fitted().outside;
        const bool more = now != before_;
        before_ = now;
        return more;
    }
    /// Where the rounded sums lay, and how many of them did not fit.
    [[FXP_VNNI, gnu::noinline]] kernels::detail::Fitted<std::int32_t> fitted() const {
        kernels::detail::Fitted<std::int32_t> result = kernels::avx512::fitted_of(fit);
        result.outside += outside;
        return result;
    }

  private:
    std::uint64_t before_ = 0; ///< that did not fit
};

typedef std::int8_t BytesAnywhere __attribute__((vector_size(32), aligned(1), may_alias));

/// A row of a tile as neighbouring words, each brought into 16 bits.
[[FXP_VNNI]] FXP_INLINE void pack_words(I16& words, const I32& first, const I32& last) {
    asm("vpackssdw {%2, %1, %0|%0, %1, %2}" : "=v"(words) : "v"(first), "v"(last));
    const I64 turned = reinterpret_cast<I64>(words); // four of the one, four of the other
    words = reinterpret_cast<I16>(__builtin_shufflevector(turned, turned, 0, 2, 4, 6, 1, 3, 5, 7));
}
[[FXP_VNNI]] FXP_INLINE void store_words(const I16& words, std::int16_t* to) { store(words, to); }
[[FXP_VNNI]] FXP_INLINE void store_words(const I16& words, std::int8_t* to) {
    asm("vpmovwb {%1, %0|%0, %1}" : "=m"(*reinterpret_cast<BytesAnywhere*>(to)) : "v"(words));
}
/// Whether a > b in some lane.
[[FXP_VNNI]] FXP_INLINE bool any_greater(const I16& a, const I16& b) {
    std::uint32_t lanes;
    asm("vpcmpgtw {%2, %1, %0|%0, %1, %2}" : "=Yk"(lanes) : "v"(a), "v"(b));
    return lanes != 0;
}

/// Stores rows whose numbers fit, as far as is known.
template <class Stored>
struct StoreRows {
    I16 least{};
    I16 largest{};

    [[FXP_VNNI]] FXP_INLINE void operator()(const I32& first, const I32& last, Stored* to) {
        I16 words;
        pack_words(words, first, last);
        least = words < least ? words : least;
        largest = words > largest ? words : largest;
        store_words(words, to);
    }
    /// False when all of them did. The ends of 16 bits stand for what lies beyond.
    [[FXP_VNNI]] FXP_INLINE bool may_exceed(const kernels::detail::Interval<std::int32_t>& allowed) const {
        constexpr std::int32_t most = 32766;
        const auto lowest = static_cast<std::int16_t>(allowed.least < -most ? -most : allowed.least);
        const auto highest = static_cast<std::int16_t>(allowed.largest > most ? most : allowed.largest);
        return any_greater(lowest - I16{}, least) || any_greater(largest, highest - I16{});
    }
};
template <>
struct StoreRows<std::int32_t> {
    kernels::avx512::StoreLanes<std::int32_t> store;

    [[FXP_VNNI]] FXP_INLINE void operator()(const I32& first, const I32& last, std::int32_t* to) {
        store(first, to);
        store(last, to + 16);
    }
    [[FXP_VNNI]] FXP_INLINE bool may_exceed(const kernels::detail::Interval<std::int32_t>& allowed) const {
        return (kernels::avx512::greater(allowed.least - I32{}, store.least) |
                kernels::avx512::greater(store.largest, allowed.largest - I32{})) != 0;
    }
};

/// Stores rows of fitted numbers.
template <class Stored>
struct FitRows {
    kernels::avx512::FitLanes<std::int32_t> fit;
    std::uint64_t outside = 0;

    [[FXP_VNNI]] FXP_INLINE void operator()(const I32& first, const I32& last, Stored* to) {
        fit(first, to);
        fit(last, to + 16);
    }
};
/// Bytes as words, whose ends lie beyond all limits.
template <>
struct FitRows<std::int8_t> {
    kernels::avx512::FitLanes<std::int32_t> fit;
    std::uint64_t outside = 0;
    I16 lowest{};
    I16 highest{};

    [[FXP_VNNI]] FXP_INLINE explicit FitRows(const kernels::avx512::FitLanes<std::int32_t>& limits) : fit(limits) {
        lowest += static_cast<std::int16_t>(limits.lowest[0]);
        highest += static_cast<std::int16_t>(limits.highest[0]);
    }
    [[FXP_VNNI]] FXP_INLINE void operator()(const I32& first, const I32& last, std::int8_t* to) {
        const I32 lower = first < last ? first : last;
        const I32 upper = first > last ? first : last;
        fit.least = lower < fit.least ? lower : fit.least;
        fit.largest = upper > fit.largest ? upper : fit.largest;
        I16 words;
        std::uint32_t changed;
        pack_words(words, first, last);
        I16 fitted = words > highest ? highest : words;
        fitted = fitted < lowest ? lowest : fitted;
        asm("vpcmpneqw {%2, %1, %0|%0, %1, %2}" : "=Yk"(changed) : "v"(words), "v"(fitted));
        outside += static_cast<std::uint32_t>(__builtin_popcount(changed));
        store_words(fitted, to);
    }
};

/// The rounded sums of a task to `store(first, last, to)`, row by row.
template <class Operation, std::size_t rows, class Stored, class Store>
[[FXP_VNNI, gnu::always_inline]] inline void finish_tile(const Task& task, const Finish<Stored>& finish, Store& store) {
    I32 sum[rows][2];
    multiply_add<Operation, rows>(task, sum);
    // Copies, which no store can change, stay in registers.
    const int shift = finish.shift;
    const I32 lost = finish.lost;
    const I32 kept = finish.kept;
    const std::ptrdiff_t stride = finish.out_stride;
    Stored* out = finish.out;
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r, out += stride) {
#pragma GCC unroll 2
        for (std::size_t i = 0; i < 2; ++i) {
            kernels::avx512::LaneMask ties;
            asm("vptestnmd {%2, %1, %0|%0, %1, %2}" : "=Yk"(ties) : "v"(sum[r][i]), "v"(lost));
            sum[r][i] >>= shift;
            asm("vpandd {%2, %0, %0%{%1%}|%0%{%1%}, %0, %2}" : "+v"(sum[r][i]) : "Yk"(ties), "v"(kept));
        }
        store(sum[r][0], sum[r][1], out);
    }
}

/// One call, of all rows and columns of a tile; of the task, everything but where its sums go. Returns whether some
/// number may not fit: then what was stored is of no use.
template <class Operation, std::size_t rows, class Stored>
[[FXP_VNNI, gnu::noinline]] bool store_tile(const Task& task, Finish<Stored>& finish) {
    StoreRows<Stored> store;
    finish_tile<Operation, rows>(task, finish, store);
    return store.may_exceed(finish.allowed);
}

/// The same with every number fitted.
template <class Operation, std::size_t rows, class Stored>
[[FXP_VNNI, gnu::noinline]] void fit_tile(const Task& task, Finish<Stored>& finish) {
    FitRows<Stored> fit{finish.fit};
    finish_tile<Operation, rows>(task, finish, fit);
    finish.outside += fit.outside;
    finish.fit.least = fit.fit.least;
    finish.fit.largest = fit.fit.largest;
    finish.fit.outside = fit.fit.outside;
}

#undef FXP_VNNI

/// Kernels for eight rows, and for four.
template <class Stored>
struct FinishKernels {
    bool (*store[2])(const Task&, Finish<Stored>&);
    void (*fit[2])(const Task&, Finish<Stored>&);
};
template <class Operation, class Stored>
inline constexpr FinishKernels<Stored> finish_kernels{
    {store_tile<Operation, panel_rows, Stored>, store_tile<Operation, half_panel_rows, Stored>},
    {fit_tile<Operation, panel_rows, Stored>, fit_tile<Operation, half_panel_rows, Stored>}};

} // namespace fxp::kernels::gemm::avx512

#endif
