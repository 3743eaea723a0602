// TileProduct: exact sums of products of two integer matrices by AMX, whose instructions multiply bytes.
//
// An integer of n bytes is the sum of its bytes times powers of 2^8, the top one signed. So a product of matrices of n
// and m bytes is the sum of n m products of matrices of bytes, of which those of equal weight share their int32 sums.
#pragma once

#include "fxp/kernels/gemm/factors.hpp"
#include "fxp/kernels/gemm/kernel_set.hpp"
#include "fxp/kernels/gemm/pack_amx.hpp"
#include "fxp/kernels/gemm/scheme.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>

namespace fxp::kernels::gemm {

#ifdef FXP_X86_DISPATCH
using amx::TileScope;
#else
struct TileScope {
    explicit TileScope(bool) {}
};
#endif

/// The exact product of a (rows, depth) and b (depth, columns), or the sum of several.
class TileProduct {
  public:
    /// Rows of a block; blocks of the result begin at multiples of it.
    static constexpr std::size_t block_rows = 32;

    /// True when the processor has tiles, the product's sums fit int64 and its elements int32, which is what the
    /// constructor asks for.
    static bool suits(const Operand& a, const Operand& b, std::size_t depth) {
        return active_set() == Set::amx && sums_fit_int64(a, b, depth);
    }

    TileProduct() = default;
    /// Packs both operands into `memory`, which must outlive this object. The operands' bounds decide how many bytes
    /// are multiplied; those of measured data serve best.
    TileProduct(const Operand& a, const Operand& b, std::size_t rows, std::size_t columns, std::size_t depth,
                Memory& memory) {
        const Factors factors{&a, &b, depth};
        *this = TileProduct(std::span(&factors, 1), rows, columns, memory);
    }
    /// The sum of one or more products of equal widths of words, for whose Joined suits() is true.
    TileProduct(std::span<const Factors> factors, std::size_t rows, std::size_t columns, Memory& memory) {
        const Joined joined(factors);
        b_planes_ = planes_of(joined.b);
#ifdef FXP_X86_DISPATCH
        rows_ = rows;
        a_planes_ = planes_of(joined.a);
        for (const Factors& f : factors) steps_ += steps_of(f);
        const std::size_t groups = (rows + amx::group_rows - 1) / amx::group_rows;
        const std::size_t panels = (columns + panel_columns - 1) / panel_columns;
        a_plane_bytes_ = groups * steps_ * amx::a_tile_bytes;
        b_plane_bytes_ = panels * steps_ * amx::b_tiles_bytes;
        a_ = memory.a.reserve(a_planes_ * a_plane_bytes_);
        b_ = memory.b.reserve(b_planes_ * b_plane_bytes_);
        std::byte* to_a = a_;
        std::byte* to_b = b_;
        for (const Factors& f : factors) {
            pack(*f.a, {rows, f.depth, f.a->row_stride, f.a->column_stride}, amx::TileLayout::of_a(steps_), a_planes_,
                 a_plane_bytes_, memory.a_copy, to_a);
            pack(*f.b, {columns, f.depth, f.b->column_stride, f.b->row_stride}, amx::TileLayout::of_b(steps_),
                 b_planes_, b_plane_bytes_, memory.b_copy, to_b);
            to_a += steps_of(f) * amx::a_tile_bytes;
            to_b += steps_of(f) * amx::b_tiles_bytes;
        }
#else
        static_cast<void>(rows), static_cast<void>(columns), static_cast<void>(memory);
#endif
    }

    /// Packed bytes of b behind one column: what decides how many columns stay in cache.
    std::size_t column_bytes() const { return b_planes_ * steps_ * 64; }

    /// Sums of the rows [row, row + rows) that exist and of the columns [column, column + columns) set, or with
    /// `add` added to, sums[r * stride + c]. row and column: multiples of block_rows and panel_columns. Columns beyond
    /// the matrix are zero up to a multiple of panel_columns, for which sums has room, as for a multiple of block_rows.
    /// Sum: std::int64_t, or for elements of up to 16 bits std::int32_t when all sums fit that, and what is added to.
    /// The thread has a TileScope.
    template <class Sum>
    void tile(std::size_t row, std::size_t rows, std::size_t column, std::size_t columns, bool add, Sum* sums,
              std::size_t stride) const {
#ifdef FXP_X86_DISPATCH
        const std::size_t row_end = std::min(row + rows, rows_);
        Steps steps{0, std::min(block(), steps_)};
        do {
            for (std::size_t c = 0; c < columns; c += panel_columns) {
                for (std::size_t r = row; r < row_end; r += block_rows) {
                    Sum* to = sums + (r - row) * stride + c;
                    multiply(Place{r, std::min(block_rows, row_end - r), (column + c) / panel_columns}, steps, add, to,
                             stride);
                }
            }
            add = true;
            steps.first += steps.count;
            steps.count = std::min(block(), steps_ - steps.first);
        } while (steps.count != 0);
#else
        static_cast<void>(row), static_cast<void>(rows), static_cast<void>(column), static_cast<void>(columns);
        static_cast<void>(add), static_cast<void>(sums), static_cast<void>(stride);
#endif
    }

  private:
    static constexpr std::size_t most_planes = 4;
    static constexpr std::size_t block_size = block_rows * panel_columns;
    static constexpr std::size_t group_size = block_size / 2;

    /// Bytes that hold every element.
    static std::size_t planes_of(const Operand& o) {
        std::size_t planes = 1;
        while (planes < static_cast<std::size_t>(std::min(o.bytes, 4)) && o.bound >> (8 * planes - 1) != 0) ++planes;
        return planes;
    }

#ifdef FXP_X86_DISPATCH
    struct Extent {
        std::size_t lanes;
        std::size_t depth;
        std::ptrdiff_t lane_stride;
        std::ptrdiff_t depth_stride;
    };
    struct Place {
        std::size_t row;
        std::size_t rows;
        std::size_t panel;
    };
    struct Steps {
        std::size_t first;
        std::size_t count;
    };

    static std::size_t steps_of(const Factors& f) { return (f.depth + amx::tile_depth - 1) / amx::tile_depth; }

    static void pack(const Operand& o, const Extent& e, const amx::TileLayout& layout, std::size_t planes,
                     std::size_t plane_bytes, Buffer& copy, std::byte* to) {
        const auto as = [&]<class T>(const T* data) {
            const Lanes<T> lanes{data, e.lane_stride, e.depth_stride, e.lanes, e.depth};
            amx::TilePacker<T>(lanes, layout, planes, plane_bytes, to);
        };
        if (o.bytes == 1) return as(static_cast<const std::int8_t*>(o.data));
        if (o.bytes == 2) return as(static_cast<const std::int16_t*>(o.data));
        if (o.bytes == 4) return as(static_cast<const std::int32_t*>(o.data));
        const Lanes<std::int32_t> lanes =
            lanes_of<std::int32_t>(o, e.lane_stride, e.depth_stride, e.lanes, e.depth, copy);
        amx::TilePacker<std::int32_t>(lanes, layout, planes, plane_bytes, to);
    }

    /// Steps of a block. Its int32 sums do not overflow: of up to four products of bytes a step, 2048 of each are at
    /// most 4 * 2048 * 255^2 < 2^30.
    std::size_t block() const { return 32 / std::max(a_planes_, b_planes_); }

    template <class Sum>
    void multiply(const Place& place, const Steps& steps, bool add, Sum* sums, std::size_t stride) const {
        const bool direct = std::is_same_v<Sum, std::int32_t> && a_planes_ == 1 && b_planes_ == 1;
        alignas(64) std::array<std::int32_t, (2 * most_planes - 1) * block_size> weights;
        const std::size_t a_group = steps_ * amx::a_tile_bytes;
        const std::byte* a = a_ + place.row / amx::group_rows * a_group + steps.first * amx::a_tile_bytes;
        const std::byte* b = b_ + (place.panel * steps_ + steps.first) * amx::b_tiles_bytes;
        amx::TileTask task;
        task.a_below = static_cast<std::ptrdiff_t>(a_group);
        task.steps = steps.count;
        const auto kernel = place.rows > amx::group_rows ? amx::multiply_tiles<2> : amx::multiply_tiles<1>;
        const std::size_t count = a_planes_ + b_planes_ - 1;
        if (a_planes_ == 2 && b_planes_ == 2) {
            amx::TileWords words{a, b, static_cast<std::ptrdiff_t>(a_plane_bytes_),
                                 static_cast<std::ptrdiff_t>(b_plane_bytes_)};
            for (std::size_t r = 0; r < place.rows; r += amx::group_rows, words.a += a_group) {
                amx::multiply_words(words, steps.count, weights.data(), group_size);
                add_weights<group_size>(3, weights.data(), std::min(amx::group_rows, place.rows - r), add,
                                        sums + r * stride, stride);
            }
            return;
        }
        for (std::size_t w = 0; w < count; ++w) {
            std::array<amx::TilePair, most_planes> pairs;
            std::size_t n = 0;
            for (std::size_t i = w < b_planes_ ? 0 : w + 1 - b_planes_; i <= w && i < a_planes_; ++i) {
                const bool a_signed = i + 1 == a_planes_;
                const bool b_signed = w - i + 1 == b_planes_;
                const amx::Signs signs = a_signed   ? b_signed ? amx::Signs::both : amx::Signs::only_a
                                         : b_signed ? amx::Signs::only_b
                                                    : amx::Signs::none;
                pairs[n++] = {a + i * a_plane_bytes_, b + (w - i) * b_plane_bytes_, signs};
            }
            if constexpr (std::is_same_v<Sum, std::int32_t>) {
                if (direct) {
                    task.out = sums;
                    task.out_stride = static_cast<std::ptrdiff_t>(stride * sizeof(std::int32_t));
                    task.add = add;
                    return kernel(pairs.data(), n, task);
                }
            }
            task.out = weights.data() + w * block_size;
            task.out_stride = panel_columns * sizeof(std::int32_t);
            kernel(pairs.data(), n, task);
        }
        add_weights<block_size>(count, weights.data(), place.rows, add, sums, stride);
    }

    /// sums = the sum over w < count of 2^(8 w) times the sums of weight w, `distance` apart, or with `add` sums += it,
    /// modulo Sum.
    template <std::size_t distance, class Sum>
    static void add_weights(std::size_t count, const std::int32_t* weights, std::size_t rows, bool add, Sum* sums,
                            std::size_t stride) {
        const auto run = [&]<int n>() {
            constexpr std::make_integer_sequence<int, n> all;
            dispatch([=]() FXP_LOOP { add_loop<distance>(all, weights, rows, add, sums, stride); });
        };
        if constexpr (sizeof(Sum) == 4) { // of words of up to 16 bits
            return count == 2 ? run.template operator()<2>() : run.template operator()<3>();
        }
        switch (count) {
        case 1:
            return run.template operator()<1>();
        case 2:
            return run.template operator()<2>();
        case 3:
            return run.template operator()<3>();
        case 4:
            return run.template operator()<4>();
        case 5:
            return run.template operator()<5>();
        case 6:
            return run.template operator()<6>();
        default:
            return run.template operator()<7>();
        }
    }

    template <std::size_t distance, int... w, class Sum>
    FXP_INLINE static void add_loop(std::integer_sequence<int, w...>, const std::int32_t* FXP_RESTRICT weights,
                                    std::size_t rows, bool add, Sum* FXP_RESTRICT sums, std::size_t stride) {
        using Unsigned = std::make_unsigned_t<Sum>;
        constexpr int bits = static_cast<int>(8 * sizeof(Sum));
        for (std::size_t r = 0; r < rows; ++r, weights += panel_columns, sums += stride) {
            for (std::size_t c = 0; c < panel_columns; ++c) {
                const Unsigned sum = ((static_cast<Unsigned>(Sum{weights[w * distance + c]}) << (8 * w % bits)) + ...);
                sums[c] = static_cast<Sum>(add ? static_cast<Unsigned>(sums[c]) + sum : sum);
            }
        }
    }

    std::size_t rows_ = 0;
    std::size_t a_planes_ = 1;
    std::size_t a_plane_bytes_ = 0;
    std::size_t b_plane_bytes_ = 0;
    std::byte* a_ = nullptr;
    std::byte* b_ = nullptr;
#endif

    std::size_t b_planes_ = 1;
    std::size_t steps_ = 0; ///< of 64 elements along k
};

} // namespace fxp::kernels::gemm
