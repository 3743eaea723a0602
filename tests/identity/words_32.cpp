// The recipes of golden_run that compute in words of 32 bits.
#include "golden_training.hpp"

#include <fxp/recipes/reference.hpp>
#include <fxp/recipes/reference_correctly_rounded.hpp>

namespace identity {

template std::string run<fxp::recipes::Reference>(const Case&, const fxp::TrainTest&, int);
template std::string run<fxp::recipes::ReferenceCorrectlyRounded>(const Case&, const fxp::TrainTest&, int);

} // namespace identity
