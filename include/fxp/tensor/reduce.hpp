// Reductions of fixed-point tensors: exact sums over axes, rounded once.
#pragma once

#include "fxp/tensor/arithmetic.hpp"
#include "fxp/tensor/layout.hpp"

#include <initializer_list>
#include <utility>

namespace fxp {

/// A set of axes to reduce over.
class Axes {
  public:
    /// Each one once or more often; check() throws for what a shape does not have.
    Axes(std::initializer_list<std::size_t> axes) {
        for (const std::size_t axis : axes) {
            if (axis < Shape::max_rank) reduced_[axis] = true;
            largest_ = std::max(largest_, axis);
        }
    }
    /// The axes along which a tensor of shape `from` was stretched to `to`: all, when ranks differ.
    static Axes stretched(const Shape& from, const Shape& to) {
        Axes axes{};
        for (std::size_t i = 0; i < to.rank(); ++i) {
            if (from.rank() == to.rank() && from[i] == to[i]) continue;
            axes.reduced_[i] = true;
            axes.largest_ = i;
        }
        return axes;
    }
    /// axis < Shape::max_rank.
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

/// Elements that a mean over axes divides by. Throws ShapeError for none.
inline std::size_t mean_count(const Shape& shape, const Axes& axes) {
    axes.check("mean", shape);
    const std::size_t results = reduced_shape(shape, axes).size();
    if (results == 0 || shape.size() == 0) {
        throw ShapeError("mean: no elements in shape " + shape.to_string() + ", expected at least one");
    }
    return shape.size() / results;
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

/// Memory that a thread reuses from call to call.
struct ReduceWorkspace {
    std::vector<int128> sums;
    std::vector<Int256> quotients;
    std::vector<std::int64_t> rounded;
};
inline ReduceWorkspace& reduce_workspace() {
    thread_local ReduceWorkspace instance;
    return instance;
}

/// Largest number of further fraction bits of divide_sticky.
inline constexpr int max_division_guard = 180;

/// sum / divisor with `guard` further fraction bits; the last bit is sticky: set when the division leaves a rest. So a
/// later rounding to nearest, at least two bits up, is that of the exact quotient.
/// |sum| <= 2^63 * divisor, 2 <= divisor < 2^60, guard <= max_division_guard.
inline Int256 divide_sticky(int128 sum, std::size_t divisor, int guard) {
    const auto n = static_cast<int128>(divisor);
    const int128 magnitude = sum < 0 ? -sum : sum;
    Int256 quotient{magnitude / n};
    int128 rest = magnitude % n;
    for (int left = guard; left > 0;) {
        const int part = std::min(left, 60);
        rest <<= part;
        quotient = (quotient << part) + Int256{rest / n};
        rest %= n;
        left -= part;
    }
    if (rest != 0 && (quotient.bits.low & 1) == 0) quotient += Int256{1};
    return sum < 0 ? -quotient : quotient;
}

/// Sums divided by `divisor`, rounded once.
template <FixedTensor Out, FixedTensor A>
void reduce(const char* operation, Out& out, const A& a, const Axes& axes, std::size_t divisor, bool keep_axes,
            const Context& context) {
    axes.check(operation, a.shape());
    const Shape kept = reduced_shape(a.shape(), axes);
    std::vector<int128>& sums = reduce_workspace().sums;
    sums.assign(kept.size(), 0);
    for_each_reduced(a.shape(), axes, [&](std::size_t from, std::size_t to) { sums[to] += a.data()[from]; });
    kernels::Requantize how;
    how.limits = Limits{out.format};
    how.rounding = context.rounding;
    how.overflow = context.overflow;
    how.random = context.random;
    const int further_bits = out.format.frac_bits - a.format.frac_bits;
    const int guard = 32 + std::max(0, further_bits);
    if (further_bits < -max_shift || guard > max_division_guard) {
        throw ArgumentError(std::string(operation) + ": the result has " + std::to_string(further_bits) +
                            " more fraction bits than the operand, expected " + std::to_string(-max_shift) + " to " +
                            std::to_string(max_division_guard - 32));
    }
    std::vector<std::int64_t>& rounded = reduce_workspace().rounded;
    rounded.resize(sums.size());
    OverflowCount events;
    if (divisor == 1) {
        how.shift = -further_bits;
        kernels::round_row(sums.data(), sums.size(), how, 0, rounded.data(), events);
    } else {
        std::vector<Int256>& quotients = reduce_workspace().quotients;
        quotients.clear();
        for (const int128 total : sums) quotients.push_back(divide_sticky(total, divisor, guard));
        how.shift = guard - further_bits;
        kernels::round_row(quotients.data(), quotients.size(), how, 0, rounded.data(), events);
    }
    out.resize(keep_axes ? kept : squeezed_shape(a.shape(), axes));
    kernels::store_row(rounded.data(), rounded.size(), out.data());
    context.report(operation, events, out.format.frac_bits);
}

} // namespace detail

/// out = the sum over axes: exact, rounded once. Reduced axes vanish, or stay with extent 1 if `keep_axes`.
/// Throws ShapeError.
template <FixedTensor Out, FixedTensor A>
void sum_into(Out& out, const A& a, const Axes& axes, const Context& context = {}, bool keep_axes = false) {
    detail::reduce("sum", out, a, axes, 1, keep_axes, context);
}
/// out = the mean over axes, as below.
template <FixedTensor Out, FixedTensor A>
void mean_into(Out& out, const A& a, const Axes& axes, const Context& context = {}, bool keep_axes = false) {
    detail::reduce("mean", out, a, axes, detail::mean_count(a.shape(), axes), keep_axes, context);
}

/// Sum over axes: exact, rounded once. Reduced axes vanish, or stay with extent 1 if `keep_axes`. Throws ShapeError.
template <class Result = void, FixedTensor A>
auto sum(const A& a, const Axes& axes, const Context& context = {}, bool keep_axes = false) {
    detail::result_tensor<Result, A> out;
    sum_into(out, a, axes, context, keep_axes);
    return out;
}

/// Mean over axes: the exact sum divided by the count, rounded once (nearest rules exactly, others to 2^-32 of a step).
/// Throws ShapeError, also for a mean of no elements.
template <class Result = void, FixedTensor A>
auto mean(const A& a, const Axes& axes, const Context& context = {}, bool keep_axes = false) {
    detail::result_tensor<Result, A> out;
    mean_into(out, a, axes, context, keep_axes);
    return out;
}

/// out = a repeated along axes, of the given shape: the adjoint of sum. a is a sum's result, with or without the
/// reduced axes. out is not a: ArgumentError. Throws ShapeError.
template <AnyTensor T>
void stretch_into(T& out, const T& a, const Shape& shape, const Axes& axes) {
    detail::check_distinct("stretch", out, a);
    axes.check("stretch", shape);
    if (!(a.shape() == detail::reduced_shape(shape, axes) || a.shape() == detail::squeezed_shape(shape, axes))) {
        throw ShapeError("stretch: shape " + a.shape().to_string() + " to " + shape.to_string() +
                         ", expected that of a sum over its axes");
    }
    adopt_format(out, a);
    out.resize(shape);
    detail::for_each_reduced(shape, axes, [&](std::size_t to, std::size_t from) { out.data()[to] = a.data()[from]; });
}

namespace detail {

/// Throws ShapeError unless a of shape `from` can be added to one of shape `to` at indices of an axis.
inline void check_index_add(const Shape& from, const Shape& to, std::size_t axis,
                            std::span<const std::size_t> indices) {
    check_axis("index_add", to, axis);
    Shape expected = to;
    expected[axis] = indices.size();
    if (!(from == expected)) {
        throw ShapeError("index_add: shape " + from.to_string() + ", expected " + expected.to_string());
    }
    for (const std::size_t index : indices) {
        if (index < to[axis]) continue;
        throw ShapeError("index_add: index " + std::to_string(index) + " of axis " + std::to_string(axis) +
                         " of shape " + to.to_string() + ", expected below " + std::to_string(to[axis]));
    }
}
/// Calls f(input index, output index) for every element, in order, of a tensor that is added to one of shape `to`.
template <class F>
void for_each_indexed(const Shape& to, std::size_t axis, std::span<const std::size_t> indices, F&& f) {
    const std::size_t inner = to.product(axis + 1, to.rank());
    const std::size_t outer = to.product(0, axis);
    std::size_t input = 0;
    for (std::size_t o = 0; o < outer; ++o) {
        for (const std::size_t index : indices) {
            const std::size_t base = (o * to[axis] + index) * inner;
            for (std::size_t i = 0; i < inner; ++i) f(input++, base + i);
        }
    }
}

} // namespace detail

/// out = zeros of `shape` to which a is added at `indices` of an axis, repeated ones too: the adjoint of index_select.
/// Sums are exact; one that leaves the format is fitted by context.overflow as soon as it does. out is not a:
/// ArgumentError. Throws ShapeError, OverflowError.
template <FixedTensor T>
void index_add_into(T& out, const T& a, const Shape& shape, std::size_t axis, std::span<const std::size_t> indices,
                    const Context& context = {}) {
    detail::check_distinct("index_add", out, a);
    detail::check_index_add(a.shape(), shape, axis, indices);
    adopt_format(out, a);
    out.resize(shape);
    out.fill(0);
    const Limits limits{a.format};
    OverflowCount events;
    detail::for_each_indexed(shape, axis, indices, [&](std::size_t from, std::size_t to) {
        const int128 sum = static_cast<int128>(out.data()[to]) + a.data()[from];
        out.data()[to] = static_cast<typename T::Raw>(fit(sum, limits, context.overflow, events));
    });
    context.report("index_add", events, a.format.frac_bits);
}

} // namespace fxp
