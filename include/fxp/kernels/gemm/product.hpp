// MatrixProduct: exact sums of products of two integer matrices, tile by tile, in the narrowest arithmetic that
// provably suffices; no sum can overflow.
#pragma once

#include "fxp/kernels/gemm/factors.hpp"
#include "fxp/kernels/gemm/finish_avx512.hpp"
#include "fxp/kernels/gemm/kernel_set.hpp"
#include "fxp/kernels/gemm/norms.hpp"
#include "fxp/kernels/gemm/pack.hpp"
#include "fxp/kernels/gemm/scheme.hpp"
#include "fxp/kernels/gemm/sums_avx512.hpp"

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
    /// Packs both operands into `memory`, which must outlive this object, as must an `a` that lies as kernels read it.
    /// The operands' bounds decide the scheme, of words of 16 bits only where they prove int32 sums: else the words
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
        unit_depth_ = choice.unit_depth;
        bound_ = joined.a.bound * joined.b.bound * joined.depth;
        for (const Factors& f : factors) steps_ += (f.depth + unit_depth_ - 1) / unit_depth_;
        // Which scheme it is of those that multiply pairs may be known only when they are packed.
        const bool may_split = unit_depth_ == 2 && scheme_ != Scheme::pairs;
        panel_steps_ = steps_ + (may_split ? steps_ % 2 : 0);
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
                        for (std::size_t i = 0; i < here.rows * panel_columns; ++i) {
                            incomplete[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(incomplete[i]) -
                                                                      static_cast<std::uint32_t>(finish.half));
                        }
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
        using detail::PackedUnit;
        if (scheme_ == Scheme::quads) {
            if (!read_in_place(factors)) pack_a<PackedUnit<std::int8_t>>(factors, memory);
            if (kernels_->signed_quads) return pack_b<PackedUnit<std::int8_t>>(factors, memory);
            pack_b<PackedUnit<std::int8_t, true>>(factors, memory);
            sum_rows(memory);
        } else if (!has_words()) {
            pack_b<PackedUnit<std::int16_t>>(factors, memory);
            if (!read_in_place(factors)) pack_a<PackedUnit<std::int16_t>>(factors, memory);
            if (scheme_ == Scheme::pairs || choose_by_norms()) return;
            if (a_lane_ != 0) pack_a<PackedUnit<std::int16_t>>(factors, memory);
            choose_by_words(joined);
            if (scheme_ == Scheme::split) add_high_bytes(memory);
            if (scheme_ == Scheme::bytes) split_bytes(memory);
        } else if (scheme_ == Scheme::words) {
            pack_a<detail::WideUnit<std::int64_t>>(factors, memory);
            pack_b<detail::WideUnit<std::int64_t>>(factors, memory);
        } else {
            pack_a<detail::WideUnit<double>>(factors, memory);
            pack_b<detail::WideUnit<double>>(factors, memory);
        }
    }

    /// Takes a as it lies, where its rows fill panels and its numbers fill units one after another. Rows that are
    /// longer than a block would come to lie in the same places of a cache.
    bool read_in_place(std::span<const Factors> factors) {
        const Operand& a = *factors[0].a;
        if (!kernels_->strides || factors.size() != 1 || a.column_stride != 1 ||
            static_cast<std::size_t>(a.bytes) * unit_depth_ != unit_bytes() || factors[0].depth % unit_depth_ != 0 ||
            rows_ % half_panel_rows != 0 || steps_ > block_bytes / (panel_rows * unit_bytes()) || a.row_stride <= 0) {
            return false;
        }
        a_ = static_cast<const std::byte*>(a.data);
        a_lane_ = a.row_stride * a.bytes;
        return true;
    }

    /// Calls f(factors, their range of steps); the last one's includes padding.
    template <class F>
    void for_each_range(std::span<const Factors> factors, F&& f) const {
        StepRange range{0, 0, panel_steps_};
        for (std::size_t i = 0; i < factors.size(); ++i, range.first += range.count) {
            const bool last = i + 1 == factors.size();
            range.count = last ? panel_steps_ - range.first : (factors[i].depth + unit_depth_ - 1) / unit_depth_;
            f(factors[i], range);
        }
    }

    template <class Unit>
    void pack_a(std::span<const Factors> factors, Memory& memory) {
        std::byte* to = memory.a.reserve(padded_rows(rows_) * panel_steps_ * unit_bytes());
        for_each_range(factors, [&](const Factors& f, const StepRange& range) {
            const Operand& a = *f.a;
            pack_rows<Unit>(
                lanes_of<typename Unit::Source>(a, a.row_stride, a.column_stride, rows_, f.depth, memory.a_copy), range,
                to);
        });
        a_ = to;
        a_lane_ = 0;
    }

    template <class Unit>
    void pack_b(std::span<const Factors> factors, Memory& memory) {
        for_each_range(factors, [&](const Factors& f, const StepRange& range) {
            const Operand& b = *f.b;
            pack_columns<Unit>(
                lanes_of<typename Unit::Source>(b, b.column_stride, b.row_stride, columns_, f.depth, memory.b_copy),
                range, b_);
        });
    }

    /// What the offset of b by 128 adds to the sums of each row, negated.
    void sum_rows(Memory& memory) {
        offset_ = reinterpret_cast<std::int32_t*>(memory.row_start.reserve(padded_rows(rows_) * sizeof(std::int32_t)));
#ifdef FXP_X86_DISPATCH
        if (a_lane_ != 0) {
            avx512::row_sums(a_, a_lane_, rows_, steps_, offset_);
        } else {
            for (std::size_t row = 0; row < rows_; row += panel_rows) {
                const bool half = rows_of_panel(row, rows_) != panel_rows;
                (half ? avx512::panel_sums<half_panel_rows, true>
                      : avx512::panel_sums<panel_rows, true>)(a_ + row * panel_steps_ * 4, panel_steps_, offset_ + row);
            }
        }
#endif
        for (std::size_t r = 0; r < padded_rows(rows_); ++r) offset_[r] *= -128;
    }

    /// True when the words' norms prove int32 sums, of all products or of blocks of them.
    bool choose_by_norms() {
        const PackedPairs packed{a_, a_lane_, steps_, b_, rows_, panels(), panel_steps_};
        if (const std::uint64_t bound = bound_by_norms(packed, panel_steps_)) {
            scheme_ = Scheme::pairs;
            block_ = pairs_block;
            bound_ = std::min(bound_, bound);
            return true;
        }
        constexpr std::size_t part = 64;
        if (panel_steps_ <= part || panel_steps_ % part != 0 || bound_by_norms(packed, part) == 0) return false;
        scheme_ = Scheme::flushed;
        block_ = part;
        return true;
    }

    /// Chooses among the schemes of packed pairs by how large the words are.
    void choose_by_words(Joined joined) {
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

    /// What avx512::split takes beside the pairs.
    void add_high_bytes(Memory& memory) {
        const std::size_t quads = steps_ / 2;
        const std::size_t block = block_ / 2;
        const std::size_t blocks = (quads + block - 1) / block;
        std::byte* a = memory.a_extra.reserve(padded_rows(rows_) * quads * 4);
        std::byte* b = memory.b_extra.reserve(panels() * quads * step_bytes);
        auto* rows = reinterpret_cast<std::int32_t*>(
            memory.row_start.reserve(padded_rows(rows_) * blocks * sizeof(std::int32_t)));
        auto* columns = reinterpret_cast<std::int32_t*>(
            memory.column_start.reserve(panels() * blocks * panel_columns * sizeof(std::int32_t)));
        a_extra_ = a;
        b_extra_ = b;
        extra_rows_ = rows;
        extra_columns_ = columns;
#ifdef FXP_X86_DISPATCH
        for (std::size_t row = 0; row < rows_; row += panel_rows) {
            const std::size_t height = rows_of_panel(row, rows_);
            const auto sum = height == panel_rows ? avx512::panel_sums<panel_rows, false>
                                                  : avx512::panel_sums<half_panel_rows, false>;
            high_bytes(a_ + row * panel_steps_ * 4, height, quads, 0x80808080u, a);
            for (std::size_t q = 0; q < quads; q += block, rows += height) {
                const std::size_t count = std::min(block, quads - q);
                sum(a + q * height * 4, count, rows);
                for (std::size_t r = 0; r < height; ++r) rows[r] -= static_cast<std::int32_t>(510 * count);
            }
            a += quads * height * 4;
        }
        for (std::size_t p = 0; p < panels(); ++p) {
            high_bytes(b_ + p * panel_bytes(), panel_columns, quads, 0, b);
            for (std::size_t q = 0; q < quads; q += block, columns += panel_columns) {
                const std::size_t count = std::min(block, quads - q);
                avx512::column_start(b, count, 255, columns);
                b += count * step_bytes;
            }
        }
#endif
    }

    /// a keeps the low bytes, 0 .. 255; a_extra_ gets the high ones, -128 .. 127.
    void split_bytes(Memory& memory) {
        const std::size_t words = 2 * padded_rows(rows_) * panel_steps_;
        std::byte* low_bytes = memory.a_copy.reserve(2 * words);
        std::byte* high_bytes = memory.a_extra.reserve(2 * words);
        for (std::size_t i = 0; i < words; ++i) {
            const auto value = detail::load_as<std::int16_t>(a_ + 2 * i);
            const auto low = static_cast<std::int16_t>(value & 255);
            const auto high = static_cast<std::int16_t>(value >> 8);
            std::memcpy(low_bytes + 2 * i, &low, 2);
            std::memcpy(high_bytes + 2 * i, &high, 2);
        }
        a_ = low_bytes;
        a_extra_ = high_bytes;
    }

    /// A task's part of a.
    void set_a(Task& task, const Place& place, const Steps& steps) const {
        const auto unit = static_cast<std::ptrdiff_t>(unit_bytes());
        const auto row = static_cast<std::ptrdiff_t>(place.row);
        const auto step = static_cast<std::ptrdiff_t>(steps.first);
        task.a_lane = a_lane_ != 0 ? a_lane_ : unit;
        task.a_step = a_lane_ != 0 ? unit : unit * static_cast<std::ptrdiff_t>(place.rows);
        const std::ptrdiff_t panel =
            a_lane_ != 0 ? row * a_lane_ : row * static_cast<std::ptrdiff_t>(panel_steps_) * unit;
        task.a = a_ + panel + step * task.a_step;
        task.steps = steps.count;
    }
    const std::byte* b_at(std::size_t panel, const Steps& steps) const {
        return b_ + panel * panel_bytes() + steps.first * step_bytes;
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
    Start begin_rows(const Place& place, const std::int32_t* biases, std::size_t height, std::int32_t constant,
                     std::array<std::int32_t, tile_size>& tile) const {
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
    void add_offsets(const Place& place, std::size_t columns, std::int32_t* sums) const {
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
        const std::byte* b = b_at(column / panel_columns, steps);
        Task task;
        set_a(task, place, steps);
        task.start = start.sums;
        task.start_stride = start.stride;
        task.out_stride = place.stride;
        for (std::size_t c = 0; c < columns; c += panel_columns, b += panel_bytes()) {
            task.b = b;
            task.out = sums + c;
            if (add) task.start = sums + c;
            f(task, c);
        }
    }

    /// A task of sums in int64.
    Task wide_task(const Place& place, const Steps& steps, bool add, std::int64_t* sums) const {
        Task task;
        set_a(task, place, steps);
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
        task.extra_columns = extra_columns_ + (panel * blocks + block) * panel_columns;
        task.extra_rows = extra_rows_ + place.row * blocks + block * place.rows;
        kernels_->split[place.kernel](task);
    }

    /// One panel of int32 sums of a block, added into sums.
    void widened(const Place& place, const Steps& steps, std::size_t panel, std::int64_t* sums) const {
        alignas(64) std::int32_t sum[tile_size];
        alignas(64) std::array<std::int32_t, tile_size> start;
        Task task;
        set_a(task, place, steps);
        task.b = b_at(panel, steps);
        const Start first = begin_rows(place, nullptr, 0, 0, start);
        task.start = first.sums;
        task.start_stride = first.stride;
        task.out = sum;
        task.out_stride = panel_columns;
        narrow_kernel(place)(task);
        kernels_->widen(sum, place.rows, 0, sums, place.stride);
        if (scheme_ != Scheme::bytes) return; // which begin with zeros
        task.a = a_extra_ + (place.row * panel_steps_ + steps.first * place.rows) * 4;
        narrow_kernel(place)(task);
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
    const std::byte* a_ = nullptr;
    std::ptrdiff_t a_lane_ = 0; ///< zero: a is packed; else its rows are so many bytes apart
    std::byte* b_ = nullptr;
    std::int32_t* offset_ = nullptr;     ///< null, or of every row what its sums begin with
    const std::byte* a_extra_ = nullptr; ///< the other bytes of words that are cut
    const std::byte* b_extra_ = nullptr;
    const std::int32_t* extra_rows_ = nullptr; ///< of avx512::split, panel by panel and block by block
    const std::int32_t* extra_columns_ = nullptr;
};

} // namespace fxp::kernels::gemm
