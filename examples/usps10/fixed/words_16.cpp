// The recipes that compute in words of 8 and 16 bits, in fixed arithmetic.
#include "usps10/run.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/q8.hpp>
#include <fxp/recipes/run_time.hpp>

namespace usps10 {

using fxp::FixedArithmetic;
using fxp::recipes::Q16;
using fxp::recipes::Q8;
using RunTime = fxp::recipes::RunTime<std::int16_t>;

template int run<FixedArithmetic<Q16>, Q16>(const Options&, const std::string&, const Start&);
template int run<FixedArithmetic<Q8>, Q8>(const Options&, const std::string&, const Start&);
template int run<FixedArithmetic<RunTime>, RunTime>(const Options&, const std::string&, const Start&);

} // namespace usps10
