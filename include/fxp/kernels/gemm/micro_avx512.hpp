// Micro-kernels for AVX-512 (F, BW, DQ, VL), with and without VNNI. Instructions that the compilers offer under
// different names are one line of assembler each: <immintrin.h> would double the cost of including this library.
#pragma once

#include "fxp/kernels/dispatch.hpp"
#include "fxp/kernels/gemm/micro_portable.hpp"

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::gemm::avx512 {

#define FXP_AVX512 gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#define FXP_VNNI gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")

typedef std::int16_t I16 __attribute__((vector_size(64)));
typedef std::int32_t I32 __attribute__((vector_size(64)));
typedef std::uint32_t U32 __attribute__((vector_size(64)));
typedef std::int64_t I64 __attribute__((vector_size(64)));
typedef double F64 __attribute__((vector_size(64)));
typedef std::int32_t HalfI32 __attribute__((vector_size(32)));

template <class V, class T>
[[FXP_AVX512]] FXP_INLINE void load(V& to, const T* from) {
    std::memcpy(&to, from, sizeof(V));
}
template <class V, class T>
[[FXP_AVX512]] FXP_INLINE void store(const V& from, T* to) {
    std::memcpy(to, &from, sizeof(V));
}
/// Every lane takes the unit at `from`.
template <class V, class T>
[[FXP_AVX512]] FXP_INLINE void broadcast(V& to, const std::byte* from) {
    T unit;
    std::memcpy(&unit, from, sizeof(unit));
    to = unit - V{};
}

// sum += products of the units of a and b, lane by lane, modulo the lane.
struct Quads { ///< a signed, b unsigned
    using Vector = I32;
    using Unit = std::int32_t;
    [[FXP_VNNI]] FXP_INLINE static void add(I32& sum, const I32& a, const I32& b) {
        asm("vpdpbusd {%2, %1, %0|%0, %1, %2}" : "+v"(sum) : "v"(b), "v"(a));
    }
};
struct UnsignedQuads { ///< a unsigned, b signed
    using Vector = I32;
    using Unit = std::int32_t;
    [[FXP_VNNI]] FXP_INLINE static void add(I32& sum, const I32& a, const I32& b) {
        asm("vpdpbusd {%2, %1, %0|%0, %1, %2}" : "+v"(sum) : "v"(a), "v"(b));
    }
};
struct VnniPairs {
    using Vector = I32;
    using Unit = std::int32_t;
    [[FXP_VNNI]] FXP_INLINE static void add(I32& sum, const I32& a, const I32& b) {
        asm("vpdpwssd {%2, %1, %0|%0, %1, %2}" : "+v"(sum) : "v"(a), "v"(b));
    }
};
struct Pairs {
    using Vector = I32;
    using Unit = std::int32_t;
    [[FXP_AVX512]] FXP_INLINE static void add(I32& sum, const I32& a, const I32& b) {
        I32 products;
        asm("vpmaddwd {%2, %1, %0|%0, %1, %2}" : "=v"(products) : "v"(a), "v"(b));
        asm("vpaddd {%1, %0, %0|%0, %0, %1}" : "+v"(sum) : "v"(products)); // wraps: 4 * 2^30 is 2^32
    }
};
struct Words { ///< reads the low halves of its lanes
    using Vector = I64;
    using Unit = std::int64_t;
    [[FXP_AVX512]] FXP_INLINE static void add(I64& sum, const I64& a, const I64& b) {
        I64 product;
        asm("vpmuldq {%2, %1, %0|%0, %1, %2}" : "=v"(product) : "v"(a), "v"(b));
        sum += product;
    }
};
struct Doubles {
    using Vector = F64;
    using Unit = double;
    [[FXP_AVX512]] FXP_INLINE static void add(F64& sum, const F64& a, const F64& b) {
        asm("vfmadd231pd {%2, %1, %0|%0, %1, %2}" : "+v"(sum) : "v"(a), "v"(b));
    }
};

/// sum = start + sums, a tile of `rows` by two vectors, all of it in registers. rows: four or eight.
template <class Operation, std::size_t rows>
[[FXP_VNNI, gnu::always_inline]] inline void multiply_add(const Task& task,
                                                          typename Operation::Vector (&sum)[rows][2]) {
    using V = typename Operation::Vector;
    using Unit = typename Operation::Unit;
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
        const Unit* start = static_cast<const Unit*>(task.start) + static_cast<std::ptrdiff_t>(r) * task.start_stride;
        load(sum[r][0], start);
        load(sum[r][1], start + 64 / sizeof(Unit));
    }
    const std::ptrdiff_t lane = task.a_lane;
    const std::byte* a = task.a;
    const std::byte* lower = rows > 4 && task.steps != 0 ? a + 4 * lane : a;
    const std::byte* b = task.b;
    for (std::size_t s = task.steps; s != 0; --s) {
        V b0, b1, x;
        load(b0, b);
        load(b1, b + 64);
#pragma GCC unroll 8
        for (std::size_t r = 0; r < rows; ++r) {
            broadcast<V, Unit>(x, (r < 4 ? a : lower) + static_cast<std::ptrdiff_t>(r % 4) * lane);
            Operation::add(sum[r][0], x, b0);
            Operation::add(sum[r][1], x, b1);
        }
        a += task.a_step;
        lower += task.a_step;
        b += step_bytes;
    }
}

/// out = start + sums.
template <class Operation, std::size_t rows>
[[FXP_VNNI, gnu::always_inline]] inline void integer_tile(const Task& task) {
    using Unit = typename Operation::Unit;
    typename Operation::Vector sum[rows][2];
    multiply_add<Operation, rows>(task, sum);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
        Unit* out = static_cast<Unit*>(task.out) + static_cast<std::ptrdiff_t>(r) * task.out_stride;
        store(sum[r][0], out);
        store(sum[r][1], out + 64 / sizeof(Unit));
    }
}

template <std::size_t rows>
[[FXP_VNNI, gnu::noinline]] void quads(const Task& task) {
    integer_tile<Quads, rows>(task);
}
template <std::size_t rows>
[[FXP_VNNI, gnu::noinline]] void vnni_pairs(const Task& task) {
    integer_tile<VnniPairs, rows>(task);
}
template <std::size_t rows>
[[FXP_VNNI, gnu::noinline]] void pairs(const Task& task) {
    integer_tile<Pairs, rows>(task);
}
template <std::size_t rows>
[[FXP_VNNI, gnu::noinline]] void words(const Task& task) {
    integer_tile<Words, rows>(task);
}

/// out = start + sums. Every partial sum is an integer of at most 2^53, so each addition is exact in any rounding mode.
template <std::size_t rows>
[[FXP_AVX512, gnu::noinline]] void doubles(const Task& task) {
    F64 sum[rows][2] = {};
    const std::ptrdiff_t ahead = task.a_ahead;
    const std::byte* a = task.a;
    const std::byte* b = task.b;
    for (std::size_t s = task.steps; s != 0; --s) {
        F64 b0, b1, x;
        load(b0, b);
        load(b1, b + 64);
        __builtin_prefetch(a + ahead); // the next panel: a kernel's first steps would wait for it
#pragma GCC unroll 8
        for (std::size_t r = 0; r < rows; ++r) {
            broadcast<F64, double>(x, a + r * 8);
            Doubles::add(sum[r][0], x, b0);
            Doubles::add(sum[r][1], x, b1);
        }
        a += rows * 8;
        b += step_bytes;
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
        const std::int64_t* start =
            static_cast<const std::int64_t*>(task.start) + static_cast<std::ptrdiff_t>(r) * task.start_stride;
        std::int64_t* out = static_cast<std::int64_t*>(task.out) + static_cast<std::ptrdiff_t>(r) * task.out_stride;
        I64 start0, start1;
        load(start0, start);
        load(start1, start + 8);
        store(start0 + __builtin_convertvector(sum[r][0], I64), out);
        store(start1 + __builtin_convertvector(sum[r][1], I64), out + 8);
    }
}

/// out = start + sums of steps * 4 products of int16 of any size; steps <= 64.
///
/// With a = 256 (h + 1/2) + l, b = 256 (v + 1/2) + m, -128 <= l, m <= 127: a b - 2^16 (h + 1/2) (v + 1/2) =
/// 256 (h + 1/2) m + l b, whose magnitude is at most 128 (32640 + 2^15). Over 256 products that is below 2^31. So the
/// sum of the (h + 1/2) (v + 1/2) times 2^16 is an estimate of the sum, which is the estimate plus the int32 that makes
/// it congruent to the sum modulo 2^32.
///
/// a, b: pairs, two steps of them for a step here. a_extra: u = h + 128 of a, b_extra: v of b, as quads in matching
/// order. extra_columns: of every column -255 times the sum of the v. extra_rows: of every row the sum of the h + 1/2.
/// With the sums of the u v that makes 2 (h + 1/2) (v + 1/2) = 2 u v - 255 v + h + 1/2.
template <std::size_t rows>
[[FXP_VNNI, gnu::noinline]] void split(const Task& task) {
    Task factors = task;
    factors.start = zeros;
    factors.start_stride = 0;
    factors.steps = 2 * task.steps;
    I32 low[rows][2];
    multiply_add<VnniPairs, rows>(factors, low);
    factors.a = task.a_extra;
    factors.b = task.b_extra;
    factors.steps = task.steps;
    I32 high[rows][2];
    multiply_add<UnsignedQuads, rows>(factors, high);
    I32 columns[2];
    load(columns[0], task.extra_columns);
    load(columns[1], task.extra_columns + 16);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < rows; ++r) {
        const std::int64_t* start =
            static_cast<const std::int64_t*>(task.start) + static_cast<std::ptrdiff_t>(r) * task.start_stride;
        std::int64_t* out = static_cast<std::int64_t*>(task.out) + static_cast<std::ptrdiff_t>(r) * task.out_stride;
#pragma GCC unroll 2
        for (std::size_t i = 0; i < 2; ++i, start += 16, out += 16) {
            const I32 estimate = 2 * high[r][i] + columns[i] + task.extra_rows[r]; // in units of 2^15
            const I32 rest =
                reinterpret_cast<I32>(reinterpret_cast<U32>(low[r][i]) - (reinterpret_cast<U32>(estimate) << 15));
            I64 start0, start1;
            load(start0, start);
            load(start1, start + 8);
            const HalfI32 estimate0 = __builtin_shufflevector(estimate, estimate, 0, 1, 2, 3, 4, 5, 6, 7);
            const HalfI32 estimate1 = __builtin_shufflevector(estimate, estimate, 8, 9, 10, 11, 12, 13, 14, 15);
            const HalfI32 rest0 = __builtin_shufflevector(rest, rest, 0, 1, 2, 3, 4, 5, 6, 7);
            const HalfI32 rest1 = __builtin_shufflevector(rest, rest, 8, 9, 10, 11, 12, 13, 14, 15);
            start0 += (__builtin_convertvector(estimate0, I64) << 15) + __builtin_convertvector(rest0, I64);
            start1 += (__builtin_convertvector(estimate1, I64) << 15) + __builtin_convertvector(rest1, I64);
            store(start0, out);
            store(start1, out + 8);
        }
    }
}

/// A row of a tile, all of it `value`.
[[FXP_AVX512, gnu::noinline]] inline void fill_row(std::int32_t value, std::int32_t* row) {
    const I32 all = I32{} + value;
    store(all, row);
    store(all, row + 16);
}

[[FXP_AVX512, gnu::noinline]] inline void widen(const std::int32_t* tile, std::size_t rows, int shift,
                                                std::int64_t* out, std::ptrdiff_t stride) {
    portable::widen_loop(tile, rows, shift, out, stride);
}

inline constexpr KernelSet kernels{.pairs = {pairs<8>, pairs<4>},
                                   .words = {words<8>, words<4>},
                                   .doubles = {doubles<8>, doubles<4>},
                                   .widen = widen,
                                   .strides = true};
inline constexpr KernelSet vnni_kernels{.quads = {quads<8>, quads<4>},
                                        .pairs = {vnni_pairs<8>, vnni_pairs<4>},
                                        .split = {split<8>, split<4>},
                                        .words = {words<8>, words<4>},
                                        .doubles = {doubles<8>, doubles<4>},
                                        .widen = widen,
                                        .strides = true};

#undef FXP_AVX512
#undef FXP_VNNI

} // namespace fxp::kernels::gemm::avx512

#endif
