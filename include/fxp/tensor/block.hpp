// Block: neighbouring rows and columns of a matrix as an operand of a matrix product, without a copy.
#pragma once

#include "fxp/tensor/combine.hpp"

#include <cstddef>
#include <string>

namespace fxp {

/// From one row or column to before another.
struct Extent {
    std::size_t begin; ///< the first
    std::size_t end;   ///< one past the last
};

/// Rows and columns of a (rows, columns) tensor, which must outlive it. Throws ShapeError for others.
template <FixedTensor T>
struct Block {
    using Raw = typename T::Raw; ///< a raw integer

    /// Of `of`.
    Block(const T& of, const Extent& some_rows, const Extent& some_columns)
        : matrix(of), rows(some_rows), columns(some_columns), format(of.format) {
        const Shape& shape = of.shape();
        const auto has = [&](std::size_t axis, const Extent& e) { return e.begin <= e.end && e.end <= shape[axis]; };
        if (shape.rank() == 2 && has(0, rows) && has(1, columns)) return;
        const auto of_axis = [](const Extent& e) { return std::to_string(e.begin) + " to " + std::to_string(e.end); };
        throw ShapeError("Block: rows " + of_axis(rows) + " and columns " + of_axis(columns) +
                         " of a tensor of shape " + shape.to_string());
    }

    const T& matrix; ///< what it is a block of
    Extent rows;     ///< of the matrix
    Extent columns;  ///< of the matrix
    Format format;   ///< of the matrix

    /// Of the block.
    Shape shape() const { return {rows.end - rows.begin, columns.end - columns.begin}; }
    /// The first row; rows lie leading() apart.
    const Raw* data() const { return matrix.data() + rows.begin * leading() + columns.begin; }
    /// Elements from row to row.
    std::size_t leading() const { return matrix.shape()[1]; }
};

namespace detail {
template <class T>
inline constexpr bool is_fixed_block<Block<T>> = true;
} // namespace detail

} // namespace fxp
