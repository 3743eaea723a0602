// Pack: copies a strided matrix into panels. One routine for both operands: lanes are rows of a or columns of b, and a
// transposed operand is only another pair of strides.
#pragma once

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

namespace detail {

// Vectors of 16 bytes: every instruction set that matters has them, so packing needs no dispatch.
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

/// Units that hold several stored elements as they are: 4 x int8 or 2 x int16.
template <class T>
struct PackedUnit {
    using Source = T;
    static constexpr std::size_t depth = 4 / sizeof(T);
    static constexpr std::size_t bytes = 4;

    /// Four units, as they lie in the source along k.
    FXP_INLINE static I32x4 units(const T* from) { return load16(from); }
    FXP_INLINE static void store(I32x4 units, std::byte* to) { std::memcpy(to, &units, sizeof(units)); }
    /// Four neighbouring lanes of one step.
    FXP_INLINE static I32x4 interleave(const T* from, std::ptrdiff_t depth_stride) {
        if constexpr (sizeof(T) == 2) {
            const auto row = [&](int k) { return load_as<std::int64_t>(from + k * depth_stride); };
            typedef std::int64_t I64x2 __attribute__((vector_size(16)));
            const I16x8 rows = reinterpret_cast<I16x8>(I64x2{row(0), row(1)});
            return reinterpret_cast<I32x4>(__builtin_shufflevector(rows, rows, 0, 4, 1, 5, 2, 6, 3, 7));
        } else {
            const auto row = [&](int k) { return load_as<std::int32_t>(from + k * depth_stride); };
            const I8x16 rows = reinterpret_cast<I8x16>(I32x4{row(0), row(1), row(2), row(3)});
            return reinterpret_cast<I32x4>(
                __builtin_shufflevector(rows, rows, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
        }
    }
    FXP_INLINE static void put(T value, std::size_t k, std::byte* unit) {
        std::memcpy(unit + k * sizeof(T), &value, sizeof(T));
    }
};

/// Units of one int32 widened to T: std::int64_t or double, either exactly.
template <class T>
struct WideUnit {
    using Source = std::int32_t;
    static constexpr std::size_t depth = 1;
    static constexpr std::size_t bytes = 8;
    typedef T Four __attribute__((vector_size(32)));

    FXP_INLINE static I32x4 units(const std::int32_t* from) { return load16(from); }
    FXP_INLINE static void store(I32x4 units, std::byte* to) {
        T wide[4];
        for (int i = 0; i < 4; ++i) wide[i] = units[i];
        std::memcpy(to, wide, sizeof(wide));
    }
    FXP_INLINE static I32x4 interleave(const std::int32_t* from, std::ptrdiff_t) { return load16(from); }
    FXP_INLINE static void put(std::int32_t value, std::size_t, std::byte* unit) {
        const T wide = value;
        std::memcpy(unit, &wide, sizeof(wide));
    }
};

/// Two neighbouring int32 along k, their low 16 bits as a pair.
struct LowPairUnit {
    using Source = std::int32_t;
    static constexpr std::size_t depth = 2;
    static constexpr std::size_t bytes = 4;

    FXP_INLINE static I32x4 join(I32x4 even, I32x4 odd) { return (even & 0xffff) | (odd << 16); }
    FXP_INLINE static I32x4 units(const std::int32_t* from) {
        const I32x4 low = load16(from);
        const I32x4 high = load16(from + 4);
        return join(__builtin_shufflevector(low, high, 0, 2, 4, 6), __builtin_shufflevector(low, high, 1, 3, 5, 7));
    }
    FXP_INLINE static void store(I32x4 units, std::byte* to) { std::memcpy(to, &units, sizeof(units)); }
    FXP_INLINE static I32x4 interleave(const std::int32_t* from, std::ptrdiff_t depth_stride) {
        return join(load16(from), load16(from + depth_stride));
    }
    FXP_INLINE static void put(std::int32_t value, std::size_t k, std::byte* unit) {
        const auto low = static_cast<std::int16_t>(value);
        std::memcpy(unit + 2 * k, &low, sizeof(low));
    }
};

/// One panel of `width` lanes (a multiple of four) from lane `first` on.
template <class Unit>
void pack_panel(const Lanes<typename Unit::Source>& from, std::size_t first, std::size_t width, std::size_t steps,
                std::byte* to) {
    const std::size_t step = width * Unit::bytes;
    const std::size_t whole = from.depth / Unit::depth; // steps without padding
    const auto edge = [&](std::size_t lane, std::size_t s) {
        std::byte* unit = to + s * step + lane * Unit::bytes;
        std::memset(unit, 0, Unit::bytes);
        if (first + lane >= from.lanes) return;
        for (std::size_t k = 0; k < Unit::depth && s * Unit::depth + k < from.depth; ++k) {
            Unit::put(*from.at(first + lane, s * Unit::depth + k), k, unit);
        }
    };
    for (std::size_t lane = 0; lane < width; lane += 4) {
        std::size_t s = 0;
        if (first + lane + 4 <= from.lanes) {
            std::byte* target = to + lane * Unit::bytes;
            if (from.depth_stride == 1) {
                const auto* source = from.at(first + lane, 0);
                for (; s + 4 <= whole; s += 4, source += 4 * Unit::depth) {
                    I32x4 r0 = Unit::units(source);
                    I32x4 r1 = Unit::units(source + from.lane_stride);
                    I32x4 r2 = Unit::units(source + 2 * from.lane_stride);
                    I32x4 r3 = Unit::units(source + 3 * from.lane_stride);
                    transpose(r0, r1, r2, r3);
                    Unit::store(r0, target + s * step);
                    Unit::store(r1, target + (s + 1) * step);
                    Unit::store(r2, target + (s + 2) * step);
                    Unit::store(r3, target + (s + 3) * step);
                }
            } else if (from.lane_stride == 1) {
                for (; s < whole; ++s) {
                    Unit::store(Unit::interleave(from.at(first + lane, s * Unit::depth), from.depth_stride),
                                target + s * step);
                }
            }
        }
        for (; s < steps; ++s) {
            for (std::size_t i = 0; i < 4; ++i) edge(lane + i, s);
        }
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

/// All panels of a, one after another; `to` has room for padded_rows * steps units. The panel of row r (a multiple of
/// panel_rows) begins at unit r * steps.
template <class Unit>
void pack_rows(const Lanes<typename Unit::Source>& from, std::size_t steps, std::byte* to) {
    for (std::size_t first = 0; first < from.lanes; first += panel_rows) {
        detail::pack_panel<Unit>(from, first, rows_of_panel(first, from.lanes), steps,
                                 to + first * steps * Unit::bytes);
    }
}

/// All panels of b, one after another, each of steps * step_bytes.
template <class Unit>
void pack_columns(const Lanes<typename Unit::Source>& from, std::size_t steps, std::byte* to) {
    constexpr std::size_t width = step_bytes / Unit::bytes;
    for (std::size_t first = 0; first < from.lanes; first += width, to += steps * step_bytes) {
        detail::pack_panel<Unit>(from, first, width, steps, to);
    }
}

/// High bytes of pairs as quads: `units` pairs of one step and the `units` of the next become `units` quads, in the
/// order k, k + 2, k + 1, k + 3. `flip` is xored: 0x80808080 makes unsigned bytes, offset by 128.
inline void high_bytes(const std::byte* pairs, std::size_t units, std::size_t quads, std::uint32_t flip,
                       std::byte* to) {
    for (std::size_t q = 0; q < quads; ++q, pairs += 8 * units, to += 4 * units) {
        for (std::size_t i = 0; i < units; ++i) {
            const auto first = detail::load_as<std::uint32_t>(pairs + 4 * i);
            const auto second = detail::load_as<std::uint32_t>(pairs + 4 * (units + i));
            const std::uint32_t quad = (((first >> 8) & 0x00ff00ffu) | (second & 0xff00ff00u)) ^ flip;
            std::memcpy(to + 4 * i, &quad, 4);
        }
    }
}

} // namespace fxp::kernels::gemm
