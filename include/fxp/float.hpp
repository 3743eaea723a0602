// The float twin: the same tensors, operations and models over floating-point numbers. Needs Eigen (about a second of
// compile time).
#pragma once

#include "autograd/float_arithmetic.hpp"
#include "fxp.hpp"
#include "tensor/eigen.hpp"
#include "tensor/float_reduce.hpp"
#include "tensor/float_tensor.hpp"
