// PlainTensor: what operations on matrices of fixed-point numbers should give, in __int128, one element after the
// other. An operation that the library should refuse gives none.
#pragma once

#include "core/exact.hpp"

#include <fxp/core/format.hpp>
#include <fxp/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace fuzz {

using exact::i128;

struct PlainTensor {
    std::size_t rows = 0;
    std::size_t columns = 0;
    fxp::Format format{8, 0};
    std::vector<i128> raws; ///< row-major

    PlainTensor() = default;
    PlainTensor(std::size_t r, std::size_t c, fxp::Format of) : rows(r), columns(c), format(of), raws(r * c) {}

    std::size_t size() const { return raws.size(); }
    i128& at(std::size_t r, std::size_t c) { return raws[r * columns + c]; }
    i128 at(std::size_t r, std::size_t c) const { return raws[r * columns + c]; }
    /// As at(), of a matrix that stretches along axes of extent 1.
    i128 stretched(std::size_t r, std::size_t c) const { return at(rows == 1 ? 0 : r, columns == 1 ? 0 : c); }
    std::size_t extent(std::size_t axis) const { return axis == 0 ? rows : columns; }
    bool same_shape(const PlainTensor& other) const { return rows == other.rows && columns == other.columns; }

    PlainTensor transposed() const {
        PlainTensor result(columns, rows, format);
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t c = 0; c < columns; ++c) result.at(c, r) = at(r, c);
        }
        return result;
    }
};

/// How a result is rounded and fitted.
struct PlainContext {
    fxp::Rounding rounding;
    fxp::Overflow overflow;
    fxp::RandomStream random;

    /// value / 2^shift as element `index` of a result in `format`.
    i128 fitted(i128 value, int shift, fxp::Format format, std::size_t index, exact::Events& events) const {
        const std::uint32_t word = rounding == fxp::Rounding::stochastic ? random.word(index) : 0;
        return exact::requantized(rounding, overflow, value, shift, format.word_bits(), events, word, format.range);
    }
};

/// A result and its overflows.
struct Outcome {
    PlainTensor result;
    exact::Events events{};
};

// ---- terms of sums; their raws are exact, not of the format's word ----

using PlainTerm = std::optional<PlainTensor>; ///< none: the operands' shapes do not fit

inline PlainTerm plain_term(PlainTensor a, bool negate, int exponent) {
    a.format.frac_bits -= exponent;
    for (i128& raw : a.raws) raw = negate ? -raw : raw;
    return a;
}

/// The extent that two have in common, where 1 stretches.
inline std::optional<std::size_t> common_extent(std::size_t a, std::size_t b) {
    if (a == b || b == 1) return a;
    return a == 1 ? std::optional(b) : std::nullopt;
}

inline PlainTerm elementwise_term(const PlainTensor& a, const PlainTensor& b) {
    const auto rows = common_extent(a.rows, b.rows);
    const auto columns = common_extent(a.columns, b.columns);
    if (!rows || !columns) return std::nullopt;
    PlainTensor result(*rows, *columns, {0, a.format.frac_bits + b.format.frac_bits});
    for (std::size_t r = 0; r < *rows; ++r) {
        for (std::size_t c = 0; c < *columns; ++c) result.at(r, c) = a.stretched(r, c) * b.stretched(r, c);
    }
    return result;
}

inline PlainTerm matrix_term(const PlainTensor& a, const PlainTensor& b) {
    if (a.columns != b.rows) return std::nullopt;
    PlainTensor result(a.rows, b.columns, {0, a.format.frac_bits + b.format.frac_bits});
    for (std::size_t r = 0; r < a.rows; ++r) {
        for (std::size_t c = 0; c < b.columns; ++c) {
            for (std::size_t k = 0; k < a.columns; ++k) result.at(r, c) += a.at(r, k) * b.at(k, c);
        }
    }
    return result;
}

/// The exact sum of terms, of which the first `matrices` are matrix products and do not stretch.
inline PlainTerm sum_of(std::span<const PlainTerm> terms, std::size_t matrices) {
    if (!terms[0]) return std::nullopt;
    PlainTensor sum = *terms[0];
    for (const PlainTerm& term : terms) {
        if (!term) return std::nullopt;
        const auto rows = common_extent(sum.rows, term->rows);
        const auto columns = common_extent(sum.columns, term->columns);
        if (!rows || !columns) return std::nullopt;
        sum.rows = *rows;
        sum.columns = *columns;
        sum.format.frac_bits = std::max(sum.format.frac_bits, term->format.frac_bits);
    }
    for (const PlainTerm& term : terms.first(matrices)) {
        if (!sum.same_shape(*term)) return std::nullopt;
    }
    sum.raws.assign(sum.rows * sum.columns, 0);
    for (const PlainTerm& term : terms) {
        const i128 unit = exact::power(i128{}, sum.format.frac_bits - term->format.frac_bits);
        for (std::size_t r = 0; r < sum.rows; ++r) {
            for (std::size_t c = 0; c < sum.columns; ++c) sum.at(r, c) += term->stretched(r, c) * unit;
        }
    }
    return sum;
}

// ---- operations that round ----

/// `exact` in another format.
inline Outcome rounded_to(fxp::Format format, const PlainTensor& exact, const PlainContext& context) {
    Outcome outcome{PlainTensor(exact.rows, exact.columns, format)};
    const int shift = exact.format.frac_bits - format.frac_bits;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        outcome.result.raws[i] = context.fitted(exact.raws[i], shift, format, i, outcome.events);
    }
    return outcome;
}

/// `exact` in the format `contribution`, added to `out` in out's own; none unless of its shape.
inline std::optional<Outcome> accumulated(const PlainTensor& out, fxp::Format contribution, const PlainTensor& exact,
                                          const PlainContext& context) {
    if (!out.same_shape(exact)) return std::nullopt;
    Outcome outcome = rounded_to(contribution, exact, context);
    outcome.result.format = out.format;
    for (std::size_t i = 0; i < out.size(); ++i) {
        i128& raw = outcome.result.raws[i];
        raw = context.fitted(out.raws[i] + raw, 0, out.format, i, outcome.events);
    }
    return outcome;
}

/// The sum over rows, columns or both, whose extents become 1.
inline Outcome reduced(const PlainTensor& a, bool over_rows, bool over_columns, fxp::Format format,
                       const PlainContext& context) {
    PlainTensor sum(over_rows ? 1 : a.rows, over_columns ? 1 : a.columns, a.format);
    for (std::size_t r = 0; r < a.rows; ++r) {
        for (std::size_t c = 0; c < a.columns; ++c) sum.at(over_rows ? 0 : r, over_columns ? 0 : c) += a.at(r, c);
    }
    return rounded_to(format, sum, context);
}

/// A function of one number, to nearest, saturated. The long double's error is far below what could change a rounding
/// of 8 bits.
template <class Function>
Outcome applied(Function function, const PlainTensor& x, fxp::Format format) {
    Outcome outcome{PlainTensor(x.rows, x.columns, format)};
    for (std::size_t i = 0; i < x.size(); ++i) {
        const long double y = function(std::ldexp(static_cast<long double>(x.raws[i]), -x.format.frac_bits));
        const auto nearest = static_cast<i128>(std::nearbyint(std::ldexp(y, format.frac_bits)));
        const auto fitted = exact::fitted(fxp::Overflow::saturate, nearest, format.word_bits());
        if (fitted.event) outcome.events.record(nearest);
        outcome.result.raws[i] = fitted.value;
    }
    return outcome;
}

// ---- operations that move elements; a result is of a's format ----

/// The result of (rows, columns) whose element (r, c) is a's at(r, c) of `from`.
template <class From>
PlainTensor moved(const PlainTensor& a, std::size_t rows, std::size_t columns, From from) {
    PlainTensor result(rows, columns, a.format);
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) result.at(r, c) = from(r, c);
    }
    return result;
}

inline std::optional<PlainTensor> index_selected(const PlainTensor& a, std::size_t axis,
                                                 std::span<const std::size_t> indices) {
    for (const std::size_t index : indices) {
        if (index >= a.extent(axis)) return std::nullopt;
    }
    if (axis == 0) {
        return moved(a, indices.size(), a.columns, [&](std::size_t r, std::size_t c) { return a.at(indices[r], c); });
    }
    return moved(a, a.rows, indices.size(), [&](std::size_t r, std::size_t c) { return a.at(r, indices[c]); });
}

/// a added at `indices` of an axis of extent `extent`, fitted after each addition.
inline std::optional<Outcome> index_added(const PlainTensor& a, std::size_t axis, std::size_t extent,
                                          std::span<const std::size_t> indices, const PlainContext& context) {
    if (indices.size() != a.extent(axis)) return std::nullopt;
    Outcome outcome{axis == 0 ? PlainTensor(extent, a.columns, a.format) : PlainTensor(a.rows, extent, a.format)};
    for (const std::size_t index : indices) {
        if (index >= extent) return std::nullopt;
    }
    for (std::size_t r = 0; r < a.rows; ++r) {
        for (std::size_t c = 0; c < a.columns; ++c) {
            i128& sum = axis == 0 ? outcome.result.at(indices[r], c) : outcome.result.at(r, indices[c]);
            sum = context.fitted(sum + a.at(r, c), 0, a.format, 0, outcome.events);
        }
    }
    return outcome;
}

inline std::optional<PlainTensor> concatenated(const PlainTensor& a, const PlainTensor& b, std::size_t axis) {
    if (a.extent(1 - axis) != b.extent(1 - axis) || !(a.format == b.format)) return std::nullopt;
    if (axis == 0) {
        return moved(a, a.rows + b.rows, a.columns,
                     [&](std::size_t r, std::size_t c) { return r < a.rows ? a.at(r, c) : b.at(r - a.rows, c); });
    }
    return moved(a, a.rows, a.columns + b.columns,
                 [&](std::size_t r, std::size_t c) { return c < a.columns ? a.at(r, c) : b.at(r, c - a.columns); });
}

} // namespace fuzz
