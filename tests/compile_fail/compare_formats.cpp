// expect: no match for .operator==.|invalid operands to binary expression
#include <fxp/tensor/fxp_tensor.hpp>

bool same(const fxp::FxpTensor<8, 24>& a, const fxp::FxpTensor<16, 16>& b) {
#ifdef FXP_VALID
    return a == a && b == b;
#else
    return a == b;
#endif
}
