// A table in a format, against the exact function on every input.
#pragma once

#include "exhaustive.hpp"
#include "request.hpp"
#include "table.hpp"

namespace fxp::approximate {

/// Evaluates the table at every input of request.format on the range, rounded half to even to the format. Results and
/// inputs of the report are raw values of the format.
UlpReport verify(const Request& request, const Table& table);

} // namespace fxp::approximate
