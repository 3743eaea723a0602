// Squares of elements, rows to columns, in vectors of 16 bytes that every processor has.
#pragma once

#include "fxp/kernels/dispatch.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace fxp::kernels {

/// Rows and columns of a square.
template <class T>
inline constexpr std::size_t square_size = 16 / sizeof(T);

namespace detail {

template <std::size_t bytes>
using WordOf = std::conditional_t<
    bytes == 1, std::int8_t,
    std::conditional_t<bytes == 2, std::int16_t, std::conditional_t<bytes == 4, std::int32_t, std::int64_t>>>;

/// first = (a0 b0 a1 b1 ..), second = the other half.
template <class V, std::size_t... i>
FXP_INLINE void interleave(const V& a, const V& b, V& first, V& second, std::index_sequence<i...>) {
    constexpr std::size_t n = sizeof...(i);
    first = __builtin_shufflevector(a, b, (i / 2 + i % 2 * n)...);
    second = __builtin_shufflevector(a, b, (n / 2 + i / 2 + i % 2 * n)...);
}

} // namespace detail

/// out[c * stride + r] = rows[r][first + c] for r and c below square_size<T>. T: of 1, 2, 4 or 8 bytes, trivially
/// copyable.
template <class T>
FXP_INLINE void transpose_square(const T* const* rows, std::size_t first, T* out, std::size_t stride) {
    constexpr std::size_t n = square_size<T>;
    typedef detail::WordOf<sizeof(T)> V __attribute__((vector_size(16)));
    V row[n];
    V mixed[n];
    // Unrolled, or the rows would stay in memory.
#pragma GCC unroll 16
    for (std::size_t r = 0; r < n; ++r) std::memcpy(&row[r], rows[r] + first, sizeof(V));
        // Each turn doubles the rows whose elements stand side by side.
#pragma GCC unroll 4
    for (std::size_t together = 1; together < n; together *= 2) {
#pragma GCC unroll 8
        for (std::size_t r = 0; r < n / 2; ++r) {
            detail::interleave(row[r], row[r + n / 2], mixed[2 * r], mixed[2 * r + 1], std::make_index_sequence<n>());
        }
#pragma GCC unroll 16
        for (std::size_t r = 0; r < n; ++r) row[r] = mixed[r];
    }
#pragma GCC unroll 16
    for (std::size_t c = 0; c < n; ++c) std::memcpy(out + c * stride, &row[c], sizeof(V));
}

} // namespace fxp::kernels
