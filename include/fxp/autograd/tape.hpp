// Tape, Variable, Parameter: reverse-mode differentiation over the tensors of one arithmetic.
#pragma once

#include "fxp/autograd/role.hpp"
#include "fxp/tensor/error.hpp"
#include "fxp/tensor/shape.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

namespace fxp {

template <class A>
class Tape;

/// One recorded operation or leaf.
template <class A>
class NodeBase {
  public:
    NodeBase() = default;
    NodeBase(const NodeBase&) = delete;
    NodeBase& operator=(const NodeBase&) = delete;
    virtual ~NodeBase() = default;

    /// Adds this node's share to the gradients of its inputs; its own gradient is complete.
    virtual void backward(A&) {}
    /// Enters the gradient's magnitude into the range log.
    virtual void observe_gradient(A&) {}
    /// True for a loss, from which backward can start without a gradient.
    virtual bool is_loss() const { return false; }
    /// True for inputs and parameters: they keep their gradient when backward has passed.
    virtual bool is_leaf() const { return false; }

    const std::string& name() const { return name_; }
    bool requires_grad() const { return requires_grad_; }
    bool has_gradient() const { return has_gradient_; }

  protected:
    friend class Tape<A>;
    std::string name_;
    static constexpr std::size_t no_slot = static_cast<std::size_t>(-1);
    std::size_t range_slot_ = no_slot;
    std::size_t gradient_slot_ = no_slot; ///< looked up when a gradient is observed
    bool requires_grad_ = false;
    bool has_gradient_ = false;
};

/// A value of role R and the gradient of the loss with respect to it.
template <class A, Role R>
class Node : public NodeBase<A> {
  public:
    using Tensor = typename A::template Tensor<R>;
    using Gradient = typename A::template Gradient<R>;

    Tensor value;

    /// What backward reads of this value: the one door for keeping it elsewhere or narrower in between.
    const Tensor& saved() const { return value; }
    const Gradient& gradient() const { return gradient_; }

    /// Adds a contribution, the rounded sum of terms, to the gradient; nothing when none is wanted.
    template <class... Terms>
    void contribute(A& arithmetic, const char* operation, const Terms&... terms) {
        if (!this->requires_grad_) return;
        arithmetic.template contribute<R>(this->name_, operation, gradient_, !this->has_gradient_, terms...);
        this->has_gradient_ = true;
    }

    void observe_gradient(A& arithmetic) override {
        if (!this->has_gradient_) return;
        if (this->gradient_slot_ == this->no_slot) {
            this->gradient_slot_ = arithmetic.range_log().slot("d" + this->name_);
        }
        arithmetic.observe(this->gradient_slot_, gradient_);
    }

  private:
    Gradient gradient_;
};

/// A handle to a value on a tape; cheap to copy. Valid until the tape is cleared.
template <class A, Role R>
class Variable {
  public:
    using Arithmetic = A;
    using Tensor = typename A::template Tensor<R>;
    static constexpr Role role = R;

    Variable() = default;
    Variable(Node<A, R>* node, Tape<A>* tape) : node_(node), tape_(tape) {}

    const Tensor& value() const { return node_->value; }
    const Shape& shape() const { return node_->value.shape(); }
    bool has_gradient() const { return node_->has_gradient(); }
    /// Of an input that asked for one, after backward. Throws ArgumentError when there is none.
    const typename A::template Gradient<R>& gradient() const {
        if (!has_gradient()) throw ArgumentError("gradient: '" + node_->name() + "' has none");
        return node_->gradient();
    }
    Node<A, R>* node() const { return node_; }
    Tape<A>* tape() const { return tape_; }

  private:
    Node<A, R>* node_ = nullptr;
    Tape<A>* tape_ = nullptr;
};

/// A learnt tensor: a leaf that outlives tapes. A handle, like Variable, but it owns its node: movable, not copyable.
template <class A, Role R>
class Parameter {
  public:
    using Arithmetic = A;
    using Tensor = typename A::template Tensor<R>;
    static constexpr Role role = R;

    /// All zero. `name` is its address in logs and checkpoints.
    Parameter(std::string name, const Shape& shape) : node_(std::make_unique<Leaf>(std::move(name), shape)) {}

    const std::string& name() const { return node_->name(); }
    const Shape& shape() const { return node_->value.shape(); }
    Tensor& value() { return node_->value; }
    const Tensor& value() const { return node_->value; }
    bool has_gradient() const { return node_->has_gradient(); }
    /// The wide, not yet rounded sum since zero_grad(). Throws ArgumentError when there is none.
    const typename A::template Gradient<R>& gradient() const {
        if (!has_gradient()) throw ArgumentError("gradient: '" + name() + "' has none");
        return node_->gradient();
    }
    void zero_grad() { node_->forget_gradient(); }

    Node<A, R>* node() const { return node_.get(); }
    Tape<A>* tape() const { return nullptr; }

  private:
    struct Leaf : Node<A, R> {
        Leaf(std::string name, const Shape& shape) {
            this->name_ = std::move(name);
            this->requires_grad_ = true;
            this->value = Tensor(shape);
        }
        void forget_gradient() { this->has_gradient_ = false; }
        bool is_leaf() const override { return true; }
    };
    std::unique_ptr<Leaf> node_;
};

/// Any parameter of a model, by pointer.
template <class A>
using AnyParameter = std::variant<Parameter<A, Role::weight>*, Parameter<A, Role::bias>*>;

/// Records operations in order and walks them backwards. Nodes and their storage are kept from step to step: a step
/// that repeats the operations of the last one allocates nothing.
template <class A>
class Tape {
  public:
    /// The arithmetic must outlive the tape.
    explicit Tape(A& arithmetic) : arithmetic_(&arithmetic) {}
    Tape(const Tape&) = delete; // variables point to it
    Tape& operator=(const Tape&) = delete;

    A& arithmetic() { return *arithmetic_; }

    /// A leaf with the given value; a gradient is kept for it only on request.
    template <Role R = Role::activation>
    Variable<A, R> input(const typename A::template Tensor<R>& value, std::string_view name = "input",
                         bool requires_grad = false) {
        Leaf<R>& leaf = next<Leaf<R>>(name);
        leaf.value = value;
        leaf.requires_grad_ = requires_grad;
        if (observing_) arithmetic_->observe(leaf.range_slot_, leaf.value);
        return {&leaf, this};
    }

    /// Records an operation. Op has bind(inputs...), which returns whether a gradient is wanted; forward(A&), which
    /// computes `value`; and backward(A&). `name` is its address in the logs.
    template <class Op, class... Inputs>
    auto record(std::string_view name, Inputs&&... inputs) {
        Op& op = next<Op>(name);
        op.requires_grad_ = op.bind(std::forward<Inputs>(inputs)...);
        op.forward(*arithmetic_);
        if (observing_) arithmetic_->observe(op.range_slot_, op.value);
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
            if (!node.has_gradient_ && &node != output.node()) continue;
            if (observing_) node.observe_gradient(*arithmetic_);
            if (node.requires_grad_) node.backward(*arithmetic_);
            if (!node.is_leaf()) node.has_gradient_ = false;
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
        if (node.range_slot_ == NodeBase<A>::no_slot || node.name_ != name) {
            node.name_ = std::string(name);
            node.range_slot_ = arithmetic_->range_log().slot(name);
            node.gradient_slot_ = NodeBase<A>::no_slot;
        }
        return static_cast<Op&>(node);
    }

    A* arithmetic_;
    std::vector<std::unique_ptr<NodeBase<A>>> nodes_;
    std::size_t used_ = 0;
    bool observing_ = true;
};

namespace detail {

template <class T>
inline constexpr bool is_variable = false;
template <class A, Role R>
inline constexpr bool is_variable<Variable<A, R>> = true;
template <class A, Role R>
inline constexpr bool is_variable<Parameter<A, R>> = true;

} // namespace detail

/// A Variable or a Parameter.
template <class T>
concept Differentiable = detail::is_variable<std::remove_cvref_t<T>>;

namespace detail {

/// The tape that the given ones agree on; null stands for an operand on no tape, a parameter. Throws ArgumentError when
/// all are null or two differ.
template <class A, class... Rest>
Tape<A>* common_tape(const char* operation, Tape<A>* first, Rest*... rest) {
    Tape<A>* tape = first;
    [[maybe_unused]] const auto join = [&](Tape<A>* other) {
        if (tape != nullptr && other != nullptr && tape != other) {
            throw ArgumentError(std::string(operation) + ": the operands are on two tapes, expected one");
        }
        if (tape == nullptr) tape = other;
    };
    (join(rest), ...);
    if (tape == nullptr) {
        throw ArgumentError(std::string(operation) +
                            ": no operand is on a tape, expected one that comes from Tape::input");
    }
    return tape;
}
template <class... Operands>
auto* tape_of(const char* operation, const Operands&... operands) {
    return common_tape(operation, operands.tape()...);
}

} // namespace detail

} // namespace fxp
