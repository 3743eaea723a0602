// A matrix product whose sums are rounded and stored by the kernels that compute them.
#pragma once

#include "fxp/kernels/accumulate.hpp"
#include "fxp/kernels/gemm/product.hpp"
#include "fxp/kernels/sum_block.hpp"
#include "fxp/kernels/term.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace fxp::kernels {

/// Extents of the blocks that a product is computed in, multiples of those of panels.
struct BlockShape {
    std::size_t rows;
    std::size_t columns;
};

/// Whether finish_product takes the product with a rule, and as `other` (null for none) the only other term of the sum.
/// bound: of the sums.
template <class Stored>
bool finishes(const gemm::MatrixProduct& product, const Term* other, const Destination<Stored>& result, uint128 bound) {
#ifdef FXP_X86_DISPATCH
    if constexpr (sizeof(Stored) <= 4) {
        const Rounding rule = result.how.rounding;
        const bool biased = rule == Rounding::floor || rule == Rounding::nearest_up || rule == Rounding::nearest_even;
        return product.finishes() && biased && result.add_to == nullptr && result.how.overflow != Overflow::wrap &&
               rounds_in_block<std::int32_t>(result.how, bound) && (other == nullptr || is_column(*other));
    }
#endif
    static_cast<void>(product), static_cast<void>(other), static_cast<void>(result), static_cast<void>(bound);
    return false;
}

/// Rows [row_begin, row_end) and columns [column_begin, column_end) of the product plus `other`, a number for each row;
/// finishes() is true. row_begin and column_begin are multiples of panels' rows and columns.
template <class Stored>
void finish_product(const gemm::MatrixProduct& product, const Term* other, const BlockShape& shape,
                    std::size_t row_begin, std::size_t row_end, std::size_t column_begin, std::size_t column_end,
                    const Destination<Stored>& result, OverflowCount& events) {
#ifdef FXP_X86_DISPATCH
    if constexpr (sizeof(Stored) <= 4) {
        thread_local gemm::Buffer memory;
        auto* sums = reinterpret_cast<std::int32_t*>(
            memory.reserve((shape.rows * shape.columns + shape.rows) * sizeof(std::int32_t)));
        std::int32_t* biases = other == nullptr ? nullptr : sums + shape.rows * shape.columns;
        gemm::avx512::Finish<Stored> finish(result.how, detail::limits_in_lanes<std::int32_t>(result.how.limits));
        finish.out_stride = static_cast<std::ptrdiff_t>(result.columns);
        for (std::size_t c = column_begin; c < column_end; c += shape.columns) {
            const std::size_t columns = std::min(shape.columns, column_end - c);
            for (std::size_t r = row_begin; r < row_end; r += shape.rows) {
                const std::size_t rows = std::min(shape.rows, row_end - r);
                for (std::size_t i = 0; i < rows && biases != nullptr; ++i) {
                    std::int32_t value;
                    value = *load_row(other->a, r + i, c, 1, &value);
                    biases[i] = detail::shift_left(other->negate ? -value : value, other->shift);
                }
                Stored* const out = result.out + r * result.columns + c;
                const auto edge = [&](const std::int32_t* from, std::size_t height, std::size_t width, std::size_t row,
                                      std::size_t column) {
                    bool crowded = false;
                    round_store(from, height, width, gemm::panel_columns, result.how, {},
                                out + row * result.columns + column, result.columns, crowded, events);
                };
                finish.out = out;
                product.finish(r, rows, c, columns, biases, sums, shape.columns, finish, edge);
            }
        }
        detail::record(finish.fitted(), events);
    }
#else
    static_cast<void>(product), static_cast<void>(other), static_cast<void>(shape), static_cast<void>(row_begin);
    static_cast<void>(row_end), static_cast<void>(column_begin), static_cast<void>(column_end);
    static_cast<void>(result), static_cast<void>(events);
#endif
}

} // namespace fxp::kernels
