// Variable and Parameter: handles to nodes, what users and layers compute with.
#pragma once

#include "fxp/autograd/node.hpp"
#include "fxp/tensor/shape.hpp"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace fxp {

/// A handle to a value on a tape; cheap to copy. Valid until the tape is cleared.
template <class A, Role R>
class Variable {
  public:
    using Arithmetic = A;                          ///< what computes it
    using Tensor = typename A::template Tensor<R>; ///< of the value
    static constexpr Role role = R;                ///< what it is for

    Variable() = default;
    /// For those who write operations: of a node on the tape.
    Variable(Node<A, R>* node, Tape<A>* tape) : node_(node), tape_(tape) {}

    /// The tensor; it changes when the tape is cleared and recorded anew.
    const Tensor& value() const { return node_->value; }
    /// Of the value.
    const Shape& shape() const { return node_->value.shape(); }
    /// True for an input that asked for a gradient, after backward has reached it.
    bool has_gradient() const { return node_->has_gradient(); }
    /// Of an input that asked for one, after backward. Throws ArgumentError when there is none.
    const typename A::template Gradient<R>& gradient() const {
        if (!has_gradient()) throw ArgumentError("gradient: '" + node_->name() + "' has none");
        return node_->gradient();
    }
    /// What it points to, for those who write operations; null when it was made without.
    /// @{
    Node<A, R>* node() const { return node_; }
    Tape<A>* tape() const { return tape_; }
    /// @}

  private:
    Node<A, R>* node_ = nullptr;
    Tape<A>* tape_ = nullptr;
};

/// A learnt tensor: a leaf that outlives tapes. A handle, like Variable, but it owns its node: movable, not copyable.
template <class A, Role R>
class Parameter {
  public:
    using Arithmetic = A;                          ///< what computes with it
    using Tensor = typename A::template Tensor<R>; ///< of the value
    static constexpr Role role = R;                ///< Role::weight or Role::bias

    /// All zero. `name` is its address in logs and checkpoints; `initial_mean` advises whoever draws initial values.
    Parameter(std::string name, const Shape& shape, double initial_mean = 0)
        : node_(std::make_unique<Leaf>(std::move(name), shape)), initial_mean_(initial_mean) {}

    /// Its address in logs and checkpoints.
    const std::string& name() const { return node_->name(); }
    /// Of the value.
    const Shape& shape() const { return node_->value.shape(); }
    /// What is learnt.
    /// @{
    Tensor& value() { return node_->value; }
    const Tensor& value() const { return node_->value; }
    /// @}
    /// True once backward has reached it since zero_grad().
    bool has_gradient() const { return node_->has_gradient(); }
    /// The wide, not yet rounded sum since zero_grad(). Throws ArgumentError when there is none.
    const typename A::template Gradient<R>& gradient() const {
        if (!has_gradient()) throw ArgumentError("gradient: '" + name() + "' has none");
        return node_->gradient();
    }
    /// Forgets the gradient: the next contribution begins a new sum.
    void zero_grad() { node_->forget_gradient(); }
    /// The mean that initial values are asked to have.
    double initial_mean() const { return initial_mean_; }

    /// Its node, and no tape: for those who write operations.
    /// @{
    Node<A, R>* node() const { return node_.get(); }
    Tape<A>* tape() const { return nullptr; }
    /// @}

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
    double initial_mean_;
};

/// Any parameter of a model, by pointer.
template <class A>
using AnyParameter = std::variant<Parameter<A, Role::weight>*, Parameter<A, Role::bias>*>;

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
