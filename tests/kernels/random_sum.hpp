// RandomSum: terms of a sum with operands drawn at random, stored in every way, and what they sum to exactly.
#pragma once

#include "core/exact.hpp"

#include <fxp/kernels/combine.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace fxp_test {

using exact::Integer;
using fxp::kernels::Accumulator;
using fxp::kernels::Operand;
using fxp::kernels::Term;

/// A (rows, columns) matrix stored somehow: in 1, 2, 4 or 8 bytes, row-major, column-major, padded or stretched.
struct Matrix {
    std::vector<std::int64_t> values; ///< row-major, as the oracle sees them
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<std::byte> memory;
    Operand operand;

    std::int64_t at(std::size_t r, std::size_t c) const { return values[r * columns + c]; }
    std::int64_t max_magnitude() const { // fits, since words of 64 bits are drawn from their symmetric range
        std::int64_t result = 0;
        for (const std::int64_t v : values) result = std::max(result, v < 0 ? -v : v);
        return result;
    }
};

enum class Layout { row_major, column_major, padded, one_row, one_column, one_value };

inline Matrix random_matrix(exact::Draw& draw, std::size_t rows, std::size_t columns, int word_bits, Layout layout) {
    Matrix m;
    m.rows = rows;
    m.columns = columns;
    m.values.resize(rows * columns);
    const int bytes = word_bits <= 8 ? 1 : word_bits <= 16 ? 2 : word_bits <= 32 ? 4 : 8;
    std::size_t row_stride = columns;
    std::size_t column_stride = 1;
    switch (layout) {
    case Layout::row_major:
        break;
    case Layout::column_major:
        row_stride = 1;
        column_stride = rows;
        break;
    case Layout::padded:
        row_stride = columns + 3;
        break;
    case Layout::one_row:
        row_stride = 0;
        break;
    case Layout::one_column:
        row_stride = 1;
        column_stride = 0;
        break;
    case Layout::one_value:
        row_stride = 0;
        column_stride = 0;
        break;
    }
    const std::size_t slots = rows * columns == 0 ? 0 : (rows - 1) * row_stride + (columns - 1) * column_stride + 1;
    std::vector<std::int64_t> stored(slots);
    for (auto& v : stored) v = draw.raw(word_bits, word_bits < 64 ? fxp::Range::full : fxp::Range::symmetric);
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            m.values[r * columns + c] = stored[r * row_stride + c * column_stride];
        }
    }
    m.memory.resize(slots * static_cast<std::size_t>(bytes));
    for (std::size_t i = 0; i < slots; ++i) {
        const auto put = [&]<class T>(T value) { std::memcpy(m.memory.data() + i * sizeof(T), &value, sizeof(T)); };
        if (bytes == 1) put(static_cast<std::int8_t>(stored[i]));
        if (bytes == 2) put(static_cast<std::int16_t>(stored[i]));
        if (bytes == 4) put(static_cast<std::int32_t>(stored[i]));
        if (bytes == 8) put(stored[i]);
    }
    m.operand = {m.memory.data(), bytes, static_cast<std::ptrdiff_t>(row_stride),
                 static_cast<std::ptrdiff_t>(column_stride), std::uint64_t{1} << (word_bits - 1)};
    return m;
}

struct RandomSum {
    std::size_t rows = 1;
    std::size_t columns = 1;
    std::vector<Matrix> a;
    std::vector<Matrix> b;
    std::vector<Term> terms;

    void add(exact::Draw& draw, Term::Kind kind, std::size_t depth, int word_a, int word_b, int shift, bool negate) {
        const bool matrix = kind == Term::Kind::matrix;
        const auto layout = [&] { return static_cast<Layout>(draw.below(matrix ? 3 : 6)); };
        a.push_back(random_matrix(draw, rows, matrix ? depth : columns, word_a, layout()));
        b.push_back(random_matrix(draw, matrix ? depth : rows, columns, word_b, layout()));
        Term term;
        term.kind = kind;
        term.depth = matrix ? depth : 1;
        term.shift = shift;
        term.negate = negate && kind == Term::Kind::plain;
        terms.push_back(term);
    }
    /// Operands point into the matrices, so this comes last.
    void link() {
        for (std::size_t t = 0; t < terms.size(); ++t) {
            terms[t].a = a[t].operand;
            if (terms[t].kind != Term::Kind::plain) terms[t].b = b[t].operand;
        }
    }

    std::vector<Integer> sums() const {
        std::vector<Integer> result(rows * columns);
        for (std::size_t t = 0; t < terms.size(); ++t) {
            const Integer factor = Integer::pow2(terms[t].shift);
            for (std::size_t r = 0; r < rows; ++r) {
                for (std::size_t c = 0; c < columns; ++c) {
                    Integer sum;
                    switch (terms[t].kind) {
                    case Term::Kind::plain:
                        sum = Integer{terms[t].negate ? -exact::i128{a[t].at(r, c)} : exact::i128{a[t].at(r, c)}};
                        break;
                    case Term::Kind::elementwise:
                        sum = Integer{exact::i128{a[t].at(r, c)} * b[t].at(r, c)};
                        break;
                    case Term::Kind::matrix:
                        for (std::size_t k = 0; k < terms[t].depth; ++k) {
                            sum = sum + Integer{exact::i128{a[t].at(r, k)} * b[t].at(k, c)};
                        }
                        break;
                    }
                    result[r * columns + c] = result[r * columns + c] + sum * factor;
                }
            }
        }
        return result;
    }

    /// The accumulator that the documentation promises: by the formats' bounds, or measured where these do not do.
    Accumulator expected_accumulator() const {
        const auto total = [&](bool measured) {
            Integer sum;
            for (std::size_t t = 0; t < terms.size(); ++t) {
                const Integer x{measured ? exact::i128{a[t].max_magnitude()} : exact::i128{terms[t].a.bound}};
                Integer size = x;
                if (terms[t].kind != Term::Kind::plain) {
                    const Integer y{measured ? exact::i128{b[t].max_magnitude()} : exact::i128{terms[t].b.bound}};
                    size = x * y * Integer{static_cast<exact::i128>(terms[t].depth)};
                }
                sum = sum + size * Integer::pow2(terms[t].shift);
            }
            return sum;
        };
        bool multiplies = rows >= 4 && columns >= 8;
        bool any_matrix = false;
        for (const Term& term : terms) {
            if (term.kind != Term::Kind::matrix || term.depth == 0) continue;
            any_matrix = true;
            multiplies = multiplies && term.a.bytes <= 2 && term.b.bytes <= 2;
        }
        const bool narrow = total(false) < Integer::pow2(31) || total(true) < Integer::pow2(31);
        if (any_matrix && multiplies && narrow) return Accumulator::bits32;
        if (total(false) < Integer::pow2(63) || total(true) < Integer::pow2(63)) return Accumulator::bits64;
        return total(true) < Integer::pow2(127) ? Accumulator::bits128 : Accumulator::bits256;
    }
};

} // namespace fxp_test
