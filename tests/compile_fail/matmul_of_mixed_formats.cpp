// expect: the operands have different formats; state the result's format as the first template argument
// The format of a result is never guessed.
#include <fxp/tensor/arithmetic.hpp>

auto result(const fxp::FxpTensor<4, 4>& a, const fxp::FxpTensor<8, 24>& b) {
#ifdef FXP_VALID
    return fxp::matmul<fxp::Q<8, 24>>(a, b);
#else
    return fxp::matmul(a, b);
#endif
}
