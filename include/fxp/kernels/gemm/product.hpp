// MatrixProduct: exact sums of products of two integer matrices, tile by tile, in the narrowest arithmetic that
// provably suffices; no sum can overflow.
#pragma once

#include "fxp/kernels/gemm/factors.hpp"
#include "fxp/kernels/gemm/finish_avx512.hpp"
#include "fxp/kernels/gemm/kernel_set.hpp"
#include "fxp/kernels/gemm/norms.hpp"
#include "fxp/kernels/gemm/pack.hpp"
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
    /// Packs both operands into `memory`, which must outlive this object. The operands' bounds decide the scheme, of
    /// words of 16 bits only where they prove int32 sums: else the words themselves do.
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
        unit_depth_ = choice.unit_depth;
        bound_ = joined.a.bound * joined.b.bound * joined.depth;
        for (const Factors& f : factors) steps_ += (f.depth + unit_depth_ - 1) / unit_depth_;
        // Which scheme it is of those that multiply pairs may be known only when they are packed.
        const bool may_split = unit_depth_ == 2 && scheme_ != Scheme::pairs;
        panel_steps_ = steps_ + (may_split ? steps_ % 2 : 0);
        a_ = memory.a.reserve(padded_rows(rows) * panel_steps_ * unit_bytes());
        b_ = memory.b.reserve(panels() * panel_bytes());
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
        return scheme_ == Scheme::split ? 6 * panel_steps_ : unit_bytes() * panel_steps_;
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
                    narrow(place(r, stride), steps, column, columns, add, sums + (r - row) * stride);
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
    /// Whether the first sums may be other numbers than zero.
    bool takes_biases() const { return start_ == nullptr; }

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
                for (std::size_t i = 0; i < here.rows && !add && biases != nullptr; ++i) {
                    std::fill_n(start.data() + i * panel_columns, panel_columns, i < height ? biases[r - row + i] : 0);
                }
                const std::int32_t* first = biases == nullptr ? nullptr : start.data();
                if (!last) {
                    narrow(here, steps, column, columns, add, to, first);
                    continue;
                }
                const auto store = kernels->store[here.kernel];
                const auto fit = kernels->fit[here.kernel];
                Stored* const out_row = out + static_cast<std::ptrdiff_t>(r - row) * finish.out_stride;
                for_each_panel(here, steps, column, columns, add, to, first, [&](Task& task, std::size_t c) {
                    const std::size_t width = std::min(columns - c, panel_columns);
                    if (width < panel_columns || height < here.rows) {
                        task.out = incomplete.data();
                        task.out_stride = panel_columns;
                        narrow_kernel(here)(task);
                        task.out_stride = here.stride;
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

    struct Steps {
        std::size_t first;
        std::size_t count;
    };

    Place place(std::size_t row, std::size_t stride) const {
        const std::size_t height = rows_of_panel(row, rows_);
        return {row, height, height == panel_rows ? 0u : 1u, static_cast<std::ptrdiff_t>(stride)};
    }

    /// Its kernel writes int32.
    bool has_narrow_kernel() const { return scheme_ != Scheme::split && !has_words(); }
    bool has_words() const { return scheme_ >= Scheme::doubles; }
    std::size_t unit_bytes() const { return has_words() ? 8 : 4; }
    std::size_t panel_width() const { return step_bytes / unit_bytes(); }
    std::size_t panels() const { return (columns_ + panel_width() - 1) / panel_width(); }
    std::size_t panel_bytes() const { return panel_steps_ * step_bytes; }

    void pack(std::span<const Factors> factors, const Joined& joined, Memory& memory) {
        const std::size_t a_units = padded_rows(rows_) * panel_steps_;
        if (scheme_ == Scheme::quads) {
            pack_as<detail::PackedUnit<std::int8_t>>(factors, memory);
            if (kernels_->signed_quads) return;
            offset_bytes(a_, a_units);
            start_from(b_, panel_steps_, panel_steps_, 128, memory);
        } else if (!has_words()) {
            pack_as<detail::PackedUnit<std::int16_t>>(factors, memory);
            if (scheme_ != Scheme::pairs) choose_by_words(joined);
            if (scheme_ == Scheme::split) add_high_bytes(memory);
            if (scheme_ == Scheme::bytes) split_bytes(a_units, memory);
        } else if (scheme_ == Scheme::words) {
            pack_as<detail::WideUnit<std::int64_t>>(factors, memory);
        } else {
            pack_as<detail::WideUnit<double>>(factors, memory);
        }
    }

    template <class Unit>
    void pack_as(std::span<const Factors> factors, Memory& memory) {
        using T = typename Unit::Source;
        StepRange range{0, 0, panel_steps_};
        for (std::size_t i = 0; i < factors.size(); ++i, range.first += range.count) {
            const Operand& a = *factors[i].a;
            const Operand& b = *factors[i].b;
            const std::size_t depth = factors[i].depth;
            const bool last = i + 1 == factors.size(); // its steps include padding
            range.count = last ? panel_steps_ - range.first : (depth + unit_depth_ - 1) / unit_depth_;
            pack_rows<Unit>(lanes_of<T>(a, a.row_stride, a.column_stride, rows_, depth, memory.a_copy), range, a_);
            pack_columns<Unit>(lanes_of<T>(b, b.column_stride, b.row_stride, columns_, depth, memory.b_copy), range,
                               b_);
        }
    }

    /// Chooses among the schemes of packed pairs by what the words are.
    void choose_by_words(Joined joined) {
        const PackedPairs packed{a_, b_, rows_, panels(), panel_steps_};
        if (const std::uint64_t bound = bound_by_norms(packed, panel_steps_)) {
            scheme_ = Scheme::pairs;
            block_ = pairs_block;
            bound_ = std::min(bound_, bound);
            return;
        }
        constexpr std::size_t part = 64;
        if (panel_steps_ > part && panel_steps_ % part == 0 && bound_by_norms(packed, part) != 0) {
            scheme_ = Scheme::flushed;
            block_ = part;
            return;
        }
        const auto largest = [](const std::byte* pairs, std::size_t count) {
            return max_magnitude(reinterpret_cast<const std::int16_t*>(pairs), 2 * count);
        };
        joined.a.bound = std::min(joined.a.bound, largest(a_, padded_rows(rows_) * panel_steps_));
        joined.b.bound = std::min(joined.b.bound, largest(b_, panels() * panel_columns * panel_steps_));
        const Choice choice = choose_scheme(joined.a, joined.b, joined.depth, *kernels_);
        scheme_ = choice.scheme;
        block_ = choice.block;
        bound_ = joined.a.bound * joined.b.bound * joined.depth;
        if (scheme_ == Scheme::split) steps_ = panel_steps_;
    }

    /// For each panel of quads and each `block` of its steps, -offset times the sums of columns.
    void start_from(const std::byte* quads, std::size_t steps, std::size_t block, unsigned offset, Memory& memory) {
        const std::size_t blocks = block == 0 ? 1 : (steps + block - 1) / block;
        std::int32_t* to = reinterpret_cast<std::int32_t*>(
            memory.start.reserve(panels() * blocks * panel_columns * sizeof(std::int32_t)));
        start_ = to;
#ifdef FXP_X86_DISPATCH
        for (std::size_t p = 0; p < panels(); ++p, quads += steps * step_bytes) {
            for (std::size_t i = 0; i < blocks; ++i, to += panel_columns) {
                avx512::offset_correction(quads + i * block * step_bytes, std::min(block, steps - i * block), offset,
                                          to);
            }
        }
#else
        static_cast<void>(quads), static_cast<void>(offset), static_cast<void>(to);
#endif
    }

    /// What avx512::split takes beside the pairs.
    void add_high_bytes(Memory& memory) {
        const std::size_t quads = steps_ / 2;
        const std::size_t block = block_ / 2;
        a_extra_ = memory.a_extra.reserve(padded_rows(rows_) * quads * 4);
        b_extra_ = memory.b_extra.reserve(panels() * quads * step_bytes);
        row_start_ = reinterpret_cast<std::int32_t*>(
            memory.row_start.reserve(padded_rows(rows_) * ((quads + block - 1) / block) * sizeof(std::int32_t)));
#ifdef FXP_X86_DISPATCH
        std::int32_t* to = row_start_;
        for (std::size_t row = 0; row < rows_; row += panel_rows) {
            const std::size_t height = rows_of_panel(row, rows_);
            const auto sum = height == panel_rows ? avx512::centred_row_sums<panel_rows>
                                                  : avx512::centred_row_sums<half_panel_rows>;
            std::byte* units = a_extra_ + row * quads * 4;
            high_bytes(a_ + row * panel_steps_ * 4, height, quads, 0x80808080u, units);
            for (std::size_t q = 0; q < quads; q += block, to += height) {
                sum(units + q * height * 4, std::min(block, quads - q), to);
            }
        }
#endif
        for (std::size_t p = 0; p < panels(); ++p) {
            high_bytes(b_ + p * panel_bytes(), panel_columns, quads, 0, b_extra_ + p * quads * step_bytes);
        }
        start_from(b_extra_, quads, block, 255, memory);
    }

    /// Adds 128 to every byte, modulo 2^8: signed ones become unsigned ones.
    static void offset_bytes(std::byte* bytes, std::size_t units) {
        dispatch([=]() FXP_LOOP { detail::flip_loop(bytes, units, 0x80808080u); });
    }

    /// a_ keeps the low bytes, 0 .. 255, a_extra_ gets the high ones, -128 .. 127.
    void split_bytes(std::size_t units, Memory& memory) {
        a_extra_ = memory.a_extra.reserve(units * 4);
        for (std::size_t i = 0; i < 2 * units; ++i) {
            const auto value = detail::load_as<std::int16_t>(a_ + 2 * i);
            const auto low = static_cast<std::int16_t>(value & 255);
            const auto high = static_cast<std::int16_t>(value >> 8);
            std::memcpy(a_ + 2 * i, &low, 2);
            std::memcpy(a_extra_ + 2 * i, &high, 2);
        }
    }

    const std::byte* a_at(const Place& place, const Steps& steps) const {
        return a_ + (place.row * panel_steps_ + steps.first * place.rows) * unit_bytes();
    }
    const std::byte* b_at(std::size_t panel, const Steps& steps) const {
        return b_ + panel * panel_bytes() + steps.first * step_bytes;
    }

    Kernel narrow_kernel(const Place& place) const {
        return (scheme_ == Scheme::quads ? kernels_->quads : kernels_->pairs)[place.kernel];
    }

    /// int32 sums of one panel of a; first: null, or a tile that they begin with unless they are added.
    void narrow(const Place& place, const Steps& steps, std::size_t column, std::size_t columns, bool add,
                std::int32_t* sums, const std::int32_t* first = nullptr) const {
        const Kernel kernel = narrow_kernel(place);
        for_each_panel(place, steps, column, columns, add, sums, first, [&](Task& task, std::size_t) { kernel(task); });
    }

    /// Calls f(task, c) for the panels of columns from `column` + c on.
    template <class F>
    void for_each_panel(const Place& place, const Steps& steps, std::size_t column, std::size_t columns, bool add,
                        std::int32_t* sums, const std::int32_t* first, F&& f) const {
        const std::size_t first_panel = column / panel_columns;
        const bool offset = start_ != nullptr && steps.first == 0;
        const std::int32_t* start = offset ? start_ + first_panel * panel_columns : nullptr;
        const std::byte* b = b_at(first_panel, steps);
        Task task;
        task.a = a_at(place, steps);
        task.steps = steps.count;
        task.start_stride = add ? place.stride : first != nullptr ? std::ptrdiff_t{panel_columns} : 0;
        task.out_stride = place.stride;
        for (std::size_t c = 0; c < columns; c += panel_columns) {
            task.b = b;
            task.out = sums + c;
            task.start = add ? sums + c : first != nullptr ? first : offset ? start : static_cast<const void*>(zeros);
            if (offset && add) correct(place, start, sums + c);
            f(task, c);
            b += panel_bytes();
            if (offset) start += panel_columns;
        }
    }

    /// Adds a row of start_ to sums that are there already; modulo 2^32, as the kernels: only the complete sums surely
    /// fit.
    static void correct(const Place& place, const std::int32_t* start, std::int32_t* sums) {
        for (std::size_t r = 0; r < place.rows; ++r, sums += place.stride) {
            for (std::size_t c = 0; c < panel_columns; ++c) {
                sums[c] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[c]) +
                                                    static_cast<std::uint32_t>(start[c]));
            }
        }
    }

    /// A task of sums in int64.
    Task wide_task(const Place& place, const Steps& steps, bool add, std::int64_t* sums) const {
        Task task;
        task.a = a_at(place, steps);
        task.start = add ? static_cast<const void*>(sums) : zeros;
        task.start_stride = add ? place.stride : 0;
        task.out = sums;
        task.out_stride = place.stride;
        task.steps = steps.count;
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
        task.a_ahead = static_cast<std::ptrdiff_t>(panel_rows * panel_steps_ * unit_bytes());
        task.b = b_at(2 * (column / panel_columns) + half, steps);
        (scheme_ == Scheme::doubles ? kernels_->doubles : kernels_->words)[place.kernel](task);
    }

    /// A panel of a block of words of any size.
    void split(const Place& place, const Steps& steps, std::size_t panel, bool add, std::int64_t* sums) const {
        const std::size_t quads = steps_ / 2;
        const std::size_t blocks = (steps_ + block_ - 1) / block_;
        const std::size_t block = steps.first / block_;
        Task task = wide_task(place, steps, add, sums);
        task.b = b_at(panel, steps);
        task.steps = steps.count / 2;
        task.a_extra = a_extra_ + (place.row * quads + steps.first / 2 * place.rows) * 4;
        task.b_extra = b_extra_ + (panel * quads + steps.first / 2) * step_bytes;
        task.extra_start = start_ + (panel * blocks + block) * panel_columns;
        task.extra_rows = row_start_ + place.row * blocks + block * place.rows;
        kernels_->split[place.kernel](task);
    }

    /// One panel of int32 sums of a block, added into sums.
    void widened(const Place& place, const Steps& steps, std::size_t panel, std::int64_t* sums) const {
        alignas(64) std::int32_t sum[tile_size];
        const bool quads = scheme_ == Scheme::quads;
        Task task;
        task.a = a_at(place, steps);
        task.b = b_at(panel, steps);
        task.steps = steps.count;
        task.start = start_ != nullptr ? static_cast<const void*>(start_ + panel * panel_columns) : zeros;
        task.out = sum;
        task.out_stride = panel_columns;
        (quads ? kernels_->quads : kernels_->pairs)[place.kernel](task);
        kernels_->widen(sum, place.rows, 0, sums, place.stride);
        if (scheme_ != Scheme::bytes) return;
        task.a = a_extra_ + (place.row * panel_steps_ + steps.first * place.rows) * 4;
        kernels_->pairs[place.kernel](task);
        kernels_->widen(sum, place.rows, 8, sums, place.stride);
    }

    const KernelSet* kernels_ = nullptr;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::size_t unit_depth_ = 1; ///< elements of a unit
    std::size_t steps_ = 0;
    std::size_t panel_steps_ = 0; ///< of a panel: steps_, or one more
    std::size_t block_ = 0;       ///< steps of one call of a kernel
    Scheme scheme_ = Scheme::words;
    std::uint64_t bound_ = 0;
    std::byte* a_ = nullptr;
    std::byte* b_ = nullptr;
    std::byte* a_extra_ = nullptr;
    std::byte* b_extra_ = nullptr;
    std::int32_t* start_ = nullptr;     ///< of columns, panel by panel and block by block
    std::int32_t* row_start_ = nullptr; ///< of rows, likewise
};

} // namespace fxp::kernels::gemm
