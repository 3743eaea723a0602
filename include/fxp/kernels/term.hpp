// Terms: the addends of a combine, and what their sum may come to.
#pragma once

#include "fxp/kernels/operand.hpp"

#include <utility>

namespace fxp::kernels {

/// One addend of a (rows, columns) result.
struct Term {
    enum class Kind : std::uint8_t {
        plain,       ///< a(r, c), or its negative
        elementwise, ///< a(r, c) * b(r, c)
        matrix       ///< sum over k < depth of a(r, k) * b(k, c)
    };
    Kind kind = Kind::plain;
    Operand a{};
    Operand b{};
    std::size_t depth = 1;
    int shift = 0;       ///< left shift that brings the term to the sum's fraction bits
    bool negate = false; ///< plain terms only
};

/// Whether all columns of it are the same: a number for each row.
inline bool is_column(const Term& term) { return term.kind == Term::Kind::plain && term.a.column_stride == 0; }

/// Makes it the term of the transposed sum.
inline void transpose(Term& term) {
    std::swap(term.a.row_stride, term.a.column_stride);
    std::swap(term.b.row_stride, term.b.column_stride);
    if (term.kind == Term::Kind::matrix) std::swap(term.a, term.b);
}

/// The term of the sum's rows from `row` on.
inline Term from_row(Term term, std::size_t row) {
    const auto advance = [&](Operand& operand) {
        if (operand.data == nullptr) return;
        operand.data = static_cast<const std::byte*>(operand.data) +
                       static_cast<std::ptrdiff_t>(row) * operand.row_stride * operand.bytes;
    };
    advance(term.a);
    if (term.kind != Term::Kind::matrix) advance(term.b);
    return term;
}

/// Makes a matrix product of depth 0, whose factors may have no elements to point at, plain zeros.
inline void give_elements(Term& term) {
    if (term.kind != Term::Kind::matrix || term.depth > 0) return;
    static constexpr std::int8_t zero = 0;
    const int shift = term.shift;
    term = {};
    term.a = {&zero, 1};
    term.depth = 0;
    term.shift = shift;
}

/// Largest number of terms of one combine.
inline constexpr std::size_t max_terms = 8;

/// Largest left shift of a term: 2^126 * 2^56 products * 2^64 stays within 256 bits.
inline constexpr int max_alignment = 64;

/// Upper bound of the sum of all magnitudes, saturating at 2^127.
inline uint128 sum_bound(const Term* terms, std::size_t count) {
    constexpr uint128 limit = uint128{1} << 127;
    uint128 total = 0;
    for (std::size_t t = 0; t < count; ++t) {
        const Term& term = terms[t];
        uint128 size = term.a.bound;
        if (term.kind != Term::Kind::plain) {
            size *= term.b.bound;
            if (size >> 63 != 0 && term.depth != 0 && size > limit / term.depth) return limit;
            size *= term.depth;
        }
        if (size > (limit >> term.shift)) return limit;
        size <<= term.shift;
        if (size > limit - total) return limit;
        total += size;
    }
    return total;
}

} // namespace fxp::kernels
