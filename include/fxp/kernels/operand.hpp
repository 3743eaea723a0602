// Operands of the kernels: strided views of raw integers of any storage width.
#pragma once

#include "fxp/core/wide.hpp"
#include "fxp/kernels/dispatch.hpp"
#include "fxp/kernels/max_magnitude.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fxp::kernels {

/// A read-only matrix of raw integers: element (row, column) is data[row * row_stride + column * column_stride].
/// A stride of zero broadcasts; swapped strides transpose.
struct Operand {
    const void* data = nullptr;
    int bytes = 4; ///< storage width of an element: 1, 2, 4 or 8
    std::ptrdiff_t row_stride = 0;
    std::ptrdiff_t column_stride = 0;
    /// No element's magnitude exceeds this.
    std::uint64_t bound = 0;
};

namespace detail {

/// Calls f with a null pointer of the operand's storage type.
template <class F>
void with_storage(const Operand& operand, F&& f) {
    switch (operand.bytes) {
    case 1:
        return f(static_cast<const std::int8_t*>(operand.data));
    case 2:
        return f(static_cast<const std::int16_t*>(operand.data));
    case 4:
        return f(static_cast<const std::int32_t*>(operand.data));
    default:
        return f(static_cast<const std::int64_t*>(operand.data));
    }
}

template <class Source, class T>
FXP_INLINE void convert_loop(const Source* FXP_RESTRICT source, std::size_t count, T* FXP_RESTRICT target) {
    for (std::size_t i = 0; i < count; ++i) target[i] = static_cast<T>(source[i]);
}

} // namespace detail

/// Largest magnitude in a (rows, columns) operand.
inline std::uint64_t max_magnitude(const Operand& operand, std::size_t rows, std::size_t columns) {
    std::uint64_t result = 0;
    const std::size_t distinct_rows = operand.row_stride == 0 && rows > 0 ? 1 : rows;
    const std::size_t distinct_columns = operand.column_stride == 0 && columns > 0 ? 1 : columns;
    detail::with_storage(operand, [&](const auto* data) {
        const auto merge = [&](std::uint64_t value) { result = value > result ? value : result; };
        const auto length = static_cast<std::ptrdiff_t>(distinct_columns);
        if (operand.column_stride == 1 && operand.row_stride == length) {
            return merge(max_magnitude(data, distinct_rows * distinct_columns));
        }
        if (operand.row_stride == 1 && operand.column_stride == static_cast<std::ptrdiff_t>(distinct_rows)) {
            return merge(max_magnitude(data, distinct_rows * distinct_columns));
        }
        if (operand.row_stride == 1 && operand.column_stride != 1) {
            for (std::size_t c = 0; c < distinct_columns; ++c) {
                merge(max_magnitude(data + static_cast<std::ptrdiff_t>(c) * operand.column_stride, distinct_rows));
            }
            return;
        }
        for (std::size_t r = 0; r < distinct_rows; ++r) {
            const auto* row = data + static_cast<std::ptrdiff_t>(r) * operand.row_stride;
            if (operand.column_stride == 1) {
                merge(max_magnitude(row, distinct_columns));
                continue;
            }
            for (std::ptrdiff_t c = 0; c < static_cast<std::ptrdiff_t>(distinct_columns); ++c) {
                merge(detail::magnitude(row[c * operand.column_stride]));
            }
        }
    });
    return result;
}

/// `count` elements of a row from column `first` on, as T: in place when they lie so, else converted into `scratch`.
/// T: std::int32_t or std::int64_t; every element must fit.
template <class T>
const T* load_row(const Operand& operand, std::size_t row, std::size_t first, std::size_t count, T* scratch) {
    if (count == 0) return scratch; // of no elements there need not be an address
    const T* result = scratch;
    detail::with_storage(operand, [&](const auto* data) {
        const auto* source = data + static_cast<std::ptrdiff_t>(row) * operand.row_stride +
                             static_cast<std::ptrdiff_t>(first) * operand.column_stride;
        using Stored = std::remove_cv_t<std::remove_pointer_t<decltype(source)>>;
        const std::ptrdiff_t stride = operand.column_stride;
        if (stride == 1) {
            if constexpr (std::is_same_v<Stored, T>) {
                result = source;
            } else {
                dispatch([=]() FXP_LOOP { detail::convert_loop(source, count, scratch); });
            }
        } else if (stride == 0) {
            const T value = static_cast<T>(*source);
            for (std::size_t i = 0; i < count; ++i) scratch[i] = value;
        } else {
            for (std::size_t i = 0; i < count; ++i) {
                scratch[i] = static_cast<T>(source[static_cast<std::ptrdiff_t>(i) * stride]);
            }
        }
    });
    return result;
}

} // namespace fxp::kernels
