// LSTMCell: one step of a long short-term memory, with optional low-rank factors on either side.
#pragma once

#include "fxp/autograd/activation_op.hpp"
#include "fxp/autograd/combine_op.hpp"
#include "fxp/nn/module.hpp"

#include <array>
#include <optional>

namespace fxp::nn {

/// Extents of an LSTMCell. A rank of zero means the full matrix.
struct LstmShape {
    std::size_t inputs;
    std::size_t hidden;
    std::size_t rank_w = 0; ///< x passes through Wr (rank_w, inputs) before the gates' W
    std::size_t rank_u = 0; ///< h passes through Ur (rank_u, hidden) before the gates' U
};

/// Hochreiter and Schmidhuber's cell with forget gate, samples as columns:
///   z_k = W_k x + U_k h + b_k for k in f, i, o, c (one rounding each); f, i, o = sigmoid(z), g = tanh(z_c);
///   C' = f C + i g (one rounding); h' = o tanh(C').
/// Parameters, in order: Wr and Ur if their ranks are positive; Wk (hidden, rank_w or inputs), Uk (hidden, rank_u or
/// hidden) and bk (hidden, 1) for k = f, i, o, c.
template <class A>
class LSTMCell : public Module<A> {
  public:
    using Value = Variable<A, Role::activation>;

    /// Hidden output h and cell state C, each (hidden, batch).
    struct State {
        Value h;
        Value c;
    };

    /// `prefix` comes before every parameter's name, so that a model can hold several cells.
    explicit LSTMCell(const LstmShape& shape, const std::string& prefix = "")
        : shape_(shape), gates_{Gate(prefix, "f", shape), Gate(prefix, "i", shape), Gate(prefix, "o", shape),
                                Gate(prefix, "c", shape)} {
        if (shape.rank_w > 0) this->add(wr_.emplace(prefix + "Wr", Shape{shape.rank_w, shape.inputs}));
        if (shape.rank_u > 0) this->add(ur_.emplace(prefix + "Ur", Shape{shape.rank_u, shape.hidden}));
        for (Gate& gate : gates_) {
            this->add(gate.w);
            this->add(gate.u);
            this->add(gate.b);
        }
    }

    const LstmShape& shape() const { return shape_; }

    /// x: (inputs, batch).
    State operator()(Value x, const State& state) {
        if (wr_) x = matmul(*wr_, x, "x.low_rank");
        const Value h = ur_ ? matmul(*ur_, state.h, "h.low_rank") : state.h;
        const auto gate = [&](Gate& g) { return multiply_add(g.z_name, matrix(g.w, x), matrix(g.u, h), plus(g.b)); };
        const Value f = sigmoid(gate(gates_[0]), "f");
        const Value i = sigmoid(gate(gates_[1]), "i");
        const Value o = sigmoid(gate(gates_[2]), "o");
        const Value g = tanh(gate(gates_[3]), "g");
        const Value c = multiply_add("C", elementwise(state.c, f), elementwise(g, i));
        return {mul(o, tanh(c, "tanh(C)"), "H"), c};
    }

  private:
    struct Gate {
        Gate(const std::string& prefix, const std::string& k, const LstmShape& shape)
            : w(prefix + "W" + k, {shape.hidden, shape.rank_w > 0 ? shape.rank_w : shape.inputs}),
              u(prefix + "U" + k, {shape.hidden, shape.rank_u > 0 ? shape.rank_u : shape.hidden}),
              b(prefix + "b" + k, {shape.hidden, 1}), z_name("z_" + k) {}
        Parameter<A, Role::weight> w;
        Parameter<A, Role::weight> u;
        Parameter<A, Role::bias> b;
        std::string z_name;
    };

    LstmShape shape_;
    std::optional<Parameter<A, Role::weight>> wr_;
    std::optional<Parameter<A, Role::weight>> ur_;
    std::array<Gate, 4> gates_;
};

} // namespace fxp::nn
