// The recipes that compute in words of 32 bits, in fixed arithmetic. Those of one width share their loops, which take
// longer to compile than what differs.
#include "usps10/run.hpp"

#include <fxp/autograd/fixed_arithmetic.hpp>
#include <fxp/recipes/reference.hpp>
#include <fxp/recipes/reference_correctly_rounded.hpp>
#include <fxp/recipes/run_time.hpp>

namespace usps10 {

using fxp::FixedArithmetic;
using fxp::recipes::Reference;
using fxp::recipes::ReferenceCorrectlyRounded;
using RunTime = fxp::recipes::RunTime<std::int32_t>;

template int run<FixedArithmetic<Reference>, Reference>(const Options&, const std::string&, const Start&);
template int run<FixedArithmetic<ReferenceCorrectlyRounded>, ReferenceCorrectlyRounded>(const Options&,
                                                                                        const std::string&,
                                                                                        const Start&);
template int run<FixedArithmetic<RunTime>, RunTime>(const Options&, const std::string&, const Start&);

} // namespace usps10
