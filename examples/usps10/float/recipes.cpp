// All recipes in float arithmetic: what their formats make of a run does not happen here, so that two settings remain.
#include "usps10/run.hpp"

#include <fxp/autograd/float_arithmetic.hpp>
#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/reference.hpp>

namespace usps10 {

using Float = fxp::FloatArithmetic<float>;
using fxp::recipes::Q16;
using fxp::recipes::Reference;

template int run<Float, Reference>(const Options&, const std::string&, const Start&);
template int run<Float, Q16>(const Options&, const std::string&, const Start&);

} // namespace usps10
