// The recipe Reference in float arithmetic.
#include "usps10/run.hpp"

#include <fxp/autograd/float_arithmetic.hpp>
#include <fxp/recipes/reference.hpp>

using Recipe = fxp::recipes::Reference;
template int usps10::run<fxp::FloatArithmetic<float>, Recipe>(const Options&, const std::string&, const Start&);
