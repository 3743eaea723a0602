// Micro-kernels for NEON (64-bit Arm), with and without dot products. Instructions that the compilers offer under
// different names are one line of assembler each: <arm_neon.h> would add to the cost of including this library.
#pragma once

#include "fxp/kernels/dispatch.hpp"
#include "fxp/kernels/gemm/micro_portable.hpp"

#ifdef FXP_NEON

#include <type_traits>
#include <utility>

namespace fxp::kernels::gemm::neon {

typedef std::int16_t I16 __attribute__((vector_size(16)));
typedef std::int32_t I32 __attribute__((vector_size(16)));
typedef std::int64_t I64 __attribute__((vector_size(16)));
typedef double F64 __attribute__((vector_size(16)));

template <class V, class T>
FXP_INLINE void load(V& to, const T* from) {
    std::memcpy(&to, from, sizeof(V));
}
template <class V, class T>
FXP_INLINE void store(const V& from, T* to) {
    std::memcpy(to, &from, sizeof(V));
}

// Columns: 32 bytes of a step of b, the units of two vectors of sums. add(): these sums += products of the columns with
// unit `row` of a vector of a, modulo the lane.

struct Pairs {
    using Vector = I32;
    using Sum = std::int32_t;
    struct Columns { ///< eight of them: the first elements of their units, and the second ones
        I16 first;
        I16 second;
    };
    FXP_INLINE static void load_columns(Columns& to, const std::byte* from) {
        I16 b0, b1;
        load(b0, from);
        load(b1, from + 16);
        to.first = __builtin_shufflevector(b0, b1, 0, 2, 4, 6, 8, 10, 12, 14);
        to.second = __builtin_shufflevector(b0, b1, 1, 3, 5, 7, 9, 11, 13, 15);
    }
    template <int row>
    FXP_INLINE static void add(I32& low, I32& high, const I32& a, const Columns& b) {
        asm("smlal %0.4s, %1.4h, %2.h[%c3]" : "+w"(low) : "w"(b.first), "x"(a), "i"(2 * row));
        asm("smlal2 %0.4s, %1.8h, %2.h[%c3]" : "+w"(high) : "w"(b.first), "x"(a), "i"(2 * row));
        asm("smlal %0.4s, %1.4h, %2.h[%c3]" : "+w"(low) : "w"(b.second), "x"(a), "i"(2 * row + 1));
        asm("smlal2 %0.4s, %1.8h, %2.h[%c3]" : "+w"(high) : "w"(b.second), "x"(a), "i"(2 * row + 1));
    }
};
struct Words { ///< reads the low halves of the units
    using Vector = I64;
    using Sum = std::int64_t;
    using Columns = I32;
    FXP_INLINE static void load_columns(I32& to, const std::byte* from) {
        I32 b0, b1;
        load(b0, from);
        load(b1, from + 16);
        to = __builtin_shufflevector(b0, b1, 0, 2, 4, 6);
    }
    template <int row>
    FXP_INLINE static void add(I64& low, I64& high, const I64& a, const I32& b) {
        asm("smlal %0.2d, %1.2s, %2.s[%c3]" : "+w"(low) : "w"(b), "w"(a), "i"(2 * row));
        asm("smlal2 %0.2d, %1.4s, %2.s[%c3]" : "+w"(high) : "w"(b), "w"(a), "i"(2 * row));
    }
};
struct Doubles { ///< every partial sum is an integer of at most 2^53, so each addition is exact in any rounding mode
    using Vector = F64;
    using Sum = std::int64_t;
    struct Columns {
        F64 low;
        F64 high;
    };
    FXP_INLINE static void load_columns(Columns& to, const std::byte* from) {
        load(to.low, from);
        load(to.high, from + 16);
    }
    template <int row>
    FXP_INLINE static void add(F64& low, F64& high, const F64& a, const Columns& b) {
        asm("fmla %0.2d, %1.2d, %2.d[%c3]" : "+w"(low) : "w"(b.low), "w"(a), "i"(row));
        asm("fmla %0.2d, %1.2d, %2.d[%c3]" : "+w"(high) : "w"(b.high), "w"(a), "i"(row));
    }
};

FXP_INLINE void begin(I32& sum, const std::int32_t* start) { load(sum, start); }
FXP_INLINE void begin(I64& sum, const std::int64_t* start) { load(sum, start); }
FXP_INLINE void begin(F64& sum, const std::int64_t*) { sum = F64{}; }
FXP_INLINE void finish(const I32& sum, const std::int32_t*, std::int32_t* out) { store(sum, out); }
FXP_INLINE void finish(const I64& sum, const std::int64_t*, std::int64_t* out) { store(sum, out); }
FXP_INLINE void finish(const F64& sum, const std::int64_t* start, std::int64_t* out) {
    I64 result;
    load(result, start);
    result += __builtin_convertvector(sum, I64);
    store(result, out);
}

template <class Operation, std::size_t rows, std::size_t vectors, int... row>
FXP_INLINE void add_rows(std::integer_sequence<int, row...>, typename Operation::Vector (&sum)[rows][vectors],
                         std::size_t vector, const typename Operation::Vector* a,
                         const typename Operation::Columns& b) {
    constexpr int units = static_cast<int>(16 / sizeof(typename Operation::Sum)); // of a vector of a
    (Operation::template add<row % units>(sum[row][vector], sum[row][vector + 1], a[row / units], b), ...);
}

/// out = start + sums, for a panel of `rows` rows: sixteen vectors of sums at a time, half of the registers.
template <class Operation, std::size_t rows>
void tile(const Task& task) {
    using V = typename Operation::Vector;
    using Sum = typename Operation::Sum;
    constexpr std::size_t vectors = 16 / rows;
    constexpr std::size_t lanes = 16 / sizeof(Sum);
    for (std::size_t column = 0; column < step_bytes / sizeof(Sum); column += vectors * lanes) {
        const Sum* start = static_cast<const Sum*>(task.start) + column;
        Sum* out = static_cast<Sum*>(task.out) + column;
        const std::byte* a = task.a;
        const std::byte* b = task.b + column * sizeof(Sum);
        V sum[rows][vectors];
#pragma GCC unroll 8
        for (std::size_t r = 0; r < rows; ++r) {
            const Sum* from = start + static_cast<std::ptrdiff_t>(r) * task.start_stride;
#pragma GCC unroll 4
            for (std::size_t v = 0; v < vectors; ++v) begin(sum[r][v], from + v * lanes);
        }
        for (std::size_t s = task.steps; s != 0; --s) {
            V units[rows / lanes];
#pragma GCC unroll 4
            for (std::size_t i = 0; i < rows / lanes; ++i) load(units[i], a + 16 * i);
#pragma GCC unroll 2
            for (std::size_t v = 0; v < vectors; v += 2) {
                typename Operation::Columns columns;
                Operation::load_columns(columns, b + 16 * v);
                add_rows<Operation>(std::make_integer_sequence<int, static_cast<int>(rows)>{}, sum, v, units, columns);
            }
            a += rows * sizeof(Sum);
            b += step_bytes;
        }
#pragma GCC unroll 8
        for (std::size_t r = 0; r < rows; ++r) {
            const Sum* from = start + static_cast<std::ptrdiff_t>(r) * task.start_stride;
            Sum* to = out + static_cast<std::ptrdiff_t>(r) * task.out_stride;
#pragma GCC unroll 4
            for (std::size_t v = 0; v < vectors; ++v) finish(sum[r][v], from + v * lanes, to + v * lanes);
        }
    }
}

/// As portable::widen, by shifts: NEON cannot multiply lanes of 64 bits.
[[gnu::noinline, FXP_VECTORIZE]] inline void widen(const std::int32_t* FXP_RESTRICT tile, std::size_t rows, int shift,
                                                   std::int64_t* FXP_RESTRICT out, std::ptrdiff_t stride) {
    for (std::size_t r = 0; r < rows; ++r, tile += panel_columns, out += stride) {
        for (std::size_t c = 0; c < panel_columns; ++c) out[c] += std::int64_t{tile[c]} << shift;
    }
}

// Functions for processors with dot products call none of the others, which the compiler may have been told to compile
// for more than armv8.2-a: it would not inline them.
#if defined(__ARM_FEATURE_DOTPROD)
#define FXP_DOTPROD
#elif defined(__clang__)
#define FXP_DOTPROD gnu::target("dotprod")
#else
#define FXP_DOTPROD gnu::target("arch=armv8.2-a+dotprod")
#endif

#if defined(__linux__)
/// getauxval, declared here because <sys/auxv.h> is no header of the standard library.
unsigned long auxiliary_value(unsigned long type) noexcept asm("getauxval");
#endif

/// This processor is known to have dot products.
inline bool has_dot_products() {
#if defined(__ARM_FEATURE_DOTPROD)
    return true;
#elif defined(__linux__)
    constexpr unsigned long at_hwcap = 16; // as Linux numbers them
    constexpr unsigned long hwcap_asimddp = 1ul << 20;
    return (auxiliary_value(at_hwcap) & hwcap_asimddp) != 0;
#else
    return false;
#endif
}

typedef std::int32_t I32Anywhere __attribute__((vector_size(16), aligned(4), may_alias));

/// sum += products of int8 of a unit of a and units of b.
template <int row>
[[FXP_DOTPROD]] FXP_INLINE void add_quads(I32& sum, const I32& a, const I32& b) {
    asm("sdot %0.4s, %1.16b, %2.4b[%c3]" : "+w"(sum) : "w"(b), "w"(a), "i"(row));
}

template <std::size_t rows, std::size_t vectors, int... row>
[[FXP_DOTPROD]] FXP_INLINE void add_quads(std::integer_sequence<int, row...>, I32 (&sum)[rows][vectors],
                                          std::size_t vector, const I32* a, const I32& b) {
    (add_quads<row % 4>(sum[row][vector], a[row / 4], b), ...);
}

/// As tile(); both operands signed.
template <std::size_t rows>
[[FXP_DOTPROD, gnu::noinline]] void quads(const Task& task) {
    constexpr std::size_t vectors = 16 / rows;
    for (std::size_t column = 0; column < panel_columns; column += 4 * vectors) {
        const std::int32_t* start = static_cast<const std::int32_t*>(task.start) + column;
        std::int32_t* out = static_cast<std::int32_t*>(task.out) + column;
        const I32Anywhere* a = reinterpret_cast<const I32Anywhere*>(task.a);
        const I32Anywhere* b = reinterpret_cast<const I32Anywhere*>(task.b) + column / 4;
        I32 sum[rows][vectors];
#pragma GCC unroll 8
        for (std::size_t r = 0; r < rows; ++r, start += task.start_stride) {
            const I32Anywhere* from = reinterpret_cast<const I32Anywhere*>(start);
#pragma GCC unroll 4
            for (std::size_t v = 0; v < vectors; ++v) sum[r][v] = from[v];
        }
        for (std::size_t s = task.steps; s != 0; --s) {
            I32 units[rows / 4];
#pragma GCC unroll 2
            for (std::size_t i = 0; i < rows / 4; ++i) units[i] = a[i];
#pragma GCC unroll 4
            for (std::size_t v = 0; v < vectors; ++v) {
                const I32 columns = b[v];
                add_quads(std::make_integer_sequence<int, static_cast<int>(rows)>{}, sum, v, units, columns);
            }
            a += rows / 4;
            b += step_bytes / 16;
        }
#pragma GCC unroll 8
        for (std::size_t r = 0; r < rows; ++r, out += task.out_stride) {
            I32Anywhere* to = reinterpret_cast<I32Anywhere*>(out);
#pragma GCC unroll 4
            for (std::size_t v = 0; v < vectors; ++v) to[v] = sum[r][v];
        }
    }
}

inline constexpr KernelSet kernels{.pairs = {tile<Pairs, 8>, tile<Pairs, 4>},
                                   .words = {tile<Words, 8>, tile<Words, 4>},
                                   .doubles = {tile<Doubles, 8>, tile<Doubles, 4>},
                                   .widen = widen};
inline constexpr KernelSet dot_kernels{.quads = {quads<8>, quads<4>},
                                       .pairs = {tile<Pairs, 8>, tile<Pairs, 4>},
                                       .words = {tile<Words, 8>, tile<Words, 4>},
                                       .doubles = {tile<Doubles, 8>, tile<Doubles, 4>},
                                       .widen = widen,
                                       .signed_quads = true};

#undef FXP_DOTPROD

} // namespace fxp::kernels::gemm::neon

#endif
