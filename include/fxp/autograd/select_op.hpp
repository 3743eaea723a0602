// Differentiable selection: where, minimum, maximum, relu, abs, clamp. Values and gradients pass exactly or not at all.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/tensor/compare.hpp"
#include "fxp/tensor/relu.hpp"
#include "fxp/tensor/terms.hpp"

#include <string>
#include <string_view>

namespace fxp {

namespace detail {

/// y = a where chosen, else b; dy goes to the operand that was chosen. Derived classes choose.
template <class A, Role R>
class SelectOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    void backward(A& arithmetic) override {
        adopt_format(zero_, this->gradient());
        zero_.resize(this->gradient().shape());
        zero_.fill(0);
        if (a_->requires_grad()) {
            where_into(share_, chosen_, this->gradient(), zero_);
            a_->contribute(arithmetic, "d_where", plus(share_));
        }
        if (b_->requires_grad()) {
            where_into(share_, chosen_, zero_, this->gradient());
            b_->contribute(arithmetic, "d_where", plus(share_));
        }
    }

  protected:
    bool bind_operands(Node<A, R>* a, Node<A, R>* b) {
        a_ = a;
        b_ = b;
        return a->requires_grad() || b->requires_grad();
    }
    void select() { where_into(this->value, chosen_, a_->value, b_->value); }

    Node<A, R>* a_ = nullptr;
    Node<A, R>* b_ = nullptr;
    typename A::Mask chosen_;

  private:
    typename A::template Gradient<R> zero_;
    typename A::template Gradient<R> share_;
};

/// By a given condition.
template <class A, Role R>
class WhereOp : public SelectOp<A, R> {
  public:
    bool bind(const typename A::Mask& condition, Node<A, R>* a, Node<A, R>* b) {
        this->chosen_ = condition;
        return this->bind_operands(a, b);
    }
    void forward(A&) { this->select(); }
};

/// By a <= b: equal elements are a's.
template <class A, Role R>
class MinimumOp : public SelectOp<A, R> {
  public:
    bool bind(Node<A, R>* a, Node<A, R>* b) { return this->bind_operands(a, b); }
    void forward(A&) {
        less_equal_into(this->chosen_, this->a_->value, this->b_->value);
        this->select();
    }
};

/// By b <= a: equal elements are a's.
template <class A, Role R>
class MaximumOp : public SelectOp<A, R> {
  public:
    bool bind(Node<A, R>* a, Node<A, R>* b) { return this->bind_operands(a, b); }
    void forward(A&) {
        less_equal_into(this->chosen_, this->b_->value, this->a_->value);
        this->select();
    }
};

/// y = max(x, 0); dx = dy where x > 0, which is where y > 0, and 0 elsewhere: the wide gradient as it is.
template <class A, Role R>
class ReluOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    bool bind(Node<A, R>* x) {
        x_ = x;
        return x->requires_grad();
    }
    void forward(A&) { relu_into(this->value, x_->value); }
    void backward(A& arithmetic) override {
        x_->pass(arithmetic, "d_relu",
                 [&](auto& share) { relu_gradient_into(share, this->gradient(), this->saved()); });
    }

  private:
    Node<A, R>* x_ = nullptr;
};

/// y = |x|; dx = dy where x > 0, -dy where x < 0, and 0 where x = 0.
template <class A, Role R>
class AbsOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    bool bind(Node<A, R>* x) {
        x_ = x;
        return x->requires_grad();
    }
    void forward(A& arithmetic) { arithmetic.abs(this->name_, this->value, x_->value); }
    void backward(A& arithmetic) override {
        adopt_format(origin_, x_->value);
        origin_.resize(x_->value.shape());
        origin_.fill(0);
        adopt_format(zero_, this->gradient());
        zero_.resize(x_->value.shape());
        zero_.fill(0);
        less_into(sign_, origin_, x_->saved());
        where_into(positive_, sign_, this->gradient(), zero_);
        less_into(sign_, x_->saved(), origin_);
        where_into(negative_, sign_, this->gradient(), zero_);
        x_->contribute(arithmetic, "d_abs", plus(positive_), minus(negative_));
    }

  private:
    Node<A, R>* x_ = nullptr;
    typename A::Mask sign_;
    typename A::template Tensor<R> origin_;
    typename A::template Gradient<R> zero_;
    typename A::template Gradient<R> positive_;
    typename A::template Gradient<R> negative_;
};

/// y = x limited to [low, high], the limits rounded to the role's format; dx = dy inside and on the limits, else 0.
template <class A, Role R>
class ClampOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    bool bind(Node<A, R>* x, double low, double high) {
        x_ = x;
        low_ = low;
        high_ = high;
        return x->requires_grad();
    }
    void forward(A& arithmetic) {
        const Shape& shape = x_->value.shape();
        arithmetic.template fill<R>(limit_, shape, arithmetic.template scalar<R>("clamp.low", low_));
        less_into(below_, x_->value, limit_);
        where_into(this->value, below_, limit_, x_->value);
        arithmetic.template fill<R>(limit_, shape, arithmetic.template scalar<R>("clamp.high", high_));
        less_into(above_, limit_, x_->value);
        where_into(this->value, above_, limit_, this->value);
    }
    void backward(A& arithmetic) override {
        adopt_format(zero_, this->gradient());
        zero_.resize(x_->value.shape());
        zero_.fill(0);
        where_into(share_, below_, zero_, this->gradient());
        where_into(share_, above_, zero_, share_);
        x_->contribute(arithmetic, "d_clamp", plus(share_));
    }

  private:
    Node<A, R>* x_ = nullptr;
    double low_ = 0;
    double high_ = 0;
    typename A::Mask below_;
    typename A::Mask above_;
    typename A::template Tensor<R> limit_;
    typename A::template Gradient<R> zero_;
    typename A::template Gradient<R> share_;
};

} // namespace detail

/// a where the condition holds, else b; the condition is copied. Throws ShapeError unless all three shapes agree.
template <Differentiable X, Differentiable Y>
    requires(X::role == Y::role)
auto where(const typename X::Arithmetic::Mask& condition, const X& a, const Y& b, std::string_view name = "where") {
    using Op = detail::WhereOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("where", a, b)->template record<Op>(name, condition, a.node(), b.node());
}
/// The smaller of two variables of one shape; the gradient of equal elements goes to a. Throws ShapeError.
template <Differentiable X, Differentiable Y>
    requires(X::role == Y::role)
auto minimum(const X& a, const Y& b, std::string_view name = "minimum") {
    using Op = detail::MinimumOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("minimum", a, b)->template record<Op>(name, a.node(), b.node());
}
/// The larger of two variables of one shape; the gradient of equal elements goes to a. Throws ShapeError.
template <Differentiable X, Differentiable Y>
    requires(X::role == Y::role)
auto maximum(const X& a, const Y& b, std::string_view name = "maximum") {
    using Op = detail::MaximumOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("maximum", a, b)->template record<Op>(name, a.node(), b.node());
}
/// max(x, 0), the rectified linear unit (Nair and Hinton, ICML 2010); the gradient at 0 is 0. Rounds nothing, either
/// way.
template <Differentiable X>
auto relu(const X& x, std::string_view name = "relu") {
    using Op = detail::ReluOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("relu", x)->template record<Op>(name, x.node());
}
/// |x|, fitted where the range has no room for it; the gradient at 0 is 0.
template <Differentiable X>
auto abs(const X& x, std::string_view name = "abs") {
    using Op = detail::AbsOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("abs", x)->template record<Op>(name, x.node());
}
/// x limited to [low, high], public reals that are rounded to x's format. The gradient passes inside and on the limits.
/// Throws ArgumentError unless low <= high.
template <Differentiable X>
auto clamp(const X& x, double low, double high, std::string_view name = "clamp") {
    if (!(low <= high)) {
        throw ArgumentError("clamp: limits " + std::to_string(low) + " and " + std::to_string(high) +
                            ", expected the lower one before the upper one");
    }
    using Op = detail::ClampOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("clamp", x)->template record<Op>(name, x.node(), low, high);
}

} // namespace fxp
