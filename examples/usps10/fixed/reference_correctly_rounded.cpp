// The recipe ReferenceCorrectlyRounded in fixed arithmetic.
#include "usps10/run.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/recipes/reference_correctly_rounded.hpp>

using Recipe = fxp::recipes::ReferenceCorrectlyRounded;
template int usps10::run<fxp::FixedArithmetic<Recipe>, Recipe>(const Options&, const std::string&, const Start&);
