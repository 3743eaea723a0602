// Mean squared error against one-hot targets of a chosen amplitude.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/nn/targets.hpp"
#include "fxp/tensor/terms.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace fxp::nn {

namespace detail {

/// loss = mean over all entries of (y - t)^2 / 2; dy = y r - t r with r = 1 / entries, each product rounded.
template <class A, Role R>
class MseOp : public Node<A, R> {
  public:
    static constexpr Role role = R;
    using Tensor = typename A::template Tensor<role>;

    bool bind(Variable<A, role> y, const Tensor& targets) {
        y_ = y.node();
        targets_ = targets;
        return y_->requires_grad();
    }
    void forward(A& arithmetic) {
        arithmetic.combine(RoundingPlace::forward, this->name_, "mse", this->value, plus(y_->value), minus(targets_));
    }
    void backward(A& arithmetic) override {
        if (this->has_gradient()) {
            throw ArgumentError("mse_loss: something was computed from the loss, expected that backward starts there");
        }
        const auto entries = static_cast<double>(y_->value.size());
        const auto r = arithmetic.template scalar<role>("1/entries", 1 / entries);
        if (r.to_real() == 0) {
            throw ArgumentError(
                "mse_loss: 1/" + std::to_string(y_->value.size()) +
                " rounds to zero in the format of the outputs, expected smaller batches or more fraction bits");
        }
        arithmetic.combine(RoundingPlace::backward, this->name_, "d_mse", scaled_target_, elementwise(targets_, r));
        arithmetic.combine(RoundingPlace::backward, this->name_, "d_mse", scaled_output_, elementwise(y_->saved(), r));
        y_->contribute(arithmetic, "d_mse", plus(scaled_output_), minus(scaled_target_));
    }
    bool is_loss() const override { return true; }
    double mean() const { return A::mean_square(this->value) / 2; }

  private:
    Node<A, role>* y_ = nullptr;
    Tensor targets_;
    Tensor scaled_target_;
    Tensor scaled_output_;
};

} // namespace detail

/// A recorded loss: backward(loss.variable) starts here. The variable's value is the difference y - t.
template <class A, Role R>
struct MseLoss {
    Variable<A, R> variable; ///< of the outputs' shape
    /// Gradients are those of mean() itself.
    static constexpr double gradient_scale() { return 1; }
    /// mean over all entries of (y - t)^2 / 2, for logs; affects nothing.
    double mean() const { return static_cast<detail::MseOp<A, R>*>(variable.node())->mean(); }
};

/// Mean squared error of outputs y against targets of the same shape, which are copied. Throws ShapeError for no
/// entries; backward throws ArgumentError when 1 / entries rounds to zero in the format of the outputs.
template <class A, Role R>
MseLoss<A, R> mse_loss(Variable<A, R> y, const typename A::template Tensor<R>& targets) {
    if (y.value().size() == 0) {
        throw ShapeError("mse_loss: outputs of shape " + y.shape().to_string() + ", expected at least one entry");
    }
    return {fxp::detail::tape_of("mse_loss", y)->template record<detail::MseOp<A, R>>("loss", y, targets)};
}

/// Mean squared error as a classifier's loss: targets of +amplitude for the right class and -amplitude for the others.
struct MeanSquaredError {
    static constexpr Role target_role = Role::logit; ///< whose format targets have
    double amplitude = 1;                            ///< of targets

    /// (classes, classes): column k holds the targets of class k.
    std::vector<double> targets(std::size_t classes) const { return class_targets(classes, amplitude, -amplitude); }
    /// mse_loss of outputs and targets of the same shape, (classes, batch).
    template <class A>
    auto operator()(Variable<A, Role::logit> outputs, const typename A::template Tensor<Role::logit>& targets) const {
        return mse_loss(outputs, targets);
    }
};

} // namespace fxp::nn
