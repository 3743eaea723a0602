// Rows: consecutive rows of a matrix as an operand of a matrix product, without a copy.
#pragma once

#include "fxp/tensor/combine.hpp"

#include <cstddef>
#include <string>

namespace fxp {

/// Rows [begin, end) of a (rows, columns) tensor, which must outlive it. Throws ShapeError for others.
template <FixedTensor T>
struct Rows {
    using Raw = typename T::Raw; ///< a raw integer

    /// Rows [first, last) of `of`.
    Rows(const T& of, std::size_t first, std::size_t last) : matrix(of), begin(first), end(last), format(of.format) {
        const Shape& shape = of.shape();
        if (shape.rank() == 2 && begin <= end && end <= shape[0]) return;
        throw ShapeError("Rows: rows " + std::to_string(begin) + " to " + std::to_string(end) +
                         " of a tensor of shape " + shape.to_string());
    }

    const T& matrix;   ///< what they are rows of
    std::size_t begin; ///< the first row
    std::size_t end;   ///< one past the last row
    Format format;     ///< of the matrix

    /// (end - begin, columns).
    Shape shape() const { return {end - begin, matrix.shape()[1]}; }
    /// Row-major.
    const typename T::Raw* data() const { return matrix.data() + begin * matrix.shape()[1]; }
};

namespace detail {
template <class T>
inline constexpr bool is_fixed_rows<Rows<T>> = true;
} // namespace detail

} // namespace fxp
