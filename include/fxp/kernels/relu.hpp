// Rectification: elements that are not negative, and what passes where a rectified element is positive. Exact, so no
// format, rounding or overflow comes in.
#pragma once

#include "fxp/kernels/dispatch.hpp"

#include <cstddef>

namespace fxp::kernels {

namespace detail {

template <class T>
FXP_INLINE void relu_loop(const T* x, std::size_t count, T* out) {
    for (std::size_t i = 0; i < count; ++i) out[i] = x[i] < 0 ? T{0} : x[i];
}
template <class T, class G>
FXP_INLINE void relu_gradient_loop(const G* dy, const T* y, std::size_t count, G* out) {
    for (std::size_t i = 0; i < count; ++i) out[i] = y[i] > 0 ? dy[i] : G{0};
}

} // namespace detail

/// out[i] = 0 where x[i] < 0, else x[i]; a NaN stays one. out may be x.
template <class T>
void relu(const T* x, std::size_t count, T* out) {
    dispatch([=]() FXP_LOOP { detail::relu_loop(x, count, out); });
}
/// out[i] = dy[i] where y[i] > 0, else 0. out may be dy.
template <class T, class G>
void relu_gradient(const G* dy, const T* y, std::size_t count, G* out) {
    dispatch([=]() FXP_LOOP { detail::relu_gradient_loop(dy, y, count, out); });
}

} // namespace fxp::kernels
