// expect: the operands have different formats; state the result's format as the first template argument
// The range is part of a format.
#include <fxp/tensor/arithmetic.hpp>

auto result(const fxp::FxpTensor<4, 4>& a, const fxp::FxpTensor<4, 4, fxp::Range::full>& b) {
#ifdef FXP_VALID
    return fxp::mul<fxp::Q<4, 4, fxp::Range::full>>(a, b);
#else
    return fxp::mul(a, b);
#endif
}
