// Shapes of terms: the result's shape, and the two-dimensional view in which a sum of terms is computed.
#pragma once

#include "fxp/tensor/shape.hpp"
#include "fxp/tensor/terms.hpp"

#include <cstddef>
#include <string>

namespace fxp::detail {

/// Shape of a tensor; a scalar has rank 0.
template <class T>
Shape shape_of(const T& value) {
    if constexpr (requires { value.shape(); }) {
        return value.shape();
    } else {
        return {};
    }
}

/// The two-dimensional view in which a combine runs: rows x columns = the result's elements in order.
struct View {
    std::size_t rows;
    std::size_t columns;
    bool flat; ///< every operand has the result's shape or is a scalar
};

template <class T>
Shape term_shape(const char*, const PlainTerm<T>& term) {
    return shape_of(term.value);
}
template <class A, class B>
Shape term_shape(const char* operation, const ElementwiseTerm<A, B>& term) {
    return broadcast(operation, shape_of(term.a), shape_of(term.b));
}
/// Shape of a matrix product; throws ShapeError unless (M, K) meets (K, N).
inline Shape matrix_shape(const char* operation, const Shape& a, bool transpose_a, const Shape& b, bool transpose_b) {
    if (a.rank() == 2 && b.rank() == 2 && a[transpose_a ? 0 : 1] == b[transpose_b ? 1 : 0]) {
        return {a[transpose_a ? 1 : 0], b[transpose_b ? 0 : 1]};
    }
    throw ShapeError(std::string(operation) + ": shapes " + a.to_string() + (transpose_a ? " transposed" : "") +
                     " and " + b.to_string() + (transpose_b ? " transposed" : "") +
                     " do not fit, expected (M, K) and (K, N)");
}
template <class A, class B>
Shape term_shape(const char* operation, const MatrixTerm<A, B>& term) {
    return matrix_shape(operation, shape_of(term.a), term.transpose_a, shape_of(term.b), term.transpose_b);
}

/// Throws ShapeError for a matrix product that has not the result's shape: it does not stretch.
template <class Term>
void check_matrix(const char*, const Term&, const Shape&) {}
template <class A, class B>
void check_matrix(const char* operation, const MatrixTerm<A, B>& term, const Shape& result) {
    const Shape shape = term_shape(operation, term);
    if (shape == result) return;
    throw ShapeError(std::string(operation) + ": a matrix product of shape " + shape.to_string() +
                     " in a sum of shape " + result.to_string() + ", expected the same");
}

template <class T>
bool is_flat(const PlainTerm<T>& term, const Shape& result) {
    return shape_of(term.value).size() == 1 || shape_of(term.value) == result;
}
template <class A, class B>
bool is_flat(const ElementwiseTerm<A, B>& term, const Shape& result) {
    return is_flat(PlainTerm<A>{term.a}, result) && is_flat(PlainTerm<B>{term.b}, result);
}
template <class A, class B>
bool is_flat(const MatrixTerm<A, B>&, const Shape&) {
    return false;
}

} // namespace fxp::detail
