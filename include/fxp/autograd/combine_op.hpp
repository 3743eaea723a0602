// The differentiable combine: sums, products, matrix products and their fusions, one rounding each.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/tensor/reduce.hpp"
#include "fxp/tensor/terms.hpp"

#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace fxp {

namespace detail {

/// Gradient of an operand x that was stretched to dz's shape: the exact sum of `dx`, of dz's shape, along the stretched
/// axes, in x's shape.
template <class A, Role R>
struct Unstretched {
    using Gradient = typename A::template Gradient<R>;
    Gradient dx;
    Gradient sum;
    Gradient result;

    const Gradient& reduce(A& arithmetic, const Node<A, R>& x) {
        const Shape& shape = x.value.shape();
        arithmetic.reduce_sum(RoundingPlace::backward, x.name(), sum, dx, Axes::stretched(shape, dx.shape()), true);
        reshape_into(result, sum, shape);
        return result;
    }
};

/// Terms over variables, stored in a node: forward() is the term over values, backward() contributes to the inputs.
/// Scratch is storage that the node keeps for backward.
template <class A, Role R>
struct PlainInput {
    using Scratch = Unstretched<A, R>;
    Node<A, R>* x;
    bool negate;
    int exponent;

    auto forward() const { return PlainTerm<typename Node<A, R>::Tensor>{x->value, negate, exponent}; }
    bool requires_grad() const { return x->requires_grad(); }

    template <class Gradient>
    void backward(A& arithmetic, const Gradient& dz, Scratch& scratch) const {
        if (!x->requires_grad()) return;
        const Shape& shape = x->value.shape();
        if (shape == dz.shape()) return x->contribute(arithmetic, "d_add", PlainTerm<Gradient>{dz, negate, exponent});
        // x was stretched: its gradient is the sum along the stretched axes, exactly; a bias's as a product with ones.
        if (!negate && exponent == 0 && shape.rank() == 2 && dz.shape().rank() == 2) {
            const std::size_t rows = dz.shape()[0];
            const std::size_t columns = dz.shape()[1];
            if (shape[0] == rows && shape[1] == 1) {
                return x->contribute(arithmetic, "d_bias", matrix(dz, arithmetic.ones(columns, 1)));
            }
            if (shape[1] == columns && shape[0] == 1) {
                return x->contribute(arithmetic, "d_bias", matrix(arithmetic.ones(1, rows), dz));
            }
        }
        arithmetic.combine(RoundingPlace::backward, x->name(), "d_add", scratch.dx,
                           PlainTerm<Gradient>{dz, negate, exponent});
        x->contribute(arithmetic, "d_add", plus(scratch.reduce(arithmetic, *x)));
    }
};

/// da = dz b and db = dz a, one rounding. A factor that was stretched gets the exact sum along the stretched axes of
/// these products, each rounded to the gradient's format.
template <class A, Role Ra, Role Rb>
struct ElementwiseInput {
    struct Scratch {
        Unstretched<A, Ra> a;
        Unstretched<A, Rb> b;
    };
    Node<A, Ra>* a;
    Node<A, Rb>* b;

    auto forward() const { return elementwise(a->value, b->value); }
    bool requires_grad() const { return a->requires_grad() || b->requires_grad(); }

    template <class Gradient>
    void backward(A& arithmetic, const Gradient& dz, Scratch& scratch) const {
        share(arithmetic, *a, dz, b->saved(), scratch.a);
        share(arithmetic, *b, dz, a->saved(), scratch.b);
    }

  private:
    template <Role R, class Gradient, class Factor>
    static void share(A& arithmetic, Node<A, R>& x, const Gradient& dz, const Factor& other,
                      Unstretched<A, R>& scratch) {
        if (!x.requires_grad()) return;
        if (x.value.shape() == dz.shape()) return x.contribute(arithmetic, "d_mul", elementwise(dz, other));
        arithmetic.combine(RoundingPlace::backward, x.name(), "d_mul", scratch.dx, elementwise(dz, other));
        x.contribute(arithmetic, "d_mul", plus(scratch.reduce(arithmetic, x)));
    }
};

template <class A, Role Ra, Role Rb>
struct MatrixInput {
    struct Scratch {};
    Node<A, Ra>* a;
    Node<A, Rb>* b;
    bool transpose_a;
    bool transpose_b;

    using Ta = typename Node<A, Ra>::Tensor;
    using Tb = typename Node<A, Rb>::Tensor;

    auto forward() const { return MatrixTerm<Ta, Tb>{a->value, b->value, transpose_a, transpose_b}; }
    bool requires_grad() const { return a->requires_grad() || b->requires_grad(); }

    /// For C = A B: dA = dC B^T and dB = A^T dC; transposed operands exchange the factors.
    template <class Gradient>
    void backward(A& arithmetic, const Gradient& dz, Scratch&) const {
        if (transpose_a) {
            a->contribute(arithmetic, "d_matmul", MatrixTerm<Tb, Gradient>{b->saved(), dz, transpose_b, true});
        } else {
            a->contribute(arithmetic, "d_matmul", MatrixTerm<Gradient, Tb>{dz, b->saved(), false, !transpose_b});
        }
        if (transpose_b) {
            b->contribute(arithmetic, "d_matmul", MatrixTerm<Gradient, Ta>{dz, a->saved(), true, transpose_a});
        } else {
            b->contribute(arithmetic, "d_matmul", MatrixTerm<Ta, Gradient>{a->saved(), dz, !transpose_a, false});
        }
    }
};

template <class T>
using arithmetic_of = typename std::remove_cvref_t<T>::Arithmetic;

template <Differentiable T>
auto input_of(const PlainTerm<T>& term) {
    return PlainInput<arithmetic_of<T>, T::role>{term.value.node(), term.negate, term.exponent};
}
template <Differentiable X, Differentiable Y>
auto input_of(const ElementwiseTerm<X, Y>& term) {
    return ElementwiseInput<arithmetic_of<X>, X::role, Y::role>{term.a.node(), term.b.node()};
}
template <Differentiable X, Differentiable Y>
auto input_of(const MatrixTerm<X, Y>& term) {
    return MatrixInput<arithmetic_of<X>, X::role, Y::role>{term.a.node(), term.b.node(), term.transpose_a,
                                                           term.transpose_b};
}

/// The tapes of a term's operands.
template <class T>
auto tapes_of(const PlainTerm<T>& term) {
    return std::tuple{term.value.tape()};
}
template <class X, class Y>
auto tapes_of(const ElementwiseTerm<X, Y>& term) {
    return std::tuple{term.a.tape(), term.b.tape()};
}
template <class X, class Y>
auto tapes_of(const MatrixTerm<X, Y>& term) {
    return std::tuple{term.a.tape(), term.b.tape()};
}

template <class A, Role Result, class... Inputs>
class CombineOp : public Node<A, Result> {
  public:
    static constexpr Role role = Result;

    bool bind(const char* operation, Inputs... inputs) {
        operation_ = operation;
        inputs_ = std::tuple<Inputs...>{inputs...};
        return (inputs.requires_grad() || ...);
    }
    void forward(A& arithmetic) {
        std::apply(
            [&](const auto&... input) {
                arithmetic.combine(RoundingPlace::forward, this->name_, operation_, this->value, input.forward()...);
            },
            *inputs_);
    }
    void backward(A& arithmetic) override {
        [&]<std::size_t... i>(std::index_sequence<i...>) {
            (std::get<i>(*inputs_).backward(arithmetic, this->gradient(), std::get<i>(scratch_)), ...);
        }
        (std::index_sequence_for<Inputs...>{});
    }

  private:
    const char* operation_ = "";
    std::optional<std::tuple<Inputs...>> inputs_;
    std::tuple<typename Inputs::Scratch...> scratch_;
};

template <Role Result = Role::activation, class... Terms>
auto record_combine(const char* operation, std::string_view name, const Terms&... terms) {
    auto* tape = std::apply([&](auto*... tapes) { return common_tape(operation, tapes...); },
                            std::tuple_cat(tapes_of(terms)...));
    using A = std::remove_reference_t<decltype(tape->arithmetic())>;
    return tape->template record<CombineOp<A, Result, decltype(input_of(terms))...>>(name, operation,
                                                                                     input_of(terms)...);
}

} // namespace detail

/// The fused sum of terms over variables and parameters, rounded once:
/// multiply_add("z", matrix(w, x), matrix(u, h), plus(bias)). `name` is the result's address in the logs, Result its
/// role.
template <Role Result = Role::activation, class... Terms>
auto multiply_add(std::string_view name, const Terms&... terms) {
    return detail::record_combine<Result>("multiply_add", name, terms...);
}
template <Differentiable X, Differentiable Y>
auto matmul(const X& a, const Y& b, std::string_view name = "matmul") {
    return detail::record_combine("matmul", name, matrix(a, b));
}
template <Differentiable X, Differentiable Y>
auto mul(const X& a, const Y& b, std::string_view name = "mul") {
    return detail::record_combine("mul", name, elementwise(a, b));
}
template <Differentiable X, Differentiable Y>
auto add(const X& a, const Y& b, std::string_view name = "add") {
    return detail::record_combine("add", name, plus(a), plus(b));
}
/// The sum of two to eight operands, rounded once.
template <Differentiable... X>
    requires(sizeof...(X) >= 2)
auto add(std::string_view name, const X&... operands) { return detail::record_combine("add", name, plus(operands)...); }
template <Differentiable X, Differentiable Y>
auto sub(const X& a, const Y& b, std::string_view name = "sub") {
    return detail::record_combine("sub", name, plus(a), minus(b));
}
/// x * 2^exponent
template <Differentiable X>
auto scale(const X& x, int exponent, std::string_view name = "scale") {
    return detail::record_combine("scale", name, scaled(x, exponent));
}
template <Differentiable X>
auto neg(const X& x, std::string_view name = "neg") {
    return detail::record_combine("neg", name, minus(x));
}

} // namespace fxp
