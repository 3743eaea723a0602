// The recipe Reference in fixed arithmetic.
#include "usps10/run.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/recipes/reference.hpp>

using Recipe = fxp::recipes::Reference;
template int usps10::run<fxp::FixedArithmetic<Recipe>, Recipe>(const Options&, const std::string&, const Start&);
