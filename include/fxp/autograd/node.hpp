// Nodes: values in the graph of a computation, with the gradients that reach them.
#pragma once

#include "fxp/autograd/role.hpp"
#include "fxp/tensor/error.hpp"
#include "fxp/tensor/terms.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
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

    /// Adds to the gradient what waits for it: after that it is complete.
    virtual void settle(A&) {}
    /// Adds this node's share to the gradients of its inputs; its own gradient is complete.
    virtual void backward(A&) {}
    /// Enters the gradient's magnitude into the range log, after backward(): not when that has thrown.
    virtual void observe_gradient(A&) {}
    /// True for a loss, from which backward can start without a gradient.
    virtual bool is_loss() const { return false; }
    /// True for inputs and parameters: they keep their gradient when backward has passed.
    virtual bool is_leaf() const { return false; }

    /// Its address in the logs.
    const std::string& name() const { return name_; }
    /// True when it, or something that it is computed from, wants a gradient.
    bool requires_grad() const { return requires_grad_; }
    /// True once a share of the gradient has arrived, until backward uses it up or it is forgotten.
    bool has_gradient() const { return has_gradient_; }
    /// True when backward has something to do here: a gradient of this node, or of another one of the same operation.
    virtual bool is_reached() const { return has_gradient_; }
    /// Forgets the gradients of nodes of the same operation.
    virtual void forget_others() {}

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
    using Tensor = typename A::template Tensor<R>;     ///< of the value
    using Gradient = typename A::template Gradient<R>; ///< wide, of the same shape

    Tensor value; ///< the operation's result, or what the leaf was given

    /// What backward reads of this value: the one door for keeping it elsewhere or narrower in between.
    const Tensor& saved() const { return value; }
    /// The sum of contributions so far; meaningless unless has_gradient().
    const Gradient& gradient() const { return gradient_; }

    /// Adds a contribution, the rounded sum of terms, to the gradient; nothing when none is wanted.
    template <class... Terms>
    void contribute(A& arithmetic, const char* operation, const Terms&... terms) {
        if (!this->requires_grad_) return;
        arithmetic.template contribute<R>(this->name_, operation, gradient_, !this->has_gradient_, terms...);
        this->has_gradient_ = true;
    }

    /// A product of errors that waits: with the inputs of a layer, or with ones for a bias.
    using Product = MatrixTerm<typename A::Error, std::conditional_t<R == Role::bias, typename A::Ones,
                                                                     typename A::template Tensor<Role::activation>>>;
    /// As contribute() for a product whose factors stay as they are until settle(). Where such contributions are sums
    /// without rounding, some wait for one another: the gradient is then read and written once for all of them.
    void contribute_later(A& arithmetic, const char* operation, const Product& product) {
        if constexpr (may_wait) {
            if (this->requires_grad_ && !this->is_leaf() && arithmetic.template sums_exactly<R>(product)) {
                arithmetic.skip_number();
                waiting_.push_back(product);
                waiting_operation_ = operation;
                if (waiting_.size() == A::products_at_once) settle(arithmetic);
                return;
            }
        }
        contribute(arithmetic, operation, product);
    }
    bool is_reached() const override { return this->has_gradient_ || !waiting_.empty(); }
    void settle(A& arithmetic) override {
        if constexpr (may_wait) {
            if (waiting_.empty()) return;
            arithmetic.template contribute_all<R>(this->name_, waiting_operation_, gradient_, !this->has_gradient_,
                                                  std::span<const Product>(waiting_));
            waiting_.clear();
            this->has_gradient_ = true;
        }
    }
    void forget_others() override { waiting_.clear(); }

    /// Adds a share of the gradient as it is, wide: what an operation that only moves elements passes on. write(out)
    /// makes `out` the share; nothing happens when none is wanted.
    template <class Write>
    void pass(A& arithmetic, const char* operation, Write&& write) {
        if (!this->requires_grad_) return;
        if (this->has_gradient_) {
            write(share_);
            arithmetic.template add_share<R>(this->name_, operation, gradient_, share_);
        } else {
            write(gradient_);
            this->has_gradient_ = true;
        }
    }

    /// Enters the value's magnitude into the range log.
    void observe(A& arithmetic) { arithmetic.observe(this->range_slot_, value); }
    void observe_gradient(A& arithmetic) override { enter_gradient(arithmetic); }

  protected:
    /// Enters the gradient's magnitude into the range log, where there is one; known: nothing, or how large it is.
    template <class... Known>
    void enter_gradient(A& arithmetic, Known... known) {
        if (!this->has_gradient_) return;
        if (this->gradient_slot_ == this->no_slot) {
            this->gradient_slot_ = arithmetic.range_log().slot("d" + this->name_, gradient_role_name(R));
        }
        arithmetic.observe(this->gradient_slot_, gradient_, known...);
    }

  private:
    static constexpr bool may_wait = (R == Role::weight || R == Role::bias) && A::products_at_once > 1;

    Gradient gradient_;
    Gradient share_; ///< what is passed beside what is there already
    std::vector<Product> waiting_;
    const char* waiting_operation_ = "";
};

} // namespace fxp
