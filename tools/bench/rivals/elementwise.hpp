// Sums and products of float elements by Eigen, compiled for the processor at hand.
#pragma once

#include <cstddef>

namespace rivals {

void eigen_add(const float* a, const float* b, std::size_t count, float* out);
void eigen_mul(const float* a, const float* b, std::size_t count, float* out);

} // namespace rivals
