#include "verify.hpp"

#include "table_runner.hpp"

#include <algorithm>

namespace fxp::approximate {

UlpReport verify(const Request& request, const Table& table) {
    const Format format = *request.format;
    const int finer = request.grid.argument_bits - format.frac_bits;
    Comparison what{};
    what.first = std::max(-((-request.begin) >> finer), -format.max_raw());
    what.last = std::min(request.end >> finer, format.max_raw());
    what.in_frac = format.frac_bits;
    what.out_frac = format.frac_bits;
    what.max_raw = far_away; // the table's user clamps
    const int bits = request.grid.argument_bits;
    const bool rises = request.h->value(WideReal::scaled(request.begin, -bits)) <
                       request.h->value(WideReal::scaled(request.end, -bits));
    what.direction = rises ? Direction::rising : Direction::falling;

    const TableRunner runner(table);
    return compare_every_input<std::int64_t>(*request.exact, what,
                                             [&runner, format](std::int64_t first, std::span<std::int64_t> results) {
                                                 runner.rounded_values(first, format, results);
                                             });
}

} // namespace fxp::approximate
