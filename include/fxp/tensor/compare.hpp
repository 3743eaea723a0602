// Comparison and selection: exact, element by element, on tensors of one shape (else ShapeError) and one format (else
// ArgumentError, where types do not tell it).
#pragma once

#include "fxp/kernels/dispatch.hpp"
#include "fxp/tensor/fxp_tensor.hpp"
#include "fxp/tensor/layout.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

namespace fxp {

namespace detail {

inline void check_same_shape(const char* operation, const Shape& a, const Shape& b) {
    if (a == b) return;
    throw ShapeError(std::string(operation) + ": shapes " + a.to_string() + " and " + b.to_string() +
                     ", expected the same");
}

template <class T, class Predicate>
void compare_into(const char* operation, BoolTensor& out, const T& a, const T& b, Predicate holds) {
    check_same_shape(operation, a.shape(), b.shape());
    check_same_format(operation, a, b);
    out.resize(a.shape());
    for (std::size_t i = 0; i < a.size(); ++i) out.data()[i] = holds(a.data()[i], b.data()[i]) ? 1 : 0;
}
template <class T, class Predicate>
BoolTensor compare(const char* operation, const T& a, const T& b, Predicate holds) {
    BoolTensor out;
    compare_into(operation, out, a, b, holds);
    return out;
}

} // namespace detail

/// out = a < b, and a <= b, element by element. Throws ShapeError unless the shapes are the same.
/// @{
template <AnyTensor T>
void less_into(BoolTensor& out, const T& a, const T& b) {
    detail::compare_into("less", out, a, b, [](auto x, auto y) { return x < y; });
}
template <AnyTensor T>
void less_equal_into(BoolTensor& out, const T& a, const T& b) {
    detail::compare_into("less_equal", out, a, b, [](auto x, auto y) { return x <= y; });
}
/// @}

/// Comparisons of elements, of numbers in one format. Throw ShapeError unless the shapes are the same.
/// @{
template <AnyTensor T>
BoolTensor less(const T& a, const T& b) {
    return detail::compare("less", a, b, [](auto x, auto y) { return x < y; });
}
template <AnyTensor T>
BoolTensor less_equal(const T& a, const T& b) {
    return detail::compare("less_equal", a, b, [](auto x, auto y) { return x <= y; });
}
template <AnyTensor T>
BoolTensor greater(const T& a, const T& b) {
    return detail::compare("greater", a, b, [](auto x, auto y) { return x > y; });
}
template <AnyTensor T>
BoolTensor greater_equal(const T& a, const T& b) {
    return detail::compare("greater_equal", a, b, [](auto x, auto y) { return x >= y; });
}
template <AnyTensor T>
BoolTensor equal(const T& a, const T& b) {
    return detail::compare("equal", a, b, [](auto x, auto y) { return x == y; });
}
template <AnyTensor T>
BoolTensor not_equal(const T& a, const T& b) {
    return detail::compare("not_equal", a, b, [](auto x, auto y) { return x != y; });
}
/// @}

/// out = a where the condition holds, else b. out may be a or b.
template <AnyTensor T>
void where_into(T& out, const BoolTensor& condition, const T& a, const T& b) {
    detail::check_same_shape("where", a.shape(), b.shape());
    detail::check_same_shape("where", a.shape(), condition.shape());
    check_same_format("where", a, b);
    out.resize(a.shape());
    adopt_format(out, a);
    for (std::size_t i = 0; i < a.size(); ++i) out.data()[i] = condition.data()[i] != 0 ? a.data()[i] : b.data()[i];
}
/// The same as a new tensor.
template <AnyTensor T>
T where(const BoolTensor& condition, const T& a, const T& b) {
    T out;
    where_into(out, condition, a, b);
    return out;
}

/// The smaller and the larger of two tensors, element by element.
/// @{
template <AnyTensor T>
T minimum(const T& a, const T& b) {
    return where(less_equal(a, b), a, b);
}
template <AnyTensor T>
T maximum(const T& a, const T& b) {
    return where(less_equal(b, a), a, b);
}
/// @}

/// out = |a|, which may be a. Exact but for the value below the symmetric range, which a full range and Overflow::wrap
/// know: its magnitude is fitted by context.overflow. Throws OverflowError.
template <AnyTensor T>
void abs_into(T& out, const T& a, [[maybe_unused]] const Context& context = {}) {
    using Element = typename T::Element;
    out.resize(a.shape());
    adopt_format(out, a);
    if constexpr (requires { a.format; }) {
        const Limits limits{a.format};
        OverflowCount events;
        for (std::size_t i = 0; i < a.size(); ++i) {
            const int128 value = a.data()[i];
            out.data()[i] = static_cast<Element>(fit(value < 0 ? -value : value, limits, context.overflow, events));
        }
        context.report("abs", events, a.format.frac_bits);
    } else {
        for (std::size_t i = 0; i < a.size(); ++i) {
            const Element value = a.data()[i];
            out.data()[i] = static_cast<Element>(value < 0 ? -value : value);
        }
    }
}
template <AnyTensor T>
T abs(const T& a, const Context& context = {}) {
    T out;
    abs_into(out, a, context);
    return out;
}

namespace detail {

/// `low` and `high` are elements; the message shows them as the reals they stand for.
template <class T>
T clamp_elements(const T& a, typename T::Element low, typename T::Element high, double real_low, double real_high) {
    if (!(low <= high)) {
        throw ArgumentError("clamp: limits " + std::to_string(real_low) + " and " + std::to_string(real_high) +
                            ", expected the lower one before the upper one");
    }
    T out = a;
    for (auto& value : out.elements()) value = std::clamp(value, low, high);
    return out;
}

} // namespace detail

/// a limited to [low, high], which are FxpScalars of a's own format; a bare number does not compile. Throws
/// ArgumentError unless low <= high.
template <int IntBits, int FracBits, Range R, class Low, class High>
FxpTensor<IntBits, FracBits, R> clamp(const FxpTensor<IntBits, FracBits, R>& a, const Low& low, const High& high) {
    using Scalar = FxpScalar<IntBits, FracBits, R>;
    constexpr bool own_format = std::same_as<Low, Scalar> && std::same_as<High, Scalar>;
    static_assert(own_format, "fxp: clamp takes limits of the tensor's own format; for a real, write "
                              "FxpScalar<IntBits, FracBits>::from_real(...)");
    if constexpr (own_format) return detail::clamp_elements(a, low.raw, high.raw, low.to_real(), high.to_real());
}
/// a limited to [low, high], reals of a's own type. Throws ArgumentError unless low <= high.
template <AnyTensor T>
    requires std::floating_point<typename T::Element> T clamp(const T& a, typename T::Element low,
                                                              typename T::Element high) {
        return detail::clamp_elements(a, low, high, low, high);
    }

namespace detail {

/// Where a row's elements are larger, they and the row's index are taken.
template <class T>
FXP_INLINE void take_larger(const T* FXP_RESTRICT row, std::size_t index, std::size_t count, T* FXP_RESTRICT largest,
                            std::size_t* FXP_RESTRICT best) {
    for (std::size_t c = 0; c < count; ++c) {
        const bool larger = row[c] > largest[c];
        best[c] = larger ? index : best[c];
        largest[c] = larger ? row[c] : largest[c];
    }
}

} // namespace detail

/// Index of the largest element of each column of a (classes, samples) matrix; the first of equals.
/// Throws ShapeError unless rank 2 with at least one row.
template <AnyTensor T>
std::vector<std::size_t> argmax_columns(const T& a) {
    if (a.shape().rank() != 2 || a.shape()[0] == 0) {
        throw ShapeError("argmax_columns: shape " + a.shape().to_string() + ", expected (classes, samples)");
    }
    const std::size_t columns = a.shape()[1];
    std::vector<std::size_t> best(columns, 0);
    std::vector<typename T::Element> largest(a.data(), a.data() + columns);
    for (std::size_t r = 1; r < a.shape()[0]; ++r) {
        kernels::dispatch([=, row = a.data() + r * columns, values = largest.data(), indices = best.data()]()
                              FXP_LOOP { detail::take_larger(row, r, columns, values, indices); });
    }
    return best;
}

} // namespace fxp
