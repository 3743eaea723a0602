// Blocks of exact sums on their way into a result: rounded, fitted, and stored or added.
#pragma once

#include "fxp/kernels/round_block.hpp"

#include <array>
#include <type_traits>

namespace fxp::kernels {

/// Most columns of a block.
inline constexpr std::size_t block_columns = 256;

/// Where sums go and how they are rounded on the way.
template <class Stored>
struct Destination {
    const Requantize& how;
    const Limits* add_to; ///< null: store; else add to what out holds, within these limits, its own
    Stored* out;
    std::size_t columns;         ///< of a row of out
    std::uint64_t first_element; ///< address of out[0] in the random stream
};

/// Sums of neighbouring rows and columns of a result.
template <class Wide>
struct SumBlock {
    std::size_t row = 0; ///< where the block begins
    std::size_t column = 0;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t stride = 0; ///< from row to row
    Wide* sums = nullptr;
    Wide* scratch = nullptr; ///< room for as many
    bool crowded = false;    ///< some value of the block before did not fit
};

/// Part of a block that is asked for: rows [row_begin, row_end) and columns [column_begin, column_end) of it.
struct BlockPart {
    std::size_t row_begin;
    std::size_t row_end;
    std::size_t column_begin;
    std::size_t column_end;

    std::size_t rows() const { return row_end - row_begin; }
    std::size_t columns() const { return column_end - column_begin; }
};

/// `count` rounded and fitted values, stored or added, from element `to` of out on; at most block_columns.
template <class Stored>
void finish_row(const std::int64_t* values, std::size_t count, const Destination<Stored>& result, std::size_t to,
                OverflowCount& events) {
    if (result.add_to == nullptr) return store_row(values, count, result.out + to);
    std::array<std::int64_t, block_columns> scratch;
    add_row(values, count, result.out + to, *result.add_to, result.how.overflow, scratch.data(), events);
}

/// Rounds in lanes of Wide and stores or adds; rounds_in_block(result.how, max|sum|).
template <class Wide, class Stored>
void store_block_in_lanes(SumBlock<Wide>& block, const BlockPart& part, const Destination<Stored>& result,
                          OverflowCount& events) {
    const Requantize& how = result.how;
    const std::size_t n = part.columns();
    const std::size_t first = (block.row + part.row_begin) * result.columns + block.column + part.column_begin;
    const auto store = [&](std::size_t row, std::size_t rows, const RowWords& random) {
        const Wide* sums = block.sums + (part.row_begin + row) * block.stride + part.column_begin;
        std::size_t to = first + row * result.columns;
        if (result.add_to == nullptr && how.overflow != Overflow::wrap) {
            return round_store(sums, rows, n, block.stride, how, random, result.out + to, result.columns, block.crowded,
                               events);
        }
        if (result.add_to != nullptr &&
            round_add(sums, rows, n, block.stride, how, random, *result.add_to, result.out + to, result.columns)) {
            return;
        }
        for (std::size_t r = 0; r < rows; ++r, sums += block.stride, to += result.columns) {
            round_block(sums, n, how, random.words + r * random.stride, block.scratch, events);
            if constexpr (std::is_same_v<Wide, std::int64_t>) {
                finish_row(block.scratch, n, result, to, events);
            } else {
                std::array<std::int64_t, block_columns> wide;
                store_row(block.scratch, n, wide.data());
                finish_row(wide.data(), n, result, to, events);
            }
        }
    };
    with_row_words(how, result.first_element + first, part.rows(), n, result.columns, store);
}

/// How many low bits of sums of magnitudes up to `bound` may be gathered into one, with 64 bits and the same rounding
/// as the result; zero when that cannot be. Rules that look at every lost bit cannot.
inline int gathered_bits(const Requantize& how, uint128 bound) {
    if (how.rounding == Rounding::pseudo_stochastic || how.rounding == Rounding::stochastic) return 0;
    int bits = 0;
    while (bound >> bits >= uint128{1} << 61) ++bits;
    // A border between two results is a multiple of two after gathering.
    return how.shift - bits >= 2 && how.shift - bits < 61 ? bits : 0;
}

/// As store_block_in_lanes, for gathered = gathered_bits(result.how, max|sum|) > 0.
template <class Stored>
void store_gathered_block(SumBlock<int128>& block, const BlockPart& part, const Destination<Stored>& result,
                          int gathered, OverflowCount& events) {
    Requantize how = result.how;
    how.shift -= gathered;
    const uint128 lost = (uint128{1} << gathered) - 1;
    const std::size_t n = part.columns();
    std::array<std::int64_t, block_columns> sums;
    std::array<std::int64_t, block_columns> rounded;
    for (std::size_t r = part.row_begin; r < part.row_end; ++r) {
        const int128* from = block.sums + r * block.stride + part.column_begin;
        for (std::size_t c = 0; c < n; ++c) {
            const bool rest = (static_cast<uint128>(from[c]) & lost) != 0;
            sums[c] = static_cast<std::int64_t>(from[c] >> gathered) | std::int64_t{rest};
        }
        const std::size_t element = (block.row + r) * result.columns + block.column + part.column_begin;
        if (result.add_to == nullptr && how.overflow != Overflow::wrap) {
            round_store(sums.data(), 1, n, n, how, {}, result.out + element, n, block.crowded, events);
        } else {
            round_block(sums.data(), n, how, nullptr, rounded.data(), events);
            finish_row(rounded.data(), n, result, element, events);
        }
    }
}

/// Rounds by any rule and shift and stores or adds.
template <class Wide, class Stored>
void store_block_by_rows(const SumBlock<Wide>& block, const BlockPart& part, const Destination<Stored>& result,
                         OverflowCount& events) {
    const std::size_t n = part.columns();
    std::array<std::int64_t, block_columns> rounded;
    for (std::size_t r = part.row_begin; r < part.row_end; ++r) {
        const Wide* sums = block.sums + r * block.stride + part.column_begin;
        const std::size_t element = (block.row + r) * result.columns + block.column + part.column_begin;
        if constexpr (sizeof(Wide) >= 8) {
            round_row(sums, n, result.how, result.first_element + element, rounded.data(), events);
        } else {
            std::array<std::int64_t, block_columns> wide;
            store_row(sums, n, wide.data());
            round_row(wide.data(), n, result.how, result.first_element + element, rounded.data(), events);
        }
        finish_row(rounded.data(), n, result, element, events);
    }
}

} // namespace fxp::kernels
