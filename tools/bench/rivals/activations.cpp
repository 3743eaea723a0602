// Compiled for the processor at hand, which Eigen needs to show what it can.
#include "bench/rivals/activations.hpp"

// Another name for this compilation's Eigen: the linker must not take its functions for those of the base instruction
// set, which the benchmark measures too.
#define Eigen EigenForThisProcessor
#include <Eigen/Core>

namespace rivals {

namespace {

using Numbers = Eigen::Map<Eigen::ArrayXf>;
using ConstNumbers = Eigen::Map<const Eigen::ArrayXf>;

} // namespace

void eigen_tanh(const float* x, std::size_t count, float* y) {
    const auto size = static_cast<Eigen::Index>(count);
    Numbers(y, size) = ConstNumbers(x, size).tanh();
}
void eigen_logistic(const float* x, std::size_t count, float* y) {
    const auto size = static_cast<Eigen::Index>(count);
    Numbers(y, size) = ConstNumbers(x, size).logistic();
}

} // namespace rivals
