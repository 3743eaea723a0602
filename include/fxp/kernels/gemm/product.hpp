// MatrixProduct: exact sums of products of two integer matrices, tile by tile. The narrowest arithmetic that provably
// suffices is chosen from max|a|, max|b| and the depth; no sum can overflow.
#pragma once

#include "fxp/kernels/gemm/kernel_set.hpp"
#include "fxp/kernels/gemm/pack.hpp"

#include <algorithm>

namespace fxp::kernels::gemm {

/// Memory that a thread reuses from product to product.
struct Memory {
    Buffer a;
    Buffer b;
    Buffer a_extra;
    Buffer b_extra;
    Buffer start;
    Buffer a_copy;
    Buffer b_copy;
};

/// How a product is computed. P = max|a| * max|b|, K = depth.
enum class Scheme : std::uint8_t {
    quads,   ///< int8, K P < 2^31: int32 sums; a is offset by 128 and the offset's share subtracted beforehand
    pairs,   ///< int16, K P < 2^31: int32 sums
    flushed, ///< int16: int32 sums over blocks of k with k P < 2^31, added up in int64
    split,   ///< any int16: blocks of 128, see avx512::split
    bytes,   ///< any int16, a = 256 h + l: two flushed products
    doubles, ///< int32: double sums over blocks of k with k P <= 2^53, added up in int64
    checked, ///< int32: double sums whose total error over a block is below 2^15, see avx512::checked
    words    ///< int32: products and sums in int64
};

/// The exact product of a (rows, depth) and b (depth, columns).
class MatrixProduct {
  public:
    /// True when the product's sums fit int64 and its elements int32, which is what the constructor asks for.
    static bool suits(const Operand& a, const Operand& b, std::size_t depth) {
        constexpr std::uint64_t int32_bound = std::uint64_t{1} << 31;
        const auto fits = [](const Operand& o) {
            return o.bytes == 8 ? o.bound < int32_bound : o.bound <= int32_bound;
        };
        if (!fits(a) || !fits(b)) return false;
        const std::uint64_t largest = a.bound * b.bound; // at most 2^62
        return largest == 0 || depth <= int64_max / largest;
    }

    MatrixProduct() = default;
    /// Packs both operands into `memory`, which must outlive this object. The operands' bounds decide the scheme; those
    /// of measured data serve best.
    MatrixProduct(const Operand& a, const Operand& b, std::size_t rows, std::size_t columns, std::size_t depth,
                  Memory& memory, Set set = active_set())
        : kernels_(&kernels_of(set)), rows_(rows), columns_(columns) {
        choose(a, b, depth);
        steps_ = (depth + unit_depth_ - 1) / unit_depth_;
        if (scheme_ == Scheme::split || scheme_ == Scheme::checked) steps_ += steps_ % 2;
        if (scheme_ == Scheme::quads || scheme_ == Scheme::pairs) block_ = steps_;
        a_ = memory.a.reserve(padded_rows(rows) * steps_ * unit_bytes());
        b_ = memory.b.reserve(panels() * panel_bytes());
        pack(a, b, depth, memory);
    }

    Scheme scheme() const { return scheme_; }
    /// Every sum fits int32, so that tile() takes int32 sums.
    bool is_narrow() const { return scheme_ == Scheme::quads || scheme_ == Scheme::pairs; }
    /// Packed bytes of b behind one column: what decides how many columns stay in cache.
    std::size_t column_bytes() const {
        const std::size_t extra = scheme_ == Scheme::split ? 2 : scheme_ == Scheme::checked ? 4 : 1;
        return steps_ * unit_bytes() * (extra + 1) / extra;
    }

    /// Sums of the rows [row, row + panel_rows) that exist and of the columns [column, column + columns) set, or with
    /// `add` added to, sums[r * stride + c]. row and column: multiples of panel_rows and panel_columns. Columns beyond
    /// the matrix are zero up to a multiple of panel_columns, for which sums has room. Sum: std::int64_t, or
    /// std::int32_t when is_narrow() and what is added to fits as well.
    template <class Sum>
    void tile(std::size_t row, std::size_t column, std::size_t columns, bool add, Sum* sums, std::size_t stride) const {
        const std::size_t panel_rows_here = rows_of_panel(row, rows_);
        Place place{row, panel_rows_here, panel_rows_here == panel_rows ? 0u : 1u, static_cast<std::ptrdiff_t>(stride)};
        for (std::size_t c = 0; c < columns; c += panel_columns) {
            if constexpr (std::is_same_v<Sum, std::int32_t>) {
                narrow(place, column + c, add, sums + c);
            } else {
                wide(place, column + c, add, sums + c);
            }
        }
    }

  private:
    static constexpr std::uint64_t int64_max = ~std::uint64_t{0} >> 1;
    /// Shorter blocks than this cost more in flushing than another scheme does.
    static constexpr std::size_t worthwhile_block = 48;
    static constexpr std::size_t tile_size = panel_rows * panel_columns;
    alignas(64) static constexpr std::int64_t zeros_[panel_columns] = {};

    struct Place {
        std::size_t row;
        std::size_t rows;
        std::size_t kernel;
        std::ptrdiff_t stride;
    };

    bool has_words() const { return scheme_ >= Scheme::doubles; }
    std::size_t unit_bytes() const { return has_words() ? 8 : 4; }
    std::size_t panel_width() const { return step_bytes / unit_bytes(); }
    std::size_t panels() const { return (columns_ + panel_width() - 1) / panel_width(); }
    std::size_t panel_bytes() const { return steps_ * step_bytes; }

    /// Sets scheme_, unit_depth_ and block_, the steps after which sums are added up (for bytes: of both halves).
    void choose(const Operand& a, const Operand& b, std::size_t depth) {
        const std::uint64_t largest = std::max<std::uint64_t>(a.bound * b.bound, 1);
        const std::uint64_t narrow_depth = ((std::uint64_t{1} << 31) - 1) / largest;
        const auto even = [](std::uint64_t k) { return static_cast<std::size_t>(k / 2 * 2); };
        if (a.bytes == 1 && b.bytes == 1 && kernels_->quads[0] != nullptr && narrow_depth >= depth) {
            scheme_ = Scheme::quads;
            unit_depth_ = 4;
            return;
        }
        if (a.bytes <= 2 && b.bytes <= 2) {
            unit_depth_ = 2;
            if (narrow_depth >= depth) {
                scheme_ = Scheme::pairs;
            } else if (narrow_depth >= worthwhile_block) {
                scheme_ = Scheme::flushed;
                block_ = even(narrow_depth) / 2;
            } else if (kernels_->split[0] != nullptr) {
                scheme_ = Scheme::split;
                block_ = 64;
            } else {
                scheme_ = Scheme::bytes; // 256 * 255 * 2^15 < 2^31
                block_ = 128;
            }
            return;
        }
        const std::uint64_t double_depth = (std::uint64_t{1} << 53) / largest;
        if (kernels_->doubles[0] != nullptr && double_depth >= std::min(depth, worthwhile_block)) {
            scheme_ = Scheme::doubles;
            block_ = static_cast<std::size_t>(std::min<std::uint64_t>(double_depth, depth));
            return;
        }
        const std::size_t checked_depth = checked_block(largest);
        if (kernels_->checked[0] != nullptr && checked_depth >= std::min<std::size_t>(depth, 32)) {
            scheme_ = Scheme::checked;
            block_ = checked_depth;
            return;
        }
        scheme_ = Scheme::words;
        block_ = depth;
    }

    /// Even depth k of a block for Scheme::checked. Each of its k additions rounds a magnitude of at most k P (1 +
    /// 2^-40) by at most 2^-53 of it, together less than k^2 P 2^-52: below 2^15 for k^2 P <= 2^67. k P <= 2^62 keeps
    /// the estimate within int64.
    static std::size_t checked_block(std::uint64_t largest) {
        std::uint64_t k = 1024;
        while (k > 1 && (static_cast<uint128>(k * k) * largest > (uint128{1} << 67) ||
                         static_cast<uint128>(k) * largest > (uint128{1} << 62))) {
            k /= 2;
        }
        return static_cast<std::size_t>(k < 2 ? 0 : k);
    }

    void pack(const Operand& a, const Operand& b, std::size_t depth, Memory& memory) {
        const std::size_t a_units = padded_rows(rows_) * steps_;
        if (scheme_ == Scheme::quads) {
            pack_as<detail::PackedUnit<std::int8_t>>(a, b, depth, memory);
            for (std::size_t i = 0; i < a_units; ++i) {
                const std::uint32_t unit = detail::load_as<std::uint32_t>(a_ + 4 * i) ^ 0x80808080u;
                std::memcpy(a_ + 4 * i, &unit, 4);
            }
            start_from(b_, 1, memory);
        } else if (!has_words()) {
            pack_as<detail::PackedUnit<std::int16_t>>(a, b, depth, memory);
            if (scheme_ == Scheme::split) add_high_bytes(memory);
            if (scheme_ == Scheme::bytes) split_bytes(a_units, memory);
        } else if (scheme_ == Scheme::words) {
            pack_as<detail::WideUnit<std::int64_t>>(a, b, depth, memory);
        } else {
            pack_as<detail::WideUnit<double>>(a, b, depth, memory);
            if (scheme_ == Scheme::checked) add_low_pairs(a, b, depth, memory);
        }
    }

    template <class Unit>
    void pack_as(const Operand& a, const Operand& b, std::size_t depth, Memory& memory) {
        using T = typename Unit::Source;
        pack_rows<Unit>(lanes<T>(a, a.row_stride, a.column_stride, rows_, depth, memory.a_copy), steps_, a_);
        pack_columns<Unit>(lanes<T>(b, b.column_stride, b.row_stride, columns_, depth, memory.b_copy), steps_, b_);
    }

    /// The operand as lanes of T, which is its storage or a conversion of it.
    template <class T>
    static Lanes<T> lanes(const Operand& o, std::ptrdiff_t lane_stride, std::ptrdiff_t depth_stride, std::size_t lanes,
                          std::size_t depth, Buffer& copy) {
        if (o.bytes == static_cast<int>(sizeof(T))) {
            return {static_cast<const T*>(o.data), lane_stride, depth_stride, lanes, depth};
        }
        T* out = reinterpret_cast<T*>(copy.reserve(lanes * depth * sizeof(T)));
        const Operand by_depth{o.data, o.bytes, depth_stride, lane_stride, o.bound};
        const Operand by_lane{o.data, o.bytes, lane_stride, depth_stride, o.bound};
        if (lane_stride == 1) {
            for (std::size_t k = 0; k < depth; ++k) load_row(by_depth, k, 0, lanes, out + k * lanes);
            return {out, 1, static_cast<std::ptrdiff_t>(lanes), lanes, depth};
        }
        for (std::size_t l = 0; l < lanes; ++l) load_row(by_lane, l, 0, depth, out + l * depth);
        return {out, static_cast<std::ptrdiff_t>(depth), 1, lanes, depth};
    }

    /// For each panel of quads and each block of it, what the offset of a by 128 adds, negated. `blocks` per panel.
    void start_from(const std::byte* quads, std::size_t blocks, Memory& memory) {
        start_ = reinterpret_cast<std::int32_t*>(
            memory.start.reserve(panels() * blocks * panel_columns * sizeof(std::int32_t)));
#ifdef FXP_X86_DISPATCH
        const std::size_t steps = scheme_ == Scheme::quads ? steps_ : steps_ / 2;
        const std::size_t block = scheme_ == Scheme::quads ? steps_ : block_ / 2;
        for (std::size_t p = 0; p < panels(); ++p) {
            for (std::size_t i = 0; i < blocks; ++i) {
                avx512::offset_correction(quads + (p * steps + i * block) * step_bytes,
                                          std::min(block, steps - i * block),
                                          start_ + (p * blocks + i) * panel_columns);
            }
        }
#else
        static_cast<void>(quads);
#endif
    }

    void add_high_bytes(Memory& memory) {
        const std::size_t quads = steps_ / 2;
        a_extra_ = memory.a_extra.reserve(padded_rows(rows_) * quads * 4);
        b_extra_ = memory.b_extra.reserve(panels() * quads * step_bytes);
        for (std::size_t row = 0; row < rows_; row += panel_rows) {
            high_bytes(a_ + row * steps_ * 4, rows_of_panel(row, rows_), quads, 0x80808080u,
                       a_extra_ + row * quads * 4);
        }
        for (std::size_t p = 0; p < panels(); ++p) {
            high_bytes(b_ + p * panel_bytes(), panel_columns, quads, 0, b_extra_ + p * quads * step_bytes);
        }
        start_from(b_extra_, blocks(), memory);
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

    void add_low_pairs(const Operand& a, const Operand& b, std::size_t depth, Memory& memory) {
        const std::size_t pairs = steps_ / 2;
        a_extra_ = memory.a_extra.reserve(padded_rows(rows_) * pairs * 4);
        b_extra_ = memory.b_extra.reserve((columns_ + panel_columns - 1) / panel_columns * pairs * step_bytes);
        pack_rows<detail::LowPairUnit>(
            lanes<std::int32_t>(a, a.row_stride, a.column_stride, rows_, depth, memory.a_copy), pairs, a_extra_);
        pack_columns<detail::LowPairUnit>(
            lanes<std::int32_t>(b, b.column_stride, b.row_stride, columns_, depth, memory.b_copy), pairs, b_extra_);
    }

    std::size_t blocks() const { return block_ == 0 ? 0 : (steps_ + block_ - 1) / block_; }

    /// One panel of int32 sums.
    void narrow(const Place& place, std::size_t column, bool add, std::int32_t* sums) const {
        const std::size_t panel = column / panel_columns;
        Task task;
        task.a = a_ + place.row * steps_ * 4;
        task.b = b_ + panel * panel_bytes();
        task.steps = steps_;
        task.start = zeros_;
        task.out = sums;
        task.out_stride = place.stride;
        if (scheme_ == Scheme::quads) task.start = start_ + panel * panel_columns;
        if (add) {
            if (scheme_ == Scheme::quads) {
                for (std::size_t r = 0; r < place.rows; ++r) {
                    std::int32_t* to = sums + static_cast<std::ptrdiff_t>(r) * place.stride;
                    // Modulo 2^32, as the kernels: only the complete sum is known to fit.
                    for (std::size_t c = 0; c < panel_columns; ++c) {
                        to[c] =
                            static_cast<std::int32_t>(static_cast<std::uint32_t>(to[c]) +
                                                      static_cast<std::uint32_t>(start_[panel * panel_columns + c]));
                    }
                }
            }
            task.start = sums;
            task.start_stride = place.stride;
        }
        (scheme_ == Scheme::quads ? kernels_->quads : kernels_->pairs)[place.kernel](task);
    }

    /// 32 columns of int64 sums.
    void wide(const Place& place, std::size_t column, bool add, std::int64_t* sums) const {
        if (is_narrow() || scheme_ == Scheme::flushed || scheme_ == Scheme::bytes) {
            if (!add) clear(place, 0, sums);
            return widened(place, column / panel_columns, sums);
        }
        for (std::size_t half = 0; half < 2; ++half) {
            if (has_words() && column + half * panel_columns / 2 >= columns_) {
                if (!add) clear(place, half * panel_columns / 2, sums);
                return;
            }
            by_blocks(place, column, half, add, sums + half * panel_columns / 2);
        }
    }

    static void clear(const Place& place, std::size_t from, std::int64_t* sums) {
        for (std::size_t r = 0; r < place.rows; ++r) {
            std::int64_t* row = sums + static_cast<std::ptrdiff_t>(r) * place.stride;
            std::fill(row + from, row + panel_columns, std::int64_t{0});
        }
    }

    /// Sixteen columns of a scheme whose kernels write int64.
    void by_blocks(const Place& place, std::size_t column, std::size_t half, bool add, std::int64_t* sums) const {
        Task task;
        task.start = zeros_;
        task.out = sums;
        task.out_stride = place.stride;
        if (add) {
            task.start = sums;
            task.start_stride = place.stride;
        }
        const std::size_t panel = column / panel_columns;
        const std::byte* a = a_ + place.row * steps_ * unit_bytes();
        const std::byte* b =
            has_words() ? b_ + (2 * panel + half) * panel_bytes() : b_ + panel * panel_bytes() + half * step_bytes / 2;
        const std::byte* a_extra = a_extra_ == nullptr ? nullptr : a_extra_ + place.row * (steps_ / 2) * 4;
        const std::byte* b_extra =
            b_extra_ == nullptr ? nullptr : b_extra_ + panel * (steps_ / 2) * step_bytes + half * step_bytes / 2;
        const Kernel kernel = (scheme_ == Scheme::split     ? kernels_->split
                               : scheme_ == Scheme::doubles ? kernels_->doubles
                               : scheme_ == Scheme::checked ? kernels_->checked
                                                            : kernels_->words)[place.kernel];
        const bool twice = scheme_ == Scheme::split || scheme_ == Scheme::checked;
        std::size_t done = 0;
        std::size_t index = 0;
        do {
            const std::size_t now = std::min(block_, steps_ - done);
            task.a = a + done * place.rows * unit_bytes();
            task.b = b + done * step_bytes;
            task.steps = now;
            if (twice) {
                task.steps = now / 2;
                task.a_extra = a_extra + done / 2 * place.rows * 4;
                task.b_extra = b_extra + done / 2 * step_bytes;
                if (scheme_ == Scheme::split) {
                    task.extra_start = start_ + (panel * blocks() + index) * panel_columns + half * panel_columns / 2;
                }
            }
            kernel(task);
            task.start = sums;
            task.start_stride = place.stride;
            done += now;
            ++index;
        } while (done < steps_);
    }

    /// int32 sums block by block, added into sums.
    void widened(const Place& place, std::size_t panel, std::int64_t* sums) const {
        alignas(64) std::int32_t sum[tile_size];
        Task task;
        task.out = sum;
        task.out_stride = panel_columns;
        for (std::size_t done = 0; done < steps_; done += block_) {
            task.a = a_ + (place.row * steps_ + done * place.rows) * 4;
            task.b = b_ + panel * panel_bytes() + done * step_bytes;
            task.steps = std::min(block_, steps_ - done);
            task.start = scheme_ == Scheme::quads ? static_cast<const void*>(start_ + panel * panel_columns) : zeros_;
            (scheme_ == Scheme::quads ? kernels_->quads : kernels_->pairs)[place.kernel](task);
            kernels_->widen(sum, place.rows, 0, sums, place.stride);
            if (scheme_ != Scheme::bytes) continue;
            task.a = a_extra_ + (place.row * steps_ + done * place.rows) * 4;
            kernels_->pairs[place.kernel](task);
            kernels_->widen(sum, place.rows, 8, sums, place.stride);
        }
    }

    const KernelSet* kernels_ = nullptr;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::size_t steps_ = 0;
    std::size_t unit_depth_ = 1;
    std::size_t block_ = 0;
    Scheme scheme_ = Scheme::words;
    std::byte* a_ = nullptr;
    std::byte* b_ = nullptr;
    std::byte* a_extra_ = nullptr;
    std::byte* b_extra_ = nullptr;
    std::int32_t* start_ = nullptr;
};

} // namespace fxp::kernels::gemm
