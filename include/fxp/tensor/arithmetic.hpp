// Arithmetic on fixed-point tensors. Each operation is exact inside and rounds once by its context.
//
// Operands of one format give a result of that format. Operands of different formats need the result's format as the
// first template argument: mul<Q<8, 24>>(a, b).
#pragma once

#include "fxp/tensor/combine.hpp"

#include <type_traits>

namespace fxp {

namespace detail {

template <class Result, class First, class... Rest>
struct ResultTensor {
    static_assert(FormatType<Result>, "fxp: the first template argument names the result's format, as in Q<8, 24>");
    using type = tensor_of<Result>;
};
template <class First, class... Rest>
struct ResultTensor<void, First, Rest...> {
    static_assert((std::is_same_v<typename First::FormatTag, typename Rest::FormatTag> && ...),
                  "fxp: the operands have different formats; state the result's format as the first template argument, "
                  "as in mul<fxp::Q<8, 24>>(a, b)");
    using type = tensor_of<typename First::FormatTag>;
};
template <class Result, class... Operands>
using result_tensor = typename ResultTensor<Result, Operands...>::type;

} // namespace detail

/// Sum of two to eight operands: exact, rounded once if the result has fewer fraction bits. Throws ShapeError.
template <class Result = void, FixedOperand A, FixedOperand... Rest>
    requires(sizeof...(Rest) >= 1)
auto add(const Context& context, const A& a, const Rest&... rest) {
    detail::result_tensor<Result, A, Rest...> out;
    combine("add", out, context, plus(a), plus(rest)...);
    return out;
}
template <class Result = void, FixedOperand A, FixedOperand B>
auto add(const A& a, const B& b, const Context& context = {}) {
    return add<Result>(context, a, b);
}

/// a - b
template <class Result = void, FixedOperand A, FixedOperand B>
auto sub(const A& a, const B& b, const Context& context = {}) {
    detail::result_tensor<Result, A, B> out;
    combine("sub", out, context, plus(a), minus(b));
    return out;
}

/// a * b, element by element; either may stretch.
template <class Result = void, FixedOperand A, FixedOperand B>
auto mul(const A& a, const B& b, const Context& context = {}) {
    detail::result_tensor<Result, A, B> out;
    combine("mul", out, context, elementwise(a, b));
    return out;
}

/// a * 2^exponent: a shift, rounded when bits leave at the bottom.
template <class Result = void, FixedTensor A>
auto scale(const A& a, int exponent, const Context& context = {}) {
    detail::result_tensor<Result, A> out;
    combine("scale", out, context, scaled(a, exponent));
    return out;
}

/// -a
template <class Result = void, FixedTensor A>
auto neg(const A& a, const Context& context = {}) {
    detail::result_tensor<Result, A> out;
    combine("neg", out, context, minus(a));
    return out;
}

/// a in another format: one shift, one rounding, one overflow check.
template <FormatType Result, FixedTensor A>
tensor_of<Result> convert(const A& a, const Context& context = {}) {
    tensor_of<Result> out;
    combine("convert", out, context, plus(a));
    return out;
}

/// Which operands of a matrix product are transposed.
struct Transpose {
    bool a = false; ///< the first one
    bool b = false; ///< the second one
};

/// Matrix product (M, K) x (K, N); with flags, of the transposed operands (no copy is made).
template <class Result = void, FixedTensor A, FixedTensor B>
auto matmul(const A& a, const B& b, const Context& context = {}, Transpose transposed = {}) {
    detail::result_tensor<Result, A, B> out;
    combine("matmul", out, context, MatrixTerm<A, B>{a, b, transposed.a, transposed.b});
    return out;
}

/// The fused sum of any terms, rounded once: multiply_add<Q<8, 24>>(context, matrix(w, x), matrix(u, h), plus(bias)).
template <class Result = void, class... Terms>
auto multiply_add(const Context& context, const Terms&... terms) {
    static_assert(FormatType<Result>, "fxp: a sum of terms has no format of its own; state the result's format as the "
                                      "first template argument, as in multiply_add<fxp::Q<8, 24>>(context, terms...)");
    tensor_of<Result> out;
    combine("multiply_add", out, context, terms...);
    return out;
}

/// Operators on one format, element by element, rounding half to even; an overflow throws OverflowError.
/// @{
template <FixedTensor T>
T operator+(const T& a, const T& b) {
    return add(a, b);
}
template <FixedTensor T>
T operator-(const T& a, const T& b) {
    return sub(a, b);
}
template <FixedTensor T>
T operator*(const T& a, const T& b) {
    return mul(a, b);
}
template <FixedTensor T>
T operator-(const T& a) {
    return neg(a);
}
/// @}

} // namespace fxp
