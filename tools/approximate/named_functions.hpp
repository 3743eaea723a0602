// The functions that have a name, with what a table of each needs.
#pragma once

#include "exact_function.hpp"

#include "fxp/kernels/symmetry.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fxp::approximate {

/// A function f and the function h that is tabulated for it, which differs from f under Symmetry::ramp.
struct NamedFunction {
    std::string_view name;
    std::string_view meaning;    ///< f in words of mathematics
    std::string_view expression; ///< h for Sollya
    std::string_view range;      ///< where h is tabulated unless the user says otherwise
    kernels::Symmetry symmetry;
    std::unique_ptr<ExactFunction> (*exact)(); ///< h independently of Sollya; may be null
    std::string_view whole = expression;       ///< f on both signs for Sollya
};

std::span<const NamedFunction> named_functions();

/// The function of that name, or null.
const NamedFunction* find_named_function(std::string_view name);

/// "sigmoid, tanh, ..."
std::string known_function_names();

} // namespace fxp::approximate
