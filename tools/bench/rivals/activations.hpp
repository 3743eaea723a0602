// Activation functions of other libraries, in float, count numbers, compiled for the processor at hand.
#pragma once

#include <cstddef>

namespace rivals {

void eigen_tanh(const float* x, std::size_t count, float* y);
void eigen_logistic(const float* x, std::size_t count, float* y);

} // namespace rivals
