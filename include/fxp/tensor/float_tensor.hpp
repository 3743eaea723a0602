// FloatTensor: the floating-point counterpart of FxpTensor, with the same operations. Products are Eigen's.
#pragma once

#include "fxp/tensor/context.hpp"
#include "fxp/tensor/eigen.hpp"
#include "fxp/tensor/term_shapes.hpp"

#include <cmath>
#include <concepts>

namespace fxp {

/// A tensor of floating-point numbers.
template <std::floating_point T>
class FloatTensor : public Array<T> {
  public:
    using Real = T;
    using Array<T>::Array;

    /// From reals, row-major, converted to T. Throws ShapeError, and DomainError for NaN and infinities.
    template <std::floating_point Source>
    static FloatTensor from_real(const Shape& shape, std::span<const Source> values, const Context& = {}) {
        if (shape.size() != values.size()) {
            throw ShapeError("from_real: " + std::to_string(values.size()) + " values for shape " + shape.to_string() +
                             ", expected " + std::to_string(shape.size()));
        }
        FloatTensor tensor(shape);
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!std::isfinite(values[i])) {
                throw DomainError("from_real: element " + std::to_string(i) + " is " + std::to_string(values[i]) +
                                  ", expected a finite number");
            }
            tensor.data()[i] = static_cast<T>(values[i]);
        }
        return tensor;
    }
    template <std::floating_point Source>
    static FloatTensor from_real(const Shape& shape, const std::vector<Source>& values, const Context& = {}) {
        return from_real(shape, std::span<const Source>(values));
    }
    static FloatTensor from_real(const Shape& shape, std::initializer_list<double> values, const Context& = {}) {
        return from_real(shape, std::span<const double>(values.begin(), values.size()));
    }

    std::vector<double> to_real() const { return {this->elements().begin(), this->elements().end()}; }
};

/// One public number; stretches to any shape.
template <std::floating_point T>
struct FloatScalar {
    T value = 0;

    static FloatScalar from_real(double real, const Context& = {}) { return {static_cast<T>(real)}; }
    double to_real() const { return static_cast<double>(value); }
};

namespace detail {

/// Element (row, column) of an operand that stretches to the result.
template <class T>
struct FloatReader {
    const T* data;
    std::size_t row_stride;
    std::size_t column_stride;
    T operator()(std::size_t row, std::size_t column) const { return data[row * row_stride + column * column_stride]; }
};
template <class T>
FloatReader<T> reader(const FloatScalar<T>& scalar, const Shape&, const View&) {
    return {&scalar.value, 0, 0};
}
template <class T>
FloatReader<T> reader(const FloatTensor<T>& tensor, const Shape& result, const View& view) {
    if (tensor.size() == 1) return {tensor.data(), 0, 0};
    if (view.flat || tensor.shape() == result) return {tensor.data(), view.columns, 1};
    if (tensor.shape()[1] == 1) return {tensor.data(), 1, 0};
    return {tensor.data(), 0, 1};
}

/// Writes or adds the elementwise part of a term; returns false for a matrix product, which comes later.
template <class Real, class T>
bool add_elements(FloatTensor<Real>& out, bool add, const PlainTerm<T>& term, const View& view) {
    const auto value = reader(term.value, out.shape(), view);
    const Real factor = std::ldexp(term.negate ? Real{-1} : Real{1}, term.exponent);
    for (std::size_t r = 0; r < view.rows; ++r) {
        Real* row = out.data() + r * view.columns;
        for (std::size_t c = 0; c < view.columns; ++c) row[c] = (add ? row[c] : Real{0}) + factor * value(r, c);
    }
    return true;
}
template <class Real, class A, class B>
bool add_elements(FloatTensor<Real>& out, bool add, const ElementwiseTerm<A, B>& term, const View& view) {
    const auto a = reader(term.a, out.shape(), view);
    const auto b = reader(term.b, out.shape(), view);
    for (std::size_t r = 0; r < view.rows; ++r) {
        Real* row = out.data() + r * view.columns;
        for (std::size_t c = 0; c < view.columns; ++c) row[c] = (add ? row[c] : Real{0}) + a(r, c) * b(r, c);
    }
    return true;
}
template <class Real, class A, class B>
bool add_elements(FloatTensor<Real>&, bool, const MatrixTerm<A, B>&, const View&) {
    return false;
}

template <class Real, class Term>
void add_products(FloatTensor<Real>&, const Term&) {}
template <class Real, class A, class B>
void add_products(FloatTensor<Real>& out, const MatrixTerm<A, B>& term) {
    auto result = as_eigen(out);
    const auto a = as_eigen(term.a);
    const auto b = as_eigen(term.b);
    if (term.transpose_a && term.transpose_b) {
        result.noalias() += a.transpose() * b.transpose();
    } else if (term.transpose_a) {
        result.noalias() += a.transpose() * b;
    } else if (term.transpose_b) {
        result.noalias() += a * b.transpose();
    } else {
        result.noalias() += a * b;
    }
}

template <class Real, class... Terms>
void combine_float(const char* operation, FloatTensor<Real>& out, bool add, const Terms&... terms) {
    Shape result;
    bool begun = false;
    const auto widen = [&](const Shape& shape) {
        result = begun ? broadcast(operation, result, shape) : shape;
        begun = true;
    };
    (widen(term_shape(operation, terms)), ...);
    (check_matrix(operation, terms, result), ...);
    const bool flat = (is_flat(terms, result) && ...);
    if (!flat && result.rank() != 2) {
        throw ShapeError(std::string(operation) + ": shapes stretch in matrices only, the result has shape " +
                         result.to_string());
    }
    if (add && !(out.shape() == result)) {
        throw ShapeError(std::string(operation) + ": a sum of shape " + result.to_string() +
                         " is to be added to one of shape " + out.shape().to_string());
    }
    out.resize(result);
    const View view = flat ? View{1, result.size(), true} : View{result[0], result[1], false};
    bool filled = add;
    ((filled = add_elements(out, filled, terms, view) || filled), ...);
    if (!filled) out.fill(Real{0});
    (add_products(out, terms), ...);
}

} // namespace detail

/// out = sum of terms, as for FxpTensor. out may be the first elementwise or plain operand only. Throws ShapeError.
template <class T, class... Terms>
void combine(const char* operation, FloatTensor<T>& out, const Context&, const Terms&... terms) {
    detail::combine_float(operation, out, false, terms...);
}
/// out += sum of terms.
template <class T, class... Terms>
void accumulate(const char* operation, FloatTensor<T>& out, const Context&, const Terms&... terms) {
    detail::combine_float(operation, out, true, terms...);
}

template <class T>
void sigmoid_into(FloatTensor<T>& out, const FloatTensor<T>& x, const Context& = {}) {
    out.resize(x.shape());
    for (std::size_t i = 0; i < x.size(); ++i) out.data()[i] = T{1} / (T{1} + std::exp(-x.data()[i]));
}
template <class T>
void tanh_into(FloatTensor<T>& out, const FloatTensor<T>& x, const Context& = {}) {
    out.resize(x.shape());
    for (std::size_t i = 0; i < x.size(); ++i) out.data()[i] = std::tanh(x.data()[i]);
}
template <class T>
void rsqrt_into(FloatTensor<T>& out, const FloatTensor<T>& x, const Context& = {}) {
    out.resize(x.shape());
    for (std::size_t i = 0; i < x.size(); ++i) out.data()[i] = T{1} / std::sqrt(x.data()[i]);
}

} // namespace fxp
