// A table and its figures as JSON.
#pragma once

#include "report.hpp"

#include <string>
#include <vector>

namespace fxp::approximate {

/// The first outcome in full; of the others, made for comparison, the figures alone.
std::string json_text(const std::vector<Outcome>& outcomes, const std::string& command);

} // namespace fxp::approximate
