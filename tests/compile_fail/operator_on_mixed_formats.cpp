// expect: no match for .operator\+|invalid operands to binary expression
// Operators take one format only.
#include <fxp/tensor/arithmetic.hpp>

auto result(const fxp::FxpTensor<4, 4>& a, const fxp::FxpTensor<8, 24>& b) {
#ifdef FXP_VALID
    return a + fxp::convert<fxp::Q<4, 4>>(b);
#else
    return a + b;
#endif
}
