#include "measure.hpp"

#include "block_walk.hpp"
#include "table_runner.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

namespace fxp::approximate {

std::optional<double> measured_error(const ExactFunction& f, const Grid& grid, const Segment& segment, double limit) {
    constexpr std::int64_t part = std::int64_t{1} << 16; // arguments between two looks at the limit
    const TableRunner runner(make_table(kernels::Symmetry::none, grid, {segment}));
    BlockWalk walk(f, grid.argument_bits, grid.frac_bits);
    std::array<std::int64_t, BlockWalk::strip> results;
    double largest = 0;
    for (std::int64_t first = segment.begin; first <= segment.end; first += part) {
        walk(first, std::min(first + part - 1, segment.end), [&](const ExactValues& exact) {
            runner.values(exact.first_raw, std::span(results).first(exact.values.size()));
            double distance = 0;
            double size = 0;
            for (std::size_t i = 0; i < exact.values.size(); ++i) {
                const auto value = static_cast<double>(results[i]);
                distance = std::max(distance, std::fabs(exact.values[i] - value));
                size = std::max(size, std::fabs(value));
            }
            const double conversion = size > 0x1p53 ? 0x1p-53 * size : 0; // of results to double
            largest = std::max(largest, (distance + exact.bound + conversion) * (1 + 0x1p-50));
        });
        if (largest > limit) return std::nullopt;
    }
    return largest;
}

} // namespace fxp::approximate
