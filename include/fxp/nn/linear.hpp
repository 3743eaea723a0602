// Linear: y = W x + b, samples as columns.
#pragma once

#include "fxp/autograd/combine_op.hpp"
#include "fxp/nn/module.hpp"

namespace fxp::nn {

/// An affine layer. W is (outputs, inputs), b is (outputs, 1), x is (inputs, batch) and y (outputs, batch); the sum is
/// exact and rounded once, to the format of the role Result: Role::logit for a classifier's last layer.
template <class A, Role Result = Role::activation>
class Linear : public Module<A> {
  public:
    /// Parameters `name`.weight and `name`.bias, all zero until initialized.
    Linear(const std::string& name, std::size_t inputs, std::size_t outputs)
        : Linear(name + ".weight", name + ".bias", inputs, outputs) {}
    /// With names of one's own.
    Linear(const std::string& weight_name, const std::string& bias_name, std::size_t inputs, std::size_t outputs)
        : weight_(weight_name, {outputs, inputs}), bias_(bias_name, {outputs, 1}), result_name_(weight_name + ".x+b") {
        this->add(weight_);
        this->add(bias_);
    }

    /// W x + b.
    Variable<A, Result> operator()(Variable<A, Role::activation> x) {
        return multiply_add<Result>(result_name_, matrix(weight_, x), plus(bias_));
    }

    /// W.
    Parameter<A, Role::weight>& weight() { return weight_; }
    /// b.
    Parameter<A, Role::bias>& bias() { return bias_; }

  private:
    Parameter<A, Role::weight> weight_;
    Parameter<A, Role::bias> bias_;
    std::string result_name_;
};

} // namespace fxp::nn
