// Combine: out = round(sum of terms), the one operation behind addition, products, matrix products and their fusions.
// All terms are summed exactly, then rounded once and fitted into the result's format.
#pragma once

#include "fxp/kernels/accumulate.hpp"
#include "fxp/kernels/round_row.hpp"

#include <algorithm>
#include <array>

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

/// Largest number of terms of one combine.
inline constexpr std::size_t max_terms = 8;

/// Largest left shift of a term: 2^126 * 2^56 products * 2^64 stays within 256 bits.
inline constexpr int max_alignment = 64;

/// Memory that a thread reuses from call to call.
struct Workspace {
    struct Packed {
        std::vector<std::int32_t> narrow;
        std::vector<std::int64_t> wide;
    };
    std::array<std::array<Packed, 2>, max_terms> packed;
};

/// The smallest accumulator that provably holds every partial sum.
enum class Accumulator : std::uint8_t { bits64, bits128, bits256 };

/// A combine, ready to be computed tile by tile: operands measured and packed, accumulator chosen.
///
/// Shapes: result (rows, columns); plain and elementwise operands likewise (or broadcast by zero strides); matrix
/// operands (rows, depth) and (depth, columns). Tiles are independent, so any thread may compute any tile.
class Combine {
  public:
    /// Measures and packs into `workspace`, which must outlive this object. At most max_terms terms; at most 2^56
    /// products per element; shifts 0 .. max_alignment.
    Combine(const Term* terms, std::size_t count, std::size_t rows, std::size_t columns, Workspace& workspace)
        : rows_(rows), columns_(columns), count_(count) {
        for (std::size_t t = 0; t < count; ++t) terms_[t] = terms[t];
        choose_accumulator();
        for (std::size_t t = 0; t < count; ++t) prepare(terms_[t], workspace.packed[t]);
    }

    Accumulator accumulator() const { return accumulator_; }
    /// Multiply-adds of the whole result: what a caller weighs against the cost of threads.
    std::size_t work() const {
        std::size_t depth = 0;
        for (std::size_t t = 0; t < count_; ++t) depth += terms_[t].depth;
        return depth * rows_ * columns_;
    }

    /// Computes rows [row_begin, row_end) and columns [column_begin, column_end) into the row-major (rows, columns)
    /// array `out`. With `add_to`, the rounded and fitted sum is added to what out holds, within the limits `add_to`.
    template <class Stored>
    void run(std::size_t row_begin, std::size_t row_end, std::size_t column_begin, std::size_t column_end,
             const Requantize& how, const Limits* add_to, Stored* out, OverflowCount& events) const {
        switch (accumulator_) {
        case Accumulator::bits64:
            return tile<std::int64_t>(row_begin, row_end, column_begin, column_end, how, add_to, out, events);
        case Accumulator::bits128:
            return tile<int128>(row_begin, row_end, column_begin, column_end, how, add_to, out, events);
        case Accumulator::bits256:
            return tile<Int256>(row_begin, row_end, column_begin, column_end, how, add_to, out, events);
        }
    }

  private:
    static constexpr std::size_t tile_columns = 256;

    /// Upper bound of the sum of all magnitudes, saturating at 2^127.
    uint128 sum_bound() const {
        constexpr uint128 limit = uint128{1} << 127;
        uint128 total = 0;
        for (std::size_t t = 0; t < count_; ++t) {
            const Term& term = terms_[t];
            uint128 size = term.a.bound;
            if (term.kind != Term::Kind::plain) {
                size *= term.b.bound;
                if (size != 0 && term.depth > limit / size) return limit;
                size *= term.depth;
            }
            if (size > (limit >> term.shift)) return limit;
            size <<= term.shift;
            if (size > limit - total) return limit;
            total += size;
        }
        return total;
    }

    void choose_accumulator() {
        constexpr uint128 max64 = (uint128{1} << 63) - 1;
        bool wide_storage = false;
        for (std::size_t t = 0; t < count_; ++t) {
            wide_storage |= terms_[t].a.bytes == 8;
            if (terms_[t].kind != Term::Kind::plain) wide_storage |= terms_[t].b.bytes == 8;
        }
        // The formats' own bounds may do; otherwise, or when 64-bit operands might prove narrow, the data are measured.
        uint128 bound = sum_bound();
        if (bound > max64 || wide_storage) {
            for (std::size_t t = 0; t < count_; ++t) measure(terms_[t]);
            bound = sum_bound();
        }
        accumulator_ = bound <= max64                ? Accumulator::bits64
                       : bound < (uint128{1} << 127) ? Accumulator::bits128
                                                     : Accumulator::bits256;
    }

    void measure(Term& term) const {
        const bool matrix = term.kind == Term::Kind::matrix;
        term.a.bound = max_magnitude(term.a, rows_, matrix ? term.depth : columns_);
        if (term.kind != Term::Kind::plain) term.b.bound = max_magnitude(term.b, matrix ? term.depth : rows_, columns_);
        // Zero needs no alignment, and no accumulator wide enough for its shift was chosen.
        if (term.a.bound == 0 || (term.kind != Term::Kind::plain && term.b.bound == 0)) term.shift = 0;
    }

    /// True when both operands lie within int32 and their products need no shift: the fast loops apply.
    bool is_narrow(const Term& term) const {
        const auto fits = [](const Operand& o) { return o.bytes <= 4 || o.bound < (std::uint64_t{1} << 31); };
        return accumulator_ == Accumulator::bits64 && term.shift == 0 && fits(term.a) && fits(term.b);
    }

    /// Matrix operands become contiguous arrays of int32 or int64; a lies along k, b along columns or along k.
    void prepare(Term& term, std::array<Workspace::Packed, 2>& packed) const {
        if (term.kind != Term::Kind::matrix) return;
        const bool narrow = is_narrow(term);
        pack(term.a, rows_, term.depth, narrow, packed[0]);
        const int bytes = narrow ? 4 : 8;
        const bool along_k = term.b.row_stride == 1 && term.b.bytes == bytes;
        if (!along_k) pack(term.b, term.depth, columns_, narrow, packed[1]);
        // A single column lies along k too: better one dot product than many sums of length one.
        if (columns_ == 1 && term.b.row_stride == 1) term.b.column_stride = static_cast<std::ptrdiff_t>(term.depth);
    }

    static void pack(Operand& operand, std::size_t rows, std::size_t columns, bool narrow, Workspace::Packed& packed) {
        if (narrow) return pack_as(operand, rows, columns, packed.narrow);
        pack_as(operand, rows, columns, packed.wide);
    }
    template <class T>
    static void pack_as(Operand& operand, std::size_t rows, std::size_t columns, std::vector<T>& storage) {
        if (operand.bytes == static_cast<int>(sizeof(T)) && operand.column_stride == 1) return;
        if (storage.size() < rows * columns) storage.resize(rows * columns);
        if (operand.column_stride == 1 && operand.row_stride == static_cast<std::ptrdiff_t>(columns)) {
            load_row(operand, 0, 0, rows * columns, storage.data());
        } else {
            for (std::size_t r = 0; r < rows; ++r) {
                T* row = storage.data() + r * columns;
                const T* values = load_row(operand, r, 0, columns, row);
                if (values != row) std::copy(values, values + columns, row);
            }
        }
        operand.data = storage.data();
        operand.bytes = sizeof(T);
        operand.row_stride = static_cast<std::ptrdiff_t>(columns);
        operand.column_stride = 1;
    }

    template <class Wide, class Stored>
    void tile(std::size_t row_begin, std::size_t row_end, std::size_t column_begin, std::size_t column_end,
              const Requantize& how, const Limits* add_to, Stored* out, OverflowCount& events) const {
        std::array<Wide, tile_columns> sums;
        std::array<std::int64_t, tile_columns> rounded;
        std::array<std::int64_t, tile_columns> scratch;
        for (std::size_t c = column_begin; c < column_end; c += tile_columns) {
            const std::size_t n = std::min(tile_columns, column_end - c);
            for (std::size_t r = row_begin; r < row_end; ++r) {
                std::fill_n(sums.begin(), n, Wide{0});
                for (std::size_t t = 0; t < count_; ++t) accumulate(terms_[t], r, c, n, sums.data());
                const std::size_t element = r * columns_ + c;
                round_row(sums.data(), n, how, element, rounded.data(), events);
                if (add_to == nullptr) {
                    store_row(rounded.data(), n, out + element);
                } else {
                    add_row(rounded.data(), how.limits.word_bits, n, out + element, *add_to, how.overflow,
                            scratch.data(), events);
                }
            }
        }
    }

    template <class Wide>
    void accumulate(const Term& term, std::size_t r, std::size_t c, std::size_t n, Wide* sums) const {
        if (term.kind == Term::Kind::plain) {
            if (term.a.bytes == 4) {
                std::array<std::int32_t, tile_columns> scratch;
                return accumulate_plain(sums, load_row(term.a, r, c, n, scratch.data()), n, term.shift, term.negate);
            }
            std::array<std::int64_t, tile_columns> scratch;
            return accumulate_plain(sums, load_row(term.a, r, c, n, scratch.data()), n, term.shift, term.negate);
        }
        if constexpr (std::is_same_v<Wide, std::int64_t>) {
            if (is_narrow(term)) return accumulate_products<std::int32_t>(term, r, c, n, sums);
        }
        accumulate_products<std::int64_t>(term, r, c, n, sums);
    }

    template <class T, class Wide>
    void accumulate_products(const Term& term, std::size_t r, std::size_t c, std::size_t n, Wide* sums) const {
        if (term.kind == Term::Kind::elementwise) {
            std::array<T, tile_columns> scratch_a;
            std::array<T, tile_columns> scratch_b;
            const T* a = load_row(term.a, r, c, n, scratch_a.data());
            const T* b = load_row(term.b, r, c, n, scratch_b.data());
            return accumulate_elementwise(sums, a, b, n, term.shift);
        }
        const T* a = static_cast<const T*>(term.a.data) + static_cast<std::ptrdiff_t>(r) * term.a.row_stride;
        const T* b = static_cast<const T*>(term.b.data);
        if (term.b.column_stride == 1) {
            return accumulate_rows(sums, a, term.depth, b + c, static_cast<std::size_t>(term.b.row_stride), n,
                                   term.shift);
        }
        const auto stride = static_cast<std::size_t>(term.b.column_stride);
        accumulate_dots(sums, a, term.depth, b + c * stride, stride, n, term.shift);
    }

    std::array<Term, max_terms> terms_{};
    std::size_t rows_;
    std::size_t columns_;
    std::size_t count_;
    Accumulator accumulator_ = Accumulator::bits256;
};

} // namespace fxp::kernels
