// A table as a C++ header.
#pragma once

#include "request.hpp"
#include "table.hpp"

#include <string>

namespace fxp::approximate {

/// `command` is the command that made the table, as it can be typed again.
std::string header_text(const Request& request, const Table& table, const std::string& command);

} // namespace fxp::approximate
