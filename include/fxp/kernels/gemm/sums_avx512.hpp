// Sums of the numbers of an operand, by AVX-512 with VNNI: what an offset of the other operand adds to a product.
#pragma once

#include "fxp/kernels/gemm/micro_avx512.hpp"
#include "fxp/kernels/round_avx512.hpp"

#include <type_traits>

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::gemm::avx512 {

#define FXP_VNNI gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,bmi2")

typedef std::int32_t QuarterI32 __attribute__((vector_size(16)));

/// sum += the four bytes of each lane; of unsigned bytes or of signed ones.
template <bool is_signed, class V>
[[FXP_VNNI]] FXP_INLINE void add_bytes(V& sum, const V& bytes) {
    const V ones = V{} + 0x01010101;
    if constexpr (is_signed) {
        asm("vpdpbusd {%2, %1, %0|%0, %1, %2}" : "+v"(sum) : "v"(ones), "v"(bytes));
    } else {
        asm("vpdpbusd {%2, %1, %0|%0, %1, %2}" : "+v"(sum) : "v"(bytes), "v"(ones));
    }
}

/// start[c] = -offset * the sum of lane c over the steps of a panel of b, of signed quads. offset: at most 255.
[[FXP_VNNI, gnu::noinline]] inline void column_start(const std::byte* b, std::size_t steps, unsigned offset,
                                                     std::int32_t* start) {
    I32 sum0 = {};
    I32 sum1 = {};
    for (; steps != 0; --steps, b += step_bytes) {
        I32 b0, b1;
        load(b0, b);
        load(b1, b + 64);
        add_bytes<true>(sum0, b0);
        add_bytes<true>(sum1, b1);
    }
    const auto factor = -static_cast<std::int32_t>(offset);
    store(factor * sum0, start);
    store(factor * sum1, start + 16);
}

/// sums[r] = the sum of the bytes of lane r of a panel of a, of `rows` lanes.
template <std::size_t rows, bool is_signed>
[[FXP_VNNI, gnu::noinline]] void panel_sums(const std::byte* a, std::size_t steps, std::int32_t* sums) {
    using Step = std::conditional_t<rows == 8, HalfI32, QuarterI32>;
    Step sum[4] = {}; // each waits for the one before
    Step units;
    for (; steps >= 4; steps -= 4, a += 4 * sizeof(Step)) {
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            load(units, a + i * sizeof(Step));
            add_bytes<is_signed>(sum[i], units);
        }
    }
    for (; steps != 0; --steps, a += sizeof(Step)) {
        load(units, a);
        add_bytes<is_signed>(sum[0], units);
    }
    store(sum[0] + sum[1] + sum[2] + sum[3], sums);
}

/// sums[r] = the sum of 4 * steps neighbouring signed bytes from a + r * lane on.
[[FXP_VNNI, gnu::noinline]] inline void row_sums(const std::byte* a, std::ptrdiff_t lane, std::size_t rows,
                                                 std::size_t steps, std::int32_t* sums) {
    const auto rest = static_cast<kernels::avx512::LaneMask>((1u << steps % 16) - 1);
    for (std::size_t r = 0; r < rows; ++r, a += lane) {
        I32 sum{};
        I32 units;
        const std::byte* from = a;
        for (std::size_t s = 16; s <= steps; s += 16, from += 64) {
            load(units, from);
            add_bytes<true>(sum, units);
        }
        if (rest != 0) {
            kernels::avx512::load_lanes(units, reinterpret_cast<const std::int32_t*>(from), rest);
            add_bytes<true>(sum, units);
        }
        const HalfI32 half = __builtin_shufflevector(sum, sum, 0, 1, 2, 3, 4, 5, 6, 7) +
                             __builtin_shufflevector(sum, sum, 8, 9, 10, 11, 12, 13, 14, 15);
        const QuarterI32 quarter =
            __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);
        const QuarterI32 pair = quarter + __builtin_shufflevector(quarter, quarter, 2, 3, 0, 1);
        sums[r] = pair[0] + pair[1];
    }
}

#undef FXP_VNNI

} // namespace fxp::kernels::gemm::avx512

#endif
