// The differentiable step of an LSTM cell: one product for all gates, one pass over their elements.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/tensor/block.hpp"
#include "fxp/tensor/layout.hpp"
#include "fxp/tensor/lstm_activity.hpp"
#include "fxp/tensor/terms.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace fxp {

/// Hidden output h and cell state C of an LSTM cell, each (hidden, batch).
template <class A>
struct LstmState {
    Variable<A, Role::activation> h; ///< what layers above and the next step see
    Variable<A, Role::activation> c; ///< what only the next step sees
};

namespace detail {

/// h' of a step; C' is a node of its own inside. With W = (4 hidden, inputs + hidden), the weights of x and of h side
/// by side, gates f, i, o, c one below the other, and b = (4 hidden, 1):
///   z = round(W (x; h) + b), then lstm_forward. Backward: dW = dz (x; h)^T, db = dz 1, d(x; h) = W^T dz, each rounded
/// once, the last for each gate where the arithmetic rounds each gate.
template <class A>
class LstmOp : public Node<A, Role::activation> {
  public:
    static constexpr Role role = Role::activation;
    using Input = Node<A, role>;

    bool bind(Node<A, Role::weight>* w, Node<A, Role::bias>* b, Input* x, Input* h, Input* c, std::string_view c_name) {
        w_ = w;
        b_ = b;
        x_ = x;
        h_ = h;
        c_ = c;
        next_c_.rename(c_name);
        const bool wanted =
            w->requires_grad() || b->requires_grad() || x->requires_grad() || h->requires_grad() || c->requires_grad();
        next_c_.want(wanted);
        return wanted;
    }
    void forward(A& arithmetic) {
        const std::array<const Tensor*, 2> parts{&x_->value, &h_->value};
        cat_into(input_, std::span<const Tensor* const>(parts), 0);
        auto& z = arithmetic.gate_sums();
        arithmetic.combine(RoundingPlace::forward, "z", "multiply_add", z, matrix(w_->value, input_), plus(b_->value));
        seen_ = arithmetic.lstm_forward(cell_, next_c_.value, this->value, z, c_->value);
    }
    void backward(A& arithmetic) override {
        const auto backward_to = [&](typename Input::Gradient* dc) {
            gradients_seen_ =
                arithmetic.lstm_backward(dz_, dc, this->has_gradient() ? &this->gradient() : nullptr,
                                         next_c_.has_gradient() ? &next_c_.gradient() : nullptr, cell_, c_->saved());
        };
        if (c_->requires_grad()) {
            const bool first = !c_->has_gradient();
            c_->pass(arithmetic, "d_mul", [&](auto& dc) { backward_to(&dc); });
            if (first) arithmetic.skip_number(); // as for every contribution
        } else {
            backward_to(nullptr);
        }
        w_->contribute_later(arithmetic, "d_matmul", matrix_nt(dz_, input_));
        ones_ = arithmetic.ones(dz_.shape()[1], 1);
        b_->contribute_later(arithmetic, "d_bias", matrix(dz_, ones_));
        const std::size_t inputs = x_->value.shape()[0];
        const std::size_t all = input_.shape()[0];
        if (x_->requires_grad() && h_->requires_grad()) {
            bool first = true;
            for_each_product({0, all}, [&](const auto& product) {
                arithmetic.template contribute<role>(this->name_, "d_matmul", dinput_, first, product);
                first = false;
            });
            x_->pass(arithmetic, "d_matmul", [&](auto& share) { slice_into(share, dinput_, 0, 0, inputs); });
            h_->pass(arithmetic, "d_matmul", [&](auto& share) { slice_into(share, dinput_, 0, inputs, all); });
        } else if (x_->requires_grad() || h_->requires_grad()) {
            Input& owner = x_->requires_grad() ? *x_ : *h_;
            for_each_product(&owner == x_ ? Extent{0, inputs} : Extent{inputs, all},
                             [&](const auto& product) { owner.contribute(arithmetic, "d_matmul", product); });
        }
    }

    /// Of z, C' and h', as the pass forward has seen them.
    void observe(A& arithmetic) {
        if (z_slot_ == this->no_slot) z_slot_ = arithmetic.range_log().slot("z", role_name(role));
        arithmetic.observe(z_slot_, arithmetic.gate_sums(), seen_.z);
        next_c_.observe(arithmetic, seen_.c);
        arithmetic.observe(this->range_slot_, this->value, seen_.h);
    }
    bool is_reached() const override { return this->has_gradient() || next_c_.has_gradient(); }
    void forget_others() override { next_c_.forget(); }
    void observe_gradient(A& arithmetic) override {
        this->enter_gradient(arithmetic, gradients_seen_.dh);
        next_c_.enter_gradient(arithmetic, gradients_seen_.dc);
    }

    /// C' as a variable.
    Input* next_c() { return &next_c_; }

  private:
    using Tensor = typename Input::Tensor;
    using Weight = typename Node<A, Role::weight>::Tensor;

    /// A node that LstmOp computes and clears.
    struct Inner : Input {
        void rename(std::string_view name) {
            if (this->name_ == name) return;
            this->name_ = std::string(name);
            this->range_slot_ = this->no_slot;
            this->gradient_slot_ = this->no_slot;
        }
        void observe(A& arithmetic, double largest) {
            if (this->range_slot_ == this->no_slot) {
                this->range_slot_ = arithmetic.range_log().slot(this->name_, role_name(role));
            }
            arithmetic.observe(this->range_slot_, this->value, largest);
        }
        using Input::enter_gradient;
        void want(bool gradient) { this->requires_grad_ = gradient; }
        void forget() { this->has_gradient_ = false; }
    };

    /// Calls f with the products whose sum is w^T dz, w being columns of the weights: one, or one for each gate.
    template <class F>
    void for_each_product(const Extent& columns, F&& f) {
        const Weight& w = w_->saved();
        if constexpr (!FixedTensor<Weight>) {
            const bool all = columns.end - columns.begin == w.shape()[1];
            if (!all) slice_into(columns_of_w_, w, 1, columns.begin, columns.end);
            f(matrix_tn(all ? w : columns_of_w_, dz_));
        } else if constexpr (A::rounds_each_gate) {
            const std::size_t hidden = c_->value.shape()[0];
            for (std::size_t k = 0; k < 4; ++k) {
                const Extent rows{k * hidden, (k + 1) * hidden};
                const Block<Weight> gate_w(w, rows, columns);
                const Block<typename A::Error> gate_dz(dz_, rows, {0, dz_.shape()[1]});
                f(matrix_tn(gate_w, gate_dz));
            }
        } else {
            const Block<Weight> some_w(w, {0, w.shape()[0]}, columns);
            f(matrix_tn(some_w, dz_));
        }
    }

    Node<A, Role::weight>* w_ = nullptr;
    Node<A, Role::bias>* b_ = nullptr;
    Input* x_ = nullptr;
    Input* h_ = nullptr;
    Input* c_ = nullptr;
    Inner next_c_;
    std::size_t z_slot_ = NodeBase<A>::no_slot;
    Tensor input_; ///< (x; h)
    LstmActivity<Tensor> cell_;
    LstmMagnitudes seen_;
    LstmGradientMagnitudes gradients_seen_;
    typename A::Error dz_;
    typename A::Ones ones_; ///< (batch, 1)
    Weight columns_of_w_;   ///< where operands cannot be blocks
    typename Input::Gradient dinput_;
};

} // namespace detail

/// One step of an LSTM cell: w (4 hidden, inputs + rank), b (4 hidden, 1), x (inputs, batch), h (rank, batch): the
/// hidden output or a low-rank image of it, c (hidden, batch). Throws ShapeError when they do not fit. Names: those of
/// h' and C'.
template <Differentiable W, Differentiable B, NumberSystem A>
LstmState<A> lstm_step(const W& w, const B& b, Variable<A, Role::activation> x, Variable<A, Role::activation> h,
                       Variable<A, Role::activation> c, std::string_view h_name = "H", std::string_view c_name = "C") {
    const bool matrices = x.shape().rank() == 2 && h.shape().rank() == 2 && c.shape().rank() == 2;
    const Shape gates = matrices ? Shape{4 * c.shape()[0], x.shape()[0] + h.shape()[0]} : Shape{};
    if (!matrices || !(w.shape() == gates) || !(b.shape() == Shape{gates[0], 1}) || x.shape()[1] != c.shape()[1] ||
        h.shape()[1] != c.shape()[1]) {
        throw ShapeError(
            "lstm_step: weights " + w.shape().to_string() + " and biases " + b.shape().to_string() + " for x " +
            x.shape().to_string() + ", h " + h.shape().to_string() + ", C " + c.shape().to_string() +
            ", expected matrices of equal batches, weights (4 hidden, inputs + hidden) and one bias for each row");
    }
    auto* tape = detail::tape_of("lstm_step", w, b, x, h, c);
    const auto next =
        tape->template record<detail::LstmOp<A>>(h_name, w.node(), b.node(), x.node(), h.node(), c.node(), c_name);
    return {next, {static_cast<detail::LstmOp<A>*>(next.node())->next_c(), tape}};
}

} // namespace fxp
