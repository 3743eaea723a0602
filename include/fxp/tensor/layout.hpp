// Layout: operations that move elements and change none; the same for every kind of tensor.
#pragma once

#include "fxp/tensor/array.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace fxp {

/// Anything made of an Array: FxpTensor, FloatTensor, BoolTensor.
template <class T>
concept AnyTensor = std::derived_from<T, Array<typename T::Element>>;

namespace detail {

/// Throws ArgumentError when the result is the operand: elements would be overwritten before they are read.
template <class T>
void check_distinct(const char* operation, const T& out, const T& a) {
    if (&out != &a) return;
    throw ArgumentError(std::string(operation) + ": the result of shape " + out.shape().to_string() +
                        " is also an operand, expected another tensor");
}

} // namespace detail

/// out = a with axes `first` and `second` exchanged. out is not a: ArgumentError. Throws ShapeError.
template <AnyTensor T>
void transpose_into(T& out, const T& a, std::size_t first, std::size_t second) {
    detail::check_distinct("transpose", out, a);
    check_axis("transpose", a.shape(), std::max(first, second));
    Shape shape = a.shape();
    std::swap(shape[first], shape[second]);
    out.resize(shape);
    adopt_format(out, a);
    const std::size_t low = std::min(first, second);
    const std::size_t high = std::max(first, second);
    if (low == high) {
        std::copy_n(a.data(), a.size(), out.data());
        return;
    }
    // a is (outer, m, middle, n, inner) and out is (outer, n, middle, m, inner).
    const std::size_t outer = a.shape().product(0, low);
    const std::size_t m = a.shape()[low];
    const std::size_t middle = a.shape().product(low + 1, high);
    const std::size_t n = a.shape()[high];
    const std::size_t inner = a.shape().product(high + 1, a.shape().rank());
    for (std::size_t o = 0; o < outer; ++o) {
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t k = 0; k < middle; ++k) {
                for (std::size_t j = 0; j < n; ++j) {
                    const auto* source = a.data() + (((o * m + i) * middle + k) * n + j) * inner;
                    std::copy_n(source, inner, out.data() + (((o * n + j) * middle + k) * m + i) * inner);
                }
            }
        }
    }
}

/// out = a's elements in a new shape of the same size. out may be a. Throws ShapeError.
template <AnyTensor T>
void reshape_into(T& out, const T& a, const Shape& shape) {
    if (shape.size() != a.size()) {
        throw ShapeError("reshape: shape " + shape.to_string() + " for a tensor of shape " + a.shape().to_string() +
                         ", expected the same number of elements");
    }
    out.resize(shape);
    adopt_format(out, a);
    if (&out != &a) std::copy_n(a.data(), a.size(), out.data());
}

/// out = elements [begin, end) of an axis. out is not a: ArgumentError. Throws ShapeError unless begin <= end <=
/// extent.
template <AnyTensor T>
void slice_into(T& out, const T& a, std::size_t axis, std::size_t begin, std::size_t end) {
    detail::check_distinct("slice", out, a);
    check_axis("slice", a.shape(), axis);
    if (begin > end || end > a.shape()[axis]) {
        throw ShapeError("slice: [" + std::to_string(begin) + ", " + std::to_string(end) + ") of axis " +
                         std::to_string(axis) + " of shape " + a.shape().to_string() + ", expected a range within it");
    }
    Shape shape = a.shape();
    shape[axis] = end - begin;
    out.resize(shape);
    adopt_format(out, a);
    const std::size_t inner = a.shape().product(axis + 1, a.shape().rank());
    const std::size_t outer = a.shape().product(0, axis);
    for (std::size_t o = 0; o < outer; ++o) {
        std::copy_n(a.data() + (o * a.shape()[axis] + begin) * inner, (end - begin) * inner,
                    out.data() + o * (end - begin) * inner);
    }
}

/// out = zeros of `shape` with a at [begin, begin + a's extent) of an axis: the adjoint of slice. out is not a:
/// ArgumentError. Throws ShapeError unless the range lies within the axis and all other extents agree.
template <AnyTensor T>
void unslice_into(T& out, const T& a, const Shape& shape, std::size_t axis, std::size_t begin) {
    detail::check_distinct("unslice", out, a);
    check_axis("unslice", a.shape(), axis);
    check_axis("unslice", shape, axis);
    Shape expected = shape;
    expected[axis] = a.shape()[axis];
    if (!(a.shape() == expected)) {
        throw ShapeError("unslice: shapes " + a.shape().to_string() + " and " + shape.to_string() + " along axis " +
                         std::to_string(axis) + ", expected the same but for that axis");
    }
    if (begin > shape[axis] || a.shape()[axis] > shape[axis] - begin) {
        throw ShapeError("unslice: " + std::to_string(a.shape()[axis]) + " from " + std::to_string(begin) +
                         " of axis " + std::to_string(axis) + " of shape " + shape.to_string() +
                         ", expected a range within it");
    }
    out.resize(shape);
    adopt_format(out, a);
    out.fill(0);
    const std::size_t inner = shape.product(axis + 1, shape.rank());
    const std::size_t outer = shape.product(0, axis);
    const std::size_t count = a.shape()[axis] * inner;
    for (std::size_t o = 0; o < outer; ++o) {
        std::copy_n(a.data() + o * count, count, out.data() + (o * shape[axis] + begin) * inner);
    }
}

/// out = the elements of an axis at `indices`, in that order: the gather of samples. out is not a: ArgumentError.
/// Throws ShapeError beyond the axis.
template <AnyTensor T>
void index_select_into(T& out, const T& a, std::size_t axis, std::span<const std::size_t> indices) {
    detail::check_distinct("index_select", out, a);
    check_axis("index_select", a.shape(), axis);
    const std::size_t extent = a.shape()[axis];
    for (const std::size_t index : indices) {
        if (index < extent) continue;
        throw ShapeError("index_select: index " + std::to_string(index) + " of axis " + std::to_string(axis) +
                         " of shape " + a.shape().to_string() + ", expected below " + std::to_string(extent));
    }
    Shape shape = a.shape();
    shape[axis] = indices.size();
    out.resize(shape);
    adopt_format(out, a);
    const std::size_t inner = a.shape().product(axis + 1, a.shape().rank());
    const std::size_t outer = a.shape().product(0, axis);
    auto* target = out.data();
    for (std::size_t o = 0; o < outer; ++o) {
        const auto* source = a.data() + o * extent * inner;
        if (inner == 1) {
            for (const std::size_t index : indices) *target++ = source[index];
        } else {
            for (const std::size_t index : indices) target = std::copy_n(source + index * inner, inner, target);
        }
    }
}

/// out = the tensors one after the other along an axis; all other extents agree, and so do formats: ArgumentError. out
/// is none of them: ArgumentError. Throws ShapeError.
template <AnyTensor T>
void cat_into(T& out, std::span<const T* const> parts, std::size_t axis) {
    if (parts.empty()) throw ShapeError("cat: no tensors, expected at least one");
    Shape shape = parts[0]->shape();
    check_axis("cat", shape, axis);
    shape[axis] = 0;
    for (const T* part : parts) {
        detail::check_distinct("cat", out, *part);
        check_same_format("cat", *parts[0], *part);
        Shape expected = part->shape();
        check_axis("cat", expected, axis);
        const std::size_t extent = expected[axis];
        expected[axis] = shape[axis];
        if (!(expected == shape)) {
            throw ShapeError("cat: shapes " + parts[0]->shape().to_string() + " and " + part->shape().to_string() +
                             " along axis " + std::to_string(axis) + " do not fit");
        }
        shape[axis] += extent;
    }
    out.resize(shape);
    adopt_format(out, *parts.front());
    const std::size_t inner = shape.product(axis + 1, shape.rank());
    const std::size_t outer = shape.product(0, axis);
    std::size_t begin = 0;
    for (const T* part : parts) {
        const std::size_t count = part->shape()[axis] * inner;
        for (std::size_t o = 0; o < outer; ++o) {
            std::copy_n(part->data() + o * count, count, out.data() + (o * shape[axis] + begin) * inner);
        }
        begin += part->shape()[axis];
    }
}

template <AnyTensor T>
T transpose(const T& a, std::size_t first = 0, std::size_t second = 1) {
    T out;
    transpose_into(out, a, first, second);
    return out;
}
template <AnyTensor T>
T reshape(const T& a, const Shape& shape) {
    T out;
    reshape_into(out, a, shape);
    return out;
}
template <AnyTensor T>
T slice(const T& a, std::size_t axis, std::size_t begin, std::size_t end) {
    T out;
    slice_into(out, a, axis, begin, end);
    return out;
}
template <AnyTensor T>
T index_select(const T& a, std::size_t axis, std::span<const std::size_t> indices) {
    T out;
    index_select_into(out, a, axis, indices);
    return out;
}
template <AnyTensor T, std::same_as<T>... Rest>
T cat(std::size_t axis, const T& first, const Rest&... rest) {
    const std::array<const T*, 1 + sizeof...(Rest)> parts{&first, &rest...};
    T out;
    cat_into(out, std::span<const T* const>(parts), axis);
    return out;
}

} // namespace fxp
