// The published artifact's evaluation of piecewise quadratics: every number and every step in the format of the result.
#pragma once

#include "fxp/core/overflow.hpp"
#include "fxp/core/rounding.hpp"
#include "fxp/kernels/operand.hpp"
#include "fxp/kernels/reference_lanes.hpp"
#include "fxp/kernels/symmetry.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace fxp::kernels {

/// A piecewise quadratic in raw integers of one format. Segments run from the far end to zero, upper[] descending.
template <std::size_t Segments>
struct ReferencePolynomial {
    Symmetry symmetry = Symmetry::none;
    int frac_bits = 0;
    std::int64_t max_raw = 0;
    std::array<std::int64_t, Segments> upper{};
    std::array<std::int64_t, Segments> offset{};
    std::array<std::array<std::int64_t, Segments>, 3> coefficients{}; ///< highest degree first
    ReferenceLanes lanes{};                                           ///< the same once more, where it fits
};

namespace detail {

/// c2 t^2 + c1 t + c0 at t = |x| + offset: products rounded half to even to the format, `step` after every operation.
/// Wide holds the product of two raw values; frac_bits >= 1.
template <class Wide, class Step>
FXP_INLINE Wide horner(int frac_bits, Wide x, Wide offset, Wide c2, Wide c1, Wide c0, Step& step) {
    const Wide t = step((x < 0 ? -x : x) + offset);
    const Wide inner =
        step(step(round_shift_nonzero<Rounding::nearest_even>(static_cast<Wide>(c2 * t), frac_bits)) + c1);
    return step(step(round_shift_nonzero<Rounding::nearest_even>(static_cast<Wide>(inner * t), frac_bits)) + c0);
}

/// Saturates and remembers that it did.
template <class Wide>
struct NotingStep {
    Wide max;
    Wide outside = 0;
    FXP_INLINE Wide operator()(Wide value) {
        const Wide low = value < -max ? -max : value;
        const Wide fitted = low > max ? max : low;
        outside |= fitted ^ value;
        return fitted;
    }
};

/// Saturates and records each event.
template <class Wide>
struct RecordingStep {
    Wide max;
    OverflowCount* events;
    Wide operator()(Wide value) {
        if (value <= max && value >= -max) return value;
        events->record(value);
        return value < 0 ? -max : max;
    }
};

/// A block of elements on their way through the evaluation.
template <class Wide>
struct PolynomialBlock {
    static constexpr std::size_t size = 256;
    std::array<Wide, size> x;
    std::array<std::int64_t, size> segment;
    std::array<std::int64_t, size> offset, c2, c1, c0; ///< of each element's segment
    std::array<Wide, size> result;
};

/// segment[i] = index of the segment of |x[i]|.
template <class Wide, std::size_t Segments>
FXP_INLINE void segment_loop(const ReferencePolynomial<Segments>& p, const Wide* FXP_RESTRICT x, std::size_t count,
                             std::int64_t* FXP_RESTRICT segment) {
    for (std::size_t i = 0; i < count; ++i) segment[i] = 0;
    for (std::size_t s = 1; s < Segments; ++s) {
        const Wide bound = static_cast<Wide>(p.upper[s]);
        for (std::size_t i = 0; i < count; ++i) segment[i] += (x[i] <= bound) & (x[i] >= -bound);
    }
}

/// The arguments; raw values outside the symmetric range, such as the one that Overflow::wrap can produce, count as its
/// ends.
template <class Stored, class Wide>
FXP_INLINE void clamp_loop(const Stored* FXP_RESTRICT source, std::size_t count, Wide max, Wide* FXP_RESTRICT target) {
    for (std::size_t i = 0; i < count; ++i) {
        const Wide value = source[i];
        const Wide upper = value > max ? max : value;
        target[i] = upper < -max ? -max : upper;
    }
}

FXP_INLINE void gather_loop(const std::int64_t* FXP_RESTRICT table, const std::int64_t* FXP_RESTRICT index,
                            std::size_t count, std::int64_t* FXP_RESTRICT out) {
    for (std::size_t i = 0; i < count; ++i) out[i] = table[index[i]];
}

/// Fills block.result from block.x; returns whether some step saturated.
template <class Wide, std::size_t Segments>
FXP_INLINE Wide polynomial_loop(const ReferencePolynomial<Segments>& p, PolynomialBlock<Wide>& block,
                                std::size_t count) {
    segment_loop(p, block.x.data(), count, block.segment.data());
    gather_loop(p.offset.data(), block.segment.data(), count, block.offset.data());
    gather_loop(p.coefficients[0].data(), block.segment.data(), count, block.c2.data());
    gather_loop(p.coefficients[1].data(), block.segment.data(), count, block.c1.data());
    gather_loop(p.coefficients[2].data(), block.segment.data(), count, block.c0.data());
    const int frac_bits = p.frac_bits;
    const Unfolding<Wide> unfold(p.symmetry, static_cast<Wide>(Wide{1} << frac_bits));
    NotingStep<Wide> step{static_cast<Wide>(p.max_raw)};
    for (std::size_t i = 0; i < count; ++i) {
        const Wide x = block.x[i];
        const Wide sum = horner<Wide>(frac_bits, x, block.offset[i], block.c2[i], block.c1[i], block.c0[i], step);
        block.result[i] = step(unfold(x, sum));
    }
    return step.outside;
}

} // namespace detail

/// out[i] = p(x[i]) for raw values of p's format; each saturation inside the evaluation is one event.
///
/// Stored: the format's storage type. Wide: std::int64_t for words up to 32 bits, int128 above; frac_bits >= 1.
template <class Wide, class Stored, std::size_t Segments>
void evaluate(const ReferencePolynomial<Segments>& p, const Stored* x, std::size_t count, Stored* out,
              OverflowCount& events) {
    using Block = detail::PolynomialBlock<Wide>;
    std::size_t begin = 0;
    if constexpr (std::is_same_v<Stored, std::int32_t>) begin = evaluate_lanes(p.lanes, x, count, out);
    Block block;
    for (; begin < count; begin += Block::size) {
        const std::size_t n = std::min(Block::size, count - begin);
        const Wide outside = dispatch([&p, &block, source = x + begin, target = out + begin, n]() FXP_LOOP {
            detail::clamp_loop(source, n, static_cast<Wide>(p.max_raw), block.x.data());
            const Wide saturated = detail::polynomial_loop(p, block, n);
            detail::convert_loop(block.result.data(), n, target);
            return saturated;
        });
        if (outside == 0) continue;
        detail::RecordingStep<Wide> record{static_cast<Wide>(p.max_raw), &events};
        const Unfolding<Wide> unfold(p.symmetry, static_cast<Wide>(Wide{1} << p.frac_bits));
        for (std::size_t i = 0; i < n; ++i) {
            const Wide sum = detail::horner<Wide>(p.frac_bits, block.x[i], block.offset[i], block.c2[i], block.c1[i],
                                                  block.c0[i], record);
            record(unfold(block.x[i], sum));
        }
    }
}

namespace detail {

/// How often v > 0 is multiplied by 4 until it reaches 2^frac_bits.
template <class Wide>
FXP_INLINE int quadruplings(Wide v, int frac_bits) {
    if constexpr (sizeof(Wide) <= 8) {
        const auto bits = static_cast<int>(std::bit_width(static_cast<std::make_unsigned_t<Wide>>(v)));
        return bits > frac_bits ? 0 : (frac_bits - bits + 2) / 2;
    } else {
        int times = 0;
        for (; v < Wide{1} << frac_bits; v *= 4) ++times;
        return times;
    }
}

} // namespace detail

/// 1 / sqrt(v) for raw v > 0 by a table on [1, 4], without symmetry: values below one are multiplied by 4 until they
/// reach it and the result is doubled as often, then saturated; values above 4 use the table's outermost segment as it
/// is (the published artifact's rule). Needs one and four in the format's range.
template <class Wide, class Stored, std::size_t Segments>
void evaluate_rsqrt(const ReferencePolynomial<Segments>& p, const Stored* x, std::size_t count, Stored* out,
                    OverflowCount& events) {
    using Block = detail::PolynomialBlock<Wide>;
    Block block;
    std::array<int, Block::size> doublings;
    detail::RecordingStep<Wide> record{static_cast<Wide>(p.max_raw), &events};
    for (std::size_t begin = 0; begin < count; begin += Block::size) {
        const std::size_t n = std::min(Block::size, count - begin);
        for (std::size_t i = 0; i < n; ++i) {
            const Wide v = x[begin + i];
            doublings[i] = detail::quadruplings(v, p.frac_bits);
            block.x[i] = v << 2 * doublings[i];
        }
        const Wide outside = dispatch([&p, &block, n]() FXP_LOOP { return detail::polynomial_loop(p, block, n); });
        for (std::size_t i = 0; i < n; ++i) {
            const Wide y = outside == 0 ? block.result[i]
                                        : detail::horner<Wide>(p.frac_bits, block.x[i], block.offset[i], block.c2[i],
                                                               block.c1[i], block.c0[i], record);
            out[begin + i] = static_cast<Stored>(record(static_cast<Wide>(y * (Wide{1} << doublings[i]))));
        }
    }
}

} // namespace fxp::kernels
