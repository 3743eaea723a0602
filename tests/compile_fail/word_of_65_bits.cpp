// expect: fxp: a format has a word of 2 to 64 bits
#include <fxp/tensor/fxp_tensor.hpp>

#ifdef FXP_VALID
fxp::FxpTensor<8, 56> tensor;
#else
fxp::FxpTensor<8, 57> tensor;
#endif
