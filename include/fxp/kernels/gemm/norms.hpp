// Bounds of sums of products: by the largest words, depth max|a| max|b|, and by norms, that is by the inequality of
// Cauchy and Schwarz, |a b|^2 <= |a|^2 |b|^2, which bounds the sums of trained matrices, few of whose elements are as
// large as the largest one, far below.
#pragma once

#include "fxp/kernels/gemm/pack.hpp"
#include "fxp/kernels/round_avx512.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

namespace fxp::kernels::gemm {

#ifdef FXP_X86_DISPATCH

namespace avx512 {

/// sums += the squares of the words of sixteen pairs, those of pairs 0, 2, .. and of pairs 1, 3, ..
[[FXP_TARGET_AVX512]] FXP_INLINE void add_squares(kernels::avx512::U64 (&sums)[2], const kernels::avx512::I32& pairs) {
    using kernels::avx512::U64;
    kernels::avx512::I32 squares; // 2^31 at most, which fits 32 bits without a sign
    asm("vpmaddwd {%1, %1, %0|%0, %1, %1}" : "=v"(squares) : "v"(pairs));
    sums[0] += reinterpret_cast<U64>(squares) & 0xffffffffu;
    sums[1] += reinterpret_cast<U64>(squares) >> 32;
}

/// Every lane becomes the sum of all.
[[FXP_TARGET_AVX512]] FXP_INLINE void add_across(kernels::avx512::U64& lanes) {
    lanes += __builtin_shufflevector(lanes, lanes, 4, 5, 6, 7, 0, 1, 2, 3);
    lanes += __builtin_shufflevector(lanes, lanes, 2, 3, 0, 1, 6, 7, 4, 5);
    lanes += __builtin_shufflevector(lanes, lanes, 1, 0, 3, 2, 5, 4, 7, 6);
}

/// largest_square_sum of panels of 8 or 32 lanes.
template <std::size_t lanes>
[[FXP_TARGET_AVX512, gnu::noinline]] std::uint64_t largest_square_sum(const std::byte* panel, std::size_t panels,
                                                                      std::size_t steps) {
    using kernels::avx512::I32;
    using kernels::avx512::load;
    using kernels::avx512::U64;
    typedef std::int32_t Half __attribute__((vector_size(32)));
    U64 largest[2] = {};
    for (; panels != 0; --panels) {
        U64 first[2] = {};
        U64 last[2] = {};
        I32 pairs;
        if constexpr (lanes == 32) {
            for (std::size_t s = 0; s < steps; ++s, panel += step_bytes) {
                load(pairs, panel);
                add_squares(first, pairs);
                load(pairs, panel + 64);
                add_squares(last, pairs);
            }
        } else {
            for (std::size_t s = 0; s + 2 <= steps; s += 2, panel += 64) { // two steps in a vector
                load(pairs, panel);
                add_squares(first, pairs);
            }
            if (steps % 2 != 0) {
                Half half;
                load(half, panel);
                pairs = __builtin_shufflevector(half, Half{}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
                add_squares(first, pairs);
                panel += 32;
            }
#pragma GCC unroll 2
            for (std::size_t i = 0; i < 2; ++i) {
                first[i] += __builtin_shufflevector(first[i], first[i], 4, 5, 6, 7, 0, 1, 2, 3);
            }
        }
#pragma GCC unroll 2
        for (std::size_t i = 0; i < 2; ++i) {
            largest[i] = largest[i] > first[i] ? largest[i] : first[i];
            largest[i] = largest[i] > last[i] ? largest[i] : last[i];
        }
    }
    std::array<std::uint64_t, 16> all;
    kernels::avx512::store(largest[0], all.data());
    kernels::avx512::store(largest[1], all.data() + 8);
    return *std::max_element(all.begin(), all.end());
}

/// At least the largest sum of squares of `steps` pairs from some a + r * lane on, r below `rows`: the sum of eight
/// parts of it, each the largest of all rows, or if `exact` that sum itself.
template <bool exact>
[[FXP_TARGET_AVX512, gnu::noinline]] std::uint64_t largest_square_sum_of_rows(const std::byte* a, std::ptrdiff_t lane,
                                                                              std::size_t rows, std::size_t steps) {
    using kernels::avx512::I32;
    using kernels::avx512::U64;
    U64 largest{};
    const auto rest = static_cast<kernels::avx512::LaneMask>((1u << steps % 16) - 1);
    for (; rows != 0; --rows, a += lane) {
        U64 sums[2] = {};
        I32 pairs;
        const std::byte* from = a;
        for (std::size_t s = 16; s <= steps; s += 16, from += 64) {
            kernels::avx512::load(pairs, from);
            add_squares(sums, pairs);
        }
        if (rest != 0) {
            kernels::avx512::load_lanes(pairs, reinterpret_cast<const std::int32_t*>(from), rest);
            add_squares(sums, pairs);
        }
        sums[0] += sums[1];
        if constexpr (exact) add_across(sums[0]);
        largest = largest > sums[0] ? largest : sums[0];
    }
    if constexpr (!exact) add_across(largest);
    return largest[0];
}

} // namespace avx512

#endif

namespace detail {

template <std::size_t lanes>
FXP_INLINE std::uint64_t square_sums_loop(const std::byte* FXP_RESTRICT panel, std::size_t panels, std::size_t steps) {
    typedef std::int32_t Pairs __attribute__((vector_size(16)));
    typedef std::uint32_t Squares __attribute__((vector_size(16)));
    typedef std::uint64_t Sums __attribute__((vector_size(32)));
    std::uint64_t largest = 0;
    for (; panels != 0; --panels, panel += 4 * lanes * steps) {
        for (std::size_t lane = 0; lane < lanes; lane += 4) {
            Sums sums{};
            for (std::size_t s = 0; s < steps; ++s) {
                Pairs pair;
                std::memcpy(&pair, panel + 4 * (s * lanes + lane), sizeof(pair));
                const Pairs high = pair >> 16;
                const Pairs low = (pair << 16) >> 16;
                sums += __builtin_convertvector(
                    reinterpret_cast<Squares>(low * low) + reinterpret_cast<Squares>(high * high), Sums);
            }
            for (std::size_t l = 0; l < 4; ++l) largest = sums[l] > largest ? sums[l] : largest;
        }
    }
    return largest;
}

} // namespace detail

/// The largest sum of squares of a lane of so many panels of pairs, one after another. lanes: 4, 8 or 32.
template <std::size_t lanes>
std::uint64_t largest_square_sum(const std::byte* panel, std::size_t panels, std::size_t steps) {
#ifdef FXP_X86_DISPATCH
    if constexpr (lanes >= 8) {
        if (includes(active_isa(), Isa::avx512)) return avx512::largest_square_sum<lanes>(panel, panels, steps);
    }
#endif
    return dispatch([=]() FXP_LOOP { return detail::square_sums_loop<lanes>(panel, panels, steps); });
}

/// At least the square root of `square`, which is below 2^62, and at most a fortieth more, plus two.
constexpr std::uint64_t root_bound(std::uint64_t square) {
    if (square == 0) return 0;
    std::uint64_t root = std::uint64_t{1} << (std::bit_width(square) + 1) / 2;
    // Newton's rule comes from above: no step goes below, but for what the divisions cut off.
    for (int i = 0; i < 2; ++i) root = (root + square / root + 1) / 2 + 1;
    return root;
}

/// Both operands of a product as pairs: b packed, a too or, if a_lane is not zero, with rows that lie a_lane bytes
/// apart and are a_steps long.
struct PackedPairs {
    const std::byte* a;
    std::ptrdiff_t a_lane;
    std::size_t a_steps;
    const std::byte* b;
    std::size_t rows;   ///< of a
    std::size_t panels; ///< of b
    std::size_t steps;  ///< of a panel
};

namespace detail {

/// At least the largest sum of squares over `steps` steps of a lane of the rows [begin, end) of a, of which begin is a
/// multiple of panel_rows; not more, but for short rows that may be so rated.
inline std::uint64_t largest_square_sum_of_a(const PackedPairs& packed, std::size_t begin, std::size_t end,
                                             std::size_t steps, [[maybe_unused]] bool rate) {
#ifdef FXP_X86_DISPATCH
    if (packed.a_lane != 0) {
        const auto of_rows =
            rate && steps <= 32 ? avx512::largest_square_sum_of_rows<false> : avx512::largest_square_sum_of_rows<true>;
        const std::byte* a = packed.a + static_cast<std::ptrdiff_t>(begin) * packed.a_lane;
        std::uint64_t largest = 0;
        for (std::size_t s = 0; s < packed.a_steps; s += steps) {
            const std::size_t count = std::min(steps, packed.a_steps - s);
            largest = std::max(largest, of_rows(a + 4 * s, packed.a_lane, end - begin, count));
        }
        return largest;
    }
#endif
    const std::size_t parts = packed.steps / steps;
    const std::size_t whole = (end - begin) / panel_rows;
    const std::byte* a = packed.a + begin * packed.steps * 4;
    const std::uint64_t largest = largest_square_sum<panel_rows>(a, whole * parts, steps);
    if (begin + whole * panel_rows == end) return largest;
    const std::size_t row = begin + whole * panel_rows;
    const std::byte* last = packed.a + row * packed.steps * 4;
    return std::max(largest, rows_of_panel(row, packed.rows) == panel_rows
                                 ? largest_square_sum<panel_rows>(last, parts, steps)
                                 : largest_square_sum<half_panel_rows>(last, parts, steps));
}

} // namespace detail

/// The largest magnitudes of both operands of a product.
struct LargestWords {
    std::uint64_t a;
    std::uint64_t b;
};

/// Those of a product whose a is packed, or lies without gaps between its rows.
inline std::optional<LargestWords> largest_words(const PackedPairs& packed) {
    const auto largest = [](const std::byte* pairs, std::size_t count) {
        return max_magnitude(reinterpret_cast<const std::int16_t*>(pairs), 2 * count);
    };
    if (packed.a_lane != 0 && packed.a_lane != static_cast<std::ptrdiff_t>(4 * packed.a_steps)) return std::nullopt;
    const std::size_t pairs_of_a =
        packed.a_lane == 0 ? padded_rows(packed.rows) * packed.steps : packed.rows * packed.a_steps;
    return LargestWords{largest(packed.a, pairs_of_a), largest(packed.b, packed.panels * panel_columns * packed.steps)};
}

/// A bound of the sums over every `steps` steps, a part of a panel's, where norms prove that they fit int32; else zero.
/// That of sums that are all zero is one.
inline std::uint64_t bound_by_norms(const PackedPairs& packed, std::size_t steps) {
    constexpr std::uint64_t int32_max = (std::uint64_t{1} << 31) - 1;
    constexpr std::uint64_t most = int32_max * int32_max;
    const std::size_t parts = packed.steps / steps;
    const auto exceeds = [](std::uint64_t a, std::uint64_t b) { return a != 0 && b > most / a; };
    if (packed.rows > 8 * panel_rows || packed.panels > 8) { // the norms of a few lanes often show that it is not so
        const std::uint64_t few_b = largest_square_sum<panel_columns>(packed.b, packed.panels == 0 ? 0 : parts, steps);
        const std::size_t few = std::min(packed.rows, panel_rows);
        if (exceeds(detail::largest_square_sum_of_a(packed, 0, few, steps, false), few_b)) return 0;
    }
    const std::uint64_t b = largest_square_sum<panel_columns>(packed.b, packed.panels * parts, steps);
    std::uint64_t a = detail::largest_square_sum_of_a(packed, 0, packed.rows, steps, true);
    if (exceeds(a, b)) a = detail::largest_square_sum_of_a(packed, 0, packed.rows, steps, false);
    if (exceeds(a, b)) return 0;
    return std::clamp(root_bound(a * b), std::uint64_t{1}, int32_max);
}

} // namespace fxp::kernels::gemm
