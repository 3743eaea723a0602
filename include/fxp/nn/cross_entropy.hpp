// Softmax cross-entropy against class probabilities, a loss that cannot overflow.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/nn/targets.hpp"
#include "fxp/tensor/terms.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace fxp::nn {

namespace detail {

/// dz = softmax(z) - t for each sample, at full scale.
template <class A>
class CrossEntropyOp : public Node<A, Role::probability> {
  public:
    static constexpr Role role = Role::probability;
    using Targets = typename A::template Tensor<role>;

    bool bind(Variable<A, Role::logit> z, const Targets& targets) {
        z_ = z.node();
        targets_ = targets;
        return z_->requires_grad();
    }
    void forward(A& arithmetic) { sum_ = arithmetic.softmax_error(this->value, z_->value, targets_); }
    void backward(A& arithmetic) override {
        if (this->has_gradient()) {
            throw ArgumentError("cross_entropy: something was computed from the loss, expected that backward starts "
                                "there");
        }
        z_->contribute(arithmetic, "d_cross_entropy", plus(this->value));
    }
    bool is_loss() const override { return true; }
    /// The cross-entropy of all samples.
    double sum() const { return sum_; }

  private:
    Node<A, Role::logit>* z_ = nullptr;
    Targets targets_;
    double sum_ = 0;
};

} // namespace detail

/// A recorded loss: backward(loss.variable) starts here. The variable's value is the error, softmax(z) - t.
template <class A>
struct CrossEntropyLoss {
    Variable<A, Role::probability> variable; ///< (classes, batch)
    /// What the gradients that backward gives are to be multiplied by to be those of mean(): one over the samples.
    /// Their mean is left to the optimizer, so that an error keeps its full scale on its way back.
    double gradient_scale() const { return 1 / static_cast<double>(variable.shape()[1]); }
    /// mean over samples of -sum_c t_c log softmax(z)_c, for logs; affects nothing.
    double mean() const { return static_cast<detail::CrossEntropyOp<A>*>(variable.node())->sum() * gradient_scale(); }
};

/// Softmax cross-entropy of logits z, (classes, batch), against targets of the same shape, which are copied: the
/// columns of probabilities sum to one. The logits' gradient is softmax(z) - t of each sample, summed over the batch by
/// what follows: see gradient_scale(). In fixed point each error is within 2^-30 before the role's own rounding, a
/// column of errors sums to zero, and a logit at the end of its range is not pushed farther (softmax_error_into).
template <class A>
CrossEntropyLoss<A> cross_entropy(Variable<A, Role::logit> z,
                                  const typename A::template Tensor<Role::probability>& targets) {
    return {fxp::detail::tape_of("cross_entropy", z)->template record<detail::CrossEntropyOp<A>>("loss", z, targets)};
}

/// Cross-entropy as a training loss.
struct CrossEntropy {
    static constexpr Role target_role = Role::probability; ///< whose format targets have
    /// The share of a target that is spread over all classes (Szegedy et al., arXiv 1512.00567, section 7).
    double label_smoothing = 0;

    /// (classes, classes): column k holds the targets of class k: multiples of 2^-20 that sum to one exactly.
    std::vector<double> targets(std::size_t classes) const {
        const double wrong = std::nearbyint(std::ldexp(label_smoothing / static_cast<double>(classes), 20)) * 0x1p-20;
        return class_targets(classes, 1 - wrong * static_cast<double>(classes - 1), wrong);
    }
    /// cross_entropy of logits and targets of the same shape, (classes, batch).
    template <class A>
    CrossEntropyLoss<A> operator()(Variable<A, Role::logit> logits,
                                   const typename A::template Tensor<Role::probability>& targets) const {
        return cross_entropy(logits, targets);
    }
};

} // namespace fxp::nn
