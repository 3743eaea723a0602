// Public reals: schedule arithmetic in IEEE double that gives the same bits on every machine.
#pragma once

namespace fxp::optim {

/// a * b rounded once. The volatile store keeps compilers from fusing the product into a later sum (contraction), which
/// would change the last bit on machines with fused multiply-add.
inline double exact_product(double a, double b) {
    volatile double product = a * b;
    return product;
}

} // namespace fxp::optim
