// MatrixProduct: exact sums of products of two integer matrices, tile by tile, in the narrowest arithmetic that
// provably suffices; no sum can overflow.
#pragma once

#include "fxp/core/wraps.hpp"
#include "fxp/kernels/gemm/finish_avx512.hpp"
#include "fxp/kernels/gemm/high_bytes.hpp"
#include "fxp/kernels/gemm/kernel_set.hpp"
#include "fxp/kernels/gemm/packed_operands.hpp"
#include "fxp/kernels/gemm/scheme.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace fxp::kernels::gemm {

/// The exact product of a (rows, depth) and b (depth, columns), or the sum of several.
class MatrixProduct {
  public:
    /// True when the product's sums fit int64 and its elements int32, which is what the constructor asks for.
    static bool suits(const Operand& a, const Operand& b, std::size_t depth) { return sums_fit_int64(a, b, depth); }

    MatrixProduct() = default;
    /// Packs the operands into `memory`, which must outlive this object, as must `a`: it may be read where it lies. The
    /// operands' bounds decide the scheme, of words of 16 bits only where they prove int32 sums: else the words
    /// themselves do.
    MatrixProduct(const Operand& a, const Operand& b, std::size_t rows, std::size_t columns, std::size_t depth,
                  Memory& memory, Set set = active_set()) {
        const Factors factors{&a, &b, depth};
        *this = MatrixProduct(std::span(&factors, 1), rows, columns, memory, set);
    }
    /// The sum of one or more products, for whose Joined suits() is true.
    MatrixProduct(std::span<const Factors> factors, std::size_t rows, std::size_t columns, Memory& memory,
                  Set set = active_set())
        : kernels_(&kernels_of(set)), rows_(rows), columns_(columns) {
        const Joined joined(factors);
        const Choice choice = choose_scheme(joined.a, joined.b, joined.depth, *kernels_);
        scheme_ = choice.scheme;
        block_ = choice.block;
        bound_ = joined.a.bound * joined.b.bound * joined.depth;
        // Which scheme it is of those that multiply pairs may be known only when they are packed.
        const bool may_split = choice.unit_depth == 2 && scheme_ != Scheme::pairs;
        operands_ = PackedOperands(factors, rows, columns, choice.unit_depth, has_words() ? 8 : 4, may_split);
        steps_ = operands_.steps();
        pack(factors, joined, memory);
    }

    Scheme scheme() const { return scheme_; }
    /// Of the magnitude of every sum.
    std::uint64_t bound() const { return bound_; }
    /// Every sum fits int32, so that tile() takes int32 sums.
    bool is_narrow() const { return scheme_ == Scheme::quads || scheme_ == Scheme::pairs; }
    /// Units are words, of which the caches hold so few that many rows should be asked for at once.
    bool is_wide() const { return has_words(); }
    /// Packed bytes of b behind one column: what decides how many columns stay in cache.
    std::size_t column_bytes() const {
        return scheme_ == Scheme::split ? 6 * operands_.panel_steps() : operands_.panel_steps_bytes();
    }

    /// Sums of the rows [row, row + rows) that exist and of the columns [column, column + columns) set, or with
    /// `add` added to, sums[r * stride + c]. row and column: multiples of panel_rows and panel_columns. Columns beyond
    /// the matrix are zero up to a multiple of panel_columns, for which sums has room, as for a multiple of panel_rows.
    /// Sum: std::int64_t, or std::int32_t when is_narrow() and what is added to fits as well.
    template <class Sum>
    void tile(std::size_t row, std::size_t rows, std::size_t column, std::size_t columns, bool add, Sum* sums,
              std::size_t stride) const {
        const std::size_t row_end = std::min(row + rows, rows_);
        if constexpr (std::is_same_v<Sum, std::int32_t>) {
            // Block by block of k, so that the block of a panel of a stays in the first-level cache.
            Steps steps{0, std::min(block_, steps_)};
            do {
                for (std::size_t r = row; r < row_end; r += panel_rows) {
                    const Place here = place(r, stride);
                    std::int32_t* to = sums + (r - row) * stride;
                    alignas(64) std::array<std::int32_t, tile_size> start;
                    Start first{to, here.stride};
                    if (!add) {
                        first = begin_rows(here, nullptr, 0, 0, start);
                    } else if (offset_ != nullptr && steps.first == 0) {
                        add_offsets(here, columns, to);
                    }
                    narrow(here, steps, column, columns, first, to);
                }
                add = true;
                steps.first += steps.count;
                steps.count = std::min(block_, steps_ - steps.first);
            } while (steps.count != 0);
        } else {
            if (has_narrow_kernel() && !add) {
                const std::size_t width = (columns + panel_columns - 1) / panel_columns * panel_columns;
                for (std::size_t r = 0; r < padded_rows(row_end - row); ++r) {
                    std::fill_n(sums + r * stride, width, std::int64_t{0});
                }
            }
            // Block by block of k, of which a panel of b stays in the first-level cache. Narrow sums that are to be
            // widened are only right when complete.
            const std::size_t block = is_narrow() ? steps_ : block_;
            Steps steps{0, std::min(block, steps_)};
            do {
                for (std::size_t c = 0; c < columns; c += panel_columns) {
                    for (std::size_t r = row; r < row_end; r += panel_rows) {
                        Sum* to = sums + (r - row) * stride + c;
                        if (has_narrow_kernel()) {
                            widened(place(r, stride), steps, (column + c) / panel_columns, to);
                        } else if (has_words()) {
                            wide(place(r, stride), steps, column + c, 0, add, to);
                            wide(place(r, stride), steps, column + c, 1, add, to + panel_columns / 2);
                        } else {
                            split(place(r, stride), steps, (column + c) / panel_columns, add, to);
                        }
                    }
                }
                add = true;
                steps.first += steps.count;
                steps.count = std::min(block, steps_ - steps.first);
            } while (steps.count != 0);
        }
    }

#ifdef FXP_X86_DISPATCH
    /// True when finish() may be called.
    bool finishes() const { return is_narrow() && (kernels_ == &avx512::kernels || kernels_ == &avx512::vnni_kernels); }

    /// The sums of tile(), finished: `finish.out` is where the one at (row, column) goes. sums, stride: as of tile(),
    /// for sums that are not complete. biases: null, or what the sums of each row from `row` on begin with. Those of
    /// incomplete tiles go to edge(sums, rows, columns, r, c), rows panel_columns apart, the first one at (row + r,
    /// column + c).
    template <class Stored, class Edge>
    void finish(std::size_t row, std::size_t rows, std::size_t column, std::size_t columns, const std::int32_t* biases,
                std::int32_t* sums, std::size_t stride, avx512::Finish<Stored>& finish, Edge&& edge) const {
        const std::size_t row_end = std::min(row + rows, rows_);
        const avx512::FinishKernels<Stored>* kernels = &avx512::finish_kernels<avx512::Quads, Stored>;
        if (scheme_ == Scheme::pairs) {
            kernels = kernels_ == &avx512::kernels ? &avx512::finish_kernels<avx512::Pairs, Stored>
                                                   : &avx512::finish_kernels<avx512::VnniPairs, Stored>;
        }
        Stored* const out = finish.out;
        alignas(64) std::array<std::int32_t, tile_size> start;
        alignas(64) std::array<std::int32_t, tile_size> incomplete;
        Steps steps{0, std::min(block_, steps_)};
        bool add = false;
        do {
            const bool last = steps.first + steps.count == steps_;
            for (std::size_t r = row; r < row_end; r += panel_rows) {
                const Place here = place(r, stride);
                std::int32_t* to = sums + (r - row) * stride;
                const std::size_t height = std::min(here.rows, row_end - r);
                Start first{to, here.stride};
                if (!add) {
                    first =
                        begin_rows(here, biases == nullptr ? nullptr : biases + (r - row), height, finish.half, start);
                }
                if (!last) {
                    narrow(here, steps, column, columns, first, to);
                    continue;
                }
                const auto store = kernels->store[here.kernel];
                const auto fit = kernels->fit[here.kernel];
                Stored* const out_row = out + static_cast<std::ptrdiff_t>(r - row) * finish.out_stride;
                for_each_panel(here, steps, column, columns, first, to, [&](Task& task, std::size_t c) {
                    const std::size_t width = std::min(columns - c, panel_columns);
                    if (width < panel_columns || height < here.rows) {
                        task.out = incomplete.data();
                        task.out_stride = panel_columns;
                        narrow_kernel(here)(task);
                        task.out_stride = here.stride;
                        for (std::size_t i = 0; i < here.rows * panel_columns; ++i) incomplete[i] -= finish.half;
                        edge(incomplete.data(), height, width, r - row, c);
                        return;
                    }
                    finish.out = out_row + c;
                    if (finish.to_fit != 0 || store(task, finish)) {
                        constexpr std::size_t at_once = 32;
                        if (finish.to_fit == 0) finish.to_fit = at_once;
                        fit(task, finish);
                        if (--finish.to_fit == 0 && finish.has_exceeded()) finish.to_fit = at_once;
                    }
                });
            }
            add = true;
            steps.first += steps.count;
            steps.count = std::min(block_, steps_ - steps.first);
        } while (steps.count != 0);
    }
#endif

  private:
    static constexpr std::size_t tile_size = panel_rows * panel_columns;

    struct Place {
        std::size_t row;
        std::size_t rows;
        std::size_t kernel;
        std::ptrdiff_t stride;
    };

    Place place(std::size_t row, std::size_t stride) const {
        const std::size_t height = rows_of_panel(row, rows_);
        return {row, height, height == panel_rows ? 0u : 1u, static_cast<std::ptrdiff_t>(stride)};
    }

    /// Its kernel writes int32.
    bool has_narrow_kernel() const { return scheme_ != Scheme::split && !has_words(); }
    bool has_words() const { return scheme_ >= Scheme::doubles; }

    void pack(std::span<const Factors> factors, const Joined& joined, Memory& memory) {
        using detail::PackedUnit;
        const bool in_place = kernels_->strides && !has_words() && operands_.read_in_place(factors);
        if (scheme_ == Scheme::quads) {
            if (!in_place) operands_.pack_a<PackedUnit<std::int8_t>>(factors, memory);
            if (kernels_->signed_quads) return operands_.pack_b<PackedUnit<std::int8_t>>(factors, memory);
            operands_.pack_b<PackedUnit<std::int8_t, true>>(factors, memory);
            offset_ = operands_.offsets_of_rows(memory);
        } else if (!has_words()) {
            operands_.pack_b<PackedUnit<std::int16_t>>(factors, memory);
            if (!in_place) operands_.pack_a<PackedUnit<std::int16_t>>(factors, memory);
            if (scheme_ == Scheme::pairs) return;
            auto largest = largest_words(operands_.pairs());
            if ((largest && choose_by_words(joined, *largest, Scheme::pairs)) || choose_by_norms()) return;
            if (in_place) operands_.pack_a<PackedUnit<std::int16_t>>(factors, memory);
            if (!largest) largest = largest_words(operands_.pairs());
            choose_by_words(joined, *largest, Scheme::bytes);
            if (scheme_ == Scheme::split) high_bytes_ = HighBytes(operands_, block_, memory);
            if (scheme_ == Scheme::bytes) a_high_ = operands_.cut_bytes(memory);
        } else if (scheme_ == Scheme::words) {
            operands_.pack_a<detail::WideUnit<std::int64_t>>(factors, memory);
            operands_.pack_b<detail::WideUnit<std::int64_t>>(factors, memory);
        } else {
            operands_.pack_a<detail::WideUnit<double>>(factors, memory);
            operands_.pack_b<detail::WideUnit<double>>(factors, memory);
        }
    }

    /// True when the words' norms prove int32 sums, of all products or of blocks of them.
    bool choose_by_norms() {
        const std::size_t steps = operands_.panel_steps();
        if (const std::uint64_t bound = bound_by_norms(operands_.pairs(), steps)) {
            scheme_ = Scheme::pairs;
            block_ = pairs_block;
            bound_ = std::min(bound_, bound);
            return true;
        }
        constexpr std::size_t part = 64;
        if (steps <= part || steps % part != 0 || bound_by_norms(operands_.pairs(), part) == 0) return false;
        scheme_ = Scheme::flushed;
        block_ = part;
        return true;
    }

    /// Chooses among the schemes of packed pairs by how large the words are, if that is one up to `widest`; returns
    /// whether.
    bool choose_by_words(Joined joined, const LargestWords& largest, Scheme widest) {
        joined.a.bytes = joined.b.bytes = 2; // as they are packed
        joined.a.bound = std::min(joined.a.bound, largest.a);
        joined.b.bound = std::min(joined.b.bound, largest.b);
        const Choice choice = choose_scheme(joined.a, joined.b, joined.depth, *kernels_);
        if (choice.scheme > widest) return false;
        scheme_ = choice.scheme;
        block_ = choice.block;
        bound_ = joined.a.bound * joined.b.bound * joined.depth;
        if (scheme_ == Scheme::split) steps_ = operands_.panel_steps();
        return true;
    }

    Kernel narrow_kernel(const Place& place) const {
        return (scheme_ == Scheme::quads ? kernels_->quads : kernels_->pairs)[place.kernel];
    }

    /// What the sums of a task begin with.
    struct Start {
        const void* sums = zeros;
        std::ptrdiff_t stride = 0; ///< from row to row
    };

    /// Biases, null or of `height` rows, plus `constant`, plus what offsets ask for; `tile`, if needed, holds them.
    [[FXP_WRAPS]] Start begin_rows(const Place& place, const std::int32_t* biases, std::size_t height,
                                   std::int32_t constant, std::array<std::int32_t, tile_size>& tile) const {
        if (biases == nullptr && offset_ == nullptr && constant == 0) return {};
#ifdef FXP_X86_DISPATCH
        if (biases == nullptr && offset_ == nullptr) {
            avx512::fill_row(constant, tile.data());
            return {tile.data(), 0};
        }
        for (std::size_t r = 0; r < place.rows; ++r) {
            // Modulo 2^32, as the kernels: only the complete sums surely fit.
            auto sum = static_cast<std::uint32_t>(constant);
            if (biases != nullptr && r < height) sum += static_cast<std::uint32_t>(biases[r]);
            if (offset_ != nullptr) sum += static_cast<std::uint32_t>(offset_[place.row + r]);
            avx512::fill_row(static_cast<std::int32_t>(sum), tile.data() + r * panel_columns);
        }
#else
        static_cast<void>(place), static_cast<void>(height);
#endif
        return {tile.data(), panel_columns};
    }

    /// Adds what offsets ask for to sums that are there already; modulo 2^32.
    [[FXP_WRAPS]] void add_offsets(const Place& place, std::size_t columns, std::int32_t* sums) const {
        const std::size_t width = (columns + panel_columns - 1) / panel_columns * panel_columns;
        for (std::size_t r = 0; r < place.rows; ++r, sums += place.stride) {
            const auto offset = static_cast<std::uint32_t>(offset_[place.row + r]);
            for (std::size_t c = 0; c < width; ++c) {
                sums[c] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[c]) + offset);
            }
        }
    }

    /// int32 sums of one panel of a.
    void narrow(const Place& place, const Steps& steps, std::size_t column, std::size_t columns, const Start& start,
                std::int32_t* sums) const {
        const Kernel kernel = narrow_kernel(place);
        for_each_panel(place, steps, column, columns, start, sums, [&](Task& task, std::size_t) { kernel(task); });
    }

    /// Calls f(task, c) for the panels of columns from `column` + c on. All begin alike, or with the sums themselves.
    template <class F>
    void for_each_panel(const Place& place, const Steps& steps, std::size_t column, std::size_t columns,
                        const Start& start, std::int32_t* sums, F&& f) const {
        const bool add = start.sums == sums;
        const std::byte* b = operands_.b_at(column / panel_columns, steps);
        Task task;
        operands_.set_a(task, place.row, place.rows, steps);
        task.start = start.sums;
        task.start_stride = start.stride;
        task.out_stride = place.stride;
        for (std::size_t c = 0; c < columns; c += panel_columns, b += operands_.panel_bytes()) {
            task.b = b;
            task.out = sums + c;
            if (add) task.start = sums + c;
            f(task, c);
        }
    }

    /// A task of sums in int64.
    Task wide_task(const Place& place, const Steps& steps, bool add, std::int64_t* sums) const {
        Task task;
        operands_.set_a(task, place.row, place.rows, steps);
        task.start = add ? static_cast<const void*>(sums) : zeros;
        task.start_stride = add ? place.stride : 0;
        task.out = sums;
        task.out_stride = place.stride;
        return task;
    }

    /// Half a panel_columns of words or doubles.
    void wide(const Place& place, const Steps& steps, std::size_t column, std::size_t half, bool add,
              std::int64_t* sums) const {
        if (column + half * panel_columns / 2 >= columns_) { // there is no such panel
            if (add) return;
            for (std::size_t r = 0; r < place.rows; ++r, sums += place.stride) {
                std::fill_n(sums, panel_columns / 2, std::int64_t{0});
            }
            return;
        }
        Task task = wide_task(place, steps, add, sums);
        task.a_ahead = static_cast<std::ptrdiff_t>(panel_rows * operands_.panel_steps_bytes());
        task.b = operands_.b_at(2 * (column / panel_columns) + half, steps);
        (scheme_ == Scheme::doubles ? kernels_->doubles : kernels_->words)[place.kernel](task);
    }

    /// A panel of a block of words of any size.
    void split(const Place& place, const Steps& steps, std::size_t panel, bool add, std::int64_t* sums) const {
        Task task = wide_task(place, steps, add, sums);
        task.b = operands_.b_at(panel, steps);
        high_bytes_.set(task, place.row, place.rows, panel, steps);
        kernels_->split[place.kernel](task);
    }

    /// One panel of int32 sums of a block, added into sums.
    void widened(const Place& place, const Steps& steps, std::size_t panel, std::int64_t* sums) const {
        alignas(64) std::int32_t sum[tile_size];
        alignas(64) std::array<std::int32_t, tile_size> start;
        Task task;
        operands_.set_a(task, place.row, place.rows, steps);
        task.b = operands_.b_at(panel, steps);
        const Start first = begin_rows(place, nullptr, 0, 0, start);
        task.start = first.sums;
        task.start_stride = first.stride;
        task.out = sum;
        task.out_stride = panel_columns;
        narrow_kernel(place)(task);
        kernels_->widen(sum, place.rows, 0, sums, place.stride);
        if (scheme_ != Scheme::bytes) return; // which begin with zeros
        task.a = a_high_ + (place.row * operands_.panel_steps() + steps.first * place.rows) * 4;
        narrow_kernel(place)(task);
        kernels_->widen(sum, place.rows, 8, sums, place.stride);
    }

    const KernelSet* kernels_ = nullptr;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::size_t steps_ = 0; ///< that kernels take
    std::size_t block_ = 0; ///< of one call of a kernel
    Scheme scheme_ = Scheme::words;
    std::uint64_t bound_ = 0;
    PackedOperands operands_;
    const std::int32_t* offset_ = nullptr; ///< null, or of every row what its sums begin with
    HighBytes high_bytes_;                 ///< of Scheme::split
    const std::byte* a_high_ = nullptr;    ///< of Scheme::bytes: panels of high bytes
};

} // namespace fxp::kernels::gemm
