// Vectors of AVX-512 (F, BW, DQ, VL) for kernels that the compilers do not vectorize well by themselves.
//
// Plain operators do what they say, lane by lane; an instruction that the compilers offer under different names is one
// line of assembler: <immintrin.h> would double the cost of including this library. Vectors are passed by reference,
// since their calling convention depends on compiler flags.
#pragma once

#include "fxp/kernels/dispatch.hpp"

#include <cstring>

#ifdef FXP_X86_DISPATCH

#define FXP_TARGET_AVX512 gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi2")

namespace fxp::kernels::avx512 {

typedef std::int16_t I16 __attribute__((vector_size(64)));
typedef std::uint16_t U16 __attribute__((vector_size(64)));
typedef std::int32_t I32 __attribute__((vector_size(64)));
typedef std::uint32_t U32 __attribute__((vector_size(64)));
typedef std::int64_t I64 __attribute__((vector_size(64)));
typedef std::uint64_t U64 __attribute__((vector_size(64)));

/// Vectors of a signed word.
template <class Word>
struct VectorOf;
template <>
struct VectorOf<std::int16_t> {
    using Signed = I16;
    using Unsigned = U16;
};
template <>
struct VectorOf<std::int32_t> {
    using Signed = I32;
    using Unsigned = U32;
};
template <>
struct VectorOf<std::int64_t> {
    using Signed = I64;
    using Unsigned = U64;
};

template <class V, class T>
[[FXP_TARGET_AVX512]] FXP_INLINE void load(V& to, const T* from) {
    std::memcpy(&to, from, sizeof(V));
}
template <class V, class T>
[[FXP_TARGET_AVX512]] FXP_INLINE void store(const V& from, T* to) {
    std::memcpy(to, &from, sizeof(V));
}
/// |x|; the smallest integer stays.
[[FXP_TARGET_AVX512]] FXP_INLINE void absolute(I16& x) { asm("vpabsw {%0, %0|%0, %0}" : "+v"(x)); }
[[FXP_TARGET_AVX512]] FXP_INLINE void absolute(I32& x) { asm("vpabsd {%0, %0|%0, %0}" : "+v"(x)); }
[[FXP_TARGET_AVX512]] FXP_INLINE void absolute(I64& x) { asm("vpabsq {%0, %0|%0, %0}" : "+v"(x)); }

/// high = a * b / 2^16, rounded down.
[[FXP_TARGET_AVX512]] FXP_INLINE void multiply_high(U16& high, const U16& a, const U16& b) {
    asm("vpmulhuw {%2, %1, %0|%0, %1, %2}" : "=v"(high) : "v"(a), "v"(b));
}
/// sum += x, modulo 2^64.
[[FXP_TARGET_AVX512]] FXP_INLINE void add_modulo(I64& sum, const I64& x) {
    sum = reinterpret_cast<I64>(reinterpret_cast<U64>(sum) + reinterpret_cast<U64>(x));
}
/// product = a * b, of the low 32 bits of the lanes, signed.
[[FXP_TARGET_AVX512]] FXP_INLINE void multiply_low(I64& product, const I64& a, const I64& b) {
    asm("vpmuldq {%2, %1, %0|%0, %1, %2}" : "=v"(product) : "v"(a), "v"(b));
}
/// to = table[index modulo 16]
[[FXP_TARGET_AVX512]] FXP_INLINE void look_up(I32& to, const I32& table, const I32& index) {
    asm("vpermd {%2, %1, %0|%0, %1, %2}" : "=v"(to) : "v"(index), "v"(table));
}
/// index = (low, high)[index modulo 64], in lanes of 16 bits.
[[FXP_TARGET_AVX512]] FXP_INLINE void look_up(I16& index, const I16& low, const I16& high) {
    asm("vpermi2w {%2, %1, %0|%0, %1, %2}" : "+v"(index) : "v"(low), "v"(high));
}

/// The low, or the high, halves of 64-bit lanes that stand for the even and the odd lanes of a vector of 32 bits.
[[FXP_TARGET_AVX512]] FXP_INLINE void interleave_low(I32& to, const I64& even, const I64& odd) {
    constexpr std::uint16_t odd_places = 0xAAAA;
    to = reinterpret_cast<I32>(even);
    asm("vmovsldup {%1, %0%{%2%}|%0%{%2%}, %1}" : "+v"(to) : "v"(odd), "Yk"(odd_places));
}
[[FXP_TARGET_AVX512]] FXP_INLINE void interleave_high(I32& to, const I64& even, const I64& odd) {
    constexpr std::uint16_t even_places = 0x5555;
    to = reinterpret_cast<I32>(odd);
    asm("vmovshdup {%1, %0%{%2%}|%0%{%2%}, %1}" : "+v"(to) : "v"(even), "Yk"(even_places));
}
/// The odd lanes of 32 bits, moved to where multiply_low reads them.
[[FXP_TARGET_AVX512]] FXP_INLINE void odd_lanes(I64& to, const I32& from) { to = reinterpret_cast<I64>(from) >> 32; }
/// The products of the even and of the odd lanes of a and b.
[[FXP_TARGET_AVX512]] FXP_INLINE void multiply_lanes(I64& even, I64& odd, const I32& a, const I32& b) {
    I64 odd_a;
    I64 odd_b;
    odd_lanes(odd_a, a);
    odd_lanes(odd_b, b);
    multiply_low(even, reinterpret_cast<I64>(a), reinterpret_cast<I64>(b));
    multiply_low(odd, odd_a, odd_b);
}

} // namespace fxp::kernels::avx512

#endif
