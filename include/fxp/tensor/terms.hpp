// Terms: the addends of a combine, as written by the caller; the same words for fixed point and float.
#pragma once

#include <concepts>

namespace fxp {

/// value * 2^exponent, or minus it. `value` is a tensor or a scalar.
template <class T>
struct PlainTerm {
    const T& value;      ///< the operand
    bool negate = false; ///< minus it
    int exponent = 0;    ///< of any sign: a shift, exact inside the sum
};

/// a * b, element by element; either may be a scalar or stretch along an axis of extent 1.
template <class A, class B>
struct ElementwiseTerm {
    const A& a; ///< the first factor
    const B& b; ///< the second factor
};

/// The matrix product of a and b, each transposed when its flag says so: (M, K) x (K, N).
template <class A, class B>
struct MatrixTerm {
    const A& a;               ///< (M, K), or (K, M) transposed
    const B& b;               ///< (K, N), or (N, K) transposed
    bool transpose_a = false; ///< of a
    bool transpose_b = false; ///< of b
};

// The functions below keep references to their operands: use them within one expression.

/// value
template <class T>
PlainTerm<T> plus(const T& value) {
    return {value, false, 0};
}
/// -value
template <class T>
PlainTerm<T> minus(const T& value) {
    return {value, true, 0};
}
/// value 2^exponent
template <class T>
PlainTerm<T> scaled(const T& value, int exponent) {
    return {value, false, exponent};
}
/// a b, element by element
template <class A, class B>
ElementwiseTerm<A, B> elementwise(const A& a, const B& b) {
    return {a, b};
}
/// The matrix product a b
template <class A, class B>
MatrixTerm<A, B> matrix(const A& a, const B& b) {
    return {a, b, false, false};
}
/// a^T b
template <class A, class B>
MatrixTerm<A, B> matrix_tn(const A& a, const B& b) {
    return {a, b, true, false};
}
/// a b^T
template <class A, class B>
MatrixTerm<A, B> matrix_nt(const A& a, const B& b) {
    return {a, b, false, true};
}

} // namespace fxp
