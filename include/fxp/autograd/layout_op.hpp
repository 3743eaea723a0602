// Differentiable layout: transpose, reshape, slice, gather and concatenation. Values and gradients move exactly; only
// the gathered gradient adds, and adds exactly.
#pragma once

#include "fxp/autograd/tape.hpp"
#include "fxp/tensor/layout.hpp"
#include "fxp/tensor/terms.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

namespace fxp {

namespace detail {

/// y = x with two axes exchanged; dx = dy with the same two exchanged.
template <class A, Role R>
class TransposeOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    bool bind(Node<A, R>* x, std::size_t first, std::size_t second) {
        x_ = x;
        first_ = first;
        second_ = second;
        return x->requires_grad();
    }
    void forward(A&) { transpose_into(this->value, x_->value, first_, second_); }
    void backward(A& arithmetic) override {
        x_->pass(arithmetic, "d_transpose",
                 [&](auto& share) { transpose_into(share, this->gradient(), first_, second_); });
    }

  private:
    Node<A, R>* x_ = nullptr;
    std::size_t first_ = 0;
    std::size_t second_ = 0;
};

/// y = x's elements in another shape; dx = dy's elements in x's shape.
template <class A, Role R>
class ReshapeOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    bool bind(Node<A, R>* x, const Shape& shape) {
        x_ = x;
        shape_ = shape;
        return x->requires_grad();
    }
    void forward(A&) { reshape_into(this->value, x_->value, shape_); }
    void backward(A& arithmetic) override {
        x_->pass(arithmetic, "d_reshape",
                 [&](auto& share) { reshape_into(share, this->gradient(), x_->value.shape()); });
    }

  private:
    Node<A, R>* x_ = nullptr;
    Shape shape_;
};

/// y = elements [begin, end) of an axis of x; dx = dy there, zero elsewhere.
template <class A, Role R>
class SliceOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    bool bind(Node<A, R>* x, std::size_t axis, std::size_t begin, std::size_t end) {
        x_ = x;
        axis_ = axis;
        begin_ = begin;
        end_ = end;
        return x->requires_grad();
    }
    void forward(A&) { slice_into(this->value, x_->value, axis_, begin_, end_); }
    void backward(A& arithmetic) override {
        x_->pass(arithmetic, "d_slice",
                 [&](auto& share) { unslice_into(share, this->gradient(), x_->value.shape(), axis_, begin_); });
    }

  private:
    Node<A, R>* x_ = nullptr;
    std::size_t axis_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// y = the elements of an axis of x at indices; dx at an index = the exact sum of dy over its occurrences.
template <class A, Role R>
class IndexSelectOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    bool bind(Node<A, R>* x, std::size_t axis, std::span<const std::size_t> indices) {
        x_ = x;
        axis_ = axis;
        indices_.assign(indices.begin(), indices.end());
        return x->requires_grad();
    }
    void forward(A&) { index_select_into(this->value, x_->value, axis_, std::span<const std::size_t>(indices_)); }
    void backward(A& arithmetic) override {
        x_->pass(arithmetic, "d_index_select", [&](auto& share) {
            arithmetic.index_add(RoundingPlace::backward, this->name_, share, this->gradient(), x_->value.shape(),
                                 axis_, std::span<const std::size_t>(indices_));
        });
    }

  private:
    Node<A, R>* x_ = nullptr;
    std::size_t axis_ = 0;
    std::vector<std::size_t> indices_;
};

/// y = the parts one after the other along an axis; each part's gradient is its slice of dy.
template <class A, Role R>
class CatOp : public Node<A, R> {
  public:
    static constexpr Role role = R;

    bool bind(std::size_t axis, std::span<Node<A, R>* const> parts) {
        axis_ = axis;
        parts_.assign(parts.begin(), parts.end());
        values_.clear();
        bool wanted = false;
        for (const Node<A, R>* part : parts) {
            values_.push_back(&part->value);
            wanted |= part->requires_grad();
        }
        return wanted;
    }
    void forward(A&) { cat_into(this->value, std::span<const Tensor* const>(values_), axis_); }
    void backward(A& arithmetic) override {
        std::size_t begin = 0;
        for (Node<A, R>* part : parts_) {
            const std::size_t end = begin + part->value.shape()[axis_];
            part->pass(arithmetic, "d_cat",
                       [&](auto& share) { slice_into(share, this->gradient(), axis_, begin, end); });
            begin = end;
        }
    }

  private:
    using Tensor = typename A::template Tensor<R>;

    std::size_t axis_ = 0;
    std::vector<Node<A, R>*> parts_;
    std::vector<const Tensor*> values_;
};

} // namespace detail

/// x with two axes exchanged. Throws ShapeError.
template <Differentiable X>
auto transpose(const X& x, std::size_t first = 0, std::size_t second = 1, std::string_view name = "transpose") {
    using Op = detail::TransposeOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("transpose", x)->template record<Op>(name, x.node(), first, second);
}
/// x's elements, in order, in a shape of the same size. Throws ShapeError.
template <Differentiable X>
auto reshape(const X& x, const Shape& shape, std::string_view name = "reshape") {
    using Op = detail::ReshapeOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("reshape", x)->template record<Op>(name, x.node(), shape);
}
/// Elements [begin, end) of an axis. Throws ShapeError.
template <Differentiable X>
auto slice(const X& x, std::size_t axis, std::size_t begin, std::size_t end, std::string_view name = "slice") {
    using Op = detail::SliceOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("slice", x)->template record<Op>(name, x.node(), axis, begin, end);
}
/// The elements of an axis at `indices`, which may repeat: a gather of samples. The indices are public and copied.
/// Throws ShapeError beyond the axis.
template <Differentiable X>
auto index_select(const X& x, std::size_t axis, std::span<const std::size_t> indices,
                  std::string_view name = "index_select") {
    using Op = detail::IndexSelectOp<typename X::Arithmetic, X::role>;
    return detail::tape_of("index_select", x)->template record<Op>(name, x.node(), axis, indices);
}
/// Variables one after the other along an axis. Throws ShapeError, also for none.
template <class A, Role R>
Variable<A, R> cat(std::size_t axis, std::span<const Variable<A, R>> parts, std::string_view name = "cat") {
    if (parts.empty()) throw ShapeError("cat: no variables, expected at least one");
    std::vector<Node<A, R>*> nodes;
    for (const Variable<A, R>& part : parts) nodes.push_back(part.node());
    return detail::tape_of("cat", parts.front())
        ->template record<detail::CatOp<A, R>>(name, axis, std::span<Node<A, R>* const>(nodes));
}
/// Variables and parameters of one role, one after the other along an axis, on a tape. Throws ShapeError.
template <class A, Differentiable... X>
    requires(sizeof...(X) >= 1)
auto cat(Tape<A>& tape, std::string_view name, std::size_t axis, const X&... parts) {
    constexpr Role role = std::tuple_element_t<0, std::tuple<X...>>::role;
    static_assert(((X::role == role) && ...), "fxp: cat joins tensors of one role");
    detail::common_tape("cat", &tape, parts.tape()...);
    const std::array<Node<A, role>*, sizeof...(X)> nodes{parts.node()...};
    return tape.template record<detail::CatOp<A, role>>(name, axis, std::span<Node<A, role>* const>(nodes));
}
/// The same on the tape of the parts. Throws ArgumentError when none of them is on one.
template <Differentiable X, Differentiable... Rest>
auto cat(std::size_t axis, const X& first, const Rest&... rest) {
    return cat(*detail::tape_of("cat", first, rest...), "cat", axis, first, rest...);
}

} // namespace fxp
