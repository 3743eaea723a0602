// The recipe Reference in three number systems.
#include "trace/trainers.hpp"

#include "fxp/recipes/reference.hpp"

template void fxp::trace::trace<fxp::recipes::Reference>(const usps10::Settings&, const Course&, const TrainTest&,
                                                         const Visit&);
