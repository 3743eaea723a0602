// The largest magnitude among neighbouring integers: what bounds, and the range log, are made of.
#pragma once

#include "fxp/core/wraps.hpp"
#include "fxp/kernels/avx512.hpp"
#include "fxp/kernels/dispatch.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace fxp::kernels {

namespace detail {

template <class T>
[[FXP_WRAPS]] FXP_INLINE std::uint64_t magnitude(T value) {
    const std::int64_t wide = value;
    return wide < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(wide) : static_cast<std::uint64_t>(wide);
}

template <class T>
FXP_INLINE std::uint64_t max_magnitude_loop(const T* FXP_RESTRICT values, std::size_t count) {
    T least = 0;
    T largest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        least = values[i] < least ? values[i] : least;
        largest = values[i] > largest ? values[i] : largest;
    }
    const std::uint64_t below = magnitude(least);
    const std::uint64_t above = magnitude(largest);
    return below > above ? below : above;
}

} // namespace detail

#ifdef FXP_X86_DISPATCH

namespace avx512 {

/// Least and largest of the lanes of vectors, zero included.
template <class T>
struct Extremes {
    using V = typename VectorOf<T>::Signed;
    V least{};
    V largest{};

    [[FXP_TARGET_AVX512]] FXP_INLINE void see(const T* values) {
        V value;
        load(value, values);
        least = value < least ? value : least;
        largest = value > largest ? value : largest;
    }
    [[FXP_TARGET_AVX512]] FXP_INLINE void merge(const Extremes& other) {
        least = other.least < least ? other.least : least;
        largest = other.largest > largest ? other.largest : largest;
    }
};

/// Each lane becomes the larger of itself and the one at its place in `other`.
template <class T>
[[FXP_TARGET_AVX512]] FXP_INLINE void fold(typename VectorOf<T>::Unsigned& lanes, const U64& other) {
    using U = typename VectorOf<T>::Unsigned;
    lanes = reinterpret_cast<U>(other) > lanes ? reinterpret_cast<U>(other) : lanes;
}

/// Of at least a vector of words of 16 to 64 bits. Four vectors at a time: one would wait for its own extremes.
template <class T>
[[FXP_TARGET_AVX512, gnu::noinline]] std::uint64_t max_magnitude(const T* values, std::size_t count) {
    constexpr std::size_t width = 64 / sizeof(T);
    Extremes<T> seen[4];
    const T* const last = values + (count - width); // a vector that others may cover, too
    for (; count >= 4 * width; count -= 4 * width, values += 4 * width) {
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) seen[i].see(values + i * width);
    }
    for (; count >= width; count -= width, values += width) seen[0].see(values);
    seen[1].see(last);
    seen[0].merge(seen[1]);
    seen[2].merge(seen[3]);
    seen[0].merge(seen[2]);
    using U = typename VectorOf<T>::Unsigned;
    const U below = U{} - reinterpret_cast<U>(seen[0].least);
    U lanes = reinterpret_cast<U>(seen[0].largest);
    lanes = below > lanes ? below : lanes;
    U64 wide = reinterpret_cast<U64>(lanes);
    fold<T>(lanes, __builtin_shufflevector(wide, wide, 4, 5, 6, 7, 0, 1, 2, 3));
    wide = reinterpret_cast<U64>(lanes);
    fold<T>(lanes, __builtin_shufflevector(wide, wide, 2, 3, 0, 1, 6, 7, 4, 5));
    wide = reinterpret_cast<U64>(lanes);
    fold<T>(lanes, __builtin_shufflevector(wide, wide, 1, 0, 3, 2, 5, 4, 7, 6));
    std::array<std::make_unsigned_t<T>, width> all;
    store(lanes, all.data());
    return *std::max_element(all.begin(), all.begin() + 8 / sizeof(T));
}

} // namespace avx512

#endif

/// Largest magnitude among `count` contiguous integers; zero for none.
template <class T>
std::uint64_t max_magnitude(const T* values, std::size_t count) {
#ifdef FXP_X86_DISPATCH
    if constexpr (sizeof(T) > 1) {
        if (count >= 64 / sizeof(T) && includes(active_isa(), Isa::avx512)) return avx512::max_magnitude(values, count);
    }
#endif
    return dispatch([=]() FXP_LOOP { return detail::max_magnitude_loop(values, count); });
}

} // namespace fxp::kernels
