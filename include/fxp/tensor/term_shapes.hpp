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

/// The tensor whose elements a value is, or is a part of.
template <class T>
const void* owner_of(const T& value) {
    if constexpr (requires { value.matrix; }) {
        return &value.matrix;
    } else {
        return &value;
    }
}

/// Throws ArgumentError when `out` is an operand that the sum cannot be written over: elements would be overwritten
/// before they are read.
template <class T>
void check_alias(const char* operation, const void* out, const PlainTerm<T>& term, const Shape& result) {
    if (owner_of(term.value) != out || shape_of(term.value) == result) return;
    throw ArgumentError(std::string(operation) + ": the result of shape " + result.to_string() +
                        " would overwrite an operand of shape " + shape_of(term.value).to_string());
}
template <class A, class B>
void check_alias(const char* operation, const void* out, const ElementwiseTerm<A, B>& term, const Shape& result) {
    check_alias(operation, out, PlainTerm<A>{term.a}, result);
    check_alias(operation, out, PlainTerm<B>{term.b}, result);
}
template <class A, class B>
void check_alias(const char* operation, const void* out, const MatrixTerm<A, B>& term, const Shape&) {
    if (owner_of(term.a) != out && owner_of(term.b) != out) return;
    throw ArgumentError(std::string(operation) + ": the result would overwrite a factor of a matrix product");
}

/// A sum of terms that fit together.
struct TermPlan {
    Shape result;
    View view;
};

/// Shape and view of a sum that is to be written (or, with `add`, added) to `out`. Throws ShapeError when shapes do not
/// fit and ArgumentError for an alias.
template <class Out, class... Terms>
TermPlan plan_terms(const char* operation, const Out& out, bool add, const Terms&... terms) {
    Shape result;
    bool begun = false;
    const auto widen = [&](const Shape& shape) {
        result = begun ? broadcast(operation, result, shape) : shape;
        begun = true;
    };
    (widen(term_shape(operation, terms)), ...);
    (check_matrix(operation, terms, result), ...);
    (check_alias(operation, &out, terms, result), ...);
    if (add && !(result == out.shape())) {
        throw ShapeError(std::string(operation) + ": a sum of shape " + result.to_string() +
                         " is to be added to one of shape " + out.shape().to_string());
    }
    if ((is_flat(terms, result) && ...)) return {result, {1, result.size(), true}};
    if (result.rank() == 2) return {result, {result[0], result[1], false}};
    throw ShapeError(std::string(operation) + ": shapes stretch in matrices only, the result has shape " +
                     result.to_string());
}

} // namespace fxp::detail
