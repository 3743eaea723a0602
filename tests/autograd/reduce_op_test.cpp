#include "finite_difference.hpp"

#include <fxp/autograd/reduce_op.hpp>
#include <fxp/recipes/reference.hpp>

#include <array>

namespace reduce_op_test {

using namespace fxp_test;
using fxp::Axes;
using fxp::Shape;
using Inputs = std::vector<Value>;

TEST_CASE("reduction gradients equal finite differences", "[autograd]") {
    for (const bool keep : {false, true}) {
        for (const Axes& axes : {Axes{0}, Axes{1}, Axes{0, 1}}) {
            check_gradients({random_tensor({3, 4}, 1)},
                            [&](const Inputs& x) { return fxp::sum(x[0], axes, "s", keep); });
            check_gradients({random_tensor({3, 4}, 2)},
                            [&](const Inputs& x) { return fxp::mean(x[0], axes, "m", keep); });
        }
        for (const Axes& axes : {Axes{0, 2}, Axes{3}, Axes{1, 2, 3}, Axes{0, 1, 2, 3}}) {
            const Shape shape{2, 3, 2, 2};
            check_gradients({random_tensor(shape, 3)},
                            [&](const Inputs& x) { return fxp::sum(x[0], axes, "s", keep); });
            check_gradients({random_tensor(shape, 4)},
                            [&](const Inputs& x) { return fxp::mean(x[0], axes, "m", keep); });
        }
        check_gradients({random_tensor({5}, 5)}, [&](const Inputs& x) { return fxp::mean(x[0], {0}, "m", keep); });
    }
}

TEST_CASE("reduced shapes", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    const Value x = tape.input(random_tensor({2, 3, 4}, 1), "x", true);
    REQUIRE(fxp::sum(x, {1}).shape() == Shape{2, 4});
    REQUIRE(fxp::sum(x, {1}, "s", true).shape() == Shape{2, 1, 4});
    REQUIRE(fxp::mean(x, {0, 1, 2}).shape() == Shape{});
    REQUIRE_THROWS_AS(fxp::sum(x, {3}), fxp::ShapeError);
    REQUIRE_THROWS_AS(fxp::mean(tape.input(Real({0, 3})), {0}), fxp::ShapeError);
}

TEST_CASE("fixed-point sums stretch their gradients exactly, means with one rounding", "[autograd]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>;
    using Tensor = A::Tensor<fxp::Role::activation>;
    using Gradient = A::Gradient<fxp::Role::activation>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    const std::array<std::int32_t, 6> raw{1, 2, 3, 40, 50, 60};
    const std::array<std::int32_t, 2> seed{7 << 20, -9};

    const auto x = tape.input(Tensor::from_raw({2, 3}, raw), "x", true);
    const auto s = fxp::sum(x, {1});
    REQUIRE(s.value() == Tensor::from_raw({2}, std::array<std::int32_t, 2>{6, 150}));
    seed_gradient(arithmetic, s, Tensor::from_raw({2}, seed));
    tape.backward(s);
    const std::array<std::int64_t, 6> expected{7 << 20, 7 << 20, 7 << 20, -9, -9, -9};
    REQUIRE(x.gradient() == Gradient::from_raw({2, 3}, expected));

    tape.clear();
    const auto z = tape.input(Tensor::from_raw({2, 3}, raw), "x", true);
    const auto m = fxp::mean(z, {1});
    REQUIRE(m.value() == Tensor::from_raw({2}, std::array<std::int32_t, 2>{2, 50}));
    seed_gradient(arithmetic, m, Tensor::from_raw({2}, seed));
    tape.backward(m);
    for (std::size_t i = 0; i < 6; ++i) {
        const double exact = static_cast<double>(seed[i / 3]) / 3;
        // One rounding of less than a step; 1/3 is off by a relative 2^-24.
        REQUIRE(std::fabs(static_cast<double>(z.gradient().data()[i]) - exact) < 1 + std::fabs(exact) * 0x1p-24);
    }
}

} // namespace reduce_op_test
