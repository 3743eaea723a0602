// What tables of functions of 16-bit words must reproduce: the correctly rounded value of every argument.
#pragma once

#include "fxp/core/format.hpp"
#include "fxp/core/overflow.hpp"
#include "fxp/kernels/symmetry.hpp"
#include "fxp/math/guarded.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace fxp::math::words {

/// A real function that says what f(-x) is: 1 - f(x) or -f(x).
template <class F>
concept MirroredFunction = RealFunction<F> &&
    (F::symmetry == kernels::Symmetry::one_minus || F::symmetry == kernels::Symmetry::odd);

/// f(x), x >= 0, from one 16-bit format to another.
struct Target {
    Guarded (*quick)(std::int64_t raw, int in_frac); ///< RealFunction::guarded; frac_bits is always the same
    Format in;                                       ///< of up to 16 bits
    Format out;                                      ///< of up to 16 bits
    std::vector<std::int16_t> values; ///< values[a] = f(a), correctly rounded; beyond its end, the last one
    std::int16_t one;                 ///< f(-x) = one - f(x), modulo 2^16

    /// The largest argument that is told apart.
    int limit() const { return static_cast<int>(values.size()) - 1; }

    /// The correctly rounded f(a).
    std::int16_t value(std::int32_t a) const { return values[static_cast<std::size_t>(std::min(a, limit()))]; }

    /// Arguments between words: 2^-argument_bits of one.
    static constexpr int argument_bits = 15;
    /// f at an argument below 2^16 of the function's words.
    std::int64_t at(std::int64_t argument) const { return quick(argument, in.frac_bits + argument_bits).value; }
    /// What at() counts: results are 2^value_bits of it. Positive, as fits have at least 14 bits to spare.
    int value_bits() const { return static_cast<int>(quick(0, in.frac_bits).frac_bits) - out.frac_bits; }
};

/// The target of F between words of up to 16 bits, 0 to 16 of them fraction bits, if it has one: no argument, the one
/// below the symmetric range included, overflows.
template <MirroredFunction F>
std::optional<Target> target_of(Format in, Format out) {
    const bool odd = F::symmetry == kernels::Symmetry::odd;
    for (const Format format : {in, out}) {
        if (format.word_bits() > 16 || format.frac_bits < 0 || format.frac_bits > 16) return std::nullopt;
    }
    const std::int64_t last = in.max_raw() + 1;
    std::vector<std::int32_t> arguments(static_cast<std::size_t>(last) + 1);
    for (std::size_t a = 0; a < arguments.size(); ++a) arguments[a] = static_cast<std::int32_t>(a);
    Target target{F::guarded, in, out, std::vector<std::int16_t>(arguments.size()),
                  static_cast<std::int16_t>(odd ? 0 : 1 << out.frac_bits)};
    OverflowCount events;
    apply<F>(in, arguments.data(), arguments.size(), out, target.values.data(), events);
    if (events.count != 0) return std::nullopt;
    while (target.values.size() > 1 && target.values.end()[-2] == target.values.back()) target.values.pop_back();
    return target;
}

namespace detail {

/// value / 2^shift to nearest, shift > 0.
constexpr std::int64_t round_shift(std::int64_t value, int shift) {
    return (value + (std::int64_t{1} << (shift - 1))) >> shift;
}

/// numerator / denominator, rounded up; neither is negative.
constexpr std::int64_t divide_up(std::int64_t numerator, std::int64_t denominator) {
    return (numerator + denominator - 1) / denominator;
}

/// An argument of a cell, and what it must give.
struct Sample {
    std::int32_t t;
    std::int32_t argument;
    std::int32_t value;
    std::int64_t slack; ///< from the function to the nearest value that rounds otherwise
};

/// The samples of a cell with its arguments first .. last, t as position(a) says; those that are hardest to meet first.
template <class Position>
void collect(const Target& target, std::int32_t first, std::int32_t last, Position t_of, std::vector<Sample>& samples) {
    samples.clear();
    const std::int64_t step = std::int64_t{1} << target.value_bits();
    for (std::int32_t a = first; a <= last; ++a) {
        const std::int64_t f = target.at(std::int64_t{a} << Target::argument_bits);
        const std::int64_t below = (f + step / 2) & (step - 1);
        samples.push_back({t_of(a), a, target.value(a), std::min(below, step - below)});
    }
    const std::size_t hard = std::min<std::size_t>(samples.size(), 32);
    std::partial_sort(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(hard), samples.end(),
                      [](const Sample& a, const Sample& b) { return a.slack < b.slack; });
}

/// The constants C for which (C + x) / 2^bits, rounded down, is the value of every sample added.
class Constants {
  public:
    explicit constexpr Constants(int bits) : bits_(bits) {}

    /// False: there is none any more.
    constexpr bool add(std::int64_t x, std::int64_t value) {
        const std::int64_t from = value * (std::int64_t{1} << bits_) - x;
        low_ = std::max(low_, from);
        high_ = std::min(high_, from + (std::int64_t{1} << bits_) - 1);
        return low_ <= high_;
    }
    constexpr std::int64_t low() const { return low_; }
    constexpr std::int64_t high() const { return high_; }

  private:
    int bits_;
    std::int64_t low_ = -(std::int64_t{1} << 60);
    std::int64_t high_ = std::int64_t{1} << 60;
};

/// A constant as base * 2^bits + fine.
struct Split {
    std::int16_t base;
    std::int16_t fine;
};

/// Splits one of the constants so that fine + x is a word for all x from lowest to highest.
inline std::optional<Split> split(const Constants& constants, int bits, std::int64_t lowest, std::int64_t highest) {
    constexpr std::int64_t most = (std::int64_t{1} << 15) - 1;
    const std::int64_t unit = std::int64_t{1} << bits;
    const std::int64_t least_fine = std::max(-most - 1 - lowest, -most - 1);
    const std::int64_t most_fine = std::min(most - highest, most);
    for (std::int64_t c = constants.low(); c <= constants.high(); ++c) {
        const std::int64_t fine = least_fine + ((c - least_fine) & (unit - 1));
        const std::int64_t base = (c - fine) >> bits;
        if (fine <= most_fine && base >= -most - 1 && base <= most) {
            return Split{static_cast<std::int16_t>(base), static_cast<std::int16_t>(fine)};
        }
    }
    return std::nullopt;
}

} // namespace detail

} // namespace fxp::math::words
