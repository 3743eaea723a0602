#include "table.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace fxp::approximate {

std::int64_t Table::error() const {
    double largest = 0;
    for (const Segment& segment : segments) largest = std::max(largest, segment.error);
    return static_cast<std::int64_t>(std::ceil(largest));
}

std::size_t Table::bytes() const {
    using Smallest = kernels::PiecewisePolynomial<1, 1, 1>;
    constexpr std::size_t number = sizeof(std::int64_t);
    static_assert(sizeof(Smallest::segment) == number && sizeof(Smallest::centre) == number &&
                  sizeof(Smallest::coefficients) == 2 * number && alignof(Smallest) == number);
    const std::size_t per_segment = static_cast<std::size_t>(degree) + 2;
    return sizeof(Smallest) + number * (cells.size() + segments.size() * per_segment - 4);
}

Table make_table(kernels::Symmetry symmetry, Grid grid, std::vector<Segment> segments) {
    Table table{.symmetry = symmetry, .grid = grid, .segments = std::move(segments)};
    table.degree = static_cast<int>(table.segments.front().coefficients.size()) - 1;
    std::uint64_t bounds = 0;
    for (const Segment& segment : table.segments) bounds |= static_cast<std::uint64_t>(segment.end - table.begin());
    table.cell_bits = std::countr_zero(bounds);
    for (std::size_t s = 0; s < table.segments.size(); ++s) {
        const std::int64_t width = table.segments[s].end - table.segments[s].begin;
        table.cells.insert(table.cells.end(), static_cast<std::size_t>(width >> table.cell_bits),
                           static_cast<std::uint16_t>(s));
    }
    return table;
}

} // namespace fxp::approximate
