// What was made, for people.
#pragma once

#include "beyond.hpp"
#include "exhaustive.hpp"
#include "request.hpp"
#include "table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fxp::approximate {

/// A request's table and, where there is a format, what its exhaustive verification found.
struct Outcome {
    Request request;
    Table table;
    std::optional<Beyond> beyond;
    std::optional<UlpReport> verified;
};

/// The largest proven error of any segment, in steps of 2^-frac_bits.
double largest_error(const Table& table);

/// Several lines about one table.
std::string report_text(const Outcome& outcome);

/// Tables of one function side by side, a column each. All are verified.
std::string comparison_text(const std::vector<Outcome>& outcomes);

} // namespace fxp::approximate
