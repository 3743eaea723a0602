// expect: the first template argument names the result's format
#include <fxp/tensor/arithmetic.hpp>

auto result(const fxp::FxpTensor<4, 4>& a, const fxp::FxpTensor<8, 24>& b) {
#ifdef FXP_VALID
    return fxp::mul<fxp::Q<8, 24>>(a, b);
#else
    return fxp::mul<fxp::FxpTensor<8, 24>>(a, b);
#endif
}
