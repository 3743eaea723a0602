// HighBytes: what avx512::split takes beside the pairs of words of any size.
#pragma once

#include "fxp/kernels/gemm/packed_operands.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace fxp::kernels::gemm {

namespace detail {

FXP_INLINE void high_bytes_loop(const std::byte* FXP_RESTRICT pairs, std::size_t units, std::size_t quads,
                                std::uint32_t flip, std::byte* FXP_RESTRICT to) {
    for (std::size_t q = 0; q < quads; ++q, pairs += 8 * units, to += 4 * units) {
        for (std::size_t i = 0; i < units; ++i) {
            const auto first = load_as<std::uint32_t>(pairs + 4 * i);
            const auto second = load_as<std::uint32_t>(pairs + 4 * (units + i));
            store_as(((first >> 8 & 0x00ff00ffu) | (second & 0xff00ff00u)) ^ flip, to + 4 * i);
        }
    }
}

} // namespace detail

/// High bytes of pairs as quads: `units` pairs of one step and the `units` of the next become `units` quads, in the
/// order k, k + 2, k + 1, k + 3. `flip` is xored: 0x80808080 makes unsigned bytes, offset by 128.
inline void high_bytes(const std::byte* pairs, std::size_t units, std::size_t quads, std::uint32_t flip,
                       std::byte* to) {
    dispatch([=]() FXP_LOOP { detail::high_bytes_loop(pairs, units, quads, flip, to); });
}

/// The high bytes of packed pairs as quads, and their sums over blocks of steps.
class HighBytes {
  public:
    HighBytes() = default;
    /// pairs: both packed, panels of an even number of steps. block: steps that a call of the kernel takes, even.
    HighBytes(const PackedOperands& pairs, std::size_t block, Memory& memory)
        : quads_(pairs.panel_steps() / 2), block_(block / 2), blocks_((quads_ + block_ - 1) / block_) {
        const std::size_t all_rows = padded_rows(pairs.rows());
        std::byte* a = memory.a_extra.reserve(all_rows * quads_ * 4);
        std::byte* b = memory.b_extra.reserve(pairs.panels() * quads_ * step_bytes);
        auto* rows =
            reinterpret_cast<std::int32_t*>(memory.row_start.reserve(all_rows * blocks_ * sizeof(std::int32_t)));
        auto* columns = reinterpret_cast<std::int32_t*>(
            memory.column_start.reserve(pairs.panels() * blocks_ * panel_columns * sizeof(std::int32_t)));
        a_ = a;
        b_ = b;
        rows_ = rows;
        columns_ = columns;
#ifdef FXP_X86_DISPATCH
        for (std::size_t row = 0; row < pairs.rows(); row += panel_rows) {
            const std::size_t height = rows_of_panel(row, pairs.rows());
            const auto sum = height == panel_rows ? avx512::panel_sums<panel_rows, false>
                                                  : avx512::panel_sums<half_panel_rows, false>;
            high_bytes(pairs.a_panel(row), height, quads_, 0x80808080u, a);
            for (std::size_t q = 0; q < quads_; q += block_, rows += height) {
                const std::size_t count = std::min(block_, quads_ - q);
                sum(a, count, rows);
                for (std::size_t r = 0; r < height; ++r) rows[r] -= static_cast<std::int32_t>(510 * count);
                a += count * height * 4;
            }
        }
        for (std::size_t p = 0; p < pairs.panels(); ++p) {
            high_bytes(pairs.b_panel(p), panel_columns, quads_, 0, b);
            for (std::size_t q = 0; q < quads_; q += block_, columns += panel_columns) {
                const std::size_t count = std::min(block_, quads_ - q);
                avx512::column_start(b, count, 255, columns);
                b += count * step_bytes;
            }
        }
#endif
    }

    /// Makes a task of pairs, of a block's steps, one of avx512::split. `height` rows from `row` on, a panel of b.
    void set(Task& task, std::size_t row, std::size_t height, std::size_t panel, const Steps& steps) const {
        const std::size_t first = steps.first / 2;
        task.steps = steps.count / 2;
        task.a_extra = a_ + (row * quads_ + first * height) * 4;
        task.b_extra = b_ + (panel * quads_ + first) * step_bytes;
        task.extra_columns = columns_ + (panel * blocks_ + first / block_) * panel_columns;
        task.extra_rows = rows_ + row * blocks_ + first / block_ * height;
    }

  private:
    std::size_t quads_ = 0; ///< steps of quads of a panel
    std::size_t block_ = 1; ///< and of a block
    std::size_t blocks_ = 0;
    const std::byte* a_ = nullptr;
    const std::byte* b_ = nullptr;
    const std::int32_t* rows_ = nullptr; ///< panel by panel and block by block
    const std::int32_t* columns_ = nullptr;
};

} // namespace fxp::kernels::gemm
