// expect: clamp takes limits of the tensor's own format; for a real, write .*FxpScalar<IntBits, FracBits>::from_real
// A bare number might be a raw integer or a real.
#include <fxp/tensor/compare.hpp>

auto result(const fxp::FxpTensor<8, 24>& a) {
#ifdef FXP_VALID
    return fxp::clamp(a, fxp::FxpScalar<8, 24>::from_real(-1.0), fxp::FxpScalar<8, 24>::from_real(1.0));
#else
    return fxp::clamp(a, -1.0, 1.0);
#endif
}
