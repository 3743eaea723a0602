// Reductions of fixed-point tensors: exact sums over axes, rounded once.
#pragma once

#include "arithmetic.hpp"
#include "layout.hpp"

#include <initializer_list>
#include <utility>

namespace fxp {

/// A set of axes to reduce over.
class Axes {
  public:
    Axes(std::initializer_list<std::size_t> axes) {
        for (const std::size_t axis : axes) {
            if (axis < Shape::max_rank) reduced_[axis] = true;
            largest_ = std::max(largest_, axis);
        }
    }
    bool contains(std::size_t axis) const { return reduced_[axis]; }
    /// Throws ShapeError for an axis the shape does not have.
    void check(const char* operation, const Shape& shape) const { check_axis(operation, shape, largest_); }

  private:
    std::array<bool, Shape::max_rank> reduced_{};
    std::size_t largest_ = 0;
};

namespace detail {

/// The result's shape with reduced axes of extent one.
inline Shape reduced_shape(const Shape& shape, const Axes& axes) {
    Shape result = shape;
    for (std::size_t i = 0; i < shape.rank(); ++i) {
        if (axes.contains(i)) result[i] = 1;
    }
    return result;
}
/// The same without those axes.
inline Shape squeezed_shape(const Shape& shape, const Axes& axes) {
    std::array<std::size_t, Shape::max_rank> extents{};
    std::size_t rank = 0;
    for (std::size_t i = 0; i < shape.rank(); ++i) {
        if (!axes.contains(i)) extents[rank++] = shape[i];
    }
    return {extents.data(), rank};
}

/// Calls f(input index, output index) for every element.
template <class F>
void for_each_reduced(const Shape& shape, const Axes& axes, F&& f) {
    std::array<std::size_t, 4> extent{1, 1, 1, 1};
    std::array<std::size_t, 4> stride{0, 0, 0, 0};
    const std::size_t pad = 4 - shape.rank();
    std::size_t step = 1;
    for (std::size_t i = shape.rank(); i-- > 0;) {
        extent[pad + i] = shape[i];
        if (axes.contains(i)) continue;
        stride[pad + i] = step;
        step *= shape[i];
    }
    std::size_t input = 0;
    for (std::size_t i = 0; i < extent[0]; ++i) {
        for (std::size_t j = 0; j < extent[1]; ++j) {
            for (std::size_t k = 0; k < extent[2]; ++k) {
                const std::size_t base = i * stride[0] + j * stride[1] + k * stride[2];
                for (std::size_t l = 0; l < extent[3]; ++l) f(input++, base + l * stride[3]);
            }
        }
    }
}

/// Sums divided by `divisor`, rounded once: 32 further fraction bits and a sticky one make nearest rounding exact.
template <FixedTensor Out, FixedTensor A>
void reduce(const char* operation, Out& out, const A& a, const Axes& axes, std::size_t divisor, bool keep_axes,
            const Context& context) {
    axes.check(operation, a.shape());
    const Shape kept = reduced_shape(a.shape(), axes);
    std::vector<int128> sums(kept.size());
    for_each_reduced(a.shape(), axes, [&](std::size_t from, std::size_t to) { sums[to] += a.data()[from]; });
    kernels::Requantize how;
    how.shift = A::format.frac_bits - Out::format.frac_bits;
    if (divisor != 1) {
        constexpr int guard = 32;
        how.shift += guard;
        for (int128& sum : sums) {
            const int128 scaled_sum = sum * (int128{1} << guard);
            const auto n = static_cast<int128>(divisor);
            const int128 quotient = scaled_sum / n;
            const int128 rest = scaled_sum - quotient * n;
            sum = rest == 0 ? quotient : rest > 0 ? (quotient | 1) : -((-quotient) | 1);
        }
    }
    how.limits = Limits{Out::format};
    how.rounding = context.rounding;
    how.overflow = context.overflow;
    how.random = context.random;
    std::vector<std::int64_t> rounded(sums.size());
    OverflowCount events;
    kernels::round_row(sums.data(), sums.size(), how, 0, rounded.data(), events);
    out.resize(keep_axes ? kept : squeezed_shape(a.shape(), axes));
    kernels::store_row(rounded.data(), rounded.size(), out.data());
    context.report(operation, events, Out::format.frac_bits);
}

} // namespace detail

/// Sum over axes: exact, rounded once. Reduced axes vanish, or stay with extent 1 if `keep_axes`. Throws ShapeError.
template <class Result = void, FixedTensor A>
auto sum(const A& a, const Axes& axes, const Context& context = {}, bool keep_axes = false) {
    detail::result_tensor<Result, A> out;
    detail::reduce("sum", out, a, axes, 1, keep_axes, context);
    return out;
}

/// Mean over axes: the exact sum divided by the count, rounded once (nearest rules exactly, others to 2^-32 of a step).
/// Throws ShapeError, also for a mean of no elements.
template <class Result = void, FixedTensor A>
auto mean(const A& a, const Axes& axes, const Context& context = {}, bool keep_axes = false) {
    axes.check("mean", a.shape());
    const std::size_t results = detail::reduced_shape(a.shape(), axes).size();
    if (results == 0 || a.size() == 0) {
        throw ShapeError("mean: no elements in shape " + a.shape().to_string() + ", expected at least one");
    }
    detail::result_tensor<Result, A> out;
    detail::reduce("mean", out, a, axes, a.size() / results, keep_axes, context);
    return out;
}

} // namespace fxp
