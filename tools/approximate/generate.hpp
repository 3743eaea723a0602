// From a request to a table whose error is proven.
#pragma once

#include "beyond.hpp"
#include "request.hpp"
#include "table.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fxp::approximate {

struct Generated {
    Table table;
    std::vector<std::string> remarks; ///< what the user should know, a line each
    std::optional<Beyond> beyond;     ///< where the request extends the table
};

/// Told from time to time which fraction is done.
using Progress = std::function<void(double)>;

/// Throws ArgumentError when no table can meet the request, with what to change.
Generated generate(const Request& request, const Progress& progress = {});

} // namespace fxp::approximate
