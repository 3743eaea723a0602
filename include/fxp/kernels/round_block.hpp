// Rounding of many exact sums at once, in lanes of their own width: the fast path of round_row.
#pragma once

#include "fxp/core/wraps.hpp"
#include "fxp/kernels/round_row.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace fxp::kernels {

/// True when round_block and round_store may take sums of magnitudes up to `bound`: they need room for a unit above
/// them.
template <class Wide>
bool rounds_in_block(const Requantize& how, uint128 bound) {
    constexpr int bits = static_cast<int>(8 * sizeof(Wide));
    return how.shift >= 0 && how.shift <= bits - 2 &&
           bound + (uint128{1} << how.shift) <= static_cast<uint128>(std::numeric_limits<Wide>::max());
}

namespace detail {

/// The loops there are: rules that differ in a constant share one.
enum class RoundLoop { biased, toward_zero, pseudo_stochastic, stochastic };

/// round_shift with its constants at hand, for |value| + 2^shift within Wide; exact, as core/rounding.hpp has it.
///
/// Biased: floor((v + bias) / 2^s), where bias is 0 for floor, half a unit for nearest_up, and for nearest_even half a
/// unit less one, plus the parity of floor(v / 2^s). Stochastic: the bias is the random word's. Sums of 64 bits are
/// offset by half the range, since their vectors shift right in zeros only.
template <class Wide>
struct RoundInLanes {
    using Unsigned = std::make_unsigned_t<Wide>;
    static constexpr Unsigned offset = sizeof(Wide) == 8 ? Unsigned{1} << (8 * sizeof(Wide) - 1) : Unsigned{0};

    explicit RoundInLanes(const Requantize& how)
        : shift(how.shift), floor_of_offset(static_cast<Unsigned>(offset >> how.shift)) {
        const Unsigned half = shift == 0 ? Unsigned{0} : static_cast<Unsigned>(Unsigned{1} << (shift - 1));
        if (how.rounding == Rounding::nearest_up) bias += half;
        if (how.rounding == Rounding::nearest_even && shift > 0) {
            bias += half - 1;
            parity = 1;
        }
        below_unit = static_cast<Unsigned>((Unsigned{1} << shift) - 1);
        low_bits = shift / 2;
        lower_mask = static_cast<Unsigned>((Unsigned{1} << low_bits) - 1);
        upper_mask = static_cast<Unsigned>(below_unit >> low_bits);
        word_up = shift > 32 ? shift - 32 : 0;
        word_down = shift < 32 ? 32 - shift : 0;
    }

    /// word: read by RoundLoop::stochastic only.
    template <RoundLoop loop>
    [[FXP_WRAPS]] FXP_INLINE Wide round(Wide value, std::uint32_t word = 0) const {
        if constexpr (loop == RoundLoop::pseudo_stochastic) {
            // The sign is put off and on again: two selections by it would cost the compilers two roundings.
            const Unsigned sign = static_cast<Unsigned>(value >> (8 * sizeof(Wide) - 1));
            const Unsigned magnitude = static_cast<Unsigned>((static_cast<Unsigned>(value) ^ sign) - sign);
            const Unsigned quotient = magnitude >> shift;
            const Unsigned upper = (magnitude >> low_bits) & upper_mask;
            const Unsigned lower = static_cast<Unsigned>((magnitude & lower_mask) << (shift & 1));
            const Unsigned rounded = upper > lower ? quotient + 1 : quotient;
            return static_cast<Wide>((rounded ^ sign) - sign);
        } else {
            const Unsigned bits = static_cast<Unsigned>(value);
            Unsigned add = bias;
            if constexpr (loop == RoundLoop::biased) add += (bits >> shift) & parity;
            if constexpr (loop == RoundLoop::toward_zero) add += value < 0 ? below_unit : Unsigned{0};
            if constexpr (loop == RoundLoop::stochastic) {
                add += static_cast<Unsigned>(static_cast<Unsigned>(Unsigned{word} << word_up) >> word_down);
            }
            if constexpr (sizeof(Wide) == 4) {
                return static_cast<Wide>(bits + add) >> shift;
            } else {
                return static_cast<Wide>(((bits + add) >> shift) - floor_of_offset);
            }
        }
    }

    int shift;
    Unsigned floor_of_offset;
    Unsigned bias = offset;
    Unsigned parity = 0;
    Unsigned below_unit = 0;
    // The two halves of the lost bits; where their number is odd, the upper has one more and the lower counts twice.
    int low_bits = 0;
    Unsigned lower_mask = 0;
    Unsigned upper_mask = 0;
    // From a word to a number below a unit.
    int word_up = 0;
    int word_down = 0;
};

/// Words for rows of sums: a pointer to those of the first one, from row to row `stride` apart. Null unless the
/// rounding is stochastic.
struct RowWords {
    const std::uint32_t* words = nullptr;
    std::size_t stride = 0;
};

template <RoundLoop loop>
FXP_INLINE std::uint32_t word_at(const std::uint32_t* words, std::size_t i) {
    if constexpr (loop == RoundLoop::stochastic) return words[i];
    return 0;
}

template <class Wide>
struct Range {
    Wide least = 0;
    Wide largest = 0;
};

/// Rows of `columns` sums, `stride` apart, to rows of out, `out_stride` apart; returns the range of the rounded values,
/// zero included. Those that do not fit Stored are cut off: the caller looks at the range and does it over.
template <RoundLoop loop, class Wide, class Stored>
FXP_INLINE Range<Wide> round_store_loop(const Wide* FXP_RESTRICT sums, std::size_t rows, std::size_t columns,
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

/// scratch = out + rounded sums, over rows as in round_store_loop, and then out = scratch, if the rounded values lie
/// within [-max, max] and the new ones within [-own_max, own_max]. Returns whether they do; else out is as it was.
template <RoundLoop loop, class Wide, class Stored>
[[FXP_WRAPS]] FXP_INLINE bool round_add_loop(const Wide* FXP_RESTRICT sums, std::size_t rows, std::size_t columns,
                                             std::size_t stride, RoundInLanes<Wide> lanes, RowWords random, Wide max,
                                             Wide own_max, Wide* FXP_RESTRICT scratch, Stored* FXP_RESTRICT out,
                                             std::size_t out_stride) {
    using Unsigned = std::make_unsigned_t<Wide>;
    Wide least = 0;
    Wide largest = 0;
    Wide own_least = 0;
    Wide own_largest = 0;
    Unsigned carried = 0; // its sign bit is set when some sum has left Wide
    for (std::size_t r = 0; r < rows; ++r) {
        const std::uint32_t* FXP_RESTRICT words = random.words + r * random.stride;
        for (std::size_t c = 0; c < columns; ++c) {
            const Wide value = lanes.template round<loop>(sums[r * stride + c], word_at<loop>(words, c));
            least = value < least ? value : least;
            largest = value > largest ? value : largest;
            const auto own = static_cast<Unsigned>(Wide{out[r * out_stride + c]});
            const auto bits = static_cast<Unsigned>(static_cast<Unsigned>(value) + own);
            carried = static_cast<Unsigned>(carried | ((static_cast<Unsigned>(value) ^ bits) & (own ^ bits)));
            const auto sum = static_cast<Wide>(bits);
            own_least = sum < own_least ? sum : own_least;
            own_largest = sum > own_largest ? sum : own_largest;
            scratch[r * columns + c] = sum;
        }
    }
    if (static_cast<Wide>(carried) < 0 || largest > max || least < -max || own_largest > own_max ||
        own_least < -own_max) {
        return false;
    }
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            out[r * out_stride + c] = static_cast<Stored>(scratch[r * columns + c]);
        }
    }
    return true;
}

template <class Wide>
struct Fitted {
    Range<Wide> range;
    std::make_unsigned_t<Wide> outside = 0;
};

/// As round_store_loop, with every value brought into [-max, max], which fits Stored; returns the range before that and
/// how many were outside.
template <RoundLoop loop, class Wide, class Stored>
FXP_INLINE Fitted<Wide> round_fit_loop(const Wide* FXP_RESTRICT sums, std::size_t rows, std::size_t columns,
                                       std::size_t stride, RoundInLanes<Wide> lanes, RowWords random, Wide max,
                                       Stored* FXP_RESTRICT out, std::size_t out_stride) {
    Wide least = 0;
    Wide largest = 0;
    std::make_unsigned_t<Wide> outside = 0;
    for (std::size_t r = 0; r < rows; ++r, sums += stride, out += out_stride) {
        const std::uint32_t* FXP_RESTRICT words = random.words + r * random.stride;
        for (std::size_t c = 0; c < columns; ++c) {
            const Wide value = lanes.template round<loop>(sums[c], word_at<loop>(words, c));
            least = value < least ? value : least;
            largest = value > largest ? value : largest;
            const Wide upper = value > max ? max : value;
            const Wide fitted = upper < -max ? -max : upper;
            outside += value != fitted ? 1u : 0u;
            out[c] = static_cast<Stored>(fitted);
        }
    }
    return {{least, largest}, outside};
}

/// Calls f.template operator()<loop>() with the loop of a rounding. Nothing is rounded by a shift of zero.
template <class F>
auto with_round_loop(const Requantize& how, F&& f) {
    if (how.rounding == Rounding::pseudo_stochastic && how.shift > 0) {
        return f.template operator()<RoundLoop::pseudo_stochastic>();
    }
    if (how.rounding == Rounding::stochastic && how.shift > 0) return f.template operator()<RoundLoop::stochastic>();
    if (how.rounding == Rounding::toward_zero) return f.template operator()<RoundLoop::toward_zero>();
    return f.template operator()<RoundLoop::biased>();
}

template <class Wide>
Wide max_in_lanes(const Limits& limits) {
    constexpr std::int64_t most = std::numeric_limits<Wide>::max();
    return static_cast<Wide>(limits.max_raw < most ? limits.max_raw : most);
}

template <class Wide, class Stored>
Fitted<Wide> round_fit(const Wide* sums, std::size_t rows, std::size_t columns, std::size_t stride,
                       const Requantize& how, const RowWords& random, Wide max, Stored* out, std::size_t out_stride) {
    const RoundInLanes<Wide> lanes(how);
    return with_round_loop(how, [&]<RoundLoop loop>() {
        return dispatch([=]() FXP_LOOP {
            return round_fit_loop<loop>(sums, rows, columns, stride, lanes, random, max, out, out_stride);
        });
    });
}

template <class Wide>
void record(const Fitted<Wide>& fitted, OverflowCount& events) {
    if (fitted.outside == 0) return;
    OverflowCount met;
    met.record(fitted.range.largest);
    met.record(fitted.range.least); // keeps the larger magnitude, which is outside; positive wins a tie
    met.count = fitted.outside;
    events.merge(met);
}

/// True when rows are as long as they are apart: then they are one long row.
inline bool is_dense(std::size_t columns, std::size_t stride, std::size_t out_stride, const RowWords& random) {
    return columns == stride && columns == out_stride && (random.words == nullptr || random.stride == columns);
}

} // namespace detail

using detail::RowWords;

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
        const Wide max = detail::max_in_lanes<Wide>(how.limits);
        return detail::record(detail::round_fit(sums, 1, count, 0, how, random, max, result, 0), events);
    }
    detail::round_fit(sums, 1, count, 0, how, random, std::numeric_limits<Wide>::max(), result, 0);
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
    const Wide max = detail::max_in_lanes<Wide>(how.limits);
    if (detail::is_dense(columns, stride, out_stride, random)) {
        columns *= rows;
        rows = 1;
    }
    if (!crowded) {
        const detail::RoundInLanes<Wide> lanes(how);
        const detail::Range<Wide> range = detail::with_round_loop(how, [&]<detail::RoundLoop loop>() {
            return dispatch([=]() FXP_LOOP {
                return detail::round_store_loop<loop>(sums, rows, columns, stride, lanes, random, out, out_stride);
            });
        });
        if (range.largest <= max && range.least >= -max) return;
    }
    const auto fitted = detail::round_fit(sums, rows, columns, stride, how, random, max, out, out_stride);
    detail::record(fitted, events);
    crowded = fitted.outside != 0;
}

/// out += requantize(sums) over `rows` rows, when rounds_in_block(how, max|sum|) and nothing has to be fitted, neither
/// into how.limits nor into `own`, those of out. Returns whether that is so; else out is as it was. random: of the
/// elements, for stochastic rounding. `scratch` has room for the sums; Stored is not wider than they are.
template <class Wide, class Stored>
bool round_add(const Wide* sums, std::size_t rows, std::size_t columns, std::size_t stride, const Requantize& how,
               const RowWords& random, const Limits& own, Wide* scratch, Stored* out, std::size_t out_stride) {
    static_assert(sizeof(Stored) <= sizeof(Wide));
    if (detail::is_dense(columns, stride, out_stride, random)) {
        columns *= rows;
        rows = 1;
    }
    const detail::RoundInLanes<Wide> lanes(how);
    const Wide max = detail::max_in_lanes<Wide>(how.limits);
    const Wide own_max = detail::max_in_lanes<Wide>(own);
    return detail::with_round_loop(how, [&]<detail::RoundLoop loop>() {
        return dispatch([=]() FXP_LOOP {
            return detail::round_add_loop<loop>(sums, rows, columns, stride, lanes, random, max, own_max, scratch, out,
                                                out_stride);
        });
    });
}

} // namespace fxp::kernels
