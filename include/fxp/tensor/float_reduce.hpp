// Reductions of float tensors: the counterparts of reduce.hpp. Sums run in the order of the elements.
#pragma once

#include "fxp/tensor/float_tensor.hpp"
#include "fxp/tensor/reduce.hpp"

#include <cstddef>
#include <span>

namespace fxp {

/// out = the sum over axes. Reduced axes vanish, or stay with extent 1 if `keep_axes`. out is not a. Throws ShapeError.
template <class T>
void sum_into(FloatTensor<T>& out, const FloatTensor<T>& a, const Axes& axes, const Context& = {},
              bool keep_axes = false) {
    axes.check("sum", a.shape());
    out.resize(keep_axes ? detail::reduced_shape(a.shape(), axes) : detail::squeezed_shape(a.shape(), axes));
    out.fill(T{0});
    detail::for_each_reduced(a.shape(), axes,
                             [&](std::size_t from, std::size_t to) { out.data()[to] += a.data()[from]; });
}
/// out = the sum over axes divided by the count. Throws ShapeError, also for a mean of no elements.
template <class T>
void mean_into(FloatTensor<T>& out, const FloatTensor<T>& a, const Axes& axes, const Context& context = {},
               bool keep_axes = false) {
    const auto count = static_cast<T>(detail::mean_count(a.shape(), axes));
    sum_into(out, a, axes, context, keep_axes);
    for (T& value : out.elements()) value /= count;
}
template <class T>
FloatTensor<T> sum(const FloatTensor<T>& a, const Axes& axes, const Context& context = {}, bool keep_axes = false) {
    FloatTensor<T> out;
    sum_into(out, a, axes, context, keep_axes);
    return out;
}
template <class T>
FloatTensor<T> mean(const FloatTensor<T>& a, const Axes& axes, const Context& context = {}, bool keep_axes = false) {
    FloatTensor<T> out;
    mean_into(out, a, axes, context, keep_axes);
    return out;
}

/// out = zeros of `shape` to which a is added at `indices` of an axis, repeated ones too: the adjoint of index_select.
/// out is not a: ArgumentError. Throws ShapeError.
template <class T>
void index_add_into(FloatTensor<T>& out, const FloatTensor<T>& a, const Shape& shape, std::size_t axis,
                    std::span<const std::size_t> indices, const Context& = {}) {
    detail::check_distinct("index_add", out, a);
    detail::check_index_add(a.shape(), shape, axis, indices);
    out.resize(shape);
    out.fill(T{0});
    detail::for_each_indexed(shape, axis, indices,
                             [&](std::size_t from, std::size_t to) { out.data()[to] += a.data()[from]; });
}

} // namespace fxp
