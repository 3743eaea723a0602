// Compiled for the processor at hand, which Eigen needs to show what it can.
#include "bench/rivals/elementwise.hpp"

#include <Eigen/Core>

namespace rivals {

namespace {

using Numbers = Eigen::Map<Eigen::ArrayXf>;
using ConstNumbers = Eigen::Map<const Eigen::ArrayXf>;

} // namespace

void eigen_add(const float* a, const float* b, std::size_t count, float* out) {
    const auto size = static_cast<Eigen::Index>(count);
    Numbers(out, size) = ConstNumbers(a, size) + ConstNumbers(b, size);
}
void eigen_mul(const float* a, const float* b, std::size_t count, float* out) {
    const auto size = static_cast<Eigen::Index>(count);
    Numbers(out, size) = ConstNumbers(a, size) * ConstNumbers(b, size);
}

} // namespace rivals
