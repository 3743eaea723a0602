// A table as a C++ header.
#pragma once

#include "report.hpp"

#include <string>

namespace fxp::approximate {

/// `command` is the command that made the table, as it can be typed again.
std::string header_text(const Outcome& outcome, const std::string& command);

} // namespace fxp::approximate
