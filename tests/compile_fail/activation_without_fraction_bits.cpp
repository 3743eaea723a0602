// expect: fxp: activation tables need a format with a sign bit and at least one fraction bit
#include <fxp/tensor/activation.hpp>

#ifdef FXP_VALID
fxp::FxpTensor<7, 1> result(const fxp::FxpTensor<7, 1>& x) { return fxp::sigmoid(x); }
#else
fxp::FxpTensor<8, 0> result(const fxp::FxpTensor<8, 0>& x) { return fxp::sigmoid(x); }
#endif
