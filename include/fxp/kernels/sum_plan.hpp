// How a sum of terms is computed: in which accumulator, and by which products.
#pragma once

#include "fxp/kernels/gemm/direct.hpp"
#include "fxp/kernels/gemm/limb_product.hpp"
#include "fxp/kernels/gemm/product.hpp"
#include "fxp/kernels/gemm/tile_product.hpp"
#include "fxp/kernels/term.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace fxp::kernels {

/// The smallest accumulator that provably holds every sum; bits32 only where matrix products of 8- and 16-bit words
/// gain by it.
enum class Accumulator : std::uint8_t { bits32, bits64, bits128, bits256 };

/// How matrix terms are multiplied.
enum class Method : std::uint8_t {
    rows,   ///< row by row, by the loops of any accumulator
    packed, ///< every JoinedTerms is a gemm::MatrixProduct
    tiles,  ///< every JoinedTerms is a gemm::TileProduct
    direct, ///< every one is a gemm::DirectProduct
    limbs   ///< every one is a gemm::LimbProduct, of sums that leave 64 bits
};

struct SumPlan {
    Accumulator accumulator = Accumulator::bits256;
    Method method = Method::rows;
    uint128 bound = 0; ///< of the magnitude of every sum
};

/// Matrix terms that one product sums: those of 8- and 16-bit words that agree in shift and widths of words. Others
/// stand alone: the bounds of some could send all into a wider arithmetic.
class JoinedTerms {
  public:
    /// The terms of which terms[first], a matrix term, is the first; none when another one is.
    JoinedTerms(const Term* terms, std::size_t count, std::size_t first) {
        const Term& leader = terms[first];
        const auto joins = [&](const Term& term) {
            return term.kind == Term::Kind::matrix && term.shift == leader.shift && term.a.bytes == leader.a.bytes &&
                   term.b.bytes == leader.b.bytes && term.a.bytes <= 2 && term.b.bytes <= 2;
        };
        for (std::size_t t = 0; t < first; ++t) {
            if (joins(terms[t])) return;
        }
        for (std::size_t t = first; t < count; ++t) {
            if (t == first || joins(terms[t])) factors_[count_++] = {&terms[t].a, &terms[t].b, terms[t].depth};
        }
    }

    bool empty() const { return count_ == 0; }
    std::span<const gemm::Factors> factors() const { return {factors_.data(), count_}; }

  private:
    std::array<gemm::Factors, max_terms> factors_{};
    std::size_t count_ = 0;
};

namespace detail {

/// True when the predicate holds for every product of joined terms.
template <class Predicate>
bool every_product(const Term* terms, std::size_t count, Predicate&& holds) {
    for (std::size_t t = 0; t < count; ++t) {
        if (terms[t].kind != Term::Kind::matrix) continue;
        const JoinedTerms joined(terms, count, t);
        if (!joined.empty() && !holds(gemm::Joined(joined.factors()))) return false;
    }
    return true;
}

/// True when the predicate holds for every matrix term.
template <class Predicate>
bool every_matrix(const Term* terms, std::size_t count, Predicate&& holds) {
    return std::all_of(terms, terms + count,
                       [&](const Term& term) { return term.kind != Term::Kind::matrix || holds(term); });
}

/// Takes the bounds of a term from its data.
inline void measure(Term& term, std::size_t rows, std::size_t columns) {
    const bool matrix = term.kind == Term::Kind::matrix;
    term.a.bound = max_magnitude(term.a, rows, matrix ? term.depth : columns);
    if (term.kind != Term::Kind::plain) term.b.bound = max_magnitude(term.b, matrix ? term.depth : rows, columns);
    // Zero needs no alignment, and no accumulator wide enough for its shift was chosen.
    if (term.a.bound == 0 || (term.kind != Term::Kind::plain && term.b.bound == 0)) term.shift = 0;
}

/// Multiply-adds of a (rows, columns) sum.
inline std::uint64_t work_of(const Term* terms, std::size_t count, std::size_t rows, std::size_t columns) {
    std::uint64_t depth = 0;
    for (std::size_t t = 0; t < count; ++t) depth += terms[t].depth;
    return depth * rows * columns;
}

/// True when a packed product is faster in tiles. The limits were measured: tiles are filled up to 64 along k, and cost
/// more before and after multiplying than panels do.
inline bool gains_by_tiles(const gemm::Joined& m, std::size_t rows, std::size_t columns) {
    if (!gemm::TileProduct::suits(m.a, m.b, m.depth) || m.least_depth < 64) return false;
    const std::size_t filled = (m.least_depth + 63) / 64 * 64;
    const bool both_turned = m.a.column_stride != 1 && m.b.column_stride != 1;
    const std::size_t work = m.depth * rows * columns / (both_turned ? 2 : 1);
    switch (gemm::choose_scheme(m.a, m.b, m.depth, gemm::kernels_of(gemm::active_set())).scheme) {
    case gemm::Scheme::pairs:
    case gemm::Scheme::flushed:
        return work >= std::size_t{1} << 19 && 5 * m.least_depth >= 4 * filled;
    case gemm::Scheme::doubles:
    case gemm::Scheme::words:
        return work >= std::size_t{1} << 19;
    default:
        return work >= std::size_t{1} << 15;
    }
}

/// True when dot products of words that lie along k are faster than packing both operands: few columns of panels would
/// be used. Measures the terms where that decides. The limits were measured.
inline bool gains_by_dots(Term* terms, std::size_t count, std::size_t rows, std::size_t columns) {
    constexpr std::size_t few_columns = 16;
    constexpr std::size_t few_results = 1024;
    constexpr std::size_t long_depth = 64;
    const auto lies_along_depth = [](const Term& m) {
        return m.depth >= long_depth && gemm::DirectProduct::lies_along_depth(m.a, m.b) &&
               gemm::DirectProduct::suits(m.a, m.b, m.depth);
    };
    if (columns > few_columns || rows * columns > few_results || !every_matrix(terms, count, lies_along_depth)) {
        return false;
    }
    for (std::size_t t = 0; t < count; ++t) {
        if (terms[t].kind == Term::Kind::matrix) measure(terms[t], rows, columns);
    }
    return every_matrix(terms, count, [](const Term& m) { return gemm::DirectProduct::in_tiles16(m.a, m.b, m.depth); });
}

} // namespace detail

/// The accumulator and the method for a (rows, columns) sum. Bounds that do not decide are replaced by those of the
/// data, but for most words of up to 16 bits that are going to be packed: their products know narrower ones.
inline SumPlan plan_sum(Term* terms, std::size_t count, std::size_t rows, std::size_t columns) {
    // Multiply-adds from which on wider words repay packing.
    constexpr std::size_t worthwhile_work = std::size_t{1} << 17;
    SumPlan plan;
    constexpr uint128 max64 = (uint128{1} << 63) - 1;
    constexpr uint128 max32 = (uint128{1} << 31) - 1;
    bool wide_storage = false;
    bool narrow_factors = true;
    bool any_matrix = false;
    for (std::size_t t = 0; t < count; ++t) {
        const Term& term = terms[t];
        wide_storage |= term.a.bytes == 8;
        if (term.kind != Term::Kind::plain) wide_storage |= term.b.bytes == 8;
        if (term.kind != Term::Kind::matrix) continue;
        any_matrix = true;
        narrow_factors &= term.a.bytes <= 2 && term.b.bytes <= 2;
    }
    // Fewer rows or columns do not repay packing into panels, nor do small products of wider words.
    const bool packs = any_matrix && rows >= 4 && columns >= 8 &&
                       (narrow_factors || detail::work_of(terms, count, rows, columns) >= worthwhile_work);
    // The formats' own bounds may do. Otherwise, when 64-bit operands might prove narrow, or when a product gains
    // by small bounds, the data are measured. Panels of short words measure themselves.
    const bool measures = !narrow_factors || gemm::active_set() == gemm::Set::amx;
    plan.bound = sum_bound(terms, count);
    if (plan.bound > max64 / 2 || wide_storage || (packs && measures && plan.bound > max32)) {
        for (std::size_t t = 0; t < count; ++t) detail::measure(terms[t], rows, columns);
        plan.bound = sum_bound(terms, count);
    }
    plan.accumulator = plan.bound <= max64                ? Accumulator::bits64
                       : plan.bound < (uint128{1} << 127) ? Accumulator::bits128
                                                          : Accumulator::bits256;
    if (!any_matrix || plan.accumulator == Accumulator::bits256) return plan;
    if (plan.accumulator == Accumulator::bits128) {
        const bool worthwhile = rows >= 4 && columns >= 8;
        if (worthwhile && detail::every_matrix(terms, count, [](const Term& m) {
                return gemm::LimbProduct::suits(m.a, m.b, m.depth);
            })) {
            plan.method = Method::limbs;
        }
        return plan;
    }
    if (packs && narrow_factors && detail::gains_by_dots(terms, count, rows, columns)) {
        plan.method = Method::direct;
        return plan;
    }
    bool in_tiles = true;
    bool fits_narrow = narrow_factors && plan.bound <= max32;
    if (packs && detail::every_product(terms, count, [&](const gemm::Joined& m) {
            in_tiles = in_tiles && detail::gains_by_tiles(m, rows, columns);
            // Joined bounds choose the arithmetic of a product, which is to fit too.
            fits_narrow = fits_narrow && uint128{m.a.bound} * m.b.bound * m.depth <= max32;
            return gemm::MatrixProduct::suits(m.a, m.b, m.depth);
        })) {
        plan.method = in_tiles ? Method::tiles : Method::packed;
        if (fits_narrow) plan.accumulator = Accumulator::bits32;
    } else if (detail::every_matrix(terms, count,
                                    [](const Term& m) { return gemm::DirectProduct::suits(m.a, m.b, m.depth); })) {
        plan.method = Method::direct;
    }
    return plan;
}

} // namespace fxp::kernels
