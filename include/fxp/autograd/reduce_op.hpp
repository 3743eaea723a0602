// Differentiable reductions: sums and means over axes of tensors of any rank.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/tensor/reduce.hpp"
#include "fxp/tensor/terms.hpp"

#include <string_view>

namespace fxp {

namespace detail {

/// y = the exact sum over axes, rounded once; dx = dy stretched along them.
template <class A, Role R>
class SumOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    bool bind(Node<A, R>* x, const Axes& axes, bool keep_axes) {
        x_ = x;
        axes_ = axes;
        keep_axes_ = keep_axes;
        return x->requires_grad();
    }
    void forward(A& arithmetic) {
        arithmetic.reduce_sum(RoundingPlace::forward, this->name_, this->value, x_->value, axes_, keep_axes_);
    }
    void backward(A& arithmetic) override {
        stretch_into(stretched_, this->gradient(), x_->value.shape(), axes_);
        x_->contribute(arithmetic, "d_sum", plus(stretched_));
    }

  private:
    Node<A, R>* x_ = nullptr;
    Axes axes_{};
    bool keep_axes_ = false;
    typename A::template Gradient<R> stretched_;
};

/// y = the exact sum over axes divided by the count, rounded once; dx = dy r stretched, one rounding, where r = 1 /
/// count is rounded to the role's format: a relative error of up to count / 2 steps of it.
template <class A, Role R>
class MeanOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    bool bind(Node<A, R>* x, const Axes& axes, bool keep_axes) {
        x_ = x;
        axes_ = axes;
        keep_axes_ = keep_axes;
        return x->requires_grad();
    }
    void forward(A& arithmetic) {
        arithmetic.reduce_mean(RoundingPlace::forward, this->name_, this->value, x_->value, axes_, keep_axes_);
    }
    void backward(A& arithmetic) override {
        const auto count = static_cast<double>(x_->value.size() / this->value.size());
        const auto r = arithmetic.template scalar<R>("1/count", 1 / count);
        if (r.to_real() == 0) {
            throw ArgumentError("mean: 1 / " + std::to_string(count) + " rounds to zero in the operand's format");
        }
        stretch_into(stretched_, this->gradient(), x_->value.shape(), axes_);
        x_->contribute(arithmetic, "d_mean", elementwise(stretched_, r));
    }

  private:
    Node<A, R>* x_ = nullptr;
    Axes axes_{};
    bool keep_axes_ = false;
    typename A::template Gradient<R> stretched_;
};

} // namespace detail

/// Sum over axes. Reduced axes vanish, or stay with extent 1 if `keep_axes`. Throws ShapeError.
template <Differentiable X>
auto sum(const X& x, const Axes& axes, std::string_view name = "sum", bool keep_axes = false) {
    using Op = detail::SumOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("sum", x)->template record<Op>(name, x.node(), axes, keep_axes);
}
/// Mean over axes. Throws ShapeError, also for a mean of no elements.
template <Differentiable X>
auto mean(const X& x, const Axes& axes, std::string_view name = "mean", bool keep_axes = false) {
    using Op = detail::MeanOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("mean", x)->template record<Op>(name, x.node(), axes, keep_axes);
}

} // namespace fxp
