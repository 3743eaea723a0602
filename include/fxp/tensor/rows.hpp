// Rows: consecutive rows of a matrix as an operand of a matrix product, without a copy.
#pragma once

#include "fxp/tensor/combine.hpp"

#include <cstddef>

namespace fxp {

/// Rows [begin, end) of a (rows, columns) tensor, which must outlive it.
template <FixedTensor T>
struct Rows {
    using FormatTag = typename T::FormatTag;
    static constexpr Format format = T::format;

    const T& matrix;
    std::size_t begin;
    std::size_t end;

    Shape shape() const { return {end - begin, matrix.shape()[1]}; }
    const typename T::Raw* data() const { return matrix.data() + begin * matrix.shape()[1]; }
};

namespace detail {
template <class T>
inline constexpr bool is_fixed_rows<Rows<T>> = true;
} // namespace detail

} // namespace fxp
