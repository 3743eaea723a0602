// Fitting piecewise quadratics of words: the search for coefficients that round every argument correctly.
#pragma once

#include "fxp/kernels/words/quadratic.hpp"
#include "fxp/math/words/target.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

namespace fxp::math::words {

namespace detail {

/// The cells are given, their coefficients are searched around those of the quadratic through three points.
class QuadraticFit {
  public:
    using Shape = kernels::words::Shape;

    static constexpr std::int64_t most = (1 << 15) - 1; ///< the largest word

    /// corner_cell: the first cell above the corner; of no meaning without one.
    QuadraticFit(const Target& target, Shape shape, int corner_cell)
        : target_(target), corner_cell_(shape == Shape::plain ? 0 : corner_cell) {
        const std::int64_t limit = target.limit();
        const std::int64_t half_cells = 2 * std::int64_t{kernels::words::cells} - 1;
        // Half cells of 2^14 / pace below the corner's place, which is the corner or, kinked, twice that: then
        // corner <= below * 2^13 / pace + 1, so that (limit + corner) pace < 63.5 * 2^15.
        const std::int64_t below = corner_cell_ == 0 ? 0 : 2 * corner_cell_ - 1;
        const std::int64_t kink = shape == Shape::kinked ? 1 : 0;
        const std::int64_t pace = std::min<std::int64_t>((half_cells * (1 << 14) - 1 - kink * below * (1 << 13)) /
                                                             std::max<std::int64_t>(limit + kink, 1),
                                                         (1 << 14) - 1);
        const std::int64_t corner = pace > 0 ? divide_up(below * (1 << (14 - kink)), pace) : 0;
        usable_ = pace > 0 && limit + kink * corner <= most && corner <= limit;
        if (!usable_) return;
        table_.shape = shape;
        table_.limit = static_cast<std::int16_t>(limit);
        table_.corner = static_cast<std::int16_t>(corner);
        table_.pace = static_cast<std::int16_t>(pace);
        table_.one = target.one;
        find_cells();
    }

    /// Whether the arguments fit the cells.
    bool usable() const { return usable_; }

    /// The least rate with which the rise over each cell may be a word.
    std::int32_t least_rate() const {
        std::int32_t rise = 0;
        for (const Cell& cell : cells_) rise = std::max(rise, std::abs(value(cell.last) - value(cell.first)));
        return std::max(rise + 2, 1 << 4);
    }

    std::optional<kernels::words::Quadratic> with_rate(std::int32_t rate) {
        table_.rate = static_cast<std::int16_t>(rate);
        // Where one rate fails, the next is likely to.
        if (!fit(cells_[hardest_])) return std::nullopt;
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            if (i != hardest_ && !fit(cells_[i])) {
                hardest_ = i;
                return std::nullopt;
            }
        }
        return table_;
    }

  private:
    struct Cell {
        std::int32_t number;
        std::int32_t first;
        std::int32_t last;
        std::vector<Sample> samples; ///< empty until they are wanted
        std::int64_t slope;          ///< of t = -1 .. 1, as Target::at() counts
        std::int64_t square;
    };

    void find_cells() {
        for (std::int32_t a = 0; a <= target_.limit(); ++a) {
            const std::int32_t number = table_.position(a) >> 16;
            if (cells_.empty() || cells_.back().number != number) cells_.push_back({number, a, a, {}, 0, 0});
            cells_.back().last = a;
        }
    }
    /// The table's part of f at a, correctly rounded.
    std::int32_t value(std::int32_t a) const { return target_.value(a) - table_.ramp(a); }

    /// The table's part of f at t = eighths / 8.
    std::int64_t at(const Cell& cell, int eighths) const {
        const std::int64_t place = ((std::int64_t{cell.number} * 16 + eighths) << (12 + Target::argument_bits)) /
                                   (2 * std::int64_t{table_.pace});
        const bool below = cell.number < corner_cell_;
        const std::int64_t corner = std::int64_t{table_.corner} << Target::argument_bits;
        const bool kinked = table_.shape == Shape::kinked;
        const std::int64_t argument = std::max<std::int64_t>(!kinked ? place : below ? place / 2 : place - corner, 0);
        const std::int64_t ramp = table_.shape != Shape::ramped ? 0 : below ? argument : corner;
        // The shift to the right last: value_bits() may be one less than argument_bits.
        return target_.at(argument) - (ramp >> 1) * (std::int64_t{2} << target_.value_bits() >> Target::argument_bits);
    }

    void prepare(Cell& cell) const {
        collect(
            target_, cell.first, cell.last, [&](std::int32_t a) { return (table_.position(a) & 0xffff) - (1 << 15); },
            cell.samples);
        for (Sample& sample : cell.samples) sample.value -= table_.ramp(sample.argument);
        // Through t = 0 and +-7/8, nearly Chebyshev's points; in the lowest cell, t < 0 has no arguments.
        const bool lowest = cell.number == 0;
        const std::int64_t left = at(cell, lowest ? 0 : -7);
        const std::int64_t middle = at(cell, lowest ? 4 : 0);
        const std::int64_t right = at(cell, lowest ? 8 : 7);
        const std::int64_t second = left - 2 * middle + right;
        cell.square = lowest ? 2 * second : second * 32 / 49;
        cell.slope = lowest ? right - left - 2 * second : (right - left) * 4 / 7;
    }

    bool fit(Cell& cell) {
        if (cell.samples.empty()) prepare(cell);
        const auto scaled = [&](std::int64_t x) {
            return round_shift(x * (1 << 16) / table_.rate, target_.value_bits());
        };
        const std::int64_t square = scaled(cell.square);
        const std::int64_t slope = scaled(cell.slope);
        // Steps of f are no whole numbers of what fine counts: with another base, they begin elsewhere.
        const std::int32_t centre = value((cell.first + cell.last) / 2);
        for (std::int32_t distance = 0; distance <= bases; ++distance) {
            if (fit_base(cell, centre + distance, slope, square) ||
                (distance != 0 && fit_base(cell, centre - distance, slope, square))) {
                return true;
            }
        }
        return false;
    }
    bool fit_base(const Cell& cell, std::int32_t base, std::int64_t slope, std::int64_t square) {
        for (std::int64_t ring = 0; ring <= reach; ++ring) {
            for (std::int64_t i = -ring; i <= ring; ++i) {
                const std::int64_t stride = std::abs(i) == ring || ring == 0 ? 1 : 2 * ring;
                for (std::int64_t j = -ring; j <= ring; j += stride) {
                    if (try_coefficients(cell, base, slope + i, square + j)) return true;
                }
            }
        }
        return false;
    }

    /// The least x with x * rate / 2^16 >= steps.
    std::int64_t least(std::int64_t steps) const {
        const std::int64_t x = steps * (1 << 16) / table_.rate;
        return x + (x * table_.rate < steps * (1 << 16) ? 1 : 0);
    }

    bool try_coefficients(const Cell& cell, std::int64_t base, std::int64_t slope, std::int64_t square) {
        if (std::abs(slope) > most || std::abs(square) > most || std::abs(base) > most) return false;
        // The constants that fit, and those that make every sum a word.
        std::int64_t low = -most - 1;
        std::int64_t high = most;
        for (const Sample& sample : cell.samples) {
            const std::int64_t inner = slope + kernels::words::multiply(sample.t, static_cast<std::int32_t>(square));
            if (std::abs(inner) > most) return false;
            const std::int64_t rise = kernels::words::multiply(sample.t, static_cast<std::int32_t>(inner));
            const std::int64_t steps = sample.value - base;
            low = std::max({low, least(steps) - rise, -most - 1 - rise});
            high = std::min({high, least(steps + 1) - 1 - rise, most - rise});
            if (low > high) return false;
        }
        const auto number = static_cast<std::size_t>(cell.number);
        table_.slope[number] = static_cast<std::int16_t>(slope);
        table_.square[number] = static_cast<std::int16_t>(square);
        table_.base[number] = static_cast<std::int16_t>(base);
        table_.fine[number] = static_cast<std::int16_t>(low);
        return true;
    }

    static constexpr std::int32_t bases = 8; ///< how far from the middle of the cell's values they are searched
    static constexpr std::int64_t reach = 7; ///< how far slopes and squares are searched

    kernels::words::Quadratic table_;
    const Target& target_;
    std::vector<Cell> cells_;
    std::size_t hardest_ = 0; ///< the cell that failed last
    std::int32_t corner_cell_;
    bool usable_ = false;
};

} // namespace detail

/// A table that gives the target's value for every argument, plain where there is such; nothing where the search finds
/// none.
inline std::optional<kernels::words::Quadratic> fit_quadratic(const Target& target) {
    using kernels::words::Quadratic;
    using kernels::words::Shape;
    const auto search = [](detail::QuadraticFit& fit) -> std::optional<Quadratic> {
        const std::int32_t least = fit.least_rate();
        for (std::int32_t rate = least; rate < least + 4 && rate <= detail::QuadraticFit::most; ++rate) {
            if (const auto table = fit.with_rate(rate)) return table;
        }
        return std::nullopt;
    };
    detail::QuadraticFit plain(target, Shape::plain, 0);
    if (!plain.usable()) return std::nullopt;
    if (const auto table = search(plain)) return table;
    for (int cell = 24; cell <= 32; cell += 2) {
        detail::QuadraticFit fit(target, Shape::ramped, cell);
        // Worth its while where sums may be finer by half.
        if (!fit.usable() || 3 * fit.least_rate() > 2 * plain.least_rate()) continue;
        if (const auto table = search(fit)) return table;
    }
    for (int cell = 48; cell >= 20; cell -= 4) {
        detail::QuadraticFit fit(target, Shape::kinked, cell);
        if (!fit.usable()) continue;
        if (const auto table = search(fit)) return table;
    }
    return std::nullopt;
}

} // namespace fxp::math::words
