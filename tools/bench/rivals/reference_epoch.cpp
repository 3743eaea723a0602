// The float twins of bench_reference_epoch.
#include "bench/training_step.hpp"

#include <fxp/autograd/float_arithmetic.hpp>
#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/reference.hpp>

#include <Eigen/Core>

namespace bench {

void add_float_twins(const fxp::TrainTest& data, const fxp::TrainTest& few) {
    using Float = fxp::FloatArithmetic<float>;
    Eigen::setNbThreads(1); // it would share the larger products out otherwise
    add_training_steps<Float, fxp::recipes::Reference>("float twin of fixed", data, few, false);
    add_training_steps<Float, fxp::recipes::Q16>("float twin of q16", data, few, false);
}

} // namespace bench
