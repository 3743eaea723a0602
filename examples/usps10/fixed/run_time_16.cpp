// Recipes with formats of up to 16 bits, chosen at run time, in fixed arithmetic.
#include "usps10/run.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/recipes/run_time.hpp>

using Recipe = fxp::recipes::RunTime<std::int16_t>;
template int usps10::run<fxp::FixedArithmetic<Recipe>, Recipe>(const Options&, const std::string&, const Start&);
