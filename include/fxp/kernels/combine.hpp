// Combine: out = round(sum of terms), the one operation behind addition, products, matrix products and their fusions.
// All terms are summed exactly, then rounded once and fitted into the result's format.
#pragma once

#include "fxp/kernels/accumulate.hpp"
#include "fxp/kernels/compiled.hpp"
#include "fxp/kernels/finish_product.hpp"
#include "fxp/kernels/sum_block.hpp"
#include "fxp/kernels/sum_plan.hpp"
#include "fxp/kernels/workspace.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace fxp::kernels {

/// A combine, ready to be computed tile by tile: operands measured and packed, accumulator chosen.
///
/// Shapes: result (rows, columns); plain and elementwise operands likewise (or broadcast by zero strides); matrix
/// operands (rows, depth) and (depth, columns). Tiles are independent, so any thread may compute any tile.
class Combine {
  public:
    /// Measures and packs: the terms, which it changes, and `workspace`, which serves one at a time; both must outlive
    /// this object. At most max_terms terms; at most 2^56 products per element; shifts 0 .. max_alignment.
    Combine(Term* terms, std::size_t count, std::size_t rows, std::size_t columns, Workspace& workspace);

    Accumulator accumulator() const { return plan_.accumulator; }
    /// Multiply-adds of the whole result: what a caller weighs against the cost of threads.
    std::uint64_t work() const { return detail::work_of(terms_, count_, rows_, columns_); }

    /// Computes rows [row_begin, row_end) and columns [column_begin, column_end) into the row-major (rows, columns)
    /// array `out`. With `add_to`, the rounded and fitted sum is added to what out holds, within the limits `add_to`.
    /// first_element: address of out[0] in the random stream.
    template <class Stored>
    void run(std::size_t row_begin, std::size_t row_end, std::size_t column_begin, std::size_t column_end,
             const Requantize& how, const Limits* add_to, Stored* out, OverflowCount& events,
             std::uint64_t first_element = 0) const;

  private:
    static constexpr std::size_t cache_bytes = std::size_t{1} << 18;
    /// From so much work on, blocks of so many rows; their sums, and what they multiply, stay in the second-level
    /// cache.
    static constexpr std::size_t blocked_work = std::size_t{1} << 22;
    static constexpr std::size_t deep_block_rows = 128;
    static constexpr std::size_t small_result_bytes = 24576;
    static constexpr std::size_t tile_strip_columns = 32;

    /// True when both operands lie within int32 and their products need no shift: the fast loops apply.
    bool is_narrow(const Term& term) const {
        const auto fits = [](const Operand& o) { return o.bytes <= 4 || o.bound < (std::uint64_t{1} << 31); };
        return plan_.accumulator == Accumulator::bits64 && term.shift == 0 && fits(term.a) && fits(term.b);
    }

    void multiply(Workspace& workspace) {
        products_ = workspace.products.data();
        std::size_t column_bytes = 0;
        bool wide = false;
        for (std::size_t t = 0; t < count_; ++t) {
            const Term& term = terms_[t];
            if (term.kind != Term::Kind::matrix) continue;
            Workspace::Product& product = workspace.products[t];
            if (plan_.method == Method::direct) {
                product.direct = gemm::DirectProduct(term.a, term.b, rows_, columns_, term.depth, product.memory);
                continue;
            }
            if (plan_.method == Method::limbs) {
                product.limbs = gemm::LimbProduct(term.a, term.b, rows_, columns_, term.depth, product.limb_memory);
                column_bytes += product.limbs.column_bytes();
                continue;
            }
            const JoinedTerms joined(terms_, count_, t);
            is_joined_[t] = joined.empty();
            if (is_joined_[t]) continue;
            if (plan_.method == Method::tiles) {
                product.tiles = gemm::TileProduct(joined.factors(), rows_, columns_, product.memory);
                column_bytes += product.tiles.column_bytes();
                continue;
            }
            product.packed = gemm::MatrixProduct(joined.factors(), rows_, columns_, product.memory);
            column_bytes += product.packed.column_bytes();
            wide |= product.packed.is_wide();
        }
        if (plan_.method == Method::packed) tighten();
        if (plan_.method == Method::tiles) {
            block_rows_ = row_unit_ = gemm::TileProduct::block_rows;
            while (block_columns_ > 32 && block_columns_ * column_bytes > 4 * cache_bytes) block_columns_ /= 2;
            return;
        }
        if (work() >= blocked_work && (wide || block_columns_ * column_bytes > 2 * cache_bytes)) {
            block_rows_ = deep_block_rows;
            return;
        }
        // The sums of a small result stay in the first-level cache.
        const std::size_t all_rows = gemm::padded_rows(rows_);
        const std::size_t sum_bytes = plan_.accumulator == Accumulator::bits32 ? 4 : 8;
        if (columns_ <= block_columns_ && all_rows * columns_ * sum_bytes <= small_result_bytes) {
            block_rows_ = row_unit_ = std::max(all_rows, gemm::panel_rows);
            return;
        }
        // The columns of b that a block of rows is multiplied with stay in the second-level cache.
        while (block_columns_ > 32 && block_columns_ * column_bytes > cache_bytes) block_columns_ /= 2;
    }

    /// Takes the bounds of packed products, which know more than the plan does.
    void tighten() {
        constexpr uint128 max32 = std::numeric_limits<std::int32_t>::max();
        const auto others = [&] {
            uint128 bound = 0;
            for (std::size_t t = 0; t < count_; ++t) {
                if (terms_[t].kind != Term::Kind::matrix) bound += sum_bound(&terms_[t], 1);
            }
            return bound;
        };
        bool narrow = true;
        uint128 products = 0;
        for (std::size_t t = 0; t < count_; ++t) {
            if (terms_[t].kind != Term::Kind::matrix || is_joined_[t]) continue;
            products += uint128{products_[t].packed.bound()} << terms_[t].shift;
            narrow = narrow && products_[t].packed.is_narrow();
        }
        plan_.bound = std::min(plan_.bound, products + others());
        if (!narrow || products > max32) return;
        for (std::size_t t = 0; t < count_ && plan_.bound > max32; ++t) {
            if (terms_[t].kind != Term::Kind::matrix) detail::measure(terms_[t], rows_, columns_);
        }
        plan_.bound = std::min(plan_.bound, products + others());
        if (plan_.bound <= max32) plan_.accumulator = Accumulator::bits32;
    }

    /// Matrix operands become contiguous arrays of int32 or int64; a lies along k, b along columns or along k.
    void prepare(Term& term, std::array<Workspace::Packed, 2>& packed) const {
        if (term.kind != Term::Kind::matrix) return;
        const bool narrow = is_narrow(term);
        make_row_major(term.a, rows_, term.depth, narrow, packed[0]);
        const int bytes = narrow ? 4 : 8;
        const bool along_k = term.b.row_stride == 1 && term.b.bytes == bytes;
        if (!along_k) make_row_major(term.b, term.depth, columns_, narrow, packed[1]);
        // A single column lies along k too: better one dot product than many sums of length one.
        if (columns_ == 1 && term.b.row_stride == 1) term.b.column_stride = static_cast<std::ptrdiff_t>(term.depth);
    }

    /// One product and at most one other term, by kernels that store what is rounded: false when that cannot be.
    template <class Stored>
    bool finish(std::size_t row_begin, std::size_t row_end, std::size_t column_begin, std::size_t column_end,
                const Destination<Stored>& result, OverflowCount& events) const {
        if (plan_.method != Method::packed || row_begin % gemm::panel_rows != 0 ||
            column_begin % gemm::panel_columns != 0) {
            return false;
        }
        const gemm::MatrixProduct* product = nullptr;
        const Term* other = nullptr;
        for (std::size_t t = 0; t < count_; ++t) {
            if (is_joined_[t]) continue;
            const bool matrix = terms_[t].kind == Term::Kind::matrix;
            if (matrix ? product != nullptr || terms_[t].shift != 0 : other != nullptr) return false;
            if (matrix) {
                product = &products_[t].packed;
            } else {
                other = &terms_[t];
            }
        }
        if (!finishes(*product, other, result, plan_.bound)) return false;
        finish_product(*product, other, {block_rows_, block_columns_}, row_begin, row_end, column_begin, column_end,
                       result, events);
        return true;
    }

    /// By blocks, whose matrix terms are products of panels or tiles.
    template <class Wide, class Stored>
    void blocks(std::size_t row_begin, std::size_t row_end, std::size_t column_begin, std::size_t column_end,
                const Destination<Stored>& result, OverflowCount& events) const {
        constexpr auto down = [](std::size_t i, std::size_t multiple) { return i - i % multiple; };
        constexpr auto up = [](std::size_t i, std::size_t multiple) {
            return (i + multiple - 1) / multiple * multiple;
        };
        if constexpr (std::is_same_v<Wide, std::int32_t>) {
            if (finish(row_begin, row_end, column_begin, column_end, result, events)) return;
        }
        constexpr std::size_t small_size = gemm::panel_rows * block_columns;
        alignas(64) std::array<Wide, small_size> small_sums;
        alignas(64) std::array<Wide, small_size> small_scratch;
        SumBlock<Wide> block;
        block.sums = small_sums.data();
        block.scratch = small_scratch.data();
        if (block_rows_ > gemm::panel_rows) {
            thread_local gemm::Buffer memory;
            const std::size_t size = block_rows_ * block_columns_;
            block.sums = reinterpret_cast<Wide*>(memory.reserve(2 * size * sizeof(Wide)));
            block.scratch = block.sums + size;
        }
        bool in_lanes = false;
        int gathered = 0;
        if constexpr (sizeof(Wide) <= 8) {
            in_lanes = rounds_in_block<Wide>(result.how, plan_.bound);
        } else {
            gathered = gathered_bits(result.how, plan_.bound);
        }
        const gemm::TileScope scope(plan_.method == Method::tiles);
        const std::size_t strip_columns = strip_columns_of(result.how, result.add_to != nullptr);
        for (std::size_t c = down(column_begin, gemm::panel_columns); c < column_end; c += block_columns_) {
            const std::size_t c_end = std::min({c + block_columns_, columns_, up(column_end, gemm::panel_columns)});
            for (std::size_t r = down(row_begin, row_unit_); r < row_end; r += block_rows_) {
                block.row = r;
                block.rows = std::min({block_rows_, rows_ - r, up(row_end - r, row_unit_)});
                for (std::size_t strip = c; strip < c_end; strip += strip_columns) {
                    block.column = strip;
                    block.columns = std::min(strip_columns, c_end - strip);
                    block.stride =
                        plan_.method != Method::direct ? up(block.columns, gemm::panel_columns) : block.columns;
                    const BlockPart part{std::max(r, row_begin) - r, std::min(r + block.rows, row_end) - r,
                                         std::max(strip, column_begin) - strip,
                                         std::min(strip + block.columns, column_end) - strip};
                    sum(block, part);
                    if constexpr (sizeof(Wide) <= 8) {
                        if (in_lanes) {
                            store_block_in_lanes(block, part, result, events);
                            continue;
                        }
                    } else if (gathered > 0) {
                        store_gathered_block(block, part, result, gathered, events);
                        continue;
                    }
                    store_block_by_rows(block, part, result, events);
                }
            }
        }
    }

    /// Columns of a block that are summed at a time: sums in tiles are few, to be rounded while the first-level cache
    /// has them, but where long rows are better, for random words and for what is added to.
    std::size_t strip_columns_of(const Requantize& how, bool add) const {
        if (plan_.method != Method::tiles || add || how.rounding == Rounding::stochastic) return block_columns_;
        return std::min(block_columns_, tile_strip_columns);
    }

    /// The product of a block, set or added to.
    template <class Wide>
    void multiply(std::size_t term, const SumBlock<Wide>& block, bool add, Wide* sums) const {
        if constexpr (std::is_same_v<Wide, std::int64_t>) {
            if (plan_.method == Method::direct) {
                return products_[term].direct.tile(block.row, block.rows, block.column, block.columns, add, sums,
                                                   block.stride);
            }
        }
        if constexpr (std::is_same_v<Wide, int128>) {
            products_[term].limbs.tile(block.row, block.rows, block.column, block.columns, add, sums, block.stride);
        } else {
            const Workspace::Product& product = products_[term];
            if (plan_.method == Method::tiles) {
                return product.tiles.tile(block.row, block.rows, block.column, block.columns, add, sums, block.stride);
            }
            product.packed.tile(block.row, block.rows, block.column, block.columns, add, sums, block.stride);
        }
    }

    template <class Wide>
    void sum(SumBlock<Wide>& block, const BlockPart& part) const {
        bool add = false;
        for (std::size_t t = 0; t < count_; ++t) {
            if (terms_[t].kind != Term::Kind::matrix || is_joined_[t]) continue;
            const int shift = terms_[t].shift;
            const bool aside = shift != 0 && add;
            multiply(t, block, shift == 0 && add, aside ? block.scratch : block.sums);
            for (std::size_t r = part.row_begin; r < part.row_end && shift != 0; ++r) {
                Wide* sums = block.sums + r * block.stride;
                if (aside) {
                    accumulate_plain(sums, block.scratch + r * block.stride, block.columns, shift, false);
                } else {
                    scale_up(sums, block.columns, shift);
                }
            }
            add = true;
        }
        for (std::size_t t = 0; t < count_; ++t) {
            const Term& term = terms_[t];
            if (term.kind == Term::Kind::matrix) continue;
            if constexpr (sizeof(Wide) <= 8) {
                if (is_column(term)) {
                    accumulate_column(block.sums + part.row_begin * block.stride, block.stride, term.a,
                                      block.row + part.row_begin, part.rows(), block.columns, term.shift, term.negate);
                    continue;
                }
            }
            for (std::size_t r = part.row_begin; r < part.row_end; ++r) {
                accumulate(term, block.row + r, block.column, block.columns, block.sums + r * block.stride);
            }
        }
    }

    /// Row by row.
    template <class Wide, class Stored>
    void tile(std::size_t row_begin, std::size_t row_end, std::size_t column_begin, std::size_t column_end,
              const Destination<Stored>& result, OverflowCount& events) const {
        std::array<Wide, block_columns> sums;
        std::array<std::int64_t, block_columns> rounded;
        bool in_lanes = false;
        bool crowded = false;
        if constexpr (std::is_same_v<Wide, std::int64_t>) {
            in_lanes = result.how.overflow != Overflow::wrap && rounds_in_block<Wide>(result.how, plan_.bound);
        }
        for (std::size_t c = column_begin; c < column_end; c += block_columns) {
            const std::size_t n = std::min(block_columns, column_end - c);
            for (std::size_t r = row_begin; r < row_end; ++r) {
                std::fill_n(sums.begin(), n, Wide{0});
                for (std::size_t t = 0; t < count_; ++t) accumulate(terms_[t], r, c, n, sums.data());
                const std::size_t element = r * columns_ + c;
                if constexpr (std::is_same_v<Wide, std::int64_t>) {
                    if (in_lanes) {
                        with_row_words(result.how, result.first_element + element, 1, n, n,
                                       [&](auto, auto, const RowWords& random) {
                                           if (result.add_to == nullptr) {
                                               return round_store(sums.data(), 1, n, n, result.how, random,
                                                                  result.out + element, n, crowded, events);
                                           }
                                           round_store(sums.data(), 1, n, n, result.how, random, rounded.data(), n,
                                                       crowded, events);
                                       });
                        if (result.add_to == nullptr) continue;
                    }
                }
                if (!in_lanes)
                    round_row(sums.data(), n, result.how, result.first_element + element, rounded.data(), events);
                finish_row(rounded.data(), n, result, element, events);
            }
        }
    }

    template <class Wide>
    void accumulate(const Term& term, std::size_t r, std::size_t c, std::size_t n, Wide* sums) const {
        if (term.kind == Term::Kind::plain) {
            if constexpr (sizeof(Wide) <= 8) {
                if (is_column(term)) return accumulate_column(sums, n, term.a, r, 1, n, term.shift, term.negate);
            }
            if (sizeof(Wide) == 4 || term.a.bytes == 4) {
                std::array<std::int32_t, block_columns> scratch;
                return accumulate_plain(sums, load_row(term.a, r, c, n, scratch.data()), n, term.shift, term.negate);
            }
            std::array<std::int64_t, block_columns> scratch;
            return accumulate_plain(sums, load_row(term.a, r, c, n, scratch.data()), n, term.shift, term.negate);
        }
        if constexpr (std::is_same_v<Wide, std::int32_t>) {
            std::array<std::int32_t, block_columns> scratch_a;
            std::array<std::int32_t, block_columns> scratch_b;
            const std::int32_t* a = load_row(term.a, r, c, n, scratch_a.data());
            accumulate_elementwise(sums, a, load_row(term.b, r, c, n, scratch_b.data()), n, term.shift);
        } else {
            if constexpr (std::is_same_v<Wide, std::int64_t>) {
                if (is_narrow(term)) return accumulate_products<std::int32_t>(term, r, c, n, sums);
            }
            accumulate_products<std::int64_t>(term, r, c, n, sums);
        }
    }

    template <class T, class Wide>
    void accumulate_products(const Term& term, std::size_t r, std::size_t c, std::size_t n, Wide* sums) const {
        if (term.kind == Term::Kind::elementwise) {
            std::array<T, block_columns> scratch_a;
            std::array<T, block_columns> scratch_b;
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

    Term* terms_;
    std::size_t rows_;
    std::size_t columns_;
    std::size_t count_;
    bool one_column_; ///< the result is a single column, computed as a row
    SumPlan plan_;
    std::size_t block_columns_ = block_columns;
    std::size_t block_rows_ = gemm::panel_rows;
    std::size_t row_unit_ = gemm::panel_rows; ///< blocks begin at multiples of it
    const Workspace::Product* products_ = nullptr;
    std::array<bool, max_terms> is_joined_{}; ///< to a term before, whose product includes this one's
};

#ifndef FXP_KERNELS_ELSEWHERE
FXP_KERNEL Combine::Combine(Term* terms, std::size_t count, std::size_t rows, std::size_t columns, Workspace& workspace)
    : terms_(terms), rows_(rows), columns_(columns), count_(count), one_column_(columns == 1 && rows > 1) {
    for (std::size_t t = 0; t < count; ++t) {
        if (one_column_) transpose(terms[t]);
        give_elements(terms[t]);
    }
    if (one_column_) std::swap(rows_, columns_);
    plan_ = plan_sum(terms_, count, rows_, columns_);
    if (plan_.method != Method::rows) {
        multiply(workspace);
    } else {
        for (std::size_t t = 0; t < count; ++t) prepare(terms_[t], workspace.packed[t]);
    }
}
#endif

template <class Stored>
void Combine::run(std::size_t row_begin, std::size_t row_end, std::size_t column_begin, std::size_t column_end,
                  const Requantize& how, const Limits* add_to, Stored* out, OverflowCount& events,
                  std::uint64_t first_element) const {
    if (one_column_) {
        std::swap(row_begin, column_begin);
        std::swap(row_end, column_end);
    }
    const Destination<Stored> result{how, add_to, out, columns_, first_element};
    switch (plan_.accumulator) {
    case Accumulator::bits32:
        return blocks<std::int32_t>(row_begin, row_end, column_begin, column_end, result, events);
    case Accumulator::bits64:
        if (plan_.method != Method::rows) {
            return blocks<std::int64_t>(row_begin, row_end, column_begin, column_end, result, events);
        }
        return tile<std::int64_t>(row_begin, row_end, column_begin, column_end, result, events);
    case Accumulator::bits128:
        if (plan_.method == Method::limbs) {
            return blocks<int128>(row_begin, row_end, column_begin, column_end, result, events);
        }
        return tile<int128>(row_begin, row_end, column_begin, column_end, result, events);
    case Accumulator::bits256:
        return tile<Int256>(row_begin, row_end, column_begin, column_end, result, events);
    }
}

#ifdef FXP_COMPILED_KERNELS
FXP_KERNEL_TEMPLATE void Combine::run(std::size_t, std::size_t, std::size_t, std::size_t, const Requantize&,
                                      const Limits*, std::int8_t*, OverflowCount&, std::uint64_t) const;
FXP_KERNEL_TEMPLATE void Combine::run(std::size_t, std::size_t, std::size_t, std::size_t, const Requantize&,
                                      const Limits*, std::int16_t*, OverflowCount&, std::uint64_t) const;
FXP_KERNEL_TEMPLATE void Combine::run(std::size_t, std::size_t, std::size_t, std::size_t, const Requantize&,
                                      const Limits*, std::int32_t*, OverflowCount&, std::uint64_t) const;
FXP_KERNEL_TEMPLATE void Combine::run(std::size_t, std::size_t, std::size_t, std::size_t, const Requantize&,
                                      const Limits*, std::int64_t*, OverflowCount&, std::uint64_t) const;
#endif

} // namespace fxp::kernels
