// Workspace: what sums of terms need room for, and what a thread keeps of it.
#pragma once

#include "fxp/kernels/gemm/direct.hpp"
#include "fxp/kernels/gemm/limb_product.hpp"
#include "fxp/kernels/gemm/product.hpp"
#include "fxp/kernels/gemm/tile_product.hpp"
#include "fxp/kernels/term.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fxp::kernels {

/// What a thread reuses from call to call: memory, and the products that lie in it.
struct Workspace {
    struct Packed {
        std::vector<std::int32_t> narrow;
        std::vector<std::int64_t> wide;
    };
    struct Product {
        gemm::Memory memory;
        gemm::LimbMemory limb_memory;
        gemm::MatrixProduct packed;
        gemm::TileProduct tiles;
        gemm::DirectProduct direct;
        gemm::LimbProduct limbs;
    };
    std::array<std::array<Packed, 2>, max_terms> packed;
    std::array<Product, max_terms> products;
};

namespace detail {

template <class T>
void make_row_major_as(Operand& operand, std::size_t rows, std::size_t columns, std::vector<T>& storage) {
    if (operand.bytes == static_cast<int>(sizeof(T)) && operand.column_stride == 1) return;
    if (storage.size() < rows * columns) storage.resize(rows * columns);
    if (operand.column_stride == 1 && operand.row_stride == static_cast<std::ptrdiff_t>(columns)) {
        load_row(operand, 0, 0, rows * columns, storage.data());
    } else {
        for (std::size_t r = 0; r < rows; ++r) {
            T* row = storage.data() + r * columns;
            const T* values = load_row(operand, r, 0, columns, row);
            if (values != row) std::copy(values, values + columns, row);
        }
    }
    operand.data = storage.data();
    operand.bytes = sizeof(T);
    operand.row_stride = static_cast<std::ptrdiff_t>(columns);
    operand.column_stride = 1;
}

} // namespace detail

/// The (rows, columns) operand becomes row-major, in words of int32 where `narrow`, else int64.
inline void make_row_major(Operand& operand, std::size_t rows, std::size_t columns, bool narrow,
                           Workspace::Packed& packed) {
    if (narrow) return detail::make_row_major_as(operand, rows, columns, packed.narrow);
    detail::make_row_major_as(operand, rows, columns, packed.wide);
}

} // namespace fxp::kernels
