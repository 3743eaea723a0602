// Micro-kernels for AVX2: tiles of four rows by two vectors, which its sixteen registers hold.
#pragma once

#include "fxp/kernels/dispatch.hpp"
#include "fxp/kernels/gemm/micro_portable.hpp"

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::gemm::avx2 {

#define FXP_AVX2 gnu::target("avx2")

typedef std::int32_t I32 __attribute__((vector_size(32)));
typedef std::int64_t I64 __attribute__((vector_size(32)));

template <class V, class T>
[[FXP_AVX2]] FXP_INLINE void load(V& to, const T* from) {
    std::memcpy(&to, from, sizeof(V));
}
template <class V, class T>
[[FXP_AVX2]] FXP_INLINE void store(const V& from, T* to) {
    std::memcpy(to, &from, sizeof(V));
}

struct Pairs {
    using Vector = I32;
    using Unit = std::int32_t;
    [[FXP_AVX2]] FXP_INLINE static void add(I32& sum, const I32& a, const I32& b) {
        I32 products;
        asm("vpmaddwd {%2, %1, %0|%0, %1, %2}" : "=x"(products) : "x"(a), "x"(b));
        asm("vpaddd {%1, %0, %0|%0, %0, %1}" : "+x"(sum) : "x"(products)); // wraps: 4 * 2^30 is 2^32
    }
};
struct Words { ///< reads the low halves of its lanes
    using Vector = I64;
    using Unit = std::int64_t;
    [[FXP_AVX2]] FXP_INLINE static void add(I64& sum, const I64& a, const I64& b) {
        I64 product;
        asm("vpmuldq {%2, %1, %0|%0, %1, %2}" : "=x"(product) : "x"(a), "x"(b));
        sum += product;
    }
};

/// out = start + sums, for a panel of `rows` rows.
template <class Operation, std::size_t rows>
[[FXP_AVX2, gnu::always_inline]] inline void tile(const Task& task) {
    using V = typename Operation::Vector;
    using Unit = typename Operation::Unit;
    constexpr int lanes = static_cast<int>(32 / sizeof(Unit));
    for (std::size_t row = 0; row < rows; row += 4) {
        for (int half = 0; half < 2; ++half) {
            const Unit* start = static_cast<const Unit*>(task.start) +
                                static_cast<std::ptrdiff_t>(row) * task.start_stride + half * 2 * lanes;
            Unit* out =
                static_cast<Unit*>(task.out) + static_cast<std::ptrdiff_t>(row) * task.out_stride + half * 2 * lanes;
            const std::byte* a = task.a + row * sizeof(Unit);
            const std::byte* b = task.b + half * 64;
            V sum[4][2];
#pragma GCC unroll 4
            for (int r = 0; r < 4; ++r) {
                load(sum[r][0], start + r * task.start_stride);
                load(sum[r][1], start + r * task.start_stride + lanes);
            }
            for (std::size_t s = task.steps; s != 0; --s) {
                V b0, b1, x;
                load(b0, b);
                load(b1, b + 32);
#pragma GCC unroll 4
                for (int r = 0; r < 4; ++r) {
                    Unit unit;
                    std::memcpy(&unit, a + r * static_cast<int>(sizeof(Unit)), sizeof(unit));
                    x = unit - V{};
                    Operation::add(sum[r][0], x, b0);
                    Operation::add(sum[r][1], x, b1);
                }
                a += rows * sizeof(Unit);
                b += step_bytes;
            }
#pragma GCC unroll 4
            for (int r = 0; r < 4; ++r) {
                store(sum[r][0], out + r * task.out_stride);
                store(sum[r][1], out + r * task.out_stride + lanes);
            }
        }
    }
}

template <std::size_t rows>
[[FXP_AVX2, gnu::noinline]] void pairs(const Task& task) {
    tile<Pairs, rows>(task);
}
template <std::size_t rows>
[[FXP_AVX2, gnu::noinline]] void words(const Task& task) {
    tile<Words, rows>(task);
}
[[FXP_AVX2, gnu::noinline]] inline void widen(const std::int32_t* tile, std::size_t rows, int shift, std::int64_t* out,
                                              std::ptrdiff_t stride) {
    portable::widen_loop(tile, rows, shift, out, stride);
}

inline constexpr KernelSet kernels{.pairs = {pairs<8>, pairs<4>}, .words = {words<8>, words<4>}, .widen = widen};

#undef FXP_AVX2

} // namespace fxp::kernels::gemm::avx2

#endif
