// What a micro-kernel for unpacked matrices is given.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fxp::kernels::gemm {

/// One call: the product of up to four rows of a and a few columns of b. Strides count elements.
struct DirectTask {
    const void* a = nullptr;
    std::ptrdiff_t a_stride = 0; ///< from row to row
    std::ptrdiff_t a_step = 0;   ///< along k; dots take it as one
    const void* b = nullptr;
    std::ptrdiff_t b_stride = 0; ///< from column to column; broadcasts take it as one
    std::ptrdiff_t b_step = 0;   ///< along k; dots take it as one
    std::size_t depth = 0;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::int64_t* out = nullptr;
    std::ptrdiff_t out_stride = 0; ///< from row to row
    bool add = false;              ///< to what out holds
};

using DirectKernel = void (*)(const DirectTask&);

/// [i][j]: up to four rows for i = 0, up to two for i = 1; the more columns for j = 0, the fewer for j = 1.
struct DirectByExtent {
    DirectKernel kernels[2][2];
};

/// The kernels of one arithmetic. [0] reads int32, [1] int64.
struct DirectKernels {
    /// b lies along its columns: 32 of them or 8. a is held in units of the arithmetic, int64 or double.
    DirectByExtent broadcast[2];
    /// a and b lie along k: four columns or two. [words of a][words of b].
    DirectByExtent dots[2][2];
};

} // namespace fxp::kernels::gemm
