// Micro-kernels that read unpacked matrices of words of 16 to 64 bits, for AVX-512: small products, which packing would
// cost more than multiplying.
#pragma once

#include "fxp/kernels/gemm/direct_task.hpp"
#include "fxp/kernels/gemm/micro_avx512.hpp"

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::gemm::avx512 {

#define FXP_AVX512 gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")

/// Bit i: lane i takes part; the others are read as zero and not written.
using LaneMask = std::uint8_t;

// Eight elements of any address, as lanes of double or, in their low halves at least, of int64.
typedef std::int32_t I32x8Anywhere __attribute__((vector_size(32), aligned(4), may_alias));
typedef std::int64_t I64x8Anywhere __attribute__((vector_size(64), aligned(8), may_alias));

[[FXP_AVX512]] FXP_INLINE void load_lanes(F64& to, const std::int32_t* from, LaneMask lanes) {
    asm("vcvtdq2pd {%1, %0%{%2%}%{z%}|%0%{%2%}%{z%}, %1}"
        : "=v"(to)
        : "m"(*reinterpret_cast<const I32x8Anywhere*>(from)), "Yk"(lanes));
}
[[FXP_AVX512]] FXP_INLINE void load_lanes(F64& to, const std::int64_t* from, LaneMask lanes) {
    asm("vcvtqq2pd {%1, %0%{%2%}%{z%}|%0%{%2%}%{z%}, %1}"
        : "=v"(to)
        : "m"(*reinterpret_cast<const I64x8Anywhere*>(from)), "Yk"(lanes));
}
[[FXP_AVX512]] FXP_INLINE void load_lanes(I64& to, const std::int32_t* from, LaneMask lanes) {
    asm("vpmovsxdq {%1, %0%{%2%}%{z%}|%0%{%2%}%{z%}, %1}"
        : "=v"(to)
        : "m"(*reinterpret_cast<const I32x8Anywhere*>(from)), "Yk"(lanes));
}
[[FXP_AVX512]] FXP_INLINE void load_lanes(I64& to, const std::int64_t* from, LaneMask lanes) {
    asm("vmovdqu64 {%1, %0%{%2%}%{z%}|%0%{%2%}%{z%}, %1}"
        : "=v"(to)
        : "m"(*reinterpret_cast<const I64x8Anywhere*>(from)), "Yk"(lanes));
}
[[FXP_AVX512]] FXP_INLINE void store_lanes(const I64& from, std::int64_t* to, LaneMask lanes) {
    asm("vmovdqu64 {%1, %0%{%2%}|%0%{%2%}, %1}" : "+m"(*reinterpret_cast<I64x8Anywhere*>(to)) : "v"(from), "Yk"(lanes));
}
[[FXP_AVX512]] FXP_INLINE I64 integers(const F64& sum) { return __builtin_convertvector(sum, I64); }
[[FXP_AVX512]] FXP_INLINE I64 integers(const I64& sum) { return sum; }

/// to = sums, or with `add` to += sums.
[[FXP_AVX512]] FXP_INLINE void put(const I64& sums, bool add, std::int64_t* to, LaneMask lanes) {
    I64 result = sums;
    if (add) {
        I64 start;
        load_lanes(start, to, lanes);
        result += start;
    }
    store_lanes(result, to, lanes);
}

FXP_INLINE LaneMask first_lanes(std::size_t count) {
    return static_cast<LaneMask>(count >= 8 ? 255u : (1u << count) - 1);
}

/// out = sums, or with `add` out += sums, for 1 <= task.rows <= rows and up to 8 * vectors columns: b lies along the
/// columns in words T, a holds units of the operation.
template <class Operation, class T, std::size_t rows, std::size_t vectors>
[[FXP_AVX512, gnu::noinline]] void broadcast_rows(const DirectTask& task) {
    using V = typename Operation::Vector;
    using Unit = typename Operation::Unit;
    V sum[rows][vectors] = {};
    const std::byte* a[rows];
    LaneMask lanes[vectors];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < rows; ++r) { // rows beyond the last one repeat it
        a[r] = static_cast<const std::byte*>(task.a) +
               static_cast<std::ptrdiff_t>((r < task.rows ? r : task.rows - 1) * sizeof(Unit)) * task.a_stride;
    }
#pragma GCC unroll 4
    for (std::size_t v = 0; v < vectors; ++v) {
        lanes[v] = first_lanes(task.columns > 8 * v ? task.columns - 8 * v : 0);
    }
    const T* b = static_cast<const T*>(task.b);
    const std::ptrdiff_t a_step = task.a_step * static_cast<std::ptrdiff_t>(sizeof(Unit));
    for (std::size_t k = task.depth; k != 0; --k) {
        V column[vectors];
        V x;
#pragma GCC unroll 4
        for (std::size_t v = 0; v < vectors; ++v) load_lanes(column[v], b + 8 * v, lanes[v]);
#pragma GCC unroll 4
        for (std::size_t r = 0; r < rows; ++r) {
            broadcast<V, Unit>(x, a[r]);
            a[r] += a_step;
#pragma GCC unroll 4
            for (std::size_t v = 0; v < vectors; ++v) Operation::add(sum[r][v], x, column[v]);
        }
        b += task.b_step;
    }
    std::int64_t* out = task.out;
#pragma GCC unroll 4
    for (std::size_t r = 0; r < rows; ++r, out += task.out_stride) {
        if (r == task.rows) return;
#pragma GCC unroll 4
        for (std::size_t v = 0; v < vectors; ++v) {
            put(integers(sum[r][v]), task.add, out + 8 * v, lanes[v]);
        }
    }
}

/// The sums of the lanes of four vectors.
template <class V>
[[FXP_AVX512]] FXP_INLINE V sums_of_lanes(const V& s0, const V& s1, const V& s2, const V& s3) {
    const V pairs01 = __builtin_shufflevector(s0, s1, 0, 8, 2, 10, 4, 12, 6, 14) +
                      __builtin_shufflevector(s0, s1, 1, 9, 3, 11, 5, 13, 7, 15);
    const V pairs23 = __builtin_shufflevector(s2, s3, 0, 8, 2, 10, 4, 12, 6, 14) +
                      __builtin_shufflevector(s2, s3, 1, 9, 3, 11, 5, 13, 7, 15);
    const V quads = __builtin_shufflevector(pairs01, pairs23, 0, 1, 8, 9, 4, 5, 12, 13) +
                    __builtin_shufflevector(pairs01, pairs23, 2, 3, 10, 11, 6, 7, 14, 15);
    return quads + __builtin_shufflevector(quads, quads, 4, 5, 6, 7, 0, 1, 2, 3);
}

/// out = sums, or with `add` out += sums, for 1 <= task.rows <= rows and 1 <= task.columns <= columns: a and b both lie
/// along k, in words Ta and Tb.
template <class Operation, class Ta, class Tb, std::size_t rows, std::size_t columns>
[[FXP_AVX512, gnu::noinline]] void dot_rows(const DirectTask& task) {
    using V = typename Operation::Vector;
    V sum[rows][columns] = {};
    const Ta* a[rows];
    const Tb* b[columns];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < rows; ++r) { // rows beyond the last one repeat it, and columns
        a[r] = static_cast<const Ta*>(task.a) +
               static_cast<std::ptrdiff_t>(r < task.rows ? r : task.rows - 1) * task.a_stride;
    }
#pragma GCC unroll 4
    for (std::size_t c = 0; c < columns; ++c) {
        b[c] = static_cast<const Tb*>(task.b) +
               static_cast<std::ptrdiff_t>(c < task.columns ? c : task.columns - 1) * task.b_stride;
    }
    for (std::size_t k = 0; k < task.depth; k += 8) {
        const LaneMask lanes = first_lanes(task.depth - k);
        V x;
        V y[columns];
#pragma GCC unroll 4
        for (std::size_t c = 0; c < columns; ++c) load_lanes(y[c], b[c] + k, lanes);
#pragma GCC unroll 4
        for (std::size_t r = 0; r < rows; ++r) {
            load_lanes(x, a[r] + k, lanes);
#pragma GCC unroll 4
            for (std::size_t c = 0; c < columns; ++c) Operation::add(sum[r][c], x, y[c]);
        }
    }
    std::int64_t* out = task.out;
    const LaneMask meant = first_lanes(task.columns);
#pragma GCC unroll 4
    for (std::size_t r = 0; r < rows; ++r, out += task.out_stride) {
        if (r == task.rows) return;
        const V dots = sums_of_lanes(sum[r][0], sum[r][1], sum[r][columns - 2], sum[r][columns - 1]);
        put(integers(dots), task.add, out, meant);
    }
}

/// Words [k, k + 32) of a row of `depth`, zeros beyond its end.
[[FXP_AVX512]] FXP_INLINE void load_words(I16& to, const std::int16_t* row, std::size_t k, std::size_t depth) {
    typedef std::int16_t I16Anywhere __attribute__((vector_size(64), aligned(2), may_alias));
    const std::uint32_t words = depth - k >= 32 ? ~0u : (1u << (depth - k)) - 1;
    asm("vmovdqu16 {%1, %0%{%2%}%{z%}|%0%{%2%}%{z%}, %1}"
        : "=v"(to)
        : "m"(*reinterpret_cast<const I16Anywhere*>(row + k)), "Yk"(words));
}

/// The sums of the lanes of four vectors, four times: lane 4 i + j holds those of quarter i of s[j].
[[FXP_AVX512]] FXP_INLINE I32 sums_of_quarters(const I32 (&s)[4]) {
    I32 pairs[2];
#pragma GCC unroll 2
    for (std::size_t i = 0; i < 2; ++i) {
        const I32& a = s[2 * i];
        const I32& b = s[2 * i + 1];
        pairs[i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29) +
                   __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    }
    return __builtin_shufflevector(pairs[0], pairs[1], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
           __builtin_shufflevector(pairs[0], pairs[1], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}

/// out = sums, or with `add` out += sums, for up to 4 rows and columns: a and b both lie along k, in words of 16 bits;
/// 8 products for every 32 of depth, begun or whole, fit int32 with their magnitudes added, whole sums need not.
[[FXP_AVX512, gnu::noinline]] inline void dot_words16(const DirectTask& task) {
    I32 sum[4][4] = {};
    const std::int16_t* a[4];
    const std::int16_t* b[4];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) { // rows beyond the last one repeat it, and columns
        a[i] = static_cast<const std::int16_t*>(task.a) +
               static_cast<std::ptrdiff_t>(i < task.rows ? i : task.rows - 1) * task.a_stride;
        b[i] = static_cast<const std::int16_t*>(task.b) +
               static_cast<std::ptrdiff_t>(i < task.columns ? i : task.columns - 1) * task.b_stride;
    }
    for (std::size_t k = 0; k < task.depth; k += 32) {
        I16 x;
        I16 y[4];
#pragma GCC unroll 4
        for (std::size_t c = 0; c < 4; ++c) load_words(y[c], b[c], k, task.depth);
#pragma GCC unroll 4
        for (std::size_t r = 0; r < 4; ++r) {
            load_words(x, a[r], k, task.depth);
#pragma GCC unroll 4
            for (std::size_t c = 0; c < 4; ++c) {
                I32 products;
                asm("vpmaddwd {%2, %1, %0|%0, %1, %2}" : "=v"(products) : "v"(x), "v"(y[c]));
                sum[r][c] += products;
            }
        }
    }
    std::int64_t* out = task.out;
    const LaneMask lanes = first_lanes(task.columns);
#pragma GCC unroll 4
    for (std::size_t r = 0; r < 4; ++r) {
        const I32 quarters = sums_of_quarters(sum[r]);
        const I64 dots =
            __builtin_convertvector(__builtin_shufflevector(quarters, quarters, 0, 1, 2, 3, 4, 5, 6, 7), I64) +
            __builtin_convertvector(__builtin_shufflevector(quarters, quarters, 8, 9, 10, 11, 12, 13, 14, 15), I64);
        if (r == task.rows) return;
        put(dots + __builtin_shufflevector(dots, dots, 4, 5, 6, 7, 0, 1, 2, 3), task.add, out, lanes);
        out += task.out_stride;
    }
}

template <class Operation, class T>
inline constexpr DirectByExtent broadcast_of{
    .kernels = {{broadcast_rows<Operation, T, 4, 4>, broadcast_rows<Operation, T, 4, 1>},
                {broadcast_rows<Operation, T, 2, 4>, broadcast_rows<Operation, T, 2, 1>}}};
template <class Operation, class Ta, class Tb>
inline constexpr DirectByExtent dots_of{
    .kernels = {{dot_rows<Operation, Ta, Tb, 4, 4>, dot_rows<Operation, Ta, Tb, 4, 2>},
                {dot_rows<Operation, Ta, Tb, 2, 4>, dot_rows<Operation, Ta, Tb, 2, 2>}}};
template <class Operation>
inline constexpr DirectKernels direct_of{
    .broadcast = {broadcast_of<Operation, std::int32_t>, broadcast_of<Operation, std::int64_t>},
    .dots = {{dots_of<Operation, std::int32_t, std::int32_t>, dots_of<Operation, std::int32_t, std::int64_t>},
             {dots_of<Operation, std::int64_t, std::int32_t>, dots_of<Operation, std::int64_t, std::int64_t>}}};

#undef FXP_AVX512

} // namespace fxp::kernels::gemm::avx512

#endif
