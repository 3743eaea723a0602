// Which way a function goes, by interval arithmetic.
#pragma once

#include "exhaustive.hpp"
#include "request.hpp"

namespace fxp::approximate {

/// How the function goes on the request's range and, where there is a symmetry, its mirror image: none when it goes
/// both ways or when interval arithmetic cannot tell.
Direction direction_of(const Request& request);

} // namespace fxp::approximate
