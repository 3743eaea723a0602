#include "finite_difference.hpp"

#include <fxp/autograd/activation_op.hpp>
#include <fxp/recipes/reference.hpp>

namespace activation_op_test {

using namespace fxp_test;
using fxp::Shape;
using Inputs = std::vector<Value>;

TEST_CASE("activation gradients equal finite differences", "[autograd]") {
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{3, 4}, Shape{2, 3, 2}}) {
        check_gradients({random_tensor(shape, 1, -4, 4)}, [](const Inputs& x) { return fxp::sigmoid(x[0]); });
        check_gradients({random_tensor(shape, 2)}, [](const Inputs& x) { return fxp::tanh(x[0]); });
        check_gradients({random_tensor(shape, 3, 0.2, 4)}, [](const Inputs& x) { return fxp::rsqrt(x[0]); });
    }
    check_gradients({random_tensor({3, 2}, 4)},
                    [](const Inputs& x) { return fxp::tanh(fxp::sigmoid(fxp::tanh(x[0]))); });
}

TEST_CASE("the fixed-point rsqrt's gradient follows from its own output", "[autograd]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>;
    using Tensor = A::Tensor<fxp::Role::activation>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    const auto x = tape.input(Tensor::from_real({4}, {0.001, 0.25, 1, 3}), "x", true);
    const auto y = fxp::rsqrt(x);
    const std::vector<double> seed{0.001, -0.5, 1, 2};
    seed_gradient(arithmetic, y, Tensor::from_real({4}, seed));
    tape.backward(y);
    const std::vector<double> gradient = x.gradient().to_real();
    const std::vector<double> out = y.value().to_real();
    for (std::size_t i = 0; i < 4; ++i) {
        const double exact = -seed[i] * out[i] * out[i] * out[i] / 2;
        // Roundings of less than a step each: of dy, dy y, dy y y (grown by the factors that follow), y/2, the result.
        const double growth =
            1 + out[i] * (1 + out[i]) + std::fabs(seed[i]) * out[i] * out[i] + out[i] * out[i] * out[i];
        REQUIRE(std::fabs(gradient[i] - exact) <= 0x1p-24 * growth);
    }
    REQUIRE(arithmetic.overflow_events() == 0);
    REQUIRE_THROWS_AS(fxp::rsqrt(tape.input(Tensor({1}))), fxp::DomainError);
}

} // namespace activation_op_test
