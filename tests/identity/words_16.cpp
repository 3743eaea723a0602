// The recipes of golden_run that compute in words of 8 and 16 bits.
#include "golden_training.hpp"

#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/q8.hpp>

namespace identity {

template std::string run<fxp::recipes::Q16>(const Case&, const fxp::TrainTest&, int);
template std::string run<fxp::recipes::Q8>(const Case&, const fxp::TrainTest&, int);

} // namespace identity
