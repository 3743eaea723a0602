// Micro-kernels in plain C++: the specification of all others.
#pragma once

#include "fxp/core/wraps.hpp"
#include "fxp/kernels/dispatch.hpp"
#include "fxp/kernels/gemm/panel.hpp"

#include <cstring>

namespace fxp::kernels::gemm::portable {

/// Sums of one tile: Element[depth] of either operand make a unit, Sum is what they add up in, modulo its range.
template <class Element, std::size_t depth, class Sum, std::size_t rows>
[[FXP_WRAPS]] void tile(const Task& task) {
    constexpr std::size_t columns = step_bytes / (depth * sizeof(Element));
    using Modular = std::make_unsigned_t<Sum>;
    for (std::size_t r = 0; r < rows; ++r) {
        Modular sums[columns];
        std::memcpy(sums, static_cast<const Sum*>(task.start) + static_cast<std::ptrdiff_t>(r) * task.start_stride,
                    sizeof(sums));
        for (std::size_t s = 0; s < task.steps; ++s) {
            Element a[depth];
            Element b[columns * depth];
            std::memcpy(a, task.a + (s * rows + r) * sizeof(a), sizeof(a));
            std::memcpy(b, task.b + s * step_bytes, sizeof(b));
            for (std::size_t c = 0; c < columns; ++c) {
                for (std::size_t k = 0; k < depth; ++k) {
                    sums[c] += static_cast<Modular>(static_cast<Sum>(a[k]) * static_cast<Sum>(b[c * depth + k]));
                }
            }
        }
        std::memcpy(static_cast<Sum*>(task.out) + static_cast<std::ptrdiff_t>(r) * task.out_stride, sums, sizeof(sums));
    }
}

FXP_INLINE void widen_loop(const std::int32_t* FXP_RESTRICT tile, std::size_t rows, int shift,
                           std::int64_t* FXP_RESTRICT out, std::ptrdiff_t stride) {
    const std::int64_t factor = std::int64_t{1} << shift;
    for (std::size_t r = 0; r < rows; ++r, tile += panel_columns, out += stride) {
        for (std::size_t c = 0; c < panel_columns; ++c) out[c] += tile[c] * factor;
    }
}

inline void widen(const std::int32_t* tile, std::size_t rows, int shift, std::int64_t* out, std::ptrdiff_t stride) {
    widen_loop(tile, rows, shift, out, stride);
}

inline constexpr KernelSet kernels{
    .pairs = {tile<std::int16_t, 2, std::int32_t, 8>, tile<std::int16_t, 2, std::int32_t, 4>},
    .words = {tile<std::int64_t, 1, std::int64_t, 8>, tile<std::int64_t, 1, std::int64_t, 4>},
    .widen = widen};

} // namespace fxp::kernels::gemm::portable
