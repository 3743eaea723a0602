// Packing by AVX-512: what pack.hpp does in vectors of 16 bytes, for the panels that most of the time goes into.
#pragma once

#include "fxp/kernels/avx512.hpp"
#include "fxp/kernels/gemm/panel.hpp"

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::gemm::avx512 {

typedef std::int8_t I8 __attribute__((vector_size(64)));
typedef std::int8_t I8x32 __attribute__((vector_size(32)));
typedef std::int64_t I64x4 __attribute__((vector_size(32)));
typedef std::int32_t I32x8 __attribute__((vector_size(32)));

/// Rows become columns.
[[FXP_TARGET_AVX512]] FXP_INLINE void transpose(I32x8 (&r)[8]) {
    I32x8 pairs[8];
    I32x8 fours[8];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 8; i += 2) {
        pairs[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        pairs[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) { // columns i and i + 4 of rows 0 to 3, then of rows 4 to 7
        const std::size_t from = i / 2;
        if (i % 2 == 0) {
            fours[i] = __builtin_shufflevector(pairs[from], pairs[from + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            fours[i + 4] = __builtin_shufflevector(pairs[from + 4], pairs[from + 6], 0, 1, 8, 9, 4, 5, 12, 13);
        } else {
            fours[i] = __builtin_shufflevector(pairs[from], pairs[from + 2], 2, 3, 10, 11, 6, 7, 14, 15);
            fours[i + 4] = __builtin_shufflevector(pairs[from + 4], pairs[from + 6], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
        r[i] = __builtin_shufflevector(fours[i], fours[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        r[i + 4] = __builtin_shufflevector(fours[i], fours[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

/// Eight lanes, lane_bytes apart, whose units of four bytes lie along k: `steps` of them, eight or more. Steps are
/// `stride` bytes apart in `to`. flip: xored with every unit.
template <std::int32_t flip>
[[FXP_TARGET_AVX512, gnu::noinline]] void pack_eight_lanes(const std::byte* from, std::ptrdiff_t lane_bytes,
                                                           std::size_t steps, std::size_t stride, std::byte* to) {
    for (std::size_t s = 0; s < steps; s += 8) {
        if (s > steps - 8) s = steps - 8; // some of the last eight for the second time
        I32x8 units[8];
#pragma GCC unroll 8
        for (std::size_t i = 0; i < 8; ++i) {
            kernels::avx512::load(units[i], from + static_cast<std::ptrdiff_t>(i) * lane_bytes + 4 * s);
            units[i] ^= flip;
        }
        transpose(units);
#pragma GCC unroll 8
        for (std::size_t i = 0; i < 8; ++i) kernels::avx512::store(units[i], to + (s + i) * stride);
    }
}

/// A whole panel of b, of neighbouring lanes of words: steps of two rows of b, depth_bytes apart.
[[FXP_TARGET_AVX512, gnu::noinline]] inline void interleave_words(const std::byte* from, std::ptrdiff_t depth_bytes,
                                                                  std::size_t steps, std::byte* to) {
    using kernels::avx512::I16;
    for (; steps != 0; --steps, from += 2 * depth_bytes, to += step_bytes) {
        I16 r0;
        I16 r1;
        kernels::avx512::load(r0, from);
        kernels::avx512::load(r1, from + depth_bytes);
        const I16 low = __builtin_shufflevector(r0, r1, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 8, 40,
                                                9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47);
        const I16 high = __builtin_shufflevector(r0, r1, 16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55,
                                                 24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63);
        kernels::avx512::store(low, to);
        kernels::avx512::store(high, to + 64);
    }
}

/// 32 bytes from each of two places, one after the other.
[[FXP_TARGET_AVX512]] FXP_INLINE void load_halves(I8& row, const std::byte* first, const std::byte* second) {
    I8x32 half[2];
    kernels::avx512::load(half[0], first);
    kernels::avx512::load(half[1], second);
    const auto whole = __builtin_shufflevector(reinterpret_cast<I64x4>(half[0]), reinterpret_cast<I64x4>(half[1]), 0, 1,
                                               2, 3, 4, 5, 6, 7);
    row = reinterpret_cast<I8>(whole);
}

/// The same of bytes: steps of four rows of b, each four bytes xored with `flip`.
template <std::int32_t flip>
[[FXP_TARGET_AVX512, gnu::noinline]] void interleave_bytes(const std::byte* from, std::ptrdiff_t depth_bytes,
                                                           std::size_t steps, std::byte* to) {
    using kernels::avx512::I32;
    using kernels::avx512::I64;
    while (steps != 0) {
        const bool two = steps > 1;
        const std::byte* next = two ? from + 4 * depth_bytes : from; // of one step, the same again
        I8 row[4];                                                   // of this step, and of the next one
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(i) * depth_bytes;
            load_halves(row[i], from + at, next + at);
        }
        // Within each 16 bytes: pairs of rows 0 and 1, of rows 2 and 3, then fours.
        I8 pairs[4];
        asm("vpunpcklbw {%2, %1, %0|%0, %1, %2}" : "=v"(pairs[0]) : "v"(row[0]), "v"(row[1]));
        asm("vpunpckhbw {%2, %1, %0|%0, %1, %2}" : "=v"(pairs[1]) : "v"(row[0]), "v"(row[1]));
        asm("vpunpcklbw {%2, %1, %0|%0, %1, %2}" : "=v"(pairs[2]) : "v"(row[2]), "v"(row[3]));
        asm("vpunpckhbw {%2, %1, %0|%0, %1, %2}" : "=v"(pairs[3]) : "v"(row[2]), "v"(row[3]));
        I64 quads[4]; // of lanes 0 to 3 and 16 to 19, 4 to 7 and 20 to 23, .. of either step
#pragma GCC unroll 2
        for (std::size_t i = 0; i < 2; ++i) {
            I32 low;
            I32 high;
            asm("vpunpcklwd {%2, %1, %0|%0, %1, %2}" : "=v"(low) : "v"(pairs[i]), "v"(pairs[i + 2]));
            asm("vpunpckhwd {%2, %1, %0|%0, %1, %2}" : "=v"(high) : "v"(pairs[i]), "v"(pairs[i + 2]));
            quads[2 * i] = reinterpret_cast<I64>(low ^ flip);
            quads[2 * i + 1] = reinterpret_cast<I64>(high ^ flip);
        }
        // 16 bytes of each of the four for a half step.
        I64 halves[4];
        halves[0] = __builtin_shufflevector(quads[0], quads[1], 0, 1, 8, 9, 4, 5, 12, 13);
        halves[1] = __builtin_shufflevector(quads[2], quads[3], 0, 1, 8, 9, 4, 5, 12, 13);
        halves[2] = __builtin_shufflevector(quads[0], quads[1], 2, 3, 10, 11, 6, 7, 14, 15);
        halves[3] = __builtin_shufflevector(quads[2], quads[3], 2, 3, 10, 11, 6, 7, 14, 15);
        kernels::avx512::store(__builtin_shufflevector(halves[0], halves[1], 0, 1, 2, 3, 8, 9, 10, 11), to);
        kernels::avx512::store(__builtin_shufflevector(halves[2], halves[3], 0, 1, 2, 3, 8, 9, 10, 11), to + 64);
        if (!two) return;
        kernels::avx512::store(__builtin_shufflevector(halves[0], halves[1], 4, 5, 6, 7, 12, 13, 14, 15), to + 128);
        kernels::avx512::store(__builtin_shufflevector(halves[2], halves[3], 4, 5, 6, 7, 12, 13, 14, 15), to + 192);
        steps -= 2;
        from += 8 * depth_bytes;
        to += 2 * step_bytes;
    }
}

} // namespace fxp::kernels::gemm::avx512

#endif
