// Random words: those of neighbouring elements of a RandomStream, many at a time, as core/random.hpp defines them.
#pragma once

#include "fxp/core/random.hpp"
#include "fxp/kernels/avx512.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace fxp::kernels {

namespace detail {

inline constexpr std::size_t philox_rounds = 10;

/// What the lanes of a stream share: the keys of all rounds, and what the first two make of a counter of which only
/// the first word, the number of the block, differs from lane to lane. Their constant products are words here.
struct PhiloxStream {
    static constexpr std::uint32_t multiplier0 = 0xD2511F53;
    static constexpr std::uint32_t multiplier1 = 0xCD9E8D57;

    PhiloxStream() = default;
    explicit PhiloxStream(const RandomStream& stream) {
        std::uint32_t k0 = static_cast<std::uint32_t>(stream.seed);
        std::uint32_t k1 = static_cast<std::uint32_t>(stream.seed >> 32);
        for (std::size_t round = 0; round < philox_rounds; ++round) {
            key0[round] = k0;
            key1[round] = k1;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        const std::uint64_t first = std::uint64_t{multiplier1} * stream.tensor;
        const auto word0 = static_cast<std::uint32_t>(first >> 32) ^ stream.step ^ key0[0];
        const std::uint64_t second = std::uint64_t{multiplier0} * word0;
        key1[0] ^= static_cast<std::uint32_t>(stream.use);
        key0[1] ^= static_cast<std::uint32_t>(first);
        key1[1] ^= static_cast<std::uint32_t>(second >> 32);
        word3 = static_cast<std::uint32_t>(second);
    }

    /// After two rounds on a block p, with n = multiplier0 p and m = multiplier1 ((n >> 32) ^ key1[0]), the counter is
    /// ((m >> 32) ^ key0[1], m, n ^ key1[1], word3), of each the low 32 bits.
    std::array<std::uint64_t, philox_rounds> key0{};
    std::array<std::uint64_t, philox_rounds> key1{};
    std::uint64_t word3 = 0;
};

/// Blocks that the vector kernels compute at a time.
inline constexpr std::size_t philox_group = 16;

#ifdef FXP_X86_DISPATCH

} // namespace detail

namespace avx512 {

/// product = a * word, of the low 32 bits of the lanes, unsigned.
[[FXP_TARGET_AVX512]] FXP_INLINE void multiply_word(U64& product, const U64& a, const U64& word) {
    asm("vpmuludq {%2, %1, %0|%0, %1, %2}" : "=v"(product) : "v"(a), "v"(word));
}
/// to = (a >> 32) ^ b ^ key in the low halves of the lanes; the high ones are of no use.
[[FXP_TARGET_AVX512]] FXP_INLINE void mix_high(U64& to, const U64& a, const U64& b, const std::uint64_t& key) {
    asm("vpshufd {$0xF5, %1, %0|%0, %1, 0xF5}" : "=v"(to) : "v"(a));
    asm("vpternlogq {$0x96, %2%{1to8%}, %1, %0|%0, %1, %2%{1to8%}, 0x96}" : "+v"(to) : "v"(b), "m"(key));
}

/// Words 0 to 3, in the low halves of their lanes, of 8 * vectors blocks from `block` on. One vector would wait for its
/// products, and so do two.
template <std::size_t vectors>
[[FXP_TARGET_AVX512]] FXP_INLINE void philox(const detail::PhiloxStream& of, std::uint64_t block,
                                             U64 (&words)[4][vectors]) {
    const detail::PhiloxStream* from = &of;
    asm("" : "+r"(from)); // else the addresses of all keys are kept from call to call, in more registers than there are
    const detail::PhiloxStream& stream = *from;
    const U64 multiplier0 = detail::PhiloxStream::multiplier0 - U64{};
    const U64 multiplier1 = detail::PhiloxStream::multiplier1 - U64{};
    constexpr U64 lanes = {0, 1, 2, 3, 4, 5, 6, 7};
    auto& [c0, c1, c2, c3] = words;
#pragma GCC unroll 4
    for (std::size_t i = 0; i < vectors; ++i) {
        multiply_word(c3[i], block + 8 * i + lanes, multiplier0);
        mix_high(c2[i], c3[i], U64{}, stream.key1[0]);
        multiply_word(c1[i], c2[i], multiplier1);
        mix_high(c0[i], c1[i], U64{}, stream.key0[1]);
        c2[i] = c3[i] ^ stream.key1[1];
        c3[i] = stream.word3 - U64{};
    }
#pragma GCC unroll 8
    for (std::size_t round = 2; round < detail::philox_rounds; ++round) {
#pragma GCC unroll 4
        for (std::size_t i = 0; i < vectors; ++i) {
            U64 product0;
            U64 product1;
            multiply_word(product0, c0[i], multiplier0);
            multiply_word(product1, c2[i], multiplier1);
            mix_high(c0[i], product1, c1[i], stream.key0[round]);
            mix_high(c2[i], product0, c3[i], stream.key1[round]);
            c1[i] = product1;
            c3[i] = product0;
        }
    }
}

template <std::size_t vectors>
[[FXP_TARGET_AVX512]] FXP_INLINE void store_words(const detail::PhiloxStream& stream, std::uint64_t block,
                                                  std::uint32_t* out) {
    U64 words[4][vectors];
    philox(stream, block, words);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < vectors; ++i) {
        I32 two;
        I32 two_more;
        interleave_low(two, reinterpret_cast<I64>(words[0][i]), reinterpret_cast<I64>(words[1][i]));
        interleave_low(two_more, reinterpret_cast<I64>(words[2][i]), reinterpret_cast<I64>(words[3][i]));
        const I64 a = reinterpret_cast<I64>(two);
        const I64 b = reinterpret_cast<I64>(two_more);
        store(__builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11), out + 32 * i);
        store(__builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15), out + 32 * i + 16);
    }
}

/// The words of so many groups of blocks from `block` on.
[[FXP_TARGET_AVX512, gnu::noinline]] inline void random_blocks(const detail::PhiloxStream& stream, std::uint64_t block,
                                                               std::size_t groups, std::uint32_t* out) {
    for (; groups >= 2; groups -= 2, block += 2 * detail::philox_group, out += 8 * detail::philox_group) {
        store_words<4>(stream, block, out);
    }
    if (groups != 0) store_words<2>(stream, block, out);
}

template <std::size_t vectors>
[[FXP_TARGET_AVX512]] FXP_INLINE void store_fractions(const detail::PhiloxStream& stream, std::uint64_t block, int bits,
                                                      std::uint16_t* out) {
    U64 words[4][vectors];
    philox(stream, block, words);
    // Of each block, from these lanes of 16 bits of two vectors, the upper ones of words; others are of no use.
    constexpr I16 upper = {1,  33, 1,  33, 5,  37, 5,  37, 9,  41, 9,  41, 13, 45, 13, 45,
                           17, 49, 17, 49, 21, 53, 21, 53, 25, 57, 25, 57, 29, 61, 29, 61};
#pragma GCC unroll 4
    for (std::size_t i = 0; i < vectors; ++i) {
        I16 first = upper;
        I16 last = upper;
        look_up(first, reinterpret_cast<I16>(words[0][i]), reinterpret_cast<I16>(words[1][i]));
        look_up(last, reinterpret_cast<I16>(words[2][i]), reinterpret_cast<I16>(words[3][i]));
        const U32 halves =
            reinterpret_cast<U32>(__builtin_shufflevector(reinterpret_cast<I32>(first), reinterpret_cast<I32>(last), 0,
                                                          17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31));
        store(reinterpret_cast<U16>(halves) >> (16 - bits), out + 32 * i);
    }
}

/// out = the first `bits` bits of the words of so many groups of blocks from `block` on, 1 <= bits <= 16.
[[FXP_TARGET_AVX512, gnu::noinline]] inline void random_fractions(const detail::PhiloxStream& stream,
                                                                  std::uint64_t block, std::size_t groups, int bits,
                                                                  std::uint16_t* out) {
    for (; groups >= 2; groups -= 2, block += 2 * detail::philox_group, out += 8 * detail::philox_group) {
        store_fractions<4>(stream, block, bits, out);
    }
    if (groups != 0) store_fractions<2>(stream, block, bits, out);
}

} // namespace avx512

namespace avx2 {

#define FXP_AVX2 gnu::target("avx2")

typedef std::int32_t I32 __attribute__((vector_size(32)));
typedef std::int64_t I64 __attribute__((vector_size(32)));
typedef std::uint64_t U64 __attribute__((vector_size(32)));

/// product = a * word, of the low 32 bits of the lanes, unsigned.
[[FXP_AVX2]] FXP_INLINE void multiply_word(U64& product, const U64& a, const U64& word) {
    asm("vpmuludq {%2, %1, %0|%0, %1, %2}" : "=x"(product) : "x"(a), "x"(word));
}

/// The words of four blocks from `block` on, in order.
[[FXP_AVX2]] FXP_INLINE void philox(const detail::PhiloxStream& stream, std::uint64_t block, U64& first, U64& last) {
    const U64 multiplier0 = detail::PhiloxStream::multiplier0 - U64{};
    const U64 multiplier1 = detail::PhiloxStream::multiplier1 - U64{};
    constexpr U64 lanes = {0, 1, 2, 3};
    const U64 blocks = block + lanes;
    U64 c0;
    U64 c1;
    U64 c2;
    U64 c3;
    multiply_word(c3, blocks, multiplier0);
    c2 = (c3 >> 32) ^ stream.key1[0];
    multiply_word(c1, c2, multiplier1);
    c0 = (c1 >> 32) ^ stream.key0[1];
    c2 = c3 ^ stream.key1[1];
    c3 = stream.word3 - U64{};
#pragma GCC unroll 8
    for (std::size_t round = 2; round < detail::philox_rounds; ++round) {
        U64 product0;
        U64 product1;
        multiply_word(product0, c0, multiplier0);
        multiply_word(product1, c2, multiplier1);
        c0 = (product1 >> 32) ^ c1 ^ stream.key0[round];
        c2 = (product0 >> 32) ^ c3 ^ stream.key1[round];
        c1 = product1;
        c3 = product0;
    }
    const I32 two =
        __builtin_shufflevector(reinterpret_cast<I32>(c0), reinterpret_cast<I32>(c1), 0, 8, 2, 10, 4, 12, 6, 14);
    const I32 two_more =
        __builtin_shufflevector(reinterpret_cast<I32>(c2), reinterpret_cast<I32>(c3), 0, 8, 2, 10, 4, 12, 6, 14);
    const I64 a = reinterpret_cast<I64>(two);
    const I64 b = reinterpret_cast<I64>(two_more);
    first = reinterpret_cast<U64>(__builtin_shufflevector(a, b, 0, 4, 1, 5));
    last = reinterpret_cast<U64>(__builtin_shufflevector(a, b, 2, 6, 3, 7));
}

[[FXP_AVX2, gnu::noinline]] inline void random_blocks(const detail::PhiloxStream& stream, std::uint64_t block,
                                                      std::size_t groups, std::uint32_t* out) {
    for (std::size_t four = detail::philox_group / 4 * groups; four != 0; --four, block += 4, out += 16) {
        U64 first;
        U64 last;
        philox(stream, block, first, last);
        std::memcpy(out, &first, sizeof(first));
        std::memcpy(out + 8, &last, sizeof(last));
    }
}

#undef FXP_AVX2

} // namespace avx2

namespace detail {

#endif

/// At least the words of `blocks` blocks from `block` on.
inline void random_blocks(const RandomStream& stream, std::uint64_t block, std::size_t blocks, std::uint32_t* out,
                          Isa isa) {
#ifdef FXP_X86_DISPATCH
    const std::size_t groups = (blocks + philox_group - 1) / philox_group;
    if (includes(isa, Isa::avx512)) return avx512::random_blocks(PhiloxStream(stream), block, groups, out);
    if (isa == Isa::avx2) return avx2::random_blocks(PhiloxStream(stream), block, groups, out);
#else
    static_cast<void>(isa);
#endif
    for (std::size_t i = 0; i < blocks; ++i, out += 4) {
        const std::array<std::uint32_t, 4> words = stream.block(static_cast<std::uint32_t>(block + i));
        std::memcpy(out, words.data(), sizeof(words));
    }
}

} // namespace detail

/// Room that random_words wants beyond the words asked for.
inline constexpr std::size_t random_words_room = 3 + 4 * detail::philox_group - 1;

/// Pointer to stream.word(first), .., stream.word(first + count - 1), which lie in `scratch`, of count +
/// random_words_room words; the others of it are undefined.
inline const std::uint32_t* random_words(const RandomStream& stream, std::uint64_t first, std::size_t count,
                                         std::uint32_t* scratch, Isa isa = active_isa()) {
    const std::size_t skipped = first % 4;
    detail::random_blocks(stream, first / 4, (skipped + count + 3) / 4, scratch, isa);
    return scratch + skipped;
}

} // namespace fxp::kernels
