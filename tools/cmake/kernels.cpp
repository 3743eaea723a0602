// The kernels of fxp::compiled.
#include <fxp/kernels/combine.hpp>
#include <fxp/kernels/elements.hpp>
#include <fxp/math/activations.hpp>
#include <fxp/tensor/adam_lanes.hpp>
