// FloatTensor: the floating-point counterpart of FxpTensor: combine, activations, and what works on any tensor (layout,
// comparison). Products are Eigen's.
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
    using Real = T; ///< an element
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

    /// All elements as doubles.
    std::vector<double> to_real() const { return {this->elements().begin(), this->elements().end()}; }

    friend bool operator==(const FloatTensor& a, const FloatTensor& b) { return a.equals(b); }
};

/// One public number; stretches to any shape.
template <std::floating_point T>
struct FloatScalar {
    T value = 0; ///< the number

    /// Converted to T.
    static FloatScalar from_real(double real, const Context& = {}) { return {static_cast<T>(real)}; }
    /// As a double.
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

/// Element (row, column) of a term; a matrix product has none here, it is added later.
template <class Real, class T>
auto term_reader(const PlainTerm<T>& term, const Shape& result, const View& view) {
    const Real factor = std::ldexp(term.negate ? Real{-1} : Real{1}, term.exponent);
    return [factor, value = reader(term.value, result, view)](std::size_t r, std::size_t c) {
        return factor * value(r, c);
    };
}
template <class Real, class A, class B>
auto term_reader(const ElementwiseTerm<A, B>& term, const Shape& result, const View& view) {
    return [a = reader(term.a, result, view), b = reader(term.b, result, view)](std::size_t r, std::size_t c) {
        return a(r, c) * b(r, c);
    };
}
template <class Real, class A, class B>
auto term_reader(const MatrixTerm<A, B>&, const Shape&, const View&) {
    return [](std::size_t, std::size_t) { return Real{0}; };
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

/// out = sum of the terms' elements, or out += it; each element's operands are read before it is written.
template <class Real, class... Readers>
void add_elements(FloatTensor<Real>& out, bool add, const View& view, const Readers&... readers) {
    for (std::size_t r = 0; r < view.rows; ++r) {
        Real* row = out.data() + r * view.columns;
        for (std::size_t c = 0; c < view.columns; ++c) row[c] = (add ? row[c] : Real{0}) + (readers(r, c) + ...);
    }
}

template <class Real, class... Terms>
void combine_float(const char* operation, FloatTensor<Real>& out, bool add, const Terms&... terms) {
    const TermPlan shapes = plan_terms(operation, out, add, terms...);
    out.resize(shapes.result);
    add_elements(out, add, shapes.view, term_reader<Real>(terms, shapes.result, shapes.view)...);
    (add_products(out, terms), ...);
}

} // namespace detail

/// out = sum of terms, as for FxpTensor, with its rules for out as an operand. Throws ShapeError, ArgumentError.
template <class T, class... Terms>
void combine(const char* operation, FloatTensor<T>& out, const Context&, const Terms&... terms) {
    detail::combine_float(operation, out, false, terms...);
}
/// out += sum of terms.
template <class T, class... Terms>
void accumulate(const char* operation, FloatTensor<T>& out, const Context&, const Terms&... terms) {
    detail::combine_float(operation, out, true, terms...);
}

/// out = the function of every element of x, by the standard library. out may be x.
/// @{
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
/// @}

/// The largest magnitude of the elements, for logs; zero for none. What is not a number does not count.
template <std::floating_point Real>
double largest_magnitude(const FloatTensor<Real>& a) {
    Real largest = 0;
    for (const Real value : a.elements()) largest = std::max(largest, std::abs(value));
    return static_cast<double>(largest);
}

} // namespace fxp
