// Piecewise polynomials on raw integers: select a segment by |x|, evaluate by Horner's rule, mirror for x < 0.
#pragma once

#include "../core/overflow.hpp"
#include "../core/rounding.hpp"
#include "dispatch.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace fxp::kernels {

/// What f(-x) is, given f(x).
enum class Symmetry : std::uint8_t { none, one_minus, odd };

/// A piecewise quadratic in raw integers of one format. Segments run from the far end to zero, upper[] descending.
template <std::size_t Segments>
struct PiecewisePolynomial {
    Symmetry symmetry = Symmetry::none;
    int frac_bits = 0;
    std::int64_t max_raw = 0;
    std::array<std::int64_t, Segments> upper{};
    std::array<std::int64_t, Segments> offset{};
    std::array<std::array<std::int64_t, Segments>, 3> coefficients{}; ///< highest degree first
};

namespace detail {

/// Saturates, noting in `outside` whether the value changed.
template <class Wide>
FXP_INLINE Wide saturate(Wide value, Wide max, Wide& outside) {
    outside |= (value > max) | (value < -max);
    const Wide low = value < -max ? -max : value;
    return low > max ? max : low;
}

/// One element in its segment: products rounded half to even to the format, every step saturated. Wide holds the
/// product of two raw values. `step(value)` saturates and takes note.
template <class Wide, std::size_t Segments, class Step>
FXP_INLINE Wide horner(const PiecewisePolynomial<Segments>& p, Wide x, std::size_t segment, Step&& step) {
    const Wide magnitude = x < 0 ? -x : x;
    const Wide t = step(magnitude + static_cast<Wide>(p.offset[segment]));
    Wide sum = static_cast<Wide>(p.coefficients[0][segment]);
    for (std::size_t k = 1; k < 3; ++k) {
        const Wide scaled = step(round_shift<Rounding::nearest_even>(static_cast<Wide>(sum * t), p.frac_bits));
        sum = step(scaled + static_cast<Wide>(p.coefficients[k][segment]));
    }
    if (p.symmetry == Symmetry::one_minus) {
        const Wide one = static_cast<Wide>(Wide{1} << p.frac_bits);
        return x < 0 ? one - sum : sum;
    }
    return p.symmetry == Symmetry::odd && x < 0 ? -sum : sum;
}

} // namespace detail

/// out[i] = p(x[i]) for raw values of p's format; each saturation inside the evaluation is one event.
///
/// Stored: the format's storage type. Wide: std::int64_t for words up to 32 bits, int128 above. Formats with
/// 1 <= frac_bits <= word - 1 where p is `one_minus` (the result one must be representable, else it saturates).
template <class Wide, class Stored, std::size_t Segments>
void evaluate(const PiecewisePolynomial<Segments>& p, const Stored* x, std::size_t count, Stored* out,
              OverflowCount& events) {
    constexpr std::size_t block = 256;
    const Wide max = static_cast<Wide>(p.max_raw);
    for (std::size_t begin = 0; begin < count; begin += block) {
        const std::size_t n = std::min(block, count - begin);
        std::array<Wide, block> value;
        std::array<Wide, block> result;
        std::array<std::int64_t, block> segment{};
        Wide outside = 0;
        dispatch([&]() FXP_LOOP {
            for (std::size_t i = 0; i < n; ++i) value[i] = x[begin + i];
            for (std::size_t s = 1; s < Segments; ++s) {
                const Wide bound = static_cast<Wide>(p.upper[s]);
                for (std::size_t i = 0; i < n; ++i) segment[i] += value[i] <= bound && value[i] >= -bound ? 1 : 0;
            }
            Wide changed = 0;
            for (std::size_t i = 0; i < n; ++i) {
                const auto step = [&](Wide v) FXP_LOOP { return detail::saturate(v, max, changed); };
                result[i] = step(detail::horner<Wide>(p, value[i], static_cast<std::size_t>(segment[i]), step));
            }
            outside = changed;
        });
        if (outside != 0) {
            for (std::size_t i = 0; i < n; ++i) {
                const auto record = [&](Wide v) {
                    if (v > max || v < -max) events.record(v);
                    return v > max ? max : v < -max ? -max : v;
                };
                record(detail::horner<Wide>(p, value[i], static_cast<std::size_t>(segment[i]), record));
            }
        }
        for (std::size_t i = 0; i < n; ++i) out[begin + i] = static_cast<Stored>(result[i]);
    }
}

/// 1 / sqrt(v) for raw v > 0 by a table on [1, 4]: values below one are multiplied by 4 until they reach it and the
/// result is doubled as often, then saturated; values above 4 use the table's outermost segment as it is (the published
/// artifact's rule). Needs one and four in the format's range.
template <class Wide, class Stored, std::size_t Segments>
void evaluate_rsqrt(const PiecewisePolynomial<Segments>& p, const Stored* x, std::size_t count, Stored* out,
                    OverflowCount& events) {
    const Wide one = static_cast<Wide>(Wide{1} << p.frac_bits);
    const Wide max = static_cast<Wide>(p.max_raw);
    const auto record = [&](Wide v) {
        if (v > max || v < -max) events.record(v);
        return v > max ? max : v < -max ? -max : v;
    };
    for (std::size_t i = 0; i < count; ++i) {
        Wide v = x[i];
        int doublings = 0;
        for (; v < one; v *= 4) ++doublings;
        std::size_t segment = 0;
        for (std::size_t s = 1; s < Segments; ++s) segment += v <= static_cast<Wide>(p.upper[s]) ? 1U : 0U;
        const Wide y = detail::horner<Wide>(p, v, segment, record);
        out[i] = static_cast<Stored>(record(static_cast<Wide>(y * (Wide{1} << doublings))));
    }
}

} // namespace fxp::kernels
