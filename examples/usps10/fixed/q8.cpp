// The recipe Q8 in fixed arithmetic.
#include "usps10/run.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/recipes/q8.hpp>

using Recipe = fxp::recipes::Q8;
template int usps10::run<fxp::FixedArithmetic<Recipe>, Recipe>(const Options&, const std::string&, const Start&);
