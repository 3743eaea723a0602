// Products of matrices for the tests of those that make them: drawn at random, or of factors that are one value all
// over.
#pragma once

#include "kernels/random_matrix.hpp"

#include <array>

namespace random_product {

using fxp::kernels::Operand;
using random_matrix::Data;
using random_matrix::Matrix;

/// What a product is of: a is (rows, depth), b is (depth, columns).
struct Shape {
    std::size_t rows;
    std::size_t columns;
    std::size_t depth;
    int a_bytes;
    int b_bytes;
    Data a_data;
    Data b_data;
};

/// The `index`th shape of a series: of two thirds of them both factors are stored alike.
inline Shape draw_shape(exact::Draw& draw, int index, std::size_t max_extent, std::size_t max_depth) {
    Shape s;
    const std::array<int, 4> storages{1, 2, 4, 8};
    const int common = storages[draw.below(3)];
    const auto storage = [&] { return index % 3 != 0 ? common : storages[draw.below(4)]; };
    s.a_bytes = storage();
    s.b_bytes = storage();
    const auto data = [&](int bytes) {
        const int word = std::min(8 * bytes, 32);
        const int bits = draw.below(2) == 0 ? word : 1 + static_cast<int>(draw.below(static_cast<std::size_t>(word)));
        return Data{bits, draw.below(4) == 0};
    };
    s.a_data = data(s.a_bytes);
    s.b_data = data(s.b_bytes);
    s.rows = 1 + draw.below(max_extent);
    s.columns = 1 + draw.below(max_extent);
    s.depth = draw.below(8) == 0 ? draw.below(2) : 1 + draw.below(max_depth);
    return s;
}

/// Factors of a shape. Of some the bound is all that the storage holds.
struct Factors {
    Matrix a;
    Matrix b;

    Factors(exact::Draw& draw, const Shape& s)
        : a(draw, s.rows, s.depth, s.a_bytes, s.a_data), b(draw, s.depth, s.columns, s.b_bytes, s.b_data) {
        for (Operand* o : {&a.operand, &b.operand}) {
            if (draw.below(4) == 0 && o->bytes <= 4) o->bound = std::uint64_t{1} << (8 * o->bytes - 1);
        }
    }
};

/// Factors of (size, depth) and (depth, size), each of one value all over; their bounds are all that T holds.
template <class T>
struct ConstantFactors {
    std::vector<T> a_values;
    std::vector<T> b_values;
    Operand a;
    Operand b;
    std::vector<fxp::int128> product;

    ConstantFactors(T left, T right, std::size_t size, std::size_t depth)
        : a_values(size * depth, left), b_values(size * depth, right),
          product(size * size, static_cast<fxp::int128>(left) * right * static_cast<fxp::int128>(depth)) {
        const auto along = static_cast<std::ptrdiff_t>(depth);
        const std::uint64_t bound = std::uint64_t{1} << (8 * sizeof(T) - 1);
        a = {a_values.data(), sizeof(T), along, 1, bound};
        b = {b_values.data(), sizeof(T), 1, along, bound};
    }
    ConstantFactors(const ConstantFactors&) = delete;
    ConstantFactors& operator=(const ConstantFactors&) = delete;
};

} // namespace random_product
