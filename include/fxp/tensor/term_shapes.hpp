// Shapes of terms: the result's shape, and the two-dimensional view in which a sum of terms is computed.
#pragma once

#include "fxp/tensor/shape.hpp"
#include "fxp/tensor/terms.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

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

/// The tensor whose elements a value is, or is a part of.
template <class T>
const void* owner_of(const T& value) {
    if constexpr (requires { value.matrix; }) {
        return &value.matrix;
    } else {
        return &value;
    }
}

/// A term without its types: the shapes of its operands, and whose elements they are.
struct TermShape {
    enum class Kind { plain, elementwise, matrix };
    Kind kind;
    Shape a;
    const void* owner_a;
    Shape b{};                     ///< not of plain terms
    const void* owner_b = nullptr; ///< not of plain terms
    bool transpose_a = false;
    bool transpose_b = false;
};

template <class T>
TermShape shape_of_term(const PlainTerm<T>& term) {
    return {TermShape::Kind::plain, shape_of(term.value), owner_of(term.value)};
}
template <class A, class B>
TermShape shape_of_term(const ElementwiseTerm<A, B>& term) {
    return {TermShape::Kind::elementwise, shape_of(term.a), owner_of(term.a), shape_of(term.b), owner_of(term.b)};
}
template <class A, class B>
TermShape shape_of_term(const MatrixTerm<A, B>& term) {
    return {TermShape::Kind::matrix, shape_of(term.a), owner_of(term.a), shape_of(term.b),
            owner_of(term.b),        term.transpose_a, term.transpose_b};
}

/// Shape of a matrix product; throws ShapeError unless (M, K) meets (K, N).
inline Shape matrix_shape(const char* operation, const TermShape& term) {
    const auto& [kind, a, owner_a, b, owner_b, transpose_a, transpose_b] = term;
    if (a.rank() == 2 && b.rank() == 2 && a[transpose_a ? 0 : 1] == b[transpose_b ? 1 : 0]) {
        return {a[transpose_a ? 1 : 0], b[transpose_b ? 0 : 1]};
    }
    throw ShapeError(std::string(operation) + ": shapes " + a.to_string() + (transpose_a ? " transposed" : "") +
                     " and " + b.to_string() + (transpose_b ? " transposed" : "") +
                     " do not fit, expected (M, K) and (K, N)");
}

/// The shape that a term alone would have.
inline Shape result_of(const char* operation, const TermShape& term) {
    switch (term.kind) {
    case TermShape::Kind::plain:
        return term.a;
    case TermShape::Kind::elementwise:
        return broadcast(operation, term.a, term.b);
    case TermShape::Kind::matrix:
        break;
    }
    return matrix_shape(operation, term);
}

/// Whether a term's operands have the result's shape or are scalars.
inline bool is_flat(const TermShape& term, const Shape& result) {
    const auto fits = [&](const Shape& shape) { return shape.size() == 1 || shape == result; };
    return term.kind != TermShape::Kind::matrix && fits(term.a) &&
           (term.kind == TermShape::Kind::plain || fits(term.b));
}

/// Throws ArgumentError when `out` is an operand that the sum cannot be written over: elements would be overwritten
/// before they are read.
inline void check_alias(const char* operation, const void* out, const TermShape& term, const Shape& result) {
    if (term.owner_a != out && term.owner_b != out) return;
    if (term.kind == TermShape::Kind::matrix) {
        throw ArgumentError(std::string(operation) + ": the result would overwrite a factor of a matrix product");
    }
    for (const auto& [owner, shape] : {std::pair{term.owner_a, &term.a}, std::pair{term.owner_b, &term.b}}) {
        if (owner != out || *shape == result) continue;
        throw ArgumentError(std::string(operation) + ": the result of shape " + result.to_string() +
                            " would overwrite an operand of shape " + shape->to_string());
    }
}

/// A sum of terms that fit together.
struct TermPlan {
    Shape result;
    View view;
};

/// Shape and view of a sum that is to be written to `out`, or added to it if `added_to` has its shape. Throws
/// ShapeError when shapes do not fit and ArgumentError for an alias.
inline TermPlan fit_terms(const char* operation, const void* out, const Shape* added_to,
                          std::span<const TermShape> terms) {
    Shape result = result_of(operation, terms[0]);
    for (const TermShape& term : terms.subspan(1)) result = broadcast(operation, result, result_of(operation, term));
    bool flat = true;
    for (const TermShape& term : terms) {
        if (term.kind == TermShape::Kind::matrix && !(matrix_shape(operation, term) == result)) {
            throw ShapeError(std::string(operation) + ": a matrix product of shape " +
                             matrix_shape(operation, term).to_string() + " in a sum of shape " + result.to_string() +
                             ", expected the same");
        }
        flat = flat && is_flat(term, result);
    }
    for (const TermShape& term : terms) check_alias(operation, out, term, result);
    if (added_to != nullptr && !(result == *added_to)) {
        throw ShapeError(std::string(operation) + ": a sum of shape " + result.to_string() +
                         " is to be added to one of shape " + added_to->to_string());
    }
    if (flat) return {result, {1, result.size(), true}};
    if (result.rank() == 2) return {result, {result[0], result[1], false}};
    throw ShapeError(std::string(operation) + ": shapes stretch in matrices only, the result has shape " +
                     result.to_string());
}

/// The same of a tensor and terms; with `add` the sum is to be added to it.
template <class Out, class... Terms>
TermPlan plan_terms(const char* operation, const Out& out, bool add, const Terms&... terms) {
    const std::array<TermShape, sizeof...(Terms)> shapes{shape_of_term(terms)...};
    return fit_terms(operation, &out, add ? &out.shape() : nullptr, std::span<const TermShape>(shapes));
}

} // namespace fxp::detail
