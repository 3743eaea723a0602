// Mean squared error against one-hot targets of a chosen amplitude.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/tensor/terms.hpp"

#include <span>
#include <string>
#include <vector>

namespace fxp::nn {

/// (classes, batch) targets: +amplitude where the row is the label, else -amplitude. Throws ArgumentError for a label
/// outside [0, classes).
inline std::vector<double> scaled_one_hot(std::span<const int> labels, std::size_t classes, double amplitude) {
    std::vector<double> targets(classes * labels.size(), -amplitude);
    for (std::size_t n = 0; n < labels.size(); ++n) {
        if (labels[n] < 0 || static_cast<std::size_t>(labels[n]) >= classes) {
            throw ArgumentError("scaled_one_hot: label " + std::to_string(labels[n]) + ", expected 0 to " +
                                std::to_string(classes - 1));
        }
        targets[static_cast<std::size_t>(labels[n]) * labels.size() + n] = amplitude;
    }
    return targets;
}

namespace detail {

/// loss = mean over all entries of (y - t)^2 / 2; dy = y r - t r with r = 1 / entries, each product rounded.
template <class A>
class MseOp : public Node<A, Role::activation> {
  public:
    static constexpr Role role = Role::activation;
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
                " rounds to zero in the activation format, expected smaller batches or more fraction bits");
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
template <class A>
struct MseLoss {
    Variable<A, Role::activation> variable;
    /// mean over all entries of (y - t)^2 / 2, for logs; affects nothing.
    double mean() const { return static_cast<detail::MseOp<A>*>(variable.node())->mean(); }
};

/// Mean squared error of outputs y against targets of the same shape, which are copied. Throws ShapeError for no
/// entries; backward throws ArgumentError when 1 / entries rounds to zero in the activation format.
template <class A>
MseLoss<A> mse_loss(Variable<A, Role::activation> y, const typename A::template Tensor<Role::activation>& targets) {
    if (y.value().size() == 0) {
        throw ShapeError("mse_loss: outputs of shape " + y.shape().to_string() + ", expected at least one entry");
    }
    return {fxp::detail::tape_of("mse_loss", y)->template record<detail::MseOp<A>>("loss", y, targets)};
}

} // namespace fxp::nn
