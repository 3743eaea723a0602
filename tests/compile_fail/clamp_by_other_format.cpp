// expect: clamp takes limits of the tensor's own format; for a real, write .*FxpScalar<IntBits, FracBits>::from_real
#include <fxp/tensor/compare.hpp>

auto result(const fxp::FxpTensor<8, 24>& a) {
#ifdef FXP_VALID
    using Scalar = fxp::FxpScalar<8, 24>;
#else
    using Scalar = fxp::FxpScalar<16, 16>;
#endif
    return fxp::clamp(a, Scalar::from_real(-1.0), Scalar::from_real(1.0));
}
