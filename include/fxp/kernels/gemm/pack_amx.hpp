// Packing into AMX tiles, by AVX-512: one byte of every element at a time.
//
// A tile of a holds 16 rows of 64 bytes along k. Two tiles of b side by side are 16 steps of a panel of 32 columns, as
// panel.hpp has it, each a quad of bytes along k for every column. Source lanes are rows of a or columns of b.
#pragma once

#include "fxp/kernels/avx512.hpp"
#include "fxp/kernels/gemm/pack.hpp"
#include "fxp/kernels/gemm/tiles_amx.hpp"

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels::gemm::amx {

using kernels::avx512::I16;
using kernels::avx512::I32;
using kernels::avx512::I64;
using kernels::avx512::U16;
using kernels::avx512::U32;

typedef std::int32_t I32Anywhere __attribute__((vector_size(64), aligned(1), may_alias));

// to = operation(a, b), in lanes of 128 bits but for the last two.
#define FXP_OF_TWO(name, instruction)                                                                                  \
    [[FXP_TARGET_AVX512]] FXP_INLINE void name(I32& to, const I32& a, const I32& b) {                                  \
        asm(instruction " {%2, %1, %0|%0, %1, %2}" : "=v"(to) : "v"(a), "v"(b));                                       \
    }
FXP_OF_TWO(low_bytes, "vpunpcklbw")
FXP_OF_TWO(high_bytes_of, "vpunpckhbw")
FXP_OF_TWO(low_words, "vpunpcklwd")
FXP_OF_TWO(high_words, "vpunpckhwd")
FXP_OF_TWO(low_quads, "vpunpckldq")
FXP_OF_TWO(high_quads, "vpunpckhdq")
FXP_OF_TWO(low_octets, "vpunpcklqdq")
FXP_OF_TWO(high_octets, "vpunpckhqdq")
FXP_OF_TWO(narrow_words, "vpackuswb")
FXP_OF_TWO(narrow_quads, "vpackusdw")
FXP_OF_TWO(look_up_octets, "vpermq") // a: indices of 64-bit lanes of b
FXP_OF_TWO(look_up_quads, "vpermd")  // a: indices of 32-bit lanes of b
#undef FXP_OF_TWO

/// to = the blocks of 128 bits numbered by two bits each: two of a, then two of b.
template <int choice>
[[FXP_TARGET_AVX512]] FXP_INLINE void blocks_of(I32& to, const I32& a, const I32& b) {
    asm("vshufi32x4 {%3, %2, %1, %0|%0, %1, %2, %3}" : "=v"(to) : "v"(a), "v"(b), "i"(choice));
}

/// Bit i: byte i is read, the others are zero and not touched.
using ByteMask = std::uint64_t;
FXP_INLINE ByteMask first_bytes(std::size_t count) { return count >= 64 ? ~ByteMask{0} : (ByteMask{1} << count) - 1; }
[[FXP_TARGET_AVX512]] FXP_INLINE void load_bytes(I32& to, const void* from, ByteMask bytes) {
    asm("vmovdqu8 {%1, %0%{%2%}%{z%}|%0%{%2%}%{z%}, %1}"
        : "=v"(to)
        : "m"(*static_cast<const I32Anywhere*>(from)), "Yk"(bytes));
}

/// Sixteen rows of 16 quads, `from_stride` bytes apart, become columns.
[[FXP_TARGET_AVX512, gnu::noinline]] inline void transpose_quads(const std::byte* from, std::size_t from_stride,
                                                                 std::byte* to, std::size_t to_stride) {
    I32 r[16];
    I32 s[16];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 16; ++i) kernels::avx512::load(r[i], from + i * from_stride);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 16; i += 2) {
        low_quads(s[i], r[i], r[i + 1]);
        high_quads(s[i + 1], r[i], r[i + 1]);
    }
    // r[i + c]: columns c, c + 4, c + 8, c + 12 of rows i to i + 3.
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 16; i += 4) {
        low_octets(r[i], s[i], s[i + 2]);
        high_octets(r[i + 1], s[i], s[i + 2]);
        low_octets(r[i + 2], s[i + 1], s[i + 3]);
        high_octets(r[i + 3], s[i + 1], s[i + 3]);
    }
#pragma GCC unroll 4
    for (std::size_t c = 0; c < 4; ++c) {
        I32 upper_even, upper_odd, lower_even, lower_odd; // columns c and c + 8, c + 4 and c + 12
        blocks_of<0x88>(upper_even, r[c], r[c + 4]);
        blocks_of<0xdd>(upper_odd, r[c], r[c + 4]);
        blocks_of<0x88>(lower_even, r[c + 8], r[c + 12]);
        blocks_of<0xdd>(lower_odd, r[c + 8], r[c + 12]);
        I32 column;
        blocks_of<0x88>(column, upper_even, lower_even);
        kernels::avx512::store(column, to + c * to_stride);
        blocks_of<0x88>(column, upper_odd, lower_odd);
        kernels::avx512::store(column, to + (c + 4) * to_stride);
        blocks_of<0xdd>(column, upper_even, lower_even);
        kernels::avx512::store(column, to + (c + 8) * to_stride);
        blocks_of<0xdd>(column, upper_odd, lower_odd);
        kernels::avx512::store(column, to + (c + 12) * to_stride);
    }
}

/// Elements from `first` on of a row of `count`, zero beyond them.
template <class T>
[[FXP_TARGET_AVX512]] FXP_INLINE void load_elements(I32& to, const T* row, std::size_t first, std::size_t count) {
    load_bytes(to, row + first, first_bytes(count > first ? (count - first) * sizeof(T) : 0));
}

/// Byte `plane` of 64 neighbouring elements, of which those beyond `count` are zero.
template <class T>
[[FXP_TARGET_AVX512]] FXP_INLINE void byte_of_row(I32& to, const T* from, std::size_t count, int plane) {
    if constexpr (sizeof(T) == 1) {
        load_elements(to, from, 0, count);
    } else if constexpr (sizeof(T) == 2) {
        I32 x0, x1;
        load_elements(x0, from, 0, count);
        load_elements(x1, from, 32, count);
        const U16 low = 255 - U16{};
        x0 = reinterpret_cast<I32>((reinterpret_cast<U16>(x0) >> (8 * plane)) & low);
        x1 = reinterpret_cast<I32>((reinterpret_cast<U16>(x1) >> (8 * plane)) & low);
        narrow_words(to, x0, x1);
        constexpr I64 order = {0, 2, 4, 6, 1, 3, 5, 7};
        look_up_octets(to, reinterpret_cast<I32>(order), to);
    } else {
        I32 x[4];
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            load_elements(x[i], from, 16 * i, count);
            x[i] = reinterpret_cast<I32>((reinterpret_cast<U32>(x[i]) >> (8 * plane)) & 255u);
        }
        narrow_quads(x[0], x[0], x[1]);
        narrow_quads(x[2], x[2], x[3]);
        narrow_words(to, x[0], x[2]);
        constexpr I32 order = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
        look_up_quads(to, order, to);
    }
}

/// Lanes that lie along k: a row of 64 bytes for each of up to 16 lanes, `depth` (up to 64) of which are theirs.
template <class T>
[[FXP_TARGET_AVX512, gnu::noinline]] void rows_along_depth(const T* from, std::ptrdiff_t lane_stride, std::size_t lanes,
                                                           std::size_t depth, int plane, std::byte* to) {
    for (; lanes != 0; --lanes, from += lane_stride, to += tile_depth) {
        I32 row;
        byte_of_row(row, from, depth, plane);
        kernels::avx512::store(row, to);
    }
}

/// Neighbouring lanes, as many as a vector holds: their quads, for 16 steps of which those beyond `depth` (up to 64)
/// are zero. Step s of vector v goes to to[v] + s * step_bytes, where that is not null.
template <class T>
[[FXP_TARGET_AVX512, gnu::noinline]] void quads_along_lanes(const T* from, std::ptrdiff_t depth_stride,
                                                            std::size_t lanes, std::size_t depth, int plane,
                                                            std::byte* const* to) {
    const ByteMask bytes = first_bytes(lanes * sizeof(T));
    std::size_t offset = 0;
    for (std::size_t k = 0; k < tile_depth; k += 4, offset += step_bytes) {
        I32 r[4];
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i, from += depth_stride) {
            if (k + i < depth) {
                load_bytes(r[i], from, bytes);
            } else {
                r[i] = I32{};
            }
        }
        if constexpr (sizeof(T) == 1) {
            // Block j of a row takes its quads of columns j, j + 4, j + 8, j + 12.
            constexpr I32 order = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
#pragma GCC unroll 4
            for (std::size_t i = 0; i < 4; ++i) look_up_quads(r[i], order, r[i]);
            I32 low01, high01, low23, high23;
            low_bytes(low01, r[0], r[1]);
            high_bytes_of(high01, r[0], r[1]);
            low_bytes(low23, r[2], r[3]);
            high_bytes_of(high23, r[2], r[3]);
            low_words(r[0], low01, low23);
            high_words(r[1], low01, low23);
            low_words(r[2], high01, high23);
            high_words(r[3], high01, high23);
#pragma GCC unroll 4
            for (std::size_t v = 0; v < 4; ++v) {
                if (to[v] != nullptr) kernels::avx512::store(r[v], to[v] + offset);
            }
        } else if constexpr (sizeof(T) == 2) {
            const U16 low = 255 - U16{};
            I32 pairs[2];
#pragma GCC unroll 2
            for (std::size_t i = 0; i < 2; ++i) {
                const U16 first = reinterpret_cast<U16>(r[2 * i]) >> (8 * plane);
                const U16 second = reinterpret_cast<U16>(r[2 * i + 1]) >> (8 * plane);
                const I32 both = reinterpret_cast<I32>((first & low) | (second << 8));
                constexpr I64 order = {0, 4, 1, 5, 2, 6, 3, 7};
                look_up_octets(pairs[i], reinterpret_cast<I32>(order), both);
            }
            I32 quads;
            low_words(quads, pairs[0], pairs[1]);
            if (to[0] != nullptr) kernels::avx512::store(quads, to[0] + offset);
            high_words(quads, pairs[0], pairs[1]);
            if (to[1] != nullptr) kernels::avx512::store(quads, to[1] + offset);
        } else {
            U32 quads{};
#pragma GCC unroll 4
            for (int i = 0; i < 4; ++i) {
                const U32 byte = (reinterpret_cast<U32>(r[i]) >> (8 * plane)) & 255u;
                quads |= byte << (8 * i);
            }
            kernels::avx512::store(quads, to[0] + offset);
        }
    }
}

/// Where the tiles of one operand lie: those of 16 lanes each, in pairs.
struct TileLayout {
    std::size_t row;   ///< bytes from row to row
    std::size_t step;  ///< to the next tile_depth elements
    std::size_t group; ///< to the second 16 lanes of a pair
    std::size_t pair;  ///< to the next pair
    bool quads;        ///< rows are steps along k, else lanes

    static TileLayout of_a(std::size_t steps) {
        return {tile_depth, a_tile_bytes, steps * a_tile_bytes, 2 * steps * a_tile_bytes, false};
    }
    static TileLayout of_b(std::size_t steps) {
        return {step_bytes, b_tiles_bytes, step_bytes / 2, steps * b_tiles_bytes, true};
    }
    std::size_t at(std::size_t g, std::size_t s) const { return g / 2 * pair + g % 2 * group + s * step; }
};

/// One operand on its way into tiles, plane by plane.
template <class T>
class TilePacker {
  public:
    TilePacker(const Lanes<T>& from, const TileLayout& layout, std::size_t planes, std::size_t plane_bytes,
               std::byte* to)
        : from_(from), layout_(layout), planes_(planes), plane_bytes_(plane_bytes), to_(to),
          steps_((from.depth + tile_depth - 1) / tile_depth), groups_((from.lanes + group_rows - 1) / group_rows) {
        if (layout.quads) groups_ += groups_ % 2; // columns beyond the matrix are zero, rows are not looked at
        if (from.lane_stride == 1 && from.depth_stride != 1) {
            for (std::size_t s = 0; s < steps_; ++s) {
                for (std::size_t g = 0; g < groups_; g += vectors) along_lanes(g, s);
            }
            return;
        }
        for (std::size_t g = 0; g < groups_; ++g) {
            for (std::size_t s = 0; s < steps_; ++s) {
                if (from.depth_stride == 1) {
                    along_depth(from.at(g * group_rows, s * tile_depth), from.lane_stride, g, s);
                } else {
                    gathered(g, s);
                }
            }
        }
    }

  private:
    static constexpr std::size_t vectors = 4 / sizeof(T); ///< of 16 lanes, in one of the source

    std::size_t lanes(std::size_t g, std::size_t most) const {
        const std::size_t first = g * group_rows;
        return first >= from_.lanes ? 0 : from_.lanes - first < most ? from_.lanes - first : most;
    }
    std::size_t depth(std::size_t s) const {
        const std::size_t rest = from_.depth - s * tile_depth;
        return rest < tile_depth ? rest : tile_depth;
    }

    void along_lanes(std::size_t g, std::size_t s) {
        alignas(64) std::byte quads[2 * b_tiles_bytes];
        const std::size_t count = lanes(g, vectors * group_rows);
        const T* source = count == 0 ? from_.data : from_.at(g * group_rows, s * tile_depth);
        for (std::size_t p = 0; p < planes_; ++p) {
            std::byte* to = to_ + p * plane_bytes_;
            std::byte* vector[4] = {};
            for (std::size_t v = 0; v < vectors && g + v < groups_; ++v) {
                vector[v] = layout_.quads ? to + layout_.at(g + v, s) : quads + v / 2 * b_tiles_bytes + v % 2 * 64;
            }
            quads_along_lanes(source, from_.depth_stride, count, depth(s), static_cast<int>(p), vector);
            if (layout_.quads) continue;
            for (std::size_t v = 0; v < vectors && g + v < groups_; ++v) {
                transpose_quads(vector[v], step_bytes, to + layout_.at(g + v, s), tile_depth);
            }
        }
    }

    void along_depth(const T* source, std::ptrdiff_t lane_stride, std::size_t g, std::size_t s) {
        alignas(64) std::byte rows[a_tile_bytes];
        const std::size_t count = lanes(g, group_rows);
        for (std::size_t p = 0; p < planes_; ++p) {
            std::byte* to = to_ + p * plane_bytes_ + layout_.at(g, s);
            rows_along_depth(source, lane_stride, count, depth(s), static_cast<int>(p), layout_.quads ? rows : to);
            if (!layout_.quads) continue;
            std::memset(rows + count * tile_depth, 0, (group_rows - count) * tile_depth);
            transpose_quads(rows, tile_depth, to, step_bytes);
        }
    }

    /// No stride is one.
    void gathered(std::size_t g, std::size_t s) {
        alignas(64) T block[group_rows * tile_depth];
        for (std::size_t lane = 0; lane < lanes(g, group_rows); ++lane) {
            const T* source = from_.at(g * group_rows + lane, s * tile_depth);
            for (std::size_t k = 0; k < depth(s); ++k, source += from_.depth_stride) {
                block[lane * tile_depth + k] = *source;
            }
        }
        along_depth(block, tile_depth, g, s);
    }

    const Lanes<T>& from_;
    TileLayout layout_;
    std::size_t planes_;
    std::size_t plane_bytes_;
    std::byte* to_;
    std::size_t steps_;
    std::size_t groups_;
};

} // namespace fxp::kernels::gemm::amx

#endif
