// A table in a format, against the exact function on every input.
#pragma once

#include "exhaustive.hpp"
#include "request.hpp"
#include "table.hpp"

namespace fxp::approximate {

/// Compares what fxp::math::Tabulated makes of the table with request.f: at every input of request.format on the range
/// and, where there is a symmetry, at their negatives. Results and inputs of the report are raw values of the format.
/// Throws ArgumentError when the function turns out not to have the symmetry.
UlpReport verify(const Request& request, const Table& table);

} // namespace fxp::approximate
