#include "verify.hpp"

#include "table_runner.hpp"
#include "text.hpp"

#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <cmath>

namespace fxp::approximate {

UlpReport verify(const Request& request, const Table& table) {
    const Format format = *request.format;
    const int finer = request.grid.argument_bits - format.frac_bits;
    Comparison what{};
    what.last = std::min(request.end >> finer, format.max_raw());
    what.first = request.symmetry == kernels::Symmetry::none ? std::max(-((-request.begin) >> finer), -format.max_raw())
                                                             : -what.last;
    what.in_frac = format.frac_bits;
    what.out_frac = format.frac_bits;
    what.max_raw = format.max_raw();
    what.direction = request.direction;

    const TableRunner runner(table);
    const UlpReport report = compare_every_input<std::int64_t>(
        *request.f, what, [&runner, format](std::int64_t first, std::span<std::int64_t> results) {
            runner.rounded_values(first, format, results);
        });

    const double steps_per_ulp = std::ldexp(1.0, request.grid.frac_bits - format.frac_bits);
    const double promised = request.target / steps_per_ulp + 0.5 + report.uncertainty + 0x1p-20;
    if (request.symmetry == kernels::Symmetry::none || report.max_error <= promised) return report;
    throw ArgumentError("--symmetry " + std::string(symmetry_name(request.symmetry)) +
                        ": at x = " + fixed_text(report.worst_input, format.frac_bits) + " the table is " +
                        real_text(report.max_error) + " ULP away from " + request.function +
                        "; expected a function with that symmetry");
}

} // namespace fxp::approximate
