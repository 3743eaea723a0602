// DirectProduct: exact sums of products of two small matrices, of which words of 32 and 64 bits, and of 16 where both
// lie along k, are read where they lie.
#pragma once

#include "fxp/kernels/gemm/direct_avx512.hpp"
#include "fxp/kernels/gemm/kernel_set.hpp"
#include "fxp/kernels/gemm/panel.hpp"
#include "fxp/kernels/operand.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace fxp::kernels::gemm {

/// The exact product of a (rows, depth) and b (depth, columns) whose sums fit int64: in doubles where every partial sum
/// is an integer of at most 2^53, else in 64-bit products of 32-bit integers; short words along k in int32, then int64.
class DirectProduct {
  public:
    /// True when there are kernels for such operands, which is what the constructor asks for. The sums are proven to
    /// fit int64 elsewhere.
    static bool suits(const Operand& a, const Operand& b, std::size_t depth, Set set = active_set()) {
#ifdef FXP_X86_DISPATCH
        if (!includes(set, Set::avx512)) return false;
        const auto is_word = [](const Operand& o) { return o.bytes <= 4 || o.bound < (std::uint64_t{1} << 31); };
        return in_doubles(a, b, depth) || (is_word(a) && is_word(b));
#else
        static_cast<void>(a), static_cast<void>(b), static_cast<void>(depth), static_cast<void>(set);
        return false;
#endif
    }

    /// True when there are tiles of dot products for such operands: 16-bit words along k, 8 products for every 32 of
    /// depth within int32 by the bounds. Nothing is copied for them.
    static bool in_tiles16(const Operand& a, const Operand& b, std::size_t depth, Set set = active_set()) {
        return lies_along_depth(a, b) && in_words16(a, b, (depth + 31) / 32 * 8) && suits(a, b, depth, set);
    }
    /// True when both operands are 16-bit words along k.
    static bool lies_along_depth(const Operand& a, const Operand& b) {
        return a.bytes == 2 && b.bytes == 2 && a.column_stride == 1 && b.row_stride == 1;
    }

    DirectProduct() = default;
    /// Copies into `memory`, which must outlive this object as the operands must, what the kernels cannot read in
    /// place.
    DirectProduct(const Operand& a, const Operand& b, std::size_t rows, std::size_t columns, std::size_t depth,
                  Memory& memory)
        : a_(a), b_(b), depth_(depth), doubles_(in_doubles(a, b, depth)) {
        // A single column lies along k as well. Short dot products cost more than bringing b into rows, which a single
        // row does not repay.
        along_depth_ = b.row_stride == 1 && (b.column_stride != 1 || columns == 1) &&
                       (depth >= worthwhile_depth || columns <= 4 || rows == 1);
        if (along_depth_ && rows == 1 && in_words16(a, b, depth)) {
            if (a.column_stride != 1 || a.bytes < 2) copy_words16(a_, depth, memory.a_copy);
            words16_ = true;
            return;
        }
        tiles16_ = along_depth_ && in_tiles16(a, b, depth);
        if (tiles16_) return;
        if (along_depth_) {
            if (a.column_stride != 1 || a.bytes < 4) copy_rows(a_, rows, depth, memory.a_copy);
            if (b.bytes < 4) {
                std::swap(b_.row_stride, b_.column_stride);
                copy_rows(b_, columns, depth, memory.b_copy);
                std::swap(b_.row_stride, b_.column_stride);
            }
            return;
        }
        if (b.column_stride != 1 || b.bytes < 4) copy_rows(b_, depth, columns, memory.b_copy);
        if (doubles_) {
            convert<double>(rows, memory.a);
        } else {
            convert<std::int64_t>(rows, memory.a);
        }
    }

    /// Sums of the rows [row, row + rows) and columns [column, column + columns), set or with `add` added to
    /// sums[r * stride + c]. Nothing else is written.
    void tile(std::size_t row, std::size_t rows, std::size_t column, std::size_t columns, bool add, std::int64_t* sums,
              std::size_t stride) const {
        if (words16_) return dots_of_words16(column, columns, add, sums);
#ifdef FXP_X86_DISPATCH
        if (tiles16_) return tiles_of_words16(row, rows, column, columns, add, sums, stride);
        const DirectKernels& kernels = doubles_ ? avx512::direct_of<avx512::Doubles> : avx512::direct_of<avx512::Words>;
        DirectTask task;
        task.a_stride = a_.row_stride;
        task.a_step = a_.column_stride;
        task.b_stride = b_.column_stride;
        task.b_step = b_.row_stride;
        task.depth = depth_;
        task.out_stride = static_cast<std::ptrdiff_t>(stride);
        task.add = add;
        const std::size_t wide_a = a_.bytes == 8 ? 1 : 0;
        const std::size_t wide_b = b_.bytes == 8 ? 1 : 0;
        for (std::size_t r = 0; r < rows; r += task.rows) {
            task.rows = std::min<std::size_t>(4, rows - r);
            task.a = at(a_, row + r, 0);
            const std::size_t few_rows = task.rows <= 2 ? 1 : 0;
            for (std::size_t c = 0; c < columns; c += task.columns) {
                task.b = at(b_, 0, column + c);
                task.out = sums + r * stride + c;
                if (along_depth_) {
                    task.columns = std::min<std::size_t>(4, columns - c);
                    kernels.dots[wide_a][wide_b].kernels[few_rows][task.columns <= 2 ? 1 : 0](task);
                } else {
                    const std::size_t few = columns - c < 32 ? 1 : 0;
                    task.columns = std::min<std::size_t>(few == 1 ? 8 : 32, columns - c);
                    kernels.broadcast[wide_b].kernels[few_rows][few](task);
                }
            }
        }
#else
        static_cast<void>(row), static_cast<void>(rows), static_cast<void>(column), static_cast<void>(columns);
        static_cast<void>(add), static_cast<void>(sums), static_cast<void>(stride);
#endif
    }

  private:
    static constexpr std::size_t worthwhile_depth = 32;

    /// True when the sum of all magnitudes is at most 2^53.
    static bool in_doubles(const Operand& a, const Operand& b, std::size_t depth) {
        constexpr std::uint64_t exact = std::uint64_t{1} << 53;
        std::uint64_t sum = 0;
        return a.bound <= exact && b.bound <= exact && !__builtin_mul_overflow(a.bound, b.bound, &sum) &&
               !__builtin_mul_overflow(sum, std::uint64_t{depth}, &sum) && sum <= exact;
    }

    /// True when words of up to 16 bits have sums that fit int32.
    static bool in_words16(const Operand& a, const Operand& b, std::size_t depth) {
        std::uint64_t sum = 0;
        return a.bytes <= 2 && b.bytes <= 2 && !__builtin_mul_overflow(a.bound * b.bound, std::uint64_t{depth}, &sum) &&
               sum <= std::numeric_limits<std::int32_t>::max();
    }

    /// A row becomes contiguous words of 16 bits.
    static void copy_words16(Operand& o, std::size_t columns, Buffer& buffer) {
        auto* to = reinterpret_cast<std::int16_t*>(buffer.reserve(columns * sizeof(std::int16_t)));
        kernels::detail::with_storage(o, [&](const auto* data) {
            for (std::size_t c = 0; c < columns; ++c) {
                to[c] = static_cast<std::int16_t>(data[static_cast<std::ptrdiff_t>(c) * o.column_stride]);
            }
        });
        o.data = to;
        o.bytes = 2;
        o.column_stride = 1;
    }

    template <class T>
    FXP_INLINE static void dots_loop(const std::int16_t* FXP_RESTRICT a, const T* FXP_RESTRICT b, std::ptrdiff_t stride,
                                     std::size_t depth, std::size_t columns, bool add,
                                     std::int64_t* FXP_RESTRICT sums) {
        for (std::size_t c = 0; c < columns; ++c, b += stride) {
            std::int32_t dot = 0;
            for (std::size_t k = 0; k < depth; ++k) dot += std::int32_t{a[k]} * std::int32_t{b[k]};
            sums[c] = dot + (add ? sums[c] : 0);
        }
    }

    /// One row of a.
    void dots_of_words16(std::size_t column, std::size_t columns, bool add, std::int64_t* sums) const {
        const auto* a = static_cast<const std::int16_t*>(a_.data);
        const std::ptrdiff_t stride = b_.column_stride;
        const std::size_t depth = depth_;
        const auto run = [&](const auto* b) {
            b += static_cast<std::ptrdiff_t>(column) * stride;
            dispatch([=]() FXP_LOOP { dots_loop(a, b, stride, depth, columns, add, sums); });
        };
        if (b_.bytes == 1) return run(static_cast<const std::int8_t*>(b_.data));
        run(static_cast<const std::int16_t*>(b_.data));
    }

#ifdef FXP_X86_DISPATCH
    void tiles_of_words16(std::size_t row, std::size_t rows, std::size_t column, std::size_t columns, bool add,
                          std::int64_t* sums, std::size_t stride) const {
        DirectTask task;
        task.a_stride = a_.row_stride;
        task.b_stride = b_.column_stride;
        task.depth = depth_;
        task.out_stride = static_cast<std::ptrdiff_t>(stride);
        task.add = add;
        for (std::size_t r = 0; r < rows; r += 4) {
            task.rows = std::min<std::size_t>(4, rows - r);
            task.a = at(a_, row + r, 0);
            for (std::size_t c = 0; c < columns; c += 4) {
                task.columns = std::min<std::size_t>(4, columns - c);
                task.b = at(b_, 0, column + c);
                task.out = sums + r * stride + c;
                avx512::dot_words16(task);
            }
        }
    }
#endif

    static const void* at(const Operand& o, std::size_t row, std::size_t column) {
        return static_cast<const std::byte*>(o.data) + (static_cast<std::ptrdiff_t>(row) * o.row_stride +
                                                        static_cast<std::ptrdiff_t>(column) * o.column_stride) *
                                                           o.bytes;
    }

    /// The operand becomes row-major, in words of at least 32 bits.
    static void copy_rows(Operand& o, std::size_t rows, std::size_t columns, Buffer& buffer) {
        const int bytes = std::max(o.bytes, 4);
        std::byte* to = buffer.reserve(rows * columns * static_cast<std::size_t>(bytes));
        for (std::size_t r = 0; r < rows; ++r) {
            if (bytes == 4) {
                copy_row(o, r, columns, reinterpret_cast<std::int32_t*>(to) + r * columns);
            } else {
                copy_row(o, r, columns, reinterpret_cast<std::int64_t*>(to) + r * columns);
            }
        }
        o.data = to;
        o.bytes = bytes;
        o.row_stride = static_cast<std::ptrdiff_t>(columns);
        o.column_stride = 1;
    }
    template <class T>
    static void copy_row(const Operand& o, std::size_t row, std::size_t columns, T* to) {
        const T* from = load_row(o, row, 0, columns, to);
        if (from != to) std::copy(from, from + columns, to);
    }

    /// a becomes units of the kernels, in its own order where it is dense.
    template <class Unit>
    void convert(std::size_t rows, Buffer& buffer) {
        Unit* to = reinterpret_cast<Unit*>(buffer.reserve(rows * depth_ * sizeof(Unit)));
        const auto extent = [](std::size_t n) { return static_cast<std::ptrdiff_t>(n); };
        const bool dense = a_.column_stride == 1 ? a_.row_stride == extent(depth_)
                                                 : a_.row_stride == 1 && a_.column_stride == extent(rows);
        kernels::detail::with_storage(a_, [&](const auto* data) {
            const std::size_t count = rows * depth_;
            if (dense) return dispatch([=]() FXP_LOOP { kernels::detail::convert_loop(data, count, to); });
            for (std::size_t r = 0; r < rows; ++r) {
                const auto* row = data + extent(r) * a_.row_stride;
                for (std::size_t k = 0; k < depth_; ++k) {
                    to[r * depth_ + k] = static_cast<Unit>(row[extent(k) * a_.column_stride]);
                }
            }
        });
        a_.data = to;
        a_.bytes = 8;
        if (dense) return;
        a_.row_stride = extent(depth_);
        a_.column_stride = 1;
    }

    Operand a_;
    Operand b_;
    std::size_t depth_ = 0;
    bool doubles_ = false;
    bool along_depth_ = false; ///< both operands lie along k
    bool words16_ = false;     ///< one row of a, both along k in words of up to 16 bits
    bool tiles16_ = false;     ///< both along k in words of 16 bits
};

} // namespace fxp::kernels::gemm
