// Fitting piecewise cubics of words: the search for coefficients that round every argument correctly.
#pragma once

#include "fxp/kernels/words/cubic.hpp"
#include "fxp/math/words/target.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

namespace fxp::math::words {

namespace detail {

/// One try: coefficients are searched around those of the polynomial through nearly Chebyshev's points.
class CubicFit {
  public:
    /// bends: whether there are cubic terms.
    CubicFit(const Target& target, bool bends) : target_(target) {
        const std::int64_t limit = std::max(target.limit(), 1);
        const std::int64_t scale = ((std::int64_t{1} << 22) - 1) / limit;
        table_.limit = static_cast<std::uint16_t>(limit);
        table_.scale = static_cast<std::uint16_t>(std::min<std::int64_t>(scale, (1 << 16) - 1) & ~std::int64_t{1});
        table_.one = target.one;
        table_.bends = bends;
    }

    std::optional<kernels::words::Cubic> table() {
        const std::int32_t limit = target_.limit();
        for (std::int32_t first = 0, last = 0; first <= limit; first = last) {
            const std::int32_t cell = cell_of(first);
            for (last = first; last <= limit && cell_of(last) == cell; ++last) {
            }
            collect(
                target_, first, last - 1, [&](std::int32_t a) { return t_of(a); }, samples_);
            if (!fit(cell)) return std::nullopt;
        }
        return table_;
    }

  private:
    using Cubic = kernels::words::Cubic;

    struct Coefficients {
        std::int64_t slope;
        std::int64_t square;
        std::int64_t cube;
    };

    std::int32_t cell_of(std::int32_t a) const {
        return static_cast<std::int32_t>(table_.position(static_cast<std::uint32_t>(a)) >> 16);
    }
    std::int32_t t_of(std::int32_t a) const {
        return (1 << 15) - 1 - static_cast<std::int32_t>(table_.position(static_cast<std::uint32_t>(a)) & 0xffff);
    }

    /// The function at t = -sixteenths / 16, as t falls with the argument.
    std::int64_t at(std::int32_t cell, int sixteenths) const {
        const std::int64_t position = (std::int64_t{cell} * 32 + 16 + sixteenths) << (11 + Target::argument_bits);
        return target_.at(position / table_.scale);
    }

    /// The polynomial through four points, or through three.
    Coefficients through_points(std::int32_t cell) const {
        std::int64_t line;   // t, t^2 and t^3 of t = -1 .. 1, t rising with the argument
        std::int64_t square; //
        std::int64_t cube = 0;
        if (table_.bends) {
            const std::int64_t right = at(cell, 15);
            const std::int64_t left = at(cell, -15);
            const std::int64_t inner_right = at(cell, 6);
            const std::int64_t inner_left = at(cell, -6);
            const std::int64_t outer_odd = (right - left) * 8 / 15;
            const std::int64_t inner_odd = (inner_right - inner_left) * 8 / 6;
            cube = (outer_odd - inner_odd) * 256 / 189;
            line = outer_odd - cube * 225 / 256;
            square = (right + left - inner_right - inner_left) * 128 / 189;
        } else {
            const std::int64_t right = at(cell, 14);
            const std::int64_t left = at(cell, -14);
            line = (right - left) * 4 / 7;
            square = (right + left - 2 * at(cell, 0)) * 32 / 49;
        }
        const int bits = target_.value_bits();
        // Half a cell has 2^15 / scale steps of the argument.
        return {round_shift(line * table_.scale, bits - 16 + 15), round_shift(square, bits - Cubic::fine_bits),
                -round_shift(cube, bits - Cubic::fine_bits)};
    }

    bool fit(std::int32_t cell) {
        const Coefficients start = through_points(cell);
        // A step of the slope moves the ends of a cell by some steps of the square, which is much finer.
        const std::int64_t reach = table_.bends ? 6 : 24;
        for (std::int64_t distance = 0; distance <= reach; ++distance) {
            for (std::int64_t turn = -2; turn <= 2; ++turn) {
                if (try_coefficients(cell, {start.slope + turn, start.square + 2 * distance, start.cube}) ||
                    try_coefficients(cell, {start.slope + turn, start.square - 2 * distance, start.cube})) {
                    return true;
                }
            }
        }
        return false;
    }

    bool try_coefficients(std::int32_t cell, const Coefficients& c) {
        constexpr std::int64_t most = (1 << 15) - 1;
        if (c.slope < 0 || c.slope >= 1 << 16 || std::abs(c.square) + std::abs(c.cube) > most) return false;
        Constants constants(Cubic::fine_bits);
        std::int64_t lowest = 0;
        std::int64_t highest = 0;
        for (const Sample& sample : samples_) {
            const std::int64_t line = sample.argument * c.slope;
            const std::int64_t rest =
                ((line & 0xffff) >> (16 - Cubic::fine_bits)) +
                kernels::words::bend(sample.t, static_cast<std::int32_t>(c.square), static_cast<std::int32_t>(c.cube));
            lowest = std::min(lowest, rest);
            highest = std::max(highest, rest);
            if (!constants.add((line >> 16) * (1 << Cubic::fine_bits) + rest, sample.value)) return false;
        }
        const std::optional<Split> parts = split(constants, Cubic::fine_bits, lowest, highest);
        if (!parts) return false;
        const auto number = static_cast<std::size_t>(cell);
        table_.slope[number] = static_cast<std::int16_t>(static_cast<std::uint16_t>(c.slope));
        table_.square[number] = static_cast<std::int16_t>(c.square);
        table_.cube[number] = static_cast<std::int16_t>(c.cube);
        table_.base[number] = parts->base;
        table_.fine[number] = parts->fine;
        return true;
    }

    Cubic table_;
    const Target& target_;
    std::vector<Sample> samples_;
};

} // namespace detail

/// A table without cubic terms, or else with them, that gives the target's value for every argument; nothing where the
/// search finds none.
inline std::optional<kernels::words::Cubic> fit_cubic(const Target& target) {
    if (const auto table = detail::CubicFit(target, false).table()) return table;
    return detail::CubicFit(target, true).table();
}

} // namespace fxp::math::words
