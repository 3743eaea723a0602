// Rounding of many exact sums at once, in lanes of their own width: the fast path of round_row.
#pragma once

#include "fxp/core/wraps.hpp"
#include "fxp/kernels/round_avx512.hpp"

#include <algorithm>
#include <array>

namespace fxp::kernels {

namespace detail {

/// Rows of `columns` sums, `stride` apart, to rows of out, `out_stride` apart; returns where the rounded values lie,
/// zero included. Those that do not fit Stored are cut off: the caller looks at the interval and does it over.
template <RoundLoop loop, class Wide, class Stored>
FXP_INLINE Interval<Wide> round_store_loop(const Wide* FXP_RESTRICT sums, std::size_t rows, std::size_t columns,
                                           std::size_t stride, RoundInLanes<Wide> lanes, RowWords random,
                                           Stored* FXP_RESTRICT out, std::size_t out_stride) {
    Wide least = 0;
    Wide largest = 0;
    for (std::size_t r = 0; r < rows; ++r, sums += stride, out += out_stride) {
        const std::uint32_t* FXP_RESTRICT words = random.words + r * random.stride;
        for (std::size_t c = 0; c < columns; ++c) {
            const Wide value = lanes.template round<loop>(sums[c], word_at<loop>(words, c));
            least = value < least ? value : least;
            largest = value > largest ? value : largest;
            out[c] = static_cast<Stored>(value);
        }
    }
    return {least, largest};
}

/// out += rounded sums, modulo its words, over rows as in round_store_loop. Returns whether the rounded values lie
/// within `allowed` and the new ones within `own`.
template <RoundLoop loop, class Wide, class Stored, class Sum>
[[FXP_WRAPS]] FXP_INLINE bool round_add_loop(const Wide* FXP_RESTRICT sums, std::size_t rows, std::size_t columns,
                                             std::size_t stride, RoundInLanes<Wide> lanes, RowWords random,
                                             Interval<Wide> allowed, Interval<Sum> own, Stored* FXP_RESTRICT out,
                                             std::size_t out_stride) {
    using Unsigned = std::make_unsigned_t<Sum>;
    Wide least = 0;
    Wide largest = 0;
    Sum least_sum = 0;
    Sum largest_sum = 0;
    Unsigned carried = 0; // its sign bit is set when some sum has left Sum
    for (std::size_t r = 0; r < rows; ++r) {
        const std::uint32_t* FXP_RESTRICT words = random.words + r * random.stride;
        for (std::size_t c = 0; c < columns; ++c) {
            const Wide value = lanes.template round<loop>(sums[r * stride + c], word_at<loop>(words, c));
            least = value < least ? value : least;
            largest = value > largest ? value : largest;
            const auto added = static_cast<Unsigned>(Sum{value});
            const auto held = static_cast<Unsigned>(Sum{out[r * out_stride + c]});
            const auto bits = static_cast<Unsigned>(added + held);
            carried = static_cast<Unsigned>(carried | ((added ^ bits) & (held ^ bits)));
            const auto sum = static_cast<Sum>(bits);
            least_sum = sum < least_sum ? sum : least_sum;
            largest_sum = sum > largest_sum ? sum : largest_sum;
            out[r * out_stride + c] = static_cast<Stored>(sum);
        }
    }
    return static_cast<Sum>(carried) >= 0 && allowed.includes({least, largest}) &&
           own.includes({least_sum, largest_sum});
}

/// round_add_loop.
template <RoundLoop loop, class Wide, class Stored, class Sum>
bool round_add(const Wide* sums, std::size_t rows, std::size_t columns, std::size_t stride,
               const RoundInLanes<Wide>& lanes, const RowWords& random, const Interval<Wide>& allowed,
               const Interval<Sum>& own, Stored* out, std::size_t out_stride) {
#ifdef FXP_X86_DISPATCH
    if constexpr (std::is_same_v<Stored, Wide>) {
        if (includes(active_isa(), Isa::avx512)) {
            return avx512::round_add<loop>(sums, rows, columns, stride, lanes, random, allowed, own, out, out_stride);
        }
    }
#endif
    return dispatch([=]() FXP_LOOP {
        return round_add_loop<loop>(sums, rows, columns, stride, lanes, random, allowed, own, out, out_stride);
    });
}

/// out -= rounded sums, modulo its words: takes round_add_loop back.
template <RoundLoop loop, class Wide, class Stored>
[[FXP_WRAPS]] FXP_INLINE void round_subtract_loop(const Wide* FXP_RESTRICT sums, std::size_t rows, std::size_t columns,
                                                  std::size_t stride, RoundInLanes<Wide> lanes, RowWords random,
                                                  Stored* FXP_RESTRICT out, std::size_t out_stride) {
    using Unsigned = std::make_unsigned_t<Stored>;
    for (std::size_t r = 0; r < rows; ++r, sums += stride, out += out_stride) {
        const std::uint32_t* FXP_RESTRICT words = random.words + r * random.stride;
        for (std::size_t c = 0; c < columns; ++c) {
            const Wide value = lanes.template round<loop>(sums[c], word_at<loop>(words, c));
            out[c] = static_cast<Stored>(
                static_cast<Unsigned>(static_cast<Unsigned>(out[c]) - static_cast<Unsigned>(value)));
        }
    }
}

/// As round_store_loop, with every value brought into `allowed`, which fits Stored; returns where the values lay before
/// that and how many were outside.
template <RoundLoop loop, class Wide, class Stored>
FXP_INLINE Fitted<Wide> round_fit_loop(const Wide* FXP_RESTRICT sums, std::size_t rows, std::size_t columns,
                                       std::size_t stride, RoundInLanes<Wide> lanes, RowWords random,
                                       Interval<Wide> allowed, Stored* FXP_RESTRICT out, std::size_t out_stride) {
    Wide least = 0;
    Wide largest = 0;
    std::make_unsigned_t<Wide> outside = 0;
    for (std::size_t r = 0; r < rows; ++r, sums += stride, out += out_stride) {
        const std::uint32_t* FXP_RESTRICT words = random.words + r * random.stride;
        for (std::size_t c = 0; c < columns; ++c) {
            const Wide value = lanes.template round<loop>(sums[c], word_at<loop>(words, c));
            least = value < least ? value : least;
            largest = value > largest ? value : largest;
            const Wide upper = value > allowed.largest ? allowed.largest : value;
            const Wide fitted = upper < allowed.least ? allowed.least : upper;
            outside += value != fitted ? 1u : 0u;
            out[c] = static_cast<Stored>(fitted);
        }
    }
    return {{least, largest}, outside};
}

/// What of the limits lies within Wide.
template <class Wide>
Interval<Wide> limits_in_lanes(const Limits& limits) {
    constexpr std::int64_t least = std::numeric_limits<Wide>::min();
    constexpr std::int64_t most = std::numeric_limits<Wide>::max();
    return {static_cast<Wide>(std::max(limits.min_raw, least)), static_cast<Wide>(std::min(limits.max_raw, most))};
}

/// round_store_loop; returns whether all values lie within `allowed`.
template <class Wide, class Stored>
bool round_within(const Wide* sums, std::size_t rows, std::size_t columns, std::size_t stride, const Requantize& how,
                  const RowWords& random, const Interval<Wide>& allowed, Stored* out, std::size_t out_stride) {
    const RoundInLanes<Wide> lanes(how);
    return with_round_loop(how, [&]<RoundLoop loop>() {
#ifdef FXP_X86_DISPATCH
        if constexpr (sizeof(Stored) <= sizeof(Wide)) {
            if (includes(active_isa(), Isa::avx512)) {
                return avx512::round_within<loop>(sums, rows, columns, stride, lanes, random, allowed, out, out_stride);
            }
        }
#endif
        const Interval<Wide> found = dispatch([=]() FXP_LOOP {
            return round_store_loop<loop>(sums, rows, columns, stride, lanes, random, out, out_stride);
        });
        return allowed.includes(found);
    });
}

template <class Wide, class Stored>
Fitted<Wide> round_fit(const Wide* sums, std::size_t rows, std::size_t columns, std::size_t stride,
                       const Requantize& how, const RowWords& random, const Interval<Wide>& allowed, Stored* out,
                       std::size_t out_stride) {
    const RoundInLanes<Wide> lanes(how);
    return with_round_loop(how, [&]<RoundLoop loop>() {
#ifdef FXP_X86_DISPATCH
        if constexpr (sizeof(Stored) <= sizeof(Wide)) {
            if (includes(active_isa(), Isa::avx512)) {
                return avx512::round_fit<loop>(sums, rows, columns, stride, lanes, random, allowed, out, out_stride);
            }
        }
#endif
        return dispatch([=]() FXP_LOOP {
            return round_fit_loop<loop>(sums, rows, columns, stride, lanes, random, allowed, out, out_stride);
        });
    });
}

template <class Wide>
void record(const Fitted<Wide>& fitted, OverflowCount& events) {
    if (fitted.outside == 0) return;
    OverflowCount met;
    met.record(fitted.before.largest);
    met.record(fitted.before.least); // keeps the larger magnitude, which is outside; positive wins a tie
    met.count = fitted.outside;
    events.merge(met);
}

/// True when rows are as long as they are apart: then they are one long row.
inline bool is_dense(std::size_t columns, std::size_t stride, std::size_t out_stride, const RowWords& random) {
    return columns == stride && columns == out_stride && (random.words == nullptr || random.stride == columns);
}

} // namespace detail

/// Calls f(row, count, words) for groups of whole rows of results, which are `stride` apart from address first_element
/// on: with the words that their rounding wants. Rows of at most 1024 elements.
template <class F>
void with_row_words(const Requantize& how, std::uint64_t first_element, std::size_t rows, std::size_t columns,
                    std::size_t stride, F&& f) {
    if (how.rounding != Rounding::stochastic) return f(std::size_t{0}, rows, RowWords{});
    constexpr std::size_t size = 1024;
    std::array<std::uint32_t, size + random_words_room> scratch;
    const std::size_t at_once =
        columns == stride ? std::max<std::size_t>(size / std::max<std::size_t>(columns, 1), 1) : 1;
    for (std::size_t row = 0; row < rows; row += at_once) {
        const std::size_t count = std::min(at_once, rows - row);
        const std::uint32_t* words =
            random_words(how.random, first_element + row * stride, count * columns, scratch.data());
        f(row, count, RowWords{words, columns});
    }
}

/// result[i] = requantize(sums[i]), when rounds_in_block(how, max|sum|); count < 2^32. Wide: std::int32_t,
/// std::int64_t. words: of the elements, for stochastic rounding.
template <class Wide>
void round_block(const Wide* sums, std::size_t count, const Requantize& how, const std::uint32_t* words, Wide* result,
                 OverflowCount& events) {
    const RowWords random{words, 0};
    if (how.overflow != Overflow::wrap) {
        const auto allowed = detail::limits_in_lanes<Wide>(how.limits);
        return detail::record(detail::round_fit(sums, 1, count, 0, how, random, allowed, result, 0), events);
    }
    using Any = std::numeric_limits<Wide>;
    detail::round_fit(sums, 1, count, 0, how, random, {Any::min(), Any::max()}, result, 0);
    for (std::size_t i = 0; i < count; ++i) {
        result[i] = static_cast<Wide>(fit(std::int64_t{result[i]}, how.limits, how.overflow, events));
    }
}

/// out = requantize(sums) for `rows` rows of sums, when rounds_in_block(how, max|sum|) and how.overflow is not wrap.
/// Not more than 2^32 sums. random: of the elements, for stochastic rounding. `crowded`: some value of the block before
/// was outside, so that this one is expected to have such.
template <class Wide, class Stored>
void round_store(const Wide* sums, std::size_t rows, std::size_t columns, std::size_t stride, const Requantize& how,
                 const RowWords& random, Stored* out, std::size_t out_stride, bool& crowded, OverflowCount& events) {
    const auto allowed = detail::limits_in_lanes<Wide>(how.limits);
    if (detail::is_dense(columns, stride, out_stride, random)) {
        columns *= rows;
        rows = 1;
    }
    if (!crowded && detail::round_within(sums, rows, columns, stride, how, random, allowed, out, out_stride)) return;
    const auto fitted = detail::round_fit(sums, rows, columns, stride, how, random, allowed, out, out_stride);
    detail::record(fitted, events);
    crowded = fitted.outside != 0;
}

/// out += requantize(sums) over `rows` rows, when rounds_in_block(how, max|sum|) and nothing has to be fitted, neither
/// into how.limits nor into `own`, those of out. Returns whether that is so; else out is as it was. random: of the
/// elements, for stochastic rounding.
template <class Wide, class Stored>
bool round_add(const Wide* sums, std::size_t rows, std::size_t columns, std::size_t stride, const Requantize& how,
               const RowWords& random, const Limits& own, Stored* out, std::size_t out_stride) {
    using Sum = std::conditional_t<(sizeof(Stored) > sizeof(Wide)), Stored, Wide>;
    if (detail::is_dense(columns, stride, out_stride, random)) {
        columns *= rows;
        rows = 1;
    }
    const detail::RoundInLanes<Wide> lanes(how);
    const auto allowed = detail::limits_in_lanes<Wide>(how.limits);
    const auto own_allowed = detail::limits_in_lanes<Sum>(own);
    return detail::with_round_loop(how, [&]<detail::RoundLoop loop>() {
        if (detail::round_add<loop>(sums, rows, columns, stride, lanes, random, allowed, own_allowed, out,
                                    out_stride)) {
            return true;
        }
        dispatch([=]() FXP_LOOP {
            detail::round_subtract_loop<loop>(sums, rows, columns, stride, lanes, random, out, out_stride);
        });
        return false;
    });
}

} // namespace fxp::kernels
