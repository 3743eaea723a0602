// expect: fxp: the reference activations need a format of symmetric range
#include <fxp/tensor/activation.hpp>

#ifdef FXP_VALID
using Number = fxp::FxpTensor<8, 24>;
#else
using Number = fxp::FxpTensor<8, 24, fxp::Range::full>;
#endif
Number result(const Number& x) { return fxp::tanh<fxp::ReferenceActivations>(x); }
