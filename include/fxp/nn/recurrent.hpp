// Recurrent: layers of recurrent cells over a sequence, in one direction or both.
#pragma once

#include "fxp/autograd/layout_op.hpp"
#include "fxp/nn/cell_shape.hpp"
#include "fxp/nn/module.hpp"

#include <algorithm>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace fxp::nn {

/// A stack of cells as PyTorch's LSTM and GRU are: layer k reads the h of layer k-1 of every step. In both directions,
/// a second cell of each layer reads the steps from last to first (Schuster and Paliwal, Bidirectional recurrent neural
/// networks, 1997), and the next layer reads h of the forward cell above h of the backward cell. `CellOf` is LSTMCell
/// or GRUCell.
template <class A, template <class> class CellOf>
class Recurrent : public Module<A> {
  public:
    using Cell = CellOf<A>;                      ///< of one layer in one direction
    using Value = Variable<A, Role::activation>; ///< of x and h
    using Tensor = typename Value::Tensor;       ///< of a Value

    /// shape: of the first layer's cells; `inputs` of the further ones is features(), all else equal. Parameters: the
    /// forward cell's, then the backward cell's, whose names begin with "back."; before those of layer k > 0 comes
    /// "lk.", before all `prefix`. Throws ArgumentError for no layers.
    Recurrent(const CellShape& shape, std::size_t layers, bool bidirectional, const std::string& prefix = "")
        : hidden_(shape.hidden) {
        if (layers == 0) throw ArgumentError("Recurrent: 0 layers, expected at least one");
        CellShape of_layer = shape;
        for (std::size_t k = 0; k < layers; ++k) {
            const std::string name = prefix + (k > 0 ? "l" + std::to_string(k) + "." : "");
            this->add(forward_.emplace_back(of_layer, name));
            if (bidirectional) this->add(backward_.emplace_back(of_layer, name + "back."));
            of_layer.inputs = features();
        }
    }

    /// Values of a result: hidden, or twice as many in both directions.
    std::size_t features() const { return backward_.empty() ? hidden_ : 2 * hidden_; }

    /// steps: at least one (inputs, batch) value, in the order of time. Returns the last h of the last layer,
    /// (features(), batch): the forward cell's after the last step above the backward cell's after the first step.
    Value operator()(Tape<A>& tape, std::span<const Value> steps) {
        if (steps.empty()) throw ShapeError("Recurrent: no steps, expected at least one");
        const Shape shape{hidden_, steps.front().shape()[1]};
        if (!(zeros_.shape() == shape)) zeros_ = tape.arithmetic().template zeros<Role::activation>(shape);
        inputs_.assign(steps.begin(), steps.end());
        for (std::size_t k = 0;; ++k) {
            run(tape, forward_[k], inputs_.begin(), inputs_.end(), ahead_);
            if (backward_.empty()) {
                inputs_.swap(ahead_);
            } else {
                run(tape, backward_[k], inputs_.rbegin(), inputs_.rend(), back_);
                std::reverse(back_.begin(), back_.end());
            }
            if (k + 1 == forward_.size()) break;
            if (backward_.empty()) continue;
            for (std::size_t t = 0; t < inputs_.size(); ++t) inputs_[t] = both(tape, ahead_[t], back_[t]);
        }
        return backward_.empty() ? inputs_.back() : both(tape, ahead_.back(), back_.front());
    }

  private:
    /// outputs: the cell's h after each of the steps [begin, end).
    template <class Iterator>
    void run(Tape<A>& tape, Cell& cell, Iterator begin, Iterator end, std::vector<Value>& outputs) {
        auto state = cell.initial_state(tape, zeros_);
        const auto gates = cell.gates(tape);
        outputs.clear();
        for (Iterator x = begin; x != end; ++x) {
            state = cell(gates, *x, state);
            outputs.push_back(state.h);
        }
    }
    static Value both(Tape<A>& tape, Value ahead, Value back) { return cat(tape, "H both", 0, ahead, back); }

    std::size_t hidden_;
    std::deque<Cell> forward_;  ///< of each layer; cells never move
    std::deque<Cell> backward_; ///< the same, or none
    Tensor zeros_;              ///< the state before a sequence
    // Kept from call to call for their capacity.
    std::vector<Value> inputs_;
    std::vector<Value> ahead_;
    std::vector<Value> back_;
};

} // namespace fxp::nn
