// Arguments beyond the range of a table that ends with a constant.
#pragma once

#include "request.hpp"
#include "table.hpp"

#include <string>

namespace fxp::approximate {

/// What is known of clamping arguments beyond a range to it.
struct Beyond {
    std::string arguments; ///< which, as "Arguments beyond the range"
    std::string evidence;  ///< as "proven for all reals up to 2^31 in magnitude"
};

/// Examines whether the table's constants go on as the function does, within the request's target, for all reals that
/// fxp::math::Tabulated may be given; else for those of request.format; else, if they are not too many, for every input
/// of request.format; else for samples. `below`, `above`: the ends of the range that are looked at.
///
/// Throws ArgumentError, with the argument, when the table is wrong at one.
Beyond examine_beyond(const Request& request, const Table& table, bool below, bool above);

} // namespace fxp::approximate
