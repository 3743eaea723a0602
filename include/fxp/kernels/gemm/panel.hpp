// Panels: the order in which a matrix product reads its operands, and what a micro-kernel is given.
//
// Both operands are cut into panels of lanes: rows of a, columns of b. A panel is a sequence of steps along k; a step
// holds one unit per lane, and a unit holds the elements of one lane that one instruction multiplies and adds:
//
//   unit               bytes   depth per step   lanes of a panel of a    of b
//   4 x int8           4       4                8, the last 4 or 8       32
//   2 x int16          4       2                8, the last 4 or 8       32
//   1 x int64, double  8       1                8, the last 4 or 8       16
//
// A step of b is thus always 128 bytes. Lanes and elements beyond the matrix are zero, offset as the others are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fxp::kernels::gemm {

inline constexpr std::size_t panel_rows = 8;
inline constexpr std::size_t half_panel_rows = 4;
inline constexpr std::size_t step_bytes = 128; ///< of a panel of b
/// Bytes of a that a block of steps reads again for every panel of b.
inline constexpr std::size_t block_bytes = 16384;
/// Widest panel of b; blocks of the result begin at multiples of it.
inline constexpr std::size_t panel_columns = 32;

/// Memory on cache lines that grows and is reused.
class Buffer {
  public:
    /// Room for `bytes`; what it held is lost.
    std::byte* reserve(std::size_t bytes) {
        const std::size_t lines = (bytes + sizeof(Line) - 1) / sizeof(Line);
        if (lines > lines_.size()) {
            lines_.clear(); // nothing to copy when it grows
            lines_.resize(lines);
        }
        return lines_.empty() ? nullptr : lines_.front().bytes;
    }

  private:
    struct alignas(64) Line {
        std::byte bytes[64];
    };
    std::vector<Line> lines_;
};

/// Memory that a thread reuses from product to product.
struct Memory {
    Buffer a;
    Buffer b;
    Buffer a_extra;
    Buffer b_extra;
    Buffer row_start;
    Buffer column_start;
    Buffer a_copy;
    Buffer b_copy;
};

/// One call of a micro-kernel: out = start + sum over the steps, for the lanes of one panel of a times one of b.
/// A kernel for int32 sums computes modulo 2^32: exact when the final sums fit, whatever the partial ones do.
struct Task {
    const std::byte* a = nullptr;
    const std::byte* b = nullptr;
    const std::byte* a_extra = nullptr; ///< the second pair of panels of a kernel that multiplies twice
    const std::byte* b_extra = nullptr;
    const std::int32_t* extra_columns = nullptr; ///< of every column, what its sums of the second pair take as well
    const std::int32_t* extra_rows = nullptr;    ///< the same of every row
    // Distances in a, in bytes: what they are in a panel, unless it is read where it lies; see KernelSet::strides.
    std::ptrdiff_t a_lane = 0;  ///< from lane to lane
    std::ptrdiff_t a_step = 0;  ///< from step to step
    std::ptrdiff_t a_ahead = 0; ///< where the panel of a lies, from a, that a kernel may prefetch
    std::size_t steps = 0;
    const void* start = nullptr; ///< rows of int32 or int64, as out
    std::ptrdiff_t start_stride = 0;
    void* out = nullptr;
    std::ptrdiff_t out_stride = 0; ///< in elements
};

using Kernel = void (*)(const Task&);

/// What the sums of a task may start from, with start_stride 0.
alignas(64) inline constexpr std::int64_t zeros[panel_columns] = {};

/// out[r][c] += tile[r][c] * 2^shift over `rows` rows of panel_columns int32 each.
using Widen = void (*)(const std::int32_t* tile, std::size_t rows, int shift, std::int64_t* out, std::ptrdiff_t stride);

/// The micro-kernels of one instruction set. Null: it has none, use another scheme. [0] takes eight rows, [1] four.
struct KernelSet {
    Kernel quads[2] = {};   ///< int32 += 4 x (int8 of a * uint8 of b), or of int8 both: see signed_quads
    Kernel pairs[2] = {};   ///< int32 += 2 x (int16 * int16)
    Kernel split[2] = {};   ///< int64 += 2 x (int16 * int16) of any size, by a second look at the high bytes
    Kernel words[2] = {};   ///< int64 += int32 * int32, held in int64
    Kernel doubles[2] = {}; ///< int64 += double * double, every partial sum an integer up to 2^53
    Widen widen = nullptr;
    bool signed_quads = false; ///< quads take int8 of b as they are; else offset by 128
    bool strides = false;      ///< quads and pairs take a with any distances; others those of a panel
};

} // namespace fxp::kernels::gemm
