// The kernels of fxp::compiled.
#include <fxp/kernels/combine.hpp>
