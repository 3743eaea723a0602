// Both operands of a product as micro-kernels read them.
#pragma once

#include "fxp/core/wraps.hpp"
#include "fxp/kernels/gemm/factors.hpp"
#include "fxp/kernels/gemm/norms.hpp"
#include "fxp/kernels/gemm/pack.hpp"
#include "fxp/kernels/gemm/sums_avx512.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace fxp::kernels::gemm {

/// Neighbouring steps of a panel.
struct Steps {
    std::size_t first;
    std::size_t count;
};

/// b in panels; a in panels too, or where it lies. Of several factors, the one's panels go on with the next one's
/// steps.
class PackedOperands {
  public:
    PackedOperands() = default;
    /// Nothing is packed yet. unit_depth, unit_bytes: elements and bytes of a unit. With `even`, panels have an even
    /// number of steps, the last one perhaps of zeros.
    PackedOperands(std::span<const Factors> factors, std::size_t rows, std::size_t columns, std::size_t unit_depth,
                   std::size_t unit_bytes, bool even)
        : rows_(rows), columns_(columns), unit_depth_(unit_depth), unit_bytes_(unit_bytes) {
        for (const Factors& f : factors) steps_ += (f.depth + unit_depth - 1) / unit_depth;
        panel_steps_ = steps_ + (even ? steps_ % 2 : 0);
    }

    std::size_t rows() const { return rows_; }
    /// Steps that hold elements, and those of a panel: as many, or one more.
    std::size_t steps() const { return steps_; }
    std::size_t panel_steps() const { return panel_steps_; }
    std::size_t panel_steps_bytes() const { return unit_bytes_ * panel_steps_; }
    std::size_t unit_bytes() const { return unit_bytes_; }
    /// Of b.
    std::size_t panels() const {
        const std::size_t width = step_bytes / unit_bytes_;
        return (columns_ + width - 1) / width;
    }
    std::size_t panel_bytes() const { return panel_steps_ * step_bytes; }
    bool is_in_place() const { return a_lane_ != 0; }
    /// The first panel's units.
    const std::byte* a() const { return a_; }
    const std::byte* b() const { return b_; }
    /// The units of the panel of a that begins at `row`, when it is packed.
    const std::byte* a_panel(std::size_t row) const { return a_ + row * panel_steps_bytes(); }
    const std::byte* b_panel(std::size_t panel) const { return b_ + panel * panel_bytes(); }
    const std::byte* b_at(std::size_t panel, const Steps& steps) const {
        return b_panel(panel) + steps.first * step_bytes;
    }
    /// Both as pairs.
    PackedPairs pairs() const { return {a_, a_lane_, steps_, b_, rows_, panels(), panel_steps_}; }

    /// A task's part of a: `height` rows from `row` on.
    void set_a(Task& task, std::size_t row, std::size_t height, const Steps& steps) const {
        const auto unit = static_cast<std::ptrdiff_t>(unit_bytes_);
        task.a_lane = is_in_place() ? a_lane_ : unit;
        task.a_step = is_in_place() ? unit : unit * static_cast<std::ptrdiff_t>(height);
        const std::byte* panel = is_in_place() ? a_ + static_cast<std::ptrdiff_t>(row) * a_lane_ : a_panel(row);
        task.a = panel + static_cast<std::ptrdiff_t>(steps.first) * task.a_step;
        task.steps = steps.count;
    }

    /// Takes a as it lies, if its rows fill panels and its numbers fill units one after another; returns whether. Rows
    /// that are longer than a block would come to lie in the same places of a cache.
    bool read_in_place(std::span<const Factors> factors) {
        const Operand& a = *factors[0].a;
        if (factors.size() != 1 || a.column_stride != 1 || a.row_stride <= 0 || steps_ == 0 ||
            static_cast<std::size_t>(a.bytes) * unit_depth_ != unit_bytes_ || factors[0].depth % unit_depth_ != 0 ||
            rows_ % half_panel_rows != 0 || steps_ > block_bytes / (panel_rows * unit_bytes_)) {
            return false;
        }
        a_ = static_cast<const std::byte*>(a.data);
        a_lane_ = a.row_stride * a.bytes;
        return true;
    }

    template <class Unit>
    void pack_a(std::span<const Factors> factors, Memory& memory) {
        std::byte* to = memory.a.reserve(padded_rows(rows_) * panel_steps_bytes());
        for_each_range(factors, [&](const Factors& f, const StepRange& range) {
            const Operand& a = *f.a;
            const auto lanes =
                lanes_of<typename Unit::Source>(a, a.row_stride, a.column_stride, rows_, f.depth, memory.a_copy);
            pack_rows<Unit>(lanes, range, to);
        });
        a_ = to;
        a_lane_ = 0;
    }

    template <class Unit>
    void pack_b(std::span<const Factors> factors, Memory& memory) {
        std::byte* to = memory.b.reserve(panels() * panel_bytes());
        for_each_range(factors, [&](const Factors& f, const StepRange& range) {
            const Operand& b = *f.b;
            const auto lanes =
                lanes_of<typename Unit::Source>(b, b.column_stride, b.row_stride, columns_, f.depth, memory.b_copy);
            pack_columns<Unit>(lanes, range, to);
        });
        b_ = to;
    }

    /// What an offset of b by 128 adds to the sums of each row, padding included, negated, modulo 2^32: of a's signed
    /// quads.
    [[FXP_WRAPS]] const std::int32_t* offsets_of_rows(Memory& memory) const {
        const std::size_t rows = padded_rows(rows_);
        auto* sums = reinterpret_cast<std::int32_t*>(memory.row_start.reserve(rows * sizeof(std::int32_t)));
#ifdef FXP_X86_DISPATCH
        if (is_in_place()) {
            avx512::row_sums(a_, a_lane_, rows_, steps_, sums);
        } else {
            for (std::size_t row = 0; row < rows_; row += panel_rows) {
                const auto sum = rows_of_panel(row, rows_) == panel_rows ? avx512::panel_sums<panel_rows, true>
                                                                         : avx512::panel_sums<half_panel_rows, true>;
                sum(a_panel(row), panel_steps_, sums + row);
            }
        }
#endif
        constexpr std::uint32_t factor = 0u - 128u;
        for (std::size_t r = 0; r < rows; ++r) {
            sums[r] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[r]) * factor);
        }
        return sums;
    }

    /// a, packed as pairs, keeps the low bytes, 0 .. 255; returns panels of the high ones, -128 .. 127.
    const std::byte* cut_bytes(Memory& memory) {
        const std::size_t words = 2 * padded_rows(rows_) * panel_steps_;
        std::byte* low_bytes = memory.a_copy.reserve(2 * words);
        std::byte* high_bytes = memory.a_extra.reserve(2 * words);
        for (std::size_t i = 0; i < words; ++i) {
            const auto value = detail::load_as<std::int16_t>(a_ + 2 * i);
            const auto low = static_cast<std::int16_t>(value & 255);
            const auto high = static_cast<std::int16_t>(value >> 8);
            std::memcpy(low_bytes + 2 * i, &low, 2);
            std::memcpy(high_bytes + 2 * i, &high, 2);
        }
        a_ = low_bytes;
        return high_bytes;
    }

  private:
    /// Calls f(factors, their range of steps); the last one's includes padding.
    template <class F>
    void for_each_range(std::span<const Factors> factors, F&& f) const {
        StepRange range{0, 0, panel_steps_};
        for (std::size_t i = 0; i < factors.size(); ++i, range.first += range.count) {
            const bool last = i + 1 == factors.size();
            range.count = last ? panel_steps_ - range.first : (factors[i].depth + unit_depth_ - 1) / unit_depth_;
            f(factors[i], range);
        }
    }

    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::size_t unit_depth_ = 1;
    std::size_t unit_bytes_ = 8;
    std::size_t steps_ = 0;
    std::size_t panel_steps_ = 0;
    const std::byte* a_ = nullptr;
    std::ptrdiff_t a_lane_ = 0; ///< zero: a is packed; else its rows are so many bytes apart
    const std::byte* b_ = nullptr;
};

} // namespace fxp::kernels::gemm
