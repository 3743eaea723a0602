// expect: fxp: accumulate<Q<I, F>>\(...\) needs a contribution that fits the tensor it adds to
#include <fxp/tensor/combine.hpp>

void add(fxp::FxpTensor<8, 24>& sum, const fxp::FxpTensor<8, 24>& a) {
#ifdef FXP_VALID
    fxp::accumulate<fxp::Q<7, 24, fxp::Range::full>>("sum", sum, fxp::Context{}, fxp::plus(a));
#else
    fxp::accumulate<fxp::Q<8, 24, fxp::Range::full>>("sum", sum, fxp::Context{}, fxp::plus(a));
#endif
}
