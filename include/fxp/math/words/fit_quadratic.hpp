// Fitting piecewise quadratics of words: the search for coefficients that round every argument correctly.
#pragma once

#include "fxp/kernels/words/quadratic.hpp"
#include "fxp/math/words/target.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

namespace fxp::math::words {

namespace detail {

/// One try: the cells are given, their coefficients are searched around those of the quadratic through three points.
class QuadraticFit {
  public:
    /// kink_cell: the first cell above the kink; 0 for none.
    QuadraticFit(const Target& target, int kink_cell) : target_(target), kink_cell_(kink_cell) {
        const std::int64_t limit = target.limit();
        const std::int64_t half_cells = 2 * static_cast<std::int64_t>(kernels::words::cells) - 1;
        // With kink <= k / (4 pace) + 1 for k half cells of 2^15 / pace below it: (limit + kink) pace < 63.5 * 2^15.
        const std::int64_t below = kink_cell == 0 ? 0 : 2 * kink_cell - 1;
        const std::int64_t pace =
            std::min<std::int64_t>((half_cells * (1 << 14) - 1 - below * (1 << 13)) / (limit + 1), (1 << 14) - 1);
        const std::int64_t kink = below == 0 ? 0 : divide_up(below * (1 << 13), std::max<std::int64_t>(pace, 1));
        usable_ = pace > 0 && limit + kink < 1 << 15 && kink <= limit;
        if (!usable_) return;
        table_.limit = static_cast<std::int16_t>(limit);
        table_.kink = static_cast<std::int16_t>(kink);
        table_.pace = static_cast<std::int16_t>(pace);
        table_.one = target.one;
        find_cells();
    }

    /// Whether the arguments fit the cells.
    bool usable() const { return usable_; }
    /// The largest shift with which the rise over each cell may still be a word.
    int largest_shift() const {
        int shift = 12;
        for (const Cell& cell : cells_) {
            while (shift > 0 && (rise_over(cell) << shift) >= 1 << 16) --shift;
        }
        return shift;
    }

    std::optional<kernels::words::Quadratic> with_shift(int shift) {
        table_.shift = static_cast<std::int16_t>(shift);
        for (const Cell& cell : cells_) {
            if (!fit(cell)) return std::nullopt;
        }
        return table_;
    }

  private:
    struct Cell {
        std::int32_t number;
        std::int32_t first;
        std::int32_t last;
    };

    void find_cells() {
        for (std::int32_t a = 0; a <= target_.limit(); ++a) {
            const std::int32_t number = table_.position(a) >> 16;
            if (cells_.empty() || cells_.back().number != number) cells_.push_back({number, a, a});
            cells_.back().last = a;
        }
    }
    std::int64_t rise_over(const Cell& cell) const {
        return std::abs(target_.values[static_cast<std::size_t>(cell.last)] -
                        target_.values[static_cast<std::size_t>(cell.first)]);
    }

    /// The function at t = eighths / 8.
    std::int64_t at(const Cell& cell, int eighths) const {
        const std::int64_t place = ((std::int64_t{cell.number} * 16 + eighths) << (12 + Target::argument_bits)) /
                                   (2 * std::int64_t{table_.pace});
        const std::int64_t kink = std::int64_t{table_.kink} << Target::argument_bits;
        const std::int64_t argument = cell.number < kink_cell_ ? place / 2 : place - kink;
        return target_.at(std::max<std::int64_t>(argument, 0));
    }

    bool fit(const Cell& cell) {
        collect(
            target_, cell.first, cell.last, [&](std::int32_t a) { return (table_.position(a) & 0xffff) - (1 << 15); },
            samples_);
        // Through t = 0 and +-7/8, nearly Chebyshev's points; in the lowest cell, t < 0 has no arguments.
        const bool lowest = cell.number == 0;
        const std::int64_t left = at(cell, lowest ? 0 : -7);
        const std::int64_t middle = at(cell, lowest ? 4 : 0);
        const std::int64_t right = at(cell, lowest ? 8 : 7);
        const std::int64_t second = left - 2 * middle + right;
        const int bits = target_.value_bits() - table_.shift;
        const std::int64_t square = round_shift(lowest ? 2 * second : second * 32 / 49, bits);
        const std::int64_t slope = round_shift(lowest ? right - left - 2 * second : (right - left) * 4 / 7, bits);
        constexpr std::int64_t reach = 7;
        for (std::int64_t ring = 0; ring <= reach; ++ring) {
            for (std::int64_t i = -ring; i <= ring; ++i) {
                const std::int64_t stride = std::abs(i) == ring || ring == 0 ? 1 : 2 * ring;
                for (std::int64_t j = -ring; j <= ring; j += stride) {
                    if (try_coefficients(cell, slope + i, square + j)) return true;
                }
            }
        }
        return false;
    }

    bool try_coefficients(const Cell& cell, std::int64_t slope, std::int64_t square) {
        constexpr std::int64_t most = (1 << 15) - 1;
        if (std::abs(slope) > most || std::abs(square) > most) return false;
        Constants constants(table_.shift);
        std::int64_t lowest = 0;
        std::int64_t highest = 0;
        for (const Sample& sample : samples_) {
            const std::int64_t inner = slope + kernels::words::multiply(sample.t, static_cast<std::int32_t>(square));
            if (std::abs(inner) > most) return false;
            const std::int64_t rise = kernels::words::multiply(sample.t, static_cast<std::int32_t>(inner));
            lowest = std::min(lowest, rise);
            highest = std::max(highest, rise);
            if (!constants.add(rise, sample.value)) return false;
        }
        const std::optional<Split> parts = split(constants, table_.shift, lowest, highest);
        if (!parts) return false;
        const auto number = static_cast<std::size_t>(cell.number);
        table_.slope[number] = static_cast<std::int16_t>(slope);
        table_.square[number] = static_cast<std::int16_t>(square);
        table_.base[number] = parts->base;
        table_.fine[number] = parts->fine;
        return true;
    }

    kernels::words::Quadratic table_;
    const Target& target_;
    std::vector<Cell> cells_;
    std::vector<Sample> samples_;
    std::int32_t kink_cell_;
    bool usable_ = false;
};

} // namespace detail

/// A table without a kink, or else with one, that gives the target's value for every argument; nothing where the search
/// finds none.
inline std::optional<kernels::words::Quadratic> fit_quadratic(const Target& target) {
    const auto with_kink = [&](int kink_cell) -> std::optional<kernels::words::Quadratic> {
        detail::QuadraticFit fit(target, kink_cell);
        if (!fit.usable()) return std::nullopt;
        const int shift = fit.largest_shift();
        if (const auto table = fit.with_shift(shift)) return table;
        return shift > 0 ? fit.with_shift(shift - 1) : std::nullopt;
    };
    if (const auto table = with_kink(0)) return table;
    for (int kink_cell = 56; kink_cell >= 20; --kink_cell) {
        if (const auto table = with_kink(kink_cell)) return table;
    }
    return std::nullopt;
}

} // namespace fxp::math::words
