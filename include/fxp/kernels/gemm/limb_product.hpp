// LimbProduct: exact sums of products of 32-bit words that leave 64 bits, out of two products that do not.
#pragma once

#include "fxp/kernels/gemm/product.hpp"

#include <array>

namespace fxp::kernels::gemm {

/// Memory that a thread reuses from product to product.
struct LimbMemory {
    Memory low;
    Memory high;
    Buffer low_limbs;
    Buffer high_limbs;
};

/// The exact product of a (rows, depth) and b (depth, columns) in 128 bits. With b = 2^16 h + l and 0 <= l < 2^16 it is
/// 2^16 times the product of a and h, plus the product of a and l.
class LimbProduct {
  public:
    /// Most columns of a tile.
    static constexpr std::size_t tile_columns = 256;

    /// True when both operands' elements fit int32 and the sums of both products int64.
    static bool suits(const Operand& a, const Operand& b, std::size_t depth) {
        // Words of 64 bits may hold 2^31 itself, which no limbs of 32 bits do.
        const std::uint64_t most = (std::uint64_t{1} << 31) - (b.bytes == 8 ? 1 : 0);
        return b.bound <= most && MatrixProduct::suits(a, low_limb(b), depth) &&
               MatrixProduct::suits(a, high_limb(b), depth);
    }

    LimbProduct() = default;
    /// Packs into `memory`, which must outlive this object.
    LimbProduct(const Operand& a, const Operand& b, std::size_t rows, std::size_t columns, std::size_t depth,
                LimbMemory& memory) {
        Operand low = low_limb(b);
        Operand high = high_limb(b);
        split(b, depth, columns, low, high, memory);
        low_ = MatrixProduct(a, low, rows, columns, depth, memory.low);
        high_ = MatrixProduct(a, high, rows, columns, depth, memory.high);
    }

    std::size_t column_bytes() const { return low_.column_bytes() + high_.column_bytes(); }

    /// As MatrixProduct::tile, for up to tile_columns columns.
    void tile(std::size_t row, std::size_t rows, std::size_t column, std::size_t columns, bool add, int128* sums,
              std::size_t stride) const {
        alignas(64) std::array<std::int64_t, panel_rows * tile_columns> low;
        alignas(64) std::array<std::int64_t, panel_rows * tile_columns> high;
        for (std::size_t r = 0; r < rows; r += panel_rows) {
            low_.tile(row + r, panel_rows, column, columns, false, low.data(), tile_columns);
            high_.tile(row + r, panel_rows, column, columns, false, high.data(), tile_columns);
            for (std::size_t i = 0; i < std::min(panel_rows, rows - r); ++i) {
                int128* to = sums + (r + i) * stride;
                for (std::size_t c = 0; c < columns; ++c) {
                    const std::size_t from = i * tile_columns + c;
                    const int128 sum = int128{high[from]} * limb + low[from];
                    to[c] = add ? to[c] + sum : sum;
                }
            }
        }
    }

  private:
    static constexpr int limb_bits = 16;
    static constexpr std::int64_t limb = std::int64_t{1} << limb_bits;

    // The limbs as the operands they become; data and strides are still those of b.
    static Operand low_limb(const Operand& b) {
        Operand low = b;
        low.bytes = 4;
        low.bound = limb - 1;
        return low;
    }
    static Operand high_limb(const Operand& b) {
        Operand high = b;
        high.bytes = 4;
        high.bound = (b.bound >> limb_bits) + 1;
        return high;
    }

    static void split(const Operand& b, std::size_t depth, std::size_t columns, Operand& low, Operand& high,
                      LimbMemory& memory) {
        auto* low_limbs = reinterpret_cast<std::int32_t*>(memory.low_limbs.reserve(depth * columns * 4));
        auto* high_limbs = reinterpret_cast<std::int32_t*>(memory.high_limbs.reserve(depth * columns * 4));
        low.data = low_limbs;
        high.data = high_limbs;
        for (std::size_t k = 0; k < depth; ++k, low_limbs += columns, high_limbs += columns) {
            const std::int32_t* row = load_row(b, k, 0, columns, low_limbs);
            for (std::size_t c = 0; c < columns; ++c) {
                const std::int32_t value = row[c];
                high_limbs[c] = value >> limb_bits;
                low_limbs[c] = value & static_cast<std::int32_t>(limb - 1);
            }
        }
        low.row_stride = high.row_stride = static_cast<std::ptrdiff_t>(columns);
        low.column_stride = high.column_stride = 1;
    }

    MatrixProduct low_;
    MatrixProduct high_;
};

} // namespace fxp::kernels::gemm
