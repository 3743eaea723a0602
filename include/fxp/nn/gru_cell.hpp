// GRUCell: one step of a gated recurrent unit, with optional low-rank factors on either side.
#pragma once

#include "fxp/autograd/activation_op.hpp"
#include "fxp/autograd/combine_op.hpp"
#include "fxp/autograd/layout_op.hpp"
#include "fxp/nn/gate.hpp"

#include <optional>
#include <string>

namespace fxp::nn {

/// The unit of Cho et al. (Learning phrase representations using RNN encoder-decoder, EMNLP 2014) in the variant that
/// PyTorch's GRUCell and cuDNN compute, version 1 of the paper: the reset gate comes after the recurrent product.
/// Samples as columns:
///   r, z = sigmoid(W_k x + U_k h + b_k) for k = r, z;
///   n = tanh(W_n x + b_n + r q), q = U_n h + b_hn;
///   h' = n + z (h - n).
/// Each sum is rounded once, products included; h - n is exact unless it overflows: |h| and |n| are at most one.
/// Parameters, in order: Wp (rank_w, inputs) and Up (rank_u, hidden), the low-rank factors of x and h, if their ranks
/// are positive; Wk (hidden, rank_w or inputs), Uk (hidden, rank_u or hidden) and bk (hidden, 1) for k = r, z, n; and
/// bhn (hidden, 1). PyTorch's two biases of r, and of z, are one here.
template <class A>
class GRUCell : public Module<A> {
  public:
    using Value = Variable<A, Role::activation>; ///< of x and h

    /// Hidden output, (hidden, batch).
    struct State {
        Value h; ///< what layers above and the next step see
    };
    /// Parameters of r, above, and z, below, as (2 hidden, ...) matrices on a tape.
    struct Gates {
        Variable<A, Role::weight> w; ///< multiplies x
        Variable<A, Role::weight> u; ///< multiplies h
        Variable<A, Role::bias> b;   ///< (2 hidden, 1)
    };

    /// `prefix` comes before every parameter's name and that of H in the logs, so that a model can hold several cells.
    explicit GRUCell(const CellShape& shape, const std::string& prefix = "")
        : shape_(shape), h_name_(prefix + "H"), r_(shape, prefix, "r"), z_(shape, prefix, "z"), n_(shape, prefix, "n"),
          bhn_(prefix + "bhn", {shape.hidden, 1}) {
        if (shape.rank_w > 0) this->add(wp_.emplace(prefix + "Wp", Shape{shape.rank_w, shape.inputs}));
        if (shape.rank_u > 0) this->add(up_.emplace(prefix + "Up", Shape{shape.rank_u, shape.hidden}));
        for (Gate<A>* gate : {&r_, &z_, &n_}) this->add(*gate);
        this->add(bhn_);
    }

    /// The extents it was made with.
    const CellShape& shape() const { return shape_; }

    /// The state before a sequence: zeros of shape (hidden, batch).
    State initial_state(Tape<A>& tape, const typename Value::Tensor& zeros) const {
        return {tape.input(zeros, h_name_)};
    }
    /// Once before the steps of a sequence.
    Gates gates(Tape<A>& tape) {
        return {cat(tape, "W", 0, r_.w, z_.w), cat(tape, "U", 0, r_.u, z_.u), cat(tape, "b", 0, r_.b, z_.b)};
    }
    /// x: (inputs, batch).
    State operator()(const Gates& gates, Value x, const State& state) {
        if (wp_) x = matmul(*wp_, x, "x.low_rank");
        const Value h = up_ ? matmul(*up_, state.h, "h.low_rank") : state.h;
        const Value rz = sigmoid(multiply_add("rz.sum", matrix(gates.w, x), matrix(gates.u, h), plus(gates.b)), "rz");
        const Value r = slice(rz, 0, 0, shape_.hidden, "r");
        const Value z = slice(rz, 0, shape_.hidden, 2 * shape_.hidden, "z");
        const Value q = multiply_add("q", matrix(n_.u, h), plus(bhn_));
        const Value n = tanh(multiply_add("n.sum", matrix(n_.w, x), plus(n_.b), elementwise(r, q)), "n");
        return {multiply_add(h_name_, plus(n), elementwise(z, sub(state.h, n, "H-n")))};
    }
    /// A single step; in a sequence, gates() once and the steps with them are cheaper.
    State operator()(Value x, const State& state) { return (*this)(gates(*x.tape()), x, state); }

  private:
    CellShape shape_;
    std::string h_name_;
    std::optional<Parameter<A, Role::weight>> wp_;
    std::optional<Parameter<A, Role::weight>> up_;
    Gate<A> r_;
    Gate<A> z_;
    Gate<A> n_;
    Parameter<A, Role::bias> bhn_;
};

} // namespace fxp::nn
