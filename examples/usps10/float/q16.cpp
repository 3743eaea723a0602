// The recipe Q16 in float arithmetic.
#include "usps10/run.hpp"

#include <fxp/autograd/float_arithmetic.hpp>
#include <fxp/recipes/q16.hpp>

using Recipe = fxp::recipes::Q16;
template int usps10::run<fxp::FloatArithmetic<float>, Recipe>(const Options&, const std::string&, const Start&);
