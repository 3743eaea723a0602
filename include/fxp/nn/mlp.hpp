// MLP: linear layers with relu between them, samples as columns.
#pragma once

#include "fxp/autograd/select_op.hpp"
#include "fxp/nn/linear.hpp"

#include <deque>
#include <span>
#include <string>
#include <vector>

namespace fxp::nn {

/// A multilayer perceptron: y = L_n(relu(... relu(L_1(x)))). Each sum is exact and rounded once; relu rounds nothing.
template <class A>
class MLP : public Module<A> {
  public:
    using Value = Variable<A, Role::activation>; ///< of x and y

    /// widths: inputs, hidden widths, outputs. Parameters: `prefix`fc1.weight (widths[1], widths[0]), `prefix`fc1.bias
    /// (widths[1], 1), and so on. Throws ArgumentError for fewer than two widths and for a width of zero.
    explicit MLP(const std::vector<std::size_t>& widths, const std::string& prefix = "") {
        if (widths.size() < 2) {
            throw ArgumentError("MLP: " + std::to_string(widths.size()) +
                                " widths, expected those of input and output");
        }
        for (std::size_t k = 0; k < widths.size(); ++k) {
            if (widths[k] > 0) continue;
            throw ArgumentError("MLP: width " + std::to_string(k) + " is 0, expected a positive one");
        }
        for (std::size_t k = 1; k < widths.size(); ++k) {
            relu_names_.push_back(prefix + "fc" + std::to_string(k) + ".relu");
            this->add(layers_.emplace_back(prefix + "fc" + std::to_string(k), widths[k - 1], widths[k]));
        }
    }

    /// x: (inputs, batch). Returns (outputs, batch), linear in the last hidden values.
    Value operator()(Value x) {
        for (std::size_t k = 0; k + 1 < layers_.size(); ++k) x = relu(layers_[k](x), relu_names_[k]);
        return layers_.back()(x);
    }

  private:
    std::deque<Linear<A>> layers_; ///< they never move
    std::vector<std::string> relu_names_;
};

} // namespace fxp::nn
