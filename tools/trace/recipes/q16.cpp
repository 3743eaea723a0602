// The recipe Q16 in three number systems.
#include "trace/trainers.hpp"

#include "fxp/recipes/q16.hpp"

template void fxp::trace::trace<fxp::recipes::Q16>(const usps10::Settings&, const Course&, const TrainTest&,
                                                   const Visit&);
