// Pack: copies a strided matrix into panels. One routine for both operands: lanes are rows of a or columns of b, and a
// transposed operand is only another pair of strides.
#pragma once

#include "fxp/kernels/gemm/pack_avx512.hpp"
#include "fxp/kernels/gemm/panel.hpp"
#include "fxp/kernels/operand.hpp"

#include <cstring>

namespace fxp::kernels::gemm {

/// Element (lane, k) is data[lane * lane_stride + k * depth_stride].
template <class T>
struct Lanes {
    const T* data = nullptr;
    std::ptrdiff_t lane_stride = 0;
    std::ptrdiff_t depth_stride = 0;
    std::size_t lanes = 0;
    std::size_t depth = 0;

    const T* at(std::size_t lane, std::size_t k) const {
        return data + static_cast<std::ptrdiff_t>(lane) * lane_stride + static_cast<std::ptrdiff_t>(k) * depth_stride;
    }
};

/// The operand as lanes of T, which is its storage or a conversion of it.
template <class T>
Lanes<T> lanes_of(const Operand& o, std::ptrdiff_t lane_stride, std::ptrdiff_t depth_stride, std::size_t lanes,
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

namespace detail {

// Vectors of 16 bytes: every instruction set that matters has them. Wider ones are in pack_avx512.hpp.
typedef std::int8_t I8x16 __attribute__((vector_size(16)));
typedef std::int16_t I16x8 __attribute__((vector_size(16)));
typedef std::int32_t I32x4 __attribute__((vector_size(16)));

/// 16 bytes from anywhere.
FXP_INLINE I32x4 load16(const void* from) {
    I32x4 result;
    std::memcpy(&result, from, sizeof(result));
    return result;
}
template <class T>
FXP_INLINE T load_as(const void* from) {
    T result;
    std::memcpy(&result, from, sizeof(result));
    return result;
}

template <class T>
FXP_INLINE void store_as(const T& value, void* to) {
    std::memcpy(to, &value, sizeof(value));
}

/// Rows become columns.
FXP_INLINE void transpose(I32x4& r0, I32x4& r1, I32x4& r2, I32x4& r3) {
    const I32x4 low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5);
    const I32x4 high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
    const I32x4 low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
    const I32x4 high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    r0 = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    r1 = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    r2 = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    r3 = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

/// Units that hold several stored elements as they are: 4 x int8 or 2 x int16; or, with is_offset, 4 x int8 plus 128.
template <class T, bool is_offset = false>
struct PackedUnit {
    using Source = T;
    static constexpr std::size_t depth = 4 / sizeof(T);
    static constexpr std::size_t bytes = 4;
    static constexpr int zero = is_offset ? 128 : 0; ///< each byte of a zero
    static constexpr std::int32_t flip = is_offset ? static_cast<std::int32_t>(0x80808080u) : 0; ///< xored

    /// Four units, as they lie in the source along k.
    FXP_INLINE static I32x4 units(const T* from) { return load16(from) ^ flip; }
    FXP_INLINE static void store(I32x4 units, std::byte* to) { std::memcpy(to, &units, sizeof(units)); }
    /// Lanes that interleave() takes.
    static constexpr std::size_t group = 16 / sizeof(T);
    /// One step of neighbouring lanes.
    FXP_INLINE static void interleave(const T* from, std::ptrdiff_t depth_stride, std::byte* to) {
        if constexpr (sizeof(T) == 2) {
            const auto r0 = load_as<I16x8>(from);
            const auto r1 = load_as<I16x8>(from + depth_stride);
            store_as(__builtin_shufflevector(r0, r1, 0, 8, 1, 9, 2, 10, 3, 11), to);
            store_as(__builtin_shufflevector(r0, r1, 4, 12, 5, 13, 6, 14, 7, 15), to + 16);
        } else {
            const auto r0 = reinterpret_cast<I8x16>(units(from));
            const auto r1 = reinterpret_cast<I8x16>(units(from + depth_stride));
            const auto r2 = reinterpret_cast<I8x16>(units(from + 2 * depth_stride));
            const auto r3 = reinterpret_cast<I8x16>(units(from + 3 * depth_stride));
            const auto low01 = reinterpret_cast<I16x8>(
                __builtin_shufflevector(r0, r1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
            const auto high01 = reinterpret_cast<I16x8>(
                __builtin_shufflevector(r0, r1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
            const auto low23 = reinterpret_cast<I16x8>(
                __builtin_shufflevector(r2, r3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
            const auto high23 = reinterpret_cast<I16x8>(
                __builtin_shufflevector(r2, r3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
            store_as(__builtin_shufflevector(low01, low23, 0, 8, 1, 9, 2, 10, 3, 11), to);
            store_as(__builtin_shufflevector(low01, low23, 4, 12, 5, 13, 6, 14, 7, 15), to + 16);
            store_as(__builtin_shufflevector(high01, high23, 0, 8, 1, 9, 2, 10, 3, 11), to + 32);
            store_as(__builtin_shufflevector(high01, high23, 4, 12, 5, 13, 6, 14, 7, 15), to + 48);
        }
    }
    FXP_INLINE static void put(T value, std::size_t k, std::byte* unit) {
        if constexpr (is_offset) value = static_cast<T>(value ^ -128);
        std::memcpy(unit + k * sizeof(T), &value, sizeof(T));
    }
};

/// Units of one int32 widened to T: std::int64_t or double, either exactly.
template <class T>
struct WideUnit {
    using Source = std::int32_t;
    using Target = T;
    static constexpr std::size_t depth = 1;
    static constexpr std::size_t bytes = 8;
    static constexpr int zero = 0;
    static constexpr std::int32_t flip = 0;

    FXP_INLINE static I32x4 units(const std::int32_t* from) { return load16(from); }
    FXP_INLINE static void store(I32x4 units, std::byte* to) {
        typedef T Four __attribute__((vector_size(32)));
        const Four wide = __builtin_convertvector(units, Four);
        std::memcpy(to, &wide, sizeof(wide));
    }
    static constexpr std::size_t group = 1;
    FXP_INLINE static void put(std::int32_t value, std::size_t, std::byte* unit) {
        const T wide = value;
        std::memcpy(unit, &wide, sizeof(wide));
    }
};

/// Units of lanes [lane, lane_end), all of the matrix, and steps [s, steps) of a panel that begins at lane `first`,
/// with zeros beyond the depth.
template <class Unit>
void pack_edge(const Lanes<typename Unit::Source>& from, std::size_t first, std::size_t width, std::size_t lane,
               std::size_t lane_end, std::size_t s, std::size_t steps, std::byte* to) {
    for (; s < steps; ++s) {
        const std::size_t k = s * Unit::depth;
        if (k >= from.depth) {
            std::memset(to + (s * width + lane) * Unit::bytes, Unit::zero, (lane_end - lane) * Unit::bytes);
            continue;
        }
        const std::size_t count = from.depth - k < Unit::depth ? from.depth - k : Unit::depth;
        for (std::size_t l = lane; l < lane_end; ++l) {
            std::byte* unit = to + (s * width + l) * Unit::bytes;
            const auto* source = from.at(first + l, k);
            std::memset(unit, Unit::zero, Unit::bytes);
            for (std::size_t i = 0; i < count; ++i, source += from.depth_stride) Unit::put(*source, i, unit);
        }
    }
}

/// Four lanes whose elements lie along k: `steps` of them, four or more.
template <class Unit>
void pack_four_lanes(const typename Unit::Source* from, std::ptrdiff_t lane_stride, std::size_t steps, std::size_t step,
                     std::byte* to) {
    for (std::size_t s = 0; s < steps; s += 4) {
        if (s > steps - 4) s = steps - 4; // some of the last four for the second time
        const auto* source = from + s * Unit::depth;
        I32x4 r0 = Unit::units(source);
        I32x4 r1 = Unit::units(source + lane_stride);
        I32x4 r2 = Unit::units(source + 2 * lane_stride);
        I32x4 r3 = Unit::units(source + 3 * lane_stride);
        transpose(r0, r1, r2, r3);
        std::byte* target = to + s * step;
        Unit::store(r0, target);
        Unit::store(r1, target + step);
        Unit::store(r2, target + 2 * step);
        Unit::store(r3, target + 3 * step);
    }
}

/// Lanes [first, first + lanes), four or more, whose elements lie along k: `steps` of them, four or more.
template <class Unit>
void pack_along_depth(const Lanes<typename Unit::Source>& from, std::size_t first, std::size_t lanes, std::size_t steps,
                      std::size_t step, std::byte* to) {
    std::size_t group = 4;
#ifdef FXP_X86_DISPATCH
    if (Unit::bytes == 4 && lanes >= 8 && steps >= 8 && includes(active_isa(), Isa::avx512)) group = 8;
#endif
    for (std::size_t lane = 0; lane < lanes; lane += group) {
        if (lane > lanes - group) lane = lanes - group; // some of the last for the second time
        const auto* source = from.at(first + lane, 0);
        std::byte* target = to + lane * Unit::bytes;
#ifdef FXP_X86_DISPATCH
        if (group == 8) {
            const auto lane_bytes = from.lane_stride * static_cast<std::ptrdiff_t>(sizeof(*source));
            avx512::pack_eight_lanes<Unit::flip>(reinterpret_cast<const std::byte*>(source), lane_bytes, steps, step,
                                                 target);
            continue;
        }
#endif
        pack_four_lanes<Unit>(source, from.lane_stride, steps, step, target);
    }
}

template <class T>
FXP_INLINE void widen_lanes_loop(const std::int32_t* FXP_RESTRICT from, std::ptrdiff_t depth_stride, std::size_t lanes,
                                 std::size_t steps, std::size_t step, T* FXP_RESTRICT to) {
    for (std::size_t s = 0; s < steps; ++s, from += depth_stride, to += step) {
        for (std::size_t l = 0; l < lanes; ++l) to[l] = from[l];
    }
}

/// `lanes` neighbouring lanes, Unit::group or more, over `steps` steps.
template <class Unit>
void pack_along_lanes(const typename Unit::Source* from, std::ptrdiff_t depth_stride, std::size_t lanes,
                      std::size_t steps, std::size_t step, std::byte* to) {
    if constexpr (Unit::bytes == 8) { // one instruction converts eight
        auto* wide = reinterpret_cast<typename Unit::Target*>(to);
        const std::size_t wide_step = step / Unit::bytes;
        return dispatch([=]() FXP_LOOP { widen_lanes_loop(from, depth_stride, lanes, steps, wide_step, wide); });
    } else {
#ifdef FXP_X86_DISPATCH
        if (lanes * Unit::bytes == step_bytes && includes(active_isa(), Isa::avx512)) {
            const auto* bytes = reinterpret_cast<const std::byte*>(from);
            const auto depth_bytes = depth_stride * static_cast<std::ptrdiff_t>(sizeof(*from));
            if constexpr (sizeof(*from) == 2) return avx512::interleave_words(bytes, depth_bytes, steps, to);
            return avx512::interleave_bytes<Unit::flip>(bytes, depth_bytes, steps, to);
        }
#endif
        for (; steps != 0; --steps, from += static_cast<std::ptrdiff_t>(Unit::depth) * depth_stride, to += step) {
            for (std::size_t l = 0; l < lanes; l += Unit::group) {
                if (l > lanes - Unit::group) l = lanes - Unit::group; // some of the last for the second time
                Unit::interleave(from + l, depth_stride, to + l * Unit::bytes);
            }
        }
    }
}

/// One panel of `width` lanes (a multiple of four) from lane `first` on.
template <class Unit>
void pack_panel(const Lanes<typename Unit::Source>& from, std::size_t first, std::size_t width, std::size_t steps,
                std::byte* to) {
    const std::size_t step = width * Unit::bytes;
    const std::size_t whole = from.depth / Unit::depth; // steps without padding
    const std::size_t lanes = from.lanes - first < width ? from.lanes - first : width;
    std::size_t done = 0; // steps
    if (from.depth_stride == 1 && whole >= 4 && lanes >= 4) {
        done = whole;
        pack_along_depth<Unit>(from, first, lanes, whole, step, to);
    } else if (from.lane_stride == 1 && whole > 0 && lanes >= Unit::group) {
        done = whole;
        pack_along_lanes<Unit>(from.at(first, 0), from.depth_stride, lanes, whole, step, to);
    }
    pack_edge<Unit>(from, first, width, 0, lanes, done, steps, to);
    if (lanes == width) return;
    for (std::size_t s = 0; s < steps; ++s) {
        std::memset(to + s * step + lanes * Unit::bytes, Unit::zero, (width - lanes) * Unit::bytes);
    }
}

} // namespace detail

/// Lanes of the panel of a that begins at row `first`: eight, or four when four do.
inline std::size_t rows_of_panel(std::size_t first, std::size_t rows) {
    return rows - first > half_panel_rows ? panel_rows : half_panel_rows;
}
/// Rows, padding included, of all panels of a.
inline std::size_t padded_rows(std::size_t rows) {
    const std::size_t rest = rows % panel_rows;
    return rows - rest + (rest == 0 ? 0 : rest > half_panel_rows ? panel_rows : half_panel_rows);
}

/// Steps that a matrix takes up in every panel.
struct StepRange {
    std::size_t first;
    std::size_t count;
    std::size_t all; ///< of a panel
};

/// Panels of a, one after another; `to` has room for padded_rows * range.all units. The panel of row r (a multiple of
/// panel_rows) begins at unit r * range.all.
template <class Unit>
void pack_rows(const Lanes<typename Unit::Source>& from, const StepRange& range, std::byte* to) {
    for (std::size_t first = 0; first < from.lanes; first += panel_rows) {
        const std::size_t height = rows_of_panel(first, from.lanes);
        detail::pack_panel<Unit>(from, first, height, range.count,
                                 to + (first * range.all + range.first * height) * Unit::bytes);
    }
}

/// Panels of b, one after another, each of range.all * step_bytes.
template <class Unit>
void pack_columns(const Lanes<typename Unit::Source>& from, const StepRange& range, std::byte* to) {
    to += range.first * step_bytes;
    const std::size_t panel = range.all * step_bytes;
    const std::size_t steps = range.count;
    constexpr std::size_t width = step_bytes / Unit::bytes;
    const std::size_t panels = (from.lanes + width - 1) / width;
    std::size_t first = 0;
    if (from.lane_stride == 1 && from.depth_stride != 1) {
        // Whole panels a few steps at a time, so that rows of b are read on and on.
        constexpr std::size_t few = 16;
        const std::size_t whole = from.depth / Unit::depth;
        first = from.lanes / width;
        for (std::size_t s = 0; s < whole; s += few) {
            const std::size_t now = whole - s < few ? whole - s : few;
            for (std::size_t p = 0; p < first; ++p) {
                detail::pack_along_lanes<Unit>(from.at(p * width, s * Unit::depth), from.depth_stride, width, now,
                                               step_bytes, to + p * panel + s * step_bytes);
            }
        }
        for (std::size_t p = 0; p < first && whole < steps; ++p) {
            detail::pack_edge<Unit>(from, p * width, width, 0, width, whole, steps, to + p * panel);
        }
    }
    for (std::size_t p = first; p < panels; ++p) {
        detail::pack_panel<Unit>(from, p * width, width, steps, to + p * panel);
    }
}

} // namespace fxp::kernels::gemm
