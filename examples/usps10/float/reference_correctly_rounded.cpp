// The recipe ReferenceCorrectlyRounded in float arithmetic.
#include "usps10/run.hpp"

#include <fxp/autograd/float_arithmetic.hpp>
#include <fxp/recipes/reference_correctly_rounded.hpp>

using Recipe = fxp::recipes::ReferenceCorrectlyRounded;
template int usps10::run<fxp::FloatArithmetic<float>, Recipe>(const Options&, const std::string&, const Start&);
