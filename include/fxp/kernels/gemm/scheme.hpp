// Schemes: which arithmetic a product of packed matrices is computed in. The narrowest one that provably suffices is
// chosen from max|a|, max|b| and the depth, or by norms.hpp.
#pragma once

#include "fxp/kernels/gemm/panel.hpp"
#include "fxp/kernels/operand.hpp"

#include <algorithm>

namespace fxp::kernels::gemm {

/// How a product is computed. P = max|a| * max|b|, K = depth; norms may prove of int16 what K P does not.
enum class Scheme : std::uint8_t {
    quads,   ///< int8, K P < 2^31: int32 sums; without signed kernels b is offset by 128, the share of which is
             ///< subtracted beforehand
    pairs,   ///< int16, K P < 2^31: int32 sums
    flushed, ///< int16: int32 sums over blocks of k with k P < 2^31, added up in int64
    split,   ///< any int16: blocks of 256, see avx512::split
    bytes,   ///< any int16, a = 256 h + l: two flushed products
    doubles, ///< int32: double sums over blocks of k with k P <= 2^53, added up in int64
    words    ///< int32: products and sums in int64
};

/// True when the elements fit int32 and every sum of depth products int64.
inline bool sums_fit_int64(const Operand& a, const Operand& b, std::size_t depth) {
    constexpr std::uint64_t int32_bound = std::uint64_t{1} << 31;
    constexpr std::uint64_t int64_max = ~std::uint64_t{0} >> 1;
    const auto fits = [](const Operand& o) { return o.bytes == 8 ? o.bound < int32_bound : o.bound <= int32_bound; };
    if (!fits(a) || !fits(b)) return false;
    const std::uint64_t largest = a.bound * b.bound; // at most 2^62
    return largest == 0 || depth <= int64_max / largest;
}

/// A scheme and how it cuts the depth.
struct Choice {
    Scheme scheme = Scheme::words;
    std::size_t unit_depth = 1; ///< elements of a unit
    std::size_t block = 0;      ///< steps of one call of a kernel
};

/// Steps of pairs in a block of int32 sums.
inline constexpr std::size_t pairs_block = block_bytes / (panel_rows * 4);

/// The narrowest scheme that suffices, when sums_fit_int64, among those with kernels.
inline Choice choose_scheme(const Operand& a, const Operand& b, std::size_t depth, const KernelSet& kernels) {
    // Shorter blocks than this cost more in flushing than another scheme does.
    constexpr std::size_t worthwhile_block = 48;
    Choice choice;
    const std::uint64_t largest = std::max<std::uint64_t>(a.bound * b.bound, 1);
    const std::uint64_t narrow_depth = ((std::uint64_t{1} << 31) - 1) / largest;
    const std::uint64_t double_depth = (std::uint64_t{1} << 53) / largest;
    const auto block = [&](std::uint64_t steps, std::size_t unit) {
        return static_cast<std::size_t>(std::min<std::uint64_t>(steps, block_bytes / (panel_rows * unit)));
    };
    constexpr std::uint64_t word_block = 128; // of a panel of b 16 kB, of one of a half as much
    if (a.bytes == 1 && b.bytes == 1 && kernels.quads[0] != nullptr && narrow_depth >= depth) {
        choice.scheme = Scheme::quads;
        choice.unit_depth = 4;
        choice.block = block(depth, 4);
    } else if (a.bytes <= 2 && b.bytes <= 2) {
        choice.unit_depth = 2;
        if (narrow_depth >= depth) {
            choice.scheme = Scheme::pairs;
            choice.block = block(depth, 4);
        } else if (narrow_depth >= worthwhile_block) {
            choice.scheme = Scheme::flushed;
            choice.block = block(narrow_depth / 2, 4);
        } else if (kernels.split[0] != nullptr) {
            choice.scheme = Scheme::split;
            choice.block = 128;
        } else {
            choice.scheme = Scheme::bytes; // 256 * 255 * 2^15 < 2^31
            choice.block = 128;
        }
    } else if (kernels.doubles[0] != nullptr && double_depth >= std::min<std::size_t>(depth, 32)) {
        choice.scheme = Scheme::doubles;
        choice.block = static_cast<std::size_t>(std::min({double_depth, std::uint64_t{depth}, word_block}));
    } else {
        choice.scheme = Scheme::words;
        choice.block = static_cast<std::size_t>(std::min(std::uint64_t{depth}, word_block));
    }
    return choice;
}

} // namespace fxp::kernels::gemm
