// The float twin: the same tensors, operations and models over floating-point numbers. Needs Eigen (about a second of
// compile time).
#pragma once

#include "fxp/autograd/float_arithmetic.hpp"
#include "fxp/fxp.hpp"
#include "fxp/tensor/eigen.hpp"
#include "fxp/tensor/float_reduce.hpp"
#include "fxp/tensor/float_tensor.hpp"
