// Gate: the parameters of one gate of a recurrent cell.
#pragma once

#include "fxp/nn/cell_shape.hpp"
#include "fxp/nn/module.hpp"

#include <string>

namespace fxp::nn {

/// W (hidden, rank_w or inputs), U (hidden, rank_u or hidden) and b (hidden, 1) of a sum W x + U h + b, in this order.
template <class A>
class Gate : public Module<A> {
  public:
    Parameter<A, Role::weight> w; ///< multiplies x
    Parameter<A, Role::weight> u; ///< multiplies h
    Parameter<A, Role::bias> b;   ///< a column, added to each sample

    /// Of gate k the names are prefix "W" k, prefix "U" k and prefix "b" k. `bias` is the mean that b asks to start at.
    Gate(const CellShape& shape, const std::string& prefix, const std::string& k, double bias = 0)
        : w(prefix + "W" + k, {shape.hidden, shape.rank_w > 0 ? shape.rank_w : shape.inputs}),
          u(prefix + "U" + k, {shape.hidden, shape.rank_u > 0 ? shape.rank_u : shape.hidden}),
          b(prefix + "b" + k, {shape.hidden, 1}, bias) {
        this->add(w);
        this->add(u);
        this->add(b);
    }
};

} // namespace fxp::nn
