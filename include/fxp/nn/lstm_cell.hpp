// LSTMCell: one step of a long short-term memory, with optional low-rank factors on either side.
#pragma once

#include "fxp/autograd/combine_op.hpp"
#include "fxp/autograd/layout_op.hpp"
#include "fxp/autograd/lstm_op.hpp"
#include "fxp/nn/gate.hpp"

#include <optional>

namespace fxp::nn {

/// Hochreiter and Schmidhuber's cell with forget gate, samples as columns:
///   z_k = W_k x + U_k h + b_k for k in f, i, o, c (one rounding each); f, i, o = sigmoid(z), g = tanh(z_c);
///   C' = f C + i g (one rounding); h' = o tanh(C').
/// Parameters, in order: Wr and Ur if their ranks are positive; Wk (hidden, rank_w or inputs), Uk (hidden, rank_u or
/// hidden) and bk (hidden, 1) for k = f, i, o, c.
template <class A>
class LSTMCell : public Module<A> {
  public:
    using Value = Variable<A, Role::activation>; ///< of x, h and C
    using State = LstmState<A>;                  ///< h and C

    /// The gates' parameters as one matrix (4 hidden, inputs + hidden) and one column, on a tape.
    struct Gates {
        Variable<A, Role::weight> w; ///< multiplies x above h
        Variable<A, Role::bias> b;   ///< of f, i, o, c, one below the other
    };

    /// `prefix` comes before every parameter's name and those of H and C in the logs, so that a model can hold several
    /// cells. The forget gate asks to start open (Jozefowicz et al., ICML 2015).
    explicit LSTMCell(const CellShape& shape, const std::string& prefix = "")
        : shape_(shape), h_name_(prefix + "H"), c_name_(prefix + "C"), f_(shape, prefix, "f", 1),
          i_(shape, prefix, "i"), o_(shape, prefix, "o"), c_(shape, prefix, "c") {
        if (shape.rank_w > 0) this->add(wr_.emplace(prefix + "Wr", Shape{shape.rank_w, shape.inputs}));
        if (shape.rank_u > 0) this->add(ur_.emplace(prefix + "Ur", Shape{shape.rank_u, shape.hidden}));
        for (Gate<A>* gate : {&f_, &i_, &o_, &c_}) this->add(*gate);
    }

    /// The extents it was made with.
    const CellShape& shape() const { return shape_; }

    /// The state before a sequence: zeros of shape (hidden, batch) for h and C.
    State initial_state(Tape<A>& tape, const typename Value::Tensor& zeros) const {
        return {tape.input(zeros, h_name_), tape.input(zeros, c_name_)};
    }
    /// Once before the steps of a sequence.
    Gates gates(Tape<A>& tape) {
        const auto w = cat(tape, "W", 0, f_.w, i_.w, o_.w, c_.w);
        const auto u = cat(tape, "U", 0, f_.u, i_.u, o_.u, c_.u);
        return {cat(tape, "W U", 1, w, u), cat(tape, "b", 0, f_.b, i_.b, o_.b, c_.b)};
    }
    /// x: (inputs, batch).
    State operator()(const Gates& gates, Value x, const State& state) {
        if (wr_) x = matmul(*wr_, x, "x.low_rank");
        return lstm_step(gates.w, gates.b, x, ur_ ? matmul(*ur_, state.h, "h.low_rank") : state.h, state.c, h_name_,
                         c_name_);
    }
    /// A single step; in a sequence, gates() once and the steps with them are cheaper.
    State operator()(Value x, const State& state) { return (*this)(gates(*x.tape()), x, state); }

  private:
    CellShape shape_;
    std::string h_name_;
    std::string c_name_;
    std::optional<Parameter<A, Role::weight>> wr_;
    std::optional<Parameter<A, Role::weight>> ur_;
    Gate<A> f_;
    Gate<A> i_;
    Gate<A> o_;
    Gate<A> c_;
};

} // namespace fxp::nn
