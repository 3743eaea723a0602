// Differentiable activation functions; derivatives come from the stored output.
#pragma once

#include "tape.hpp"

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
        return x_->requires_gradient();
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
        return x_->requires_gradient();
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

} // namespace detail

template <class A>
Variable<A, Role::activation> sigmoid(Variable<A, Role::activation> x, std::string_view name = "sigmoid") {
    return detail::tape_of("sigmoid", x)->template record<detail::SigmoidOp<A>>(name, x);
}
template <class A>
Variable<A, Role::activation> tanh(Variable<A, Role::activation> x, std::string_view name = "tanh") {
    return detail::tape_of("tanh", x)->template record<detail::TanhOp<A>>(name, x);
}

} // namespace fxp
