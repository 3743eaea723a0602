// LstmClassifier: an LSTM that reads an image row by row and names its class. One source for every arithmetic.
#pragma once

#include <fxp/autograd/tape.hpp>
#include <fxp/nn/linear.hpp>
#include <fxp/nn/lstm_cell.hpp>

#include <vector>

namespace usps10 {

/// An LSTMCell over the rows of an image, then a linear layer on the last hidden output.
template <class A>
class LstmClassifier : public fxp::nn::Module<A> {
  public:
    using Tensor = typename A::template Tensor<fxp::Role::activation>;
    using Value = fxp::Variable<A, fxp::Role::activation>;

    LstmClassifier(const fxp::nn::LstmShape& shape, std::size_t classes)
        : cell_(shape), output_("Wl", "bl", shape.hidden, classes) {
        this->add(cell_);
        this->add(output_);
    }

    /// rows: one (inputs, batch) tensor per time step. Returns the logits, (classes, batch).
    fxp::Variable<A, fxp::Role::logit> forward(fxp::Tape<A>& tape, const std::vector<Tensor>& rows) {
        const fxp::Shape shape{cell_.shape().hidden, rows.front().shape()[1]};
        if (!(zero_.shape() == shape)) zero_ = tape.arithmetic().template zeros<fxp::Role::activation>(shape);
        typename fxp::nn::LSTMCell<A>::State state{tape.input(zero_, "H"), tape.input(zero_, "C")};
        const auto gates = cell_.gates(tape);
        for (const Tensor& row : rows) state = cell_(gates, tape.input(row, "x"), state);
        return output_(state.h);
    }

  private:
    fxp::nn::LSTMCell<A> cell_;
    fxp::nn::Linear<A, fxp::Role::logit> output_;
    Tensor zero_; ///< the state before the first row
};

} // namespace usps10
