// Tape: records operations and walks them backwards, reverse-mode differentiation over the tensors of one arithmetic.
#pragma once

#include "fxp/autograd/variable.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

namespace fxp {

/// Records operations in order and walks them backwards. Nodes and their storage are kept from step to step: a step
/// that repeats the operations of the last one allocates nothing.
template <class A>
class Tape {
  public:
    /// The arithmetic must outlive the tape.
    explicit Tape(A& arithmetic) : arithmetic_(&arithmetic) {}
    Tape(const Tape&) = delete; // variables point to it
    Tape& operator=(const Tape&) = delete;

    /// What its operations compute with.
    A& arithmetic() { return *arithmetic_; }

    /// A leaf with the given value; a gradient is kept for it only on request.
    template <Role R = Role::activation>
    Variable<A, R> input(const typename A::template Tensor<R>& value, std::string_view name = "input",
                         bool requires_grad = false) {
        Leaf<R>& leaf = next<Leaf<R>>(name);
        leaf.value = value;
        leaf.requires_grad_ = requires_grad;
        if (observing_) leaf.observe(*arithmetic_);
        return {&leaf, this};
    }

    /// Records an operation. Op has bind(inputs...), which returns whether a gradient is wanted; forward(A&), which
    /// computes `value`; and backward(A&). `name` is its address in the logs.
    template <class Op, class... Inputs>
    auto record(std::string_view name, Inputs&&... inputs) {
        Op& op = next<Op>(name);
        op.requires_grad_ = op.bind(std::forward<Inputs>(inputs)...);
        op.forward(*arithmetic_);
        if (observing_) op.observe(*arithmetic_);
        return Variable<A, Op::role>{&op, this};
    }

    /// Gradients of `output` with respect to everything that wants one: `output` is a loss, or a gradient has been
    /// contributed to it. Gradients of inputs and parameters add up over calls, so several losses may share a tape;
    /// those in between are used up. Throws ArgumentError without a gradient to start from, and for a variable of
    /// another tape.
    template <Role R>
    void backward(Variable<A, R> output) {
        if (output.tape() != this) throw ArgumentError("backward: the variable is not on this tape");
        if (!output.node()->is_loss() && !output.node()->has_gradient()) {
            throw ArgumentError("backward: '" + output.node()->name() +
                                "' has no gradient, expected a loss or a variable that was given one");
        }
        for (std::size_t i = used_; i-- > 0;) {
            NodeBase<A>& node = *nodes_[i];
            if (!node.is_reached() && &node != output.node()) continue;
            node.settle(*arithmetic_);
            if (node.requires_grad_) node.backward(*arithmetic_);
            if (observing_) node.observe_gradient(*arithmetic_);
            if (!node.is_leaf()) node.has_gradient_ = false;
            node.forget_others();
        }
    }

    /// Forgets the recorded operations and keeps their storage.
    void clear() { used_ = 0; }
    /// Switches the range log on (the default) or off.
    void observe_ranges(bool on) { observing_ = on; }

  private:
    template <Role R>
    struct Leaf : Node<A, R> {
        static constexpr Role role = R;
        bool is_leaf() const override { return true; }
    };

    template <class Op>
    Op& next(std::string_view name) {
        if (used_ == nodes_.size()) nodes_.emplace_back();
        std::unique_ptr<NodeBase<A>>& place = nodes_[used_++];
        if (place == nullptr || typeid(*place) != typeid(Op)) place = std::make_unique<Op>();
        NodeBase<A>& node = *place;
        node.has_gradient_ = false;
        node.forget_others();
        if (node.range_slot_ == NodeBase<A>::no_slot || node.name_ != name) {
            node.name_ = std::string(name);
            node.range_slot_ = arithmetic_->range_log().slot(name, role_name(Op::role));
            node.gradient_slot_ = NodeBase<A>::no_slot;
        }
        return static_cast<Op&>(node);
    }

    A* arithmetic_;
    std::vector<std::unique_ptr<NodeBase<A>>> nodes_;
    std::size_t used_ = 0;
    bool observing_ = true;
};

} // namespace fxp
