// The recipe Q16 in fixed arithmetic.
#include "usps10/run.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/recipes/q16.hpp>

using Recipe = fxp::recipes::Q16;
template int usps10::run<fxp::FixedArithmetic<Recipe>, Recipe>(const Options&, const std::string&, const Start&);
