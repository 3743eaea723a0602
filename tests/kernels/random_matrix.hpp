// Matrices of integers in memory of any layout, drawn at random, and their plain products.
#pragma once

#include "core/exact.hpp"

#include <fxp/kernels/gemm/factors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace random_matrix {

/// What elements are like: drawn over the whole storage, its least value only, or of at most so many bits.
struct Data {
    int bits; ///< elements lie within [-2^(bits - 1), 2^(bits - 1))
    bool extremes;
};

/// A strided matrix in memory that begins at any address its elements may have.
struct Matrix {
    std::vector<std::int64_t> values; ///< row-major
    std::vector<std::byte> memory;
    fxp::kernels::Operand operand;

    Matrix(exact::Draw& draw, std::size_t rows, std::size_t columns, int bytes, const Data& data) {
        const std::size_t gap = draw.below(3) == 0 ? draw.below(5) : 0;
        const bool transposed = draw.below(2) == 0;
        const std::size_t leading = (transposed ? rows : columns) + gap;
        const std::size_t row_stride = transposed ? 1 : leading;
        const std::size_t column_stride = transposed ? leading : 1;
        const std::size_t spread = draw.below(8) == 0 ? 2 : 1; // no stride is one
        const std::size_t slots =
            rows * columns == 0 ? 0 : ((rows - 1) * row_stride + (columns - 1) * column_stride) * spread + 1;
        const std::size_t offset = draw.below(16) * static_cast<std::size_t>(bytes);
        memory.resize(offset + slots * static_cast<std::size_t>(bytes));
        values.resize(rows * columns);
        std::uint64_t bound = 0;
        const std::int64_t least = -(std::int64_t{1} << (data.bits - 1));
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t c = 0; c < columns; ++c) {
                std::int64_t value = static_cast<std::int64_t>(draw.bits()) >> (64 - data.bits);
                if (data.extremes) value = draw.below(4) == 0 ? -1 - least : least;
                values[r * columns + c] = value;
                bound = std::max(bound, fxp::kernels::detail::magnitude(value));
                const std::size_t slot = (r * row_stride + c * column_stride) * spread;
                // Little endian: the low bytes come first.
                std::memcpy(memory.data() + offset + slot * static_cast<std::size_t>(bytes), &value,
                            static_cast<std::size_t>(bytes));
            }
        }
        operand = {memory.data() + offset, bytes, static_cast<std::ptrdiff_t>(row_stride * spread),
                   static_cast<std::ptrdiff_t>(column_stride * spread), bound};
    }
};

inline std::vector<fxp::int128> plain_product(const Matrix& a, const Matrix& b, std::size_t rows, std::size_t columns,
                                              std::size_t depth) {
    std::vector<fxp::int128> result(rows * columns);
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t k = 0; k < depth; ++k) {
            const fxp::int128 factor = a.values[r * depth + k];
            for (std::size_t c = 0; c < columns; ++c) result[r * columns + c] += factor * b.values[k * columns + c];
        }
    }
    return result;
}

/// Factors of several products, of words of so many bytes, and the sum of all.
struct Factors {
    std::vector<Matrix> a;
    std::vector<Matrix> b;
    std::vector<fxp::kernels::gemm::Factors> factors; ///< of elements of a and b: not to be copied
    std::vector<fxp::int128> sums;

    Factors(exact::Draw& draw, std::size_t products, std::size_t rows, std::size_t columns, std::size_t most_depth,
            int bytes)
        : sums(rows * columns) {
        a.reserve(products);
        b.reserve(products);
        const auto data = [&] {
            return Data{1 + static_cast<int>(draw.below(8 * static_cast<std::size_t>(bytes))), draw.below(4) == 0};
        };
        for (std::size_t i = 0; i < products; ++i) {
            const std::size_t depth = 1 + draw.below(most_depth);
            a.emplace_back(draw, rows, depth, bytes, data());
            b.emplace_back(draw, depth, columns, bytes, data());
            factors.push_back({&a.back().operand, &b.back().operand, depth});
            const std::vector<fxp::int128> product = plain_product(a.back(), b.back(), rows, columns, depth);
            for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += product[k];
        }
    }
    Factors(const Factors&) = delete;
    Factors& operator=(const Factors&) = delete;
};

} // namespace random_matrix
