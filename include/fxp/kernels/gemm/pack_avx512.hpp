// Packing by AVX-512: what pack.hpp does in vectors of 16 bytes, for the panels that most of the time goes into.
#pragma once

#include "fxp/kernels/avx512.hpp"
#include "fxp/kernels/gemm/panel.hpp"

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::gemm::avx512 {

typedef std::int8_t I8x32 __attribute__((vector_size(32)));
typedef std::int16_t I16x16 __attribute__((vector_size(32)));
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

/// The same of bytes: steps of four rows of b, each four bytes xored with `flip`.
template <std::int32_t flip>
[[FXP_TARGET_AVX512, gnu::noinline]] void interleave_bytes(const std::byte* from, std::ptrdiff_t depth_bytes,
                                                           std::size_t steps, std::byte* to) {
    for (; steps != 0; --steps, from += 4 * depth_bytes, to += step_bytes) {
        I8x32 r[4];
        I16x16 pairs[4]; // of rows 0 and 1, low and high halves of each 16 bytes; of rows 2 and 3
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            kernels::avx512::load(r[i], from + static_cast<std::ptrdiff_t>(i) * depth_bytes);
            r[i] = reinterpret_cast<I8x32>(reinterpret_cast<I32x8>(r[i]) ^ flip);
        }
#pragma GCC unroll 2
        for (std::size_t i = 0; i < 4; i += 2) {
            pairs[i] = reinterpret_cast<I16x16>(__builtin_shufflevector(r[i], r[i + 1], 0, 32, 1, 33, 2, 34, 3, 35, 4,
                                                                        36, 5, 37, 6, 38, 7, 39, 16, 48, 17, 49, 18, 50,
                                                                        19, 51, 20, 52, 21, 53, 22, 54, 23, 55));
            pairs[i + 1] = reinterpret_cast<I16x16>(
                __builtin_shufflevector(r[i], r[i + 1], 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47,
                                        24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63));
        }
        I32x8 quads[4]; // lanes 0 and 16, 4 and 20, 8 and 24, 12 and 28 on
#pragma GCC unroll 2
        for (std::size_t i = 0; i < 2; ++i) {
            quads[2 * i] = reinterpret_cast<I32x8>(__builtin_shufflevector(pairs[i], pairs[i + 2], 0, 16, 1, 17, 2, 18,
                                                                           3, 19, 8, 24, 9, 25, 10, 26, 11, 27));
            quads[2 * i + 1] = reinterpret_cast<I32x8>(__builtin_shufflevector(
                pairs[i], pairs[i + 2], 4, 20, 5, 21, 6, 22, 7, 23, 12, 28, 13, 29, 14, 30, 15, 31));
        }
        kernels::avx512::store(__builtin_shufflevector(quads[0], quads[1], 0, 1, 2, 3, 8, 9, 10, 11), to);
        kernels::avx512::store(__builtin_shufflevector(quads[2], quads[3], 0, 1, 2, 3, 8, 9, 10, 11), to + 32);
        kernels::avx512::store(__builtin_shufflevector(quads[0], quads[1], 4, 5, 6, 7, 12, 13, 14, 15), to + 64);
        kernels::avx512::store(__builtin_shufflevector(quads[2], quads[3], 4, 5, 6, 7, 12, 13, 14, 15), to + 96);
    }
}

} // namespace fxp::kernels::gemm::avx512

#endif
