// Offset: out = fit(constant + x) and fit(constant - x), element by element.
#pragma once

#include "fxp/core/overflow.hpp"
#include "fxp/core/wraps.hpp"
#include "fxp/kernels/dispatch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace fxp::kernels {

namespace detail {

/// out = constant + x or constant - x, modulo the word; returns whether some x lies outside [low, high].
template <class T>
[[FXP_WRAPS]] FXP_INLINE bool offset_loop(T constant, bool negate, const T* FXP_RESTRICT x, std::size_t count, T low,
                                          T high, T* FXP_RESTRICT out) {
    using Unsigned = std::make_unsigned_t<T>;
    T least = high;
    T largest = low;
    const Unsigned flip = negate ? static_cast<Unsigned>(-1) : Unsigned{0};
    const auto start = static_cast<Unsigned>(static_cast<Unsigned>(constant) - flip);
    for (std::size_t i = 0; i < count; ++i) {
        const T value = x[i];
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
        out[i] = static_cast<T>(start + (static_cast<Unsigned>(value) ^ flip));
    }
    return least < low || largest > high;
}

} // namespace detail

/// out[i] = constant + x[i], or constant - x[i] with `negate`, fitted; `out` does not overlap x. 0 <= constant.
template <class T>
void offset(T constant, bool negate, const T* x, std::size_t count, const Limits& limits, Overflow overflow, T* out,
            OverflowCount& events) {
    const int128 sign = negate ? -1 : 1;
    const auto bound = [&](int128 end) {
        const int128 x_end = sign * (end - constant);
        return static_cast<T>(std::clamp<int128>(x_end, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    };
    const T low = bound(negate ? limits.max_raw : limits.min_raw);
    const T high = bound(negate ? limits.min_raw : limits.max_raw);
    if (!dispatch([=]() FXP_LOOP { return detail::offset_loop(constant, negate, x, count, low, high, out); })) return;
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<T>(fit(int128{constant} + sign * x[i], limits, overflow, events));
    }
}

} // namespace fxp::kernels
