// relu of tensors of any kind: max(x, 0) and its gradient, exactly.
#pragma once

#include "fxp/kernels/relu.hpp"
#include "fxp/tensor/error.hpp"
#include "fxp/tensor/layout.hpp"

namespace fxp {

/// out = max(x, 0), element by element; out may be x. A float's NaN stays one.
template <AnyTensor T>
void relu_into(T& out, const T& x) {
    adopt_format(out, x);
    out.resize(x.shape());
    kernels::relu(x.data(), x.size(), out.data());
}
template <AnyTensor T>
T relu(const T& x) {
    T out;
    relu_into(out, x);
    return out;
}

/// dx = dy where y > 0, else 0, for y = relu(x); dx may be dy, whose format is its own. Throws ShapeError unless dy and
/// y are of one shape.
template <AnyTensor Gradient, AnyTensor T>
void relu_gradient_into(Gradient& dx, const Gradient& dy, const T& y) {
    if (!(dy.shape() == y.shape())) {
        throw ShapeError("relu_gradient: a gradient of shape " + dy.shape().to_string() + " for a result of shape " +
                         y.shape().to_string() + ", expected the same");
    }
    adopt_format(dx, dy);
    dx.resize(dy.shape());
    kernels::relu_gradient(dy.data(), y.data(), dy.size(), dx.data());
}

} // namespace fxp
