// expect: fxp: the reference activations need a format with a sign bit and at least one fraction bit
#include <fxp/tensor/activation.hpp>

#ifdef FXP_VALID
using Number = fxp::FxpTensor<7, 1>;
#else
using Number = fxp::FxpTensor<8, 0>;
#endif
Number result(const Number& x) { return fxp::sigmoid<fxp::ReferenceActivations>(x); }
