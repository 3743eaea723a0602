#include "finite_difference.hpp"

#include <fxp/autograd/select_op.hpp>
#include <fxp/recipes/reference.hpp>
#include <fxp/recipes/run_time.hpp>

#include <array>

namespace select_op_test {

using namespace fxp_test;
using fxp::Shape;
using Inputs = std::vector<Value>;

TEST_CASE("selection gradients equal finite differences away from ties", "[autograd]") {
    unsigned seed = 1;
    for (const Shape& shape : {Shape{7}, Shape{3, 4}, Shape{2, 3, 2}, Shape{2, 1, 3, 2}}) {
        const Real a = random_tensor(shape, ++seed);
        const Real b = random_tensor(shape, ++seed);
        check_gradients({a, b}, [](const Inputs& x) { return fxp::minimum(x[0], x[1]); });
        check_gradients({a, b}, [](const Inputs& x) { return fxp::maximum(x[0], x[1]); });
        check_gradients({a}, [](const Inputs& x) { return fxp::relu(x[0]); });
        check_gradients({a}, [](const Inputs& x) { return fxp::abs(x[0]); });
        check_gradients({a}, [](const Inputs& x) { return fxp::clamp(x[0], -0.75, 1.25); });
        const fxp::BoolTensor condition = fxp::less(random_tensor(shape, ++seed), Real(shape));
        check_gradients({a, b}, [&](const Inputs& x) { return fxp::where(condition, x[0], x[1]); });
        check_gradients({a}, [&](const Inputs& x) { return fxp::maximum(x[0], x[0]); });
    }
}

TEMPLATE_TEST_CASE("ties: the first operand takes the gradient, abs and relu have none, clamp passes on its limits",
                   "[autograd]", Double, fxp::FixedArithmetic<fxp::recipes::Reference>,
                   fxp::FixedArithmetic<fxp::recipes::RunTime<std::int16_t>>) {
    using A = TestType;
    using Tensor = typename A::template Tensor<fxp::Role::activation>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    const auto tensor_of = [&](const std::vector<double>& reals) {
        return arithmetic.template from_real<fxp::Role::activation>("tensor", Shape{1, 5}, reals);
    };
    const Tensor values = tensor_of({-2, -1, 0, 1, 3});
    const Tensor ones = tensor_of({1, 1, 1, 1, 1});
    const auto gradients = [&](auto f) {
        tape.clear();
        const auto a = tape.input(values, "a", true);
        const auto b = tape.input(values, "b", true);
        const auto y = f(a, b);
        seed_gradient(arithmetic, y, ones);
        tape.backward(y);
        return std::pair(a.gradient().to_real(),
                         b.node()->has_gradient() ? b.gradient().to_real() : std::vector<double>());
    };
    const std::vector<double> all(5, 1.0);
    const std::vector<double> none(5, 0.0);
    const typename A::Mask never(Shape{1, 5});
    REQUIRE(gradients([&](auto a, auto b) { return fxp::where(never, a, b); }) == std::pair(none, all));
    REQUIRE(gradients([](auto a, auto b) { return fxp::minimum(a, b); }) == std::pair(all, none));
    REQUIRE(gradients([](auto a, auto b) { return fxp::maximum(a, b); }) == std::pair(all, none));
    REQUIRE(gradients([](auto a, auto) { return fxp::relu(a); }).first == std::vector<double>{0, 0, 0, 1, 1});
    REQUIRE(gradients([](auto a, auto) { return fxp::abs(a); }).first == std::vector<double>{-1, -1, 0, 1, 1});
    REQUIRE(gradients([](auto a, auto) { return fxp::clamp(a, -1, 1); }).first == std::vector<double>{0, 1, 1, 1, 0});
    REQUIRE(gradients([](auto a, auto) { return fxp::clamp(a, 0, 0); }).first == std::vector<double>{0, 0, 1, 0, 0});

    const auto a = tape.input(values, "a");
    REQUIRE(fxp::relu(a).value().to_real() == std::vector<double>{0, 0, 0, 1, 3});
    REQUIRE(fxp::abs(a).value().to_real() == std::vector<double>{2, 1, 0, 1, 3});
    REQUIRE(fxp::clamp(a, -1, 0.5).value().to_real() == std::vector<double>{-1, -1, 0, 0.5, 0.5});
    REQUIRE_THROWS_AS(fxp::clamp(a, 1, -1), fxp::ArgumentError);
    REQUIRE_THROWS_AS(fxp::minimum(a, tape.input(Tensor(Shape{5}))), fxp::ShapeError);
}

TEST_CASE("selections pass gradients in formats chosen at run time", "[autograd]") {
    using A = fxp::FixedArithmetic<fxp::recipes::RunTime<std::int16_t>>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    const auto tensor = [&](const std::vector<double>& values) {
        return arithmetic.from_real<fxp::Role::activation>("values", {1, values.size()}, values);
    };
    const auto gradients = [&](auto f) {
        tape.clear();
        const auto a = tape.input(tensor({-2, -1, 0, 1, 3}), "a", true);
        const auto b = tape.input(tensor({0, 0, 0, 0, 0}), "b", true);
        const auto y = f(a, b);
        seed_gradient(arithmetic, y, tensor({1, 1, 1, 1, 1}));
        tape.backward(y);
        return std::pair(a.gradient().to_real(),
                         b.node()->has_gradient() ? b.gradient().to_real() : std::vector<double>());
    };
    const std::vector<double> low{1, 1, 1, 0, 0};
    const std::vector<double> high{0, 0, 0, 1, 1};
    REQUIRE(gradients([](auto a, auto b) { return fxp::minimum(a, b); }) == std::pair(low, high));
    REQUIRE(gradients([](auto a, auto b) { return fxp::maximum(b, a); }) == std::pair(high, low));
    REQUIRE(gradients([](auto a, auto) { return fxp::abs(a); }).first == std::vector<double>{-1, -1, 0, 1, 1});
    REQUIRE(gradients([](auto a, auto) { return fxp::clamp(a, -1, 1); }).first == std::vector<double>{0, 1, 1, 1, 0});
    REQUIRE(arithmetic.overflow_events() == 0);
}

TEST_CASE("relu passes a gradient that no contribution could hold, exactly", "[autograd]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>;
    using Tensor = A::Tensor<fxp::Role::activation>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    const auto x = tape.input(Tensor::from_real({1, 3}, {0x1p-24, 0, -1}), "x", true);
    const auto y = fxp::relu(x);
    A::Gradient<fxp::Role::activation> wide(Shape{1, 3});
    for (auto& raw : wide.elements()) raw = (std::int64_t{1} << 40) + 1;
    y.node()->pass(arithmetic, "seed", [&](auto& share) { share = wide; });
    tape.backward(y);
    REQUIRE(x.gradient().data()[0] == (std::int64_t{1} << 40) + 1);
    REQUIRE(x.gradient().data()[1] == 0);
    REQUIRE(x.gradient().data()[2] == 0);
    REQUIRE(arithmetic.overflow_events() == 0);
}

TEST_CASE("selections want no gradient where none is wanted", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    const Value a = tape.input(random_tensor({2, 2}, 1), "a", true);
    const Value b = tape.input(random_tensor({2, 2}, 2), "b");
    const Value y = fxp::maximum(a, b);
    seed_gradient(arithmetic, y, random_tensor({2, 2}, 3));
    tape.backward(y);
    REQUIRE(a.node()->has_gradient());
    REQUIRE_FALSE(b.node()->has_gradient());
    REQUIRE_FALSE(fxp::abs(b).node()->requires_grad());
}

} // namespace select_op_test
