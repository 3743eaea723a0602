// AMX tiles: products of bytes, 16 rows by 64 deep by 16 columns an instruction, and who may use them when.
//
// Instructions are one line of assembler each: no compiler keeps anything in tiles of its own accord, and a user's
// functions called in between would have to expect them to be lost.
#pragma once

#include "fxp/kernels/dispatch.hpp"

#include <cstddef>
#include <cstdint>

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::gemm::amx {

#define FXP_AMX gnu::target("amx-tile,amx-int8")

inline constexpr std::size_t group_rows = 16;      ///< of a, in a tile
inline constexpr std::size_t tile_depth = 64;      ///< bytes along k, in a tile
inline constexpr std::size_t a_tile_bytes = 1024;  ///< rows along k
inline constexpr std::size_t b_tiles_bytes = 2048; ///< two tiles side by side: 16 steps of a panel of b

/// What ldtilecfg reads.
struct alignas(64) TileShapes {
    std::uint8_t palette = 1;
    std::uint8_t first_row = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
inline constexpr TileShapes all_of_16_rows{};

/// While one lives, its thread has tiles, all of 16 rows of 64 bytes. Scopes do not nest.
class TileScope {
  public:
    /// Nothing happens unless `wanted`.
    explicit TileScope(bool wanted) : wanted_(wanted) {
        if (wanted_) load();
    }
    ~TileScope() {
        if (wanted_) release();
    }
    TileScope(const TileScope&) = delete;
    TileScope& operator=(const TileScope&) = delete;

  private:
    [[FXP_AMX]] static void load() { asm volatile("ldtilecfg %0" ::"m"(all_of_16_rows)); }
    [[FXP_AMX]] static void release() { asm volatile("tilerelease" ::); }

    bool wanted_;
};

/// Which of the operands' bytes have signs.
enum class Signs : std::uint8_t { both, only_a, only_b, none };

/// Bytes of a and of b whose products are summed.
struct TilePair {
    const std::byte* a = nullptr;
    const std::byte* b = nullptr;
    Signs signs = Signs::both;
};

/// Sums of products of up to 32 rows of a and a panel of 32 columns of b.
struct TileTask {
    std::ptrdiff_t a_below = 0; ///< from the tiles of 16 rows to those of the next 16
    std::size_t steps = 0;      ///< of tile_depth
    bool add = false;           ///< to what out holds
    std::int32_t* out = nullptr;
    std::ptrdiff_t out_stride = 0; ///< in bytes
};

// Tiles 0 to 3 hold sums: the upper rows' left and right half, the lower rows'. 4 and 5 are b's, 6 and 7 are a's.

/// groups: of 16 rows, one or two.
template <int groups>
[[FXP_AMX]] FXP_INLINE void clear_sums() {
    asm volatile("tilezero {%%tmm0|tmm0}\n\ttilezero {%%tmm1|tmm1}" ::);
    if constexpr (groups == 2) asm volatile("tilezero {%%tmm2|tmm2}\n\ttilezero {%%tmm3|tmm3}" ::);
}

/// stride: bytes from row to row.
template <int groups>
[[FXP_AMX]] FXP_INLINE void load_sums(const std::int32_t* from, std::ptrdiff_t stride) {
    asm volatile("tileloadd {(%0,%1,1), %%tmm0|tmm0, [%0+%1*1]}" ::"r"(from), "r"(stride) : "memory");
    asm volatile("tileloadd {(%0,%1,1), %%tmm1|tmm1, [%0+%1*1]}" ::"r"(from + 16), "r"(stride) : "memory");
    if constexpr (groups == 2) {
        from += 4 * stride; // 16 rows, in elements
        asm volatile("tileloadd {(%0,%1,1), %%tmm2|tmm2, [%0+%1*1]}" ::"r"(from), "r"(stride) : "memory");
        asm volatile("tileloadd {(%0,%1,1), %%tmm3|tmm3, [%0+%1*1]}" ::"r"(from + 16), "r"(stride) : "memory");
    }
}

template <int groups>
[[FXP_AMX]] FXP_INLINE void store_sums(std::int32_t* to, std::ptrdiff_t stride) {
    asm volatile("tilestored {%%tmm0, (%0,%1,1)|[%0+%1*1], tmm0}" ::"r"(to), "r"(stride) : "memory");
    asm volatile("tilestored {%%tmm1, (%0,%1,1)|[%0+%1*1], tmm1}" ::"r"(to + 16), "r"(stride) : "memory");
    if constexpr (groups == 2) {
        to += 4 * stride; // 16 rows, in elements
        asm volatile("tilestored {%%tmm2, (%0,%1,1)|[%0+%1*1], tmm2}" ::"r"(to), "r"(stride) : "memory");
        asm volatile("tilestored {%%tmm3, (%0,%1,1)|[%0+%1*1], tmm3}" ::"r"(to + 16), "r"(stride) : "memory");
    }
}

// Sums += products of tiles, modulo 2^32.
#define FXP_TILE_PRODUCT(sums, a, b)                                                                                   \
    if constexpr (signs == Signs::both) {                                                                              \
        asm volatile("tdpbssd {%%tmm" #b ", %%tmm" #a ", %%tmm" #sums "|tmm" #sums ", tmm" #a ", tmm" #b "}" ::);      \
    } else if constexpr (signs == Signs::only_a) {                                                                     \
        asm volatile("tdpbsud {%%tmm" #b ", %%tmm" #a ", %%tmm" #sums "|tmm" #sums ", tmm" #a ", tmm" #b "}" ::);      \
    } else if constexpr (signs == Signs::only_b) {                                                                     \
        asm volatile("tdpbusd {%%tmm" #b ", %%tmm" #a ", %%tmm" #sums "|tmm" #sums ", tmm" #a ", tmm" #b "}" ::);      \
    } else {                                                                                                           \
        asm volatile("tdpbuud {%%tmm" #b ", %%tmm" #a ", %%tmm" #sums "|tmm" #sums ", tmm" #a ", tmm" #b "}" ::);      \
    }

template <Signs signs, int groups>
[[FXP_AMX]] FXP_INLINE void add_products(const TilePair& pair, const TileTask& task) {
    constexpr std::ptrdiff_t a_stride = 64;
    constexpr std::ptrdiff_t b_stride = 128;
    const std::byte* a = pair.a;
    const std::byte* b = pair.b;
    for (std::size_t s = task.steps; s != 0; --s, a += a_tile_bytes, b += b_tiles_bytes) {
        asm volatile("tileloadd {(%0,%1,1), %%tmm4|tmm4, [%0+%1*1]}" ::"r"(b), "r"(b_stride) : "memory");
        asm volatile("tileloadd {(%0,%1,1), %%tmm6|tmm6, [%0+%1*1]}" ::"r"(a), "r"(a_stride) : "memory");
        FXP_TILE_PRODUCT(0, 6, 4)
        asm volatile("tileloadd {(%0,%1,1), %%tmm5|tmm5, [%0+%1*1]}" ::"r"(b + 64), "r"(b_stride) : "memory");
        FXP_TILE_PRODUCT(1, 6, 5)
        if constexpr (groups == 2) {
            asm volatile("tileloadd {(%0,%1,1), %%tmm7|tmm7, [%0+%1*1]}" ::"r"(a + task.a_below), "r"(a_stride)
                         : "memory");
            FXP_TILE_PRODUCT(2, 7, 4)
            FXP_TILE_PRODUCT(3, 7, 5)
        }
    }
}

/// Words of 16 bits: planes of their low bytes, and how far from these those of their high ones are.
struct TileWords {
    const std::byte* a = nullptr;
    const std::byte* b = nullptr;
    std::ptrdiff_t a_high = 0;
    std::ptrdiff_t b_high = 0;
};

/// As multiply_tiles, for one group of rows: sums of the products of low bytes, of low by high ones and of high bytes,
/// each 16 rows of 32 columns, `weight` elements apart. Every tile of bytes is brought from memory once, whereas one
/// call of multiply_tiles for each weight would read them twice from the second-level cache.
[[FXP_AMX, gnu::noinline]] inline void multiply_words(const TileWords& words, std::size_t steps, std::int32_t* out,
                                                      std::size_t weight) {
    constexpr std::ptrdiff_t a_stride = 64;
    constexpr std::ptrdiff_t b_stride = 128;
    const std::byte* a = words.a;
    const std::byte* b = words.b;
    const auto load_a = [](const std::byte* from) __attribute__((always_inline)) {
        asm volatile("tileloadd {(%0,%1,1), %%tmm6|tmm6, [%0+%1*1]}" ::"r"(from), "r"(a_stride) : "memory");
    };
    const auto load_b = [](const std::byte* from) __attribute__((always_inline)) {
        asm volatile("tileloadd {(%0,%1,1), %%tmm7|tmm7, [%0+%1*1]}" ::"r"(from), "r"(b_stride) : "memory");
    };
    asm volatile("tilezero {%%tmm0|tmm0}\n\ttilezero {%%tmm1|tmm1}\n\ttilezero {%%tmm2|tmm2}" ::);
    asm volatile("tilezero {%%tmm3|tmm3}\n\ttilezero {%%tmm4|tmm4}\n\ttilezero {%%tmm5|tmm5}" ::);
    for (std::size_t s = steps; s != 0; --s, a += a_tile_bytes, b += b_tiles_bytes) {
        load_a(a + words.a_high);
        load_b(b + words.b_high);
        asm volatile("tdpbssd {%%tmm7, %%tmm6, %%tmm4|tmm4, tmm6, tmm7}" ::);
        load_b(b + words.b_high + 64);
        asm volatile("tdpbssd {%%tmm7, %%tmm6, %%tmm5|tmm5, tmm6, tmm7}" ::);
        load_b(b);
        asm volatile("tdpbsud {%%tmm7, %%tmm6, %%tmm2|tmm2, tmm6, tmm7}" ::);
        load_b(b + 64);
        asm volatile("tdpbsud {%%tmm7, %%tmm6, %%tmm3|tmm3, tmm6, tmm7}" ::);
        load_a(a);
        asm volatile("tdpbuud {%%tmm7, %%tmm6, %%tmm1|tmm1, tmm6, tmm7}" ::);
        load_b(b);
        asm volatile("tdpbuud {%%tmm7, %%tmm6, %%tmm0|tmm0, tmm6, tmm7}" ::);
        load_b(b + words.b_high);
        asm volatile("tdpbusd {%%tmm7, %%tmm6, %%tmm2|tmm2, tmm6, tmm7}" ::);
        load_b(b + words.b_high + 64);
        asm volatile("tdpbusd {%%tmm7, %%tmm6, %%tmm3|tmm3, tmm6, tmm7}" ::);
    }
    asm volatile("tilestored {%%tmm0, (%0,%1,1)|[%0+%1*1], tmm0}" ::"r"(out), "r"(b_stride) : "memory");
    asm volatile("tilestored {%%tmm1, (%0,%1,1)|[%0+%1*1], tmm1}" ::"r"(out + 16), "r"(b_stride) : "memory");
    out += weight;
    asm volatile("tilestored {%%tmm2, (%0,%1,1)|[%0+%1*1], tmm2}" ::"r"(out), "r"(b_stride) : "memory");
    asm volatile("tilestored {%%tmm3, (%0,%1,1)|[%0+%1*1], tmm3}" ::"r"(out + 16), "r"(b_stride) : "memory");
    out += weight;
    asm volatile("tilestored {%%tmm4, (%0,%1,1)|[%0+%1*1], tmm4}" ::"r"(out), "r"(b_stride) : "memory");
    asm volatile("tilestored {%%tmm5, (%0,%1,1)|[%0+%1*1], tmm5}" ::"r"(out + 16), "r"(b_stride) : "memory");
}

#undef FXP_TILE_PRODUCT

/// out = the sum over all pairs, modulo 2^32, for one or two groups of 16 rows; a thread that has tiles.
template <int groups>
[[FXP_AMX, gnu::noinline]] void multiply_tiles(const TilePair* pairs, std::size_t count, const TileTask& task) {
    if (task.add) {
        load_sums<groups>(task.out, task.out_stride);
    } else {
        clear_sums<groups>();
    }
    for (; count != 0; --count, ++pairs) {
        switch (pairs->signs) {
        case Signs::both:
            add_products<Signs::both, groups>(*pairs, task);
            break;
        case Signs::only_a:
            add_products<Signs::only_a, groups>(*pairs, task);
            break;
        case Signs::only_b:
            add_products<Signs::only_b, groups>(*pairs, task);
            break;
        case Signs::none:
            add_products<Signs::none, groups>(*pairs, task);
            break;
        }
    }
    store_sums<groups>(task.out, task.out_stride);
}

#undef FXP_AMX

} // namespace fxp::kernels::gemm::amx

#endif
