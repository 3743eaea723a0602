// Differentiable activation functions; derivatives come from the stored output.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/tensor/terms.hpp"

#include <string_view>

namespace fxp {

namespace detail {

/// y = sigmoid(x); dx = dy * (y * (1 - y)), rounded after each product.
template <class A>
class SigmoidOp : public Node<A, Role::activation> {
  public:
    static constexpr Role role = Role::activation;

    bool bind(Variable<A, role> x) {
        x_ = x.node();
        return x_->requires_grad();
    }
    void forward(A& arithmetic) { arithmetic.sigmoid(this->name_, this->value, x_->value); }
    void backward(A& arithmetic) override {
        const auto& y = this->saved();
        const auto one = arithmetic.template scalar<role>("one", 1);
        arithmetic.combine(RoundingPlace::backward, this->name_, "d_sigmoid", slope_, plus(one), minus(y));
        arithmetic.combine(RoundingPlace::backward, this->name_, "d_sigmoid", slope_, elementwise(slope_, y));
        x_->contribute(arithmetic, "d_sigmoid", elementwise(this->gradient(), slope_));
    }

  private:
    Node<A, role>* x_ = nullptr;
    typename A::template Tensor<role> slope_;
};

/// y = tanh(x); dx = dy * ((1 + y) * (1 - y)), rounded after each product.
template <class A>
class TanhOp : public Node<A, Role::activation> {
  public:
    static constexpr Role role = Role::activation;

    bool bind(Variable<A, role> x) {
        x_ = x.node();
        return x_->requires_grad();
    }
    void forward(A& arithmetic) { arithmetic.tanh(this->name_, this->value, x_->value); }
    void backward(A& arithmetic) override {
        const auto& y = this->saved();
        const auto one = arithmetic.template scalar<role>("one", 1);
        arithmetic.combine(RoundingPlace::backward, this->name_, "d_tanh", slope_, plus(one), minus(y));
        arithmetic.combine(RoundingPlace::backward, this->name_, "d_tanh", other_, plus(one), plus(y));
        arithmetic.combine(RoundingPlace::backward, this->name_, "d_tanh", slope_, elementwise(slope_, other_));
        x_->contribute(arithmetic, "d_tanh", elementwise(this->gradient(), slope_));
    }

  private:
    Node<A, role>* x_ = nullptr;
    typename A::template Tensor<role> slope_;
    typename A::template Tensor<role> other_;
};

/// y = 1 / sqrt(x); dx = ((dy y) y) (-y / 2), rounded after each product; the first two products and the half in the
/// wide gradient format, where y^2 does not overflow.
template <class A>
class RsqrtOp : public Node<A, Role::activation> {
  public:
    static constexpr Role role = Role::activation;

    bool bind(Variable<A, role> x) {
        x_ = x.node();
        return x_->requires_grad();
    }
    void forward(A& arithmetic) { arithmetic.rsqrt(this->name_, this->value, x_->value); }
    void backward(A& arithmetic) override {
        const auto& y = this->saved();
        const auto round = [&](auto& out, const auto& term) {
            arithmetic.combine(RoundingPlace::backward, this->name_, "d_rsqrt", out, term);
        };
        round(product_, elementwise(this->gradient(), y));
        round(product_, elementwise(product_, y));
        round(half_, PlainTerm<typename Node<A, role>::Tensor>{y, true, -1});
        x_->contribute(arithmetic, "d_rsqrt", elementwise(product_, half_));
    }

  private:
    Node<A, role>* x_ = nullptr;
    typename A::template Gradient<role> product_;
    typename A::template Gradient<role> half_;
};

} // namespace detail

/// 1 / (1 + exp(-x)), by the recipe's activations.
template <Differentiable X>
    requires(X::role == Role::activation)
auto sigmoid(const X& x, std::string_view name = "sigmoid") {
    return detail::tape_of("sigmoid", x)->template record<detail::SigmoidOp<typename X::Arithmetic>>(name, x);
}
/// The hyperbolic tangent, by the recipe's activations.
template <Differentiable X>
    requires(X::role == Role::activation)
auto tanh(const X& x, std::string_view name = "tanh") {
    return detail::tape_of("tanh", x)->template record<detail::TanhOp<typename X::Arithmetic>>(name, x);
}
/// 1 / sqrt(x). Fixed point throws DomainError unless every x is positive.
template <Differentiable X>
    requires(X::role == Role::activation)
auto rsqrt(const X& x, std::string_view name = "rsqrt") {
    return detail::tape_of("rsqrt", x)->template record<detail::RsqrtOp<typename X::Arithmetic>>(name, x);
}

} // namespace fxp
