#include "finite_difference.hpp"

#include <fxp/autograd/combine_op.hpp>
#include <fxp/recipes/reference.hpp>

#include <array>

namespace combine_op_test {

using namespace fxp_test;
using fxp::Shape;
using Inputs = std::vector<Value>;

TEST_CASE("sums and products: gradients equal finite differences", "[autograd]") {
    for (const Shape& shape : {Shape{}, Shape{4}, Shape{3, 4}, Shape{2, 3, 2}}) {
        const std::vector<Real> two{random_tensor(shape, 1), random_tensor(shape, 2)};
        check_gradients(two, [](const Inputs& x) { return fxp::add(x[0], x[1]); });
        check_gradients(two, [](const Inputs& x) { return fxp::sub(x[0], x[1]); });
        check_gradients(two, [](const Inputs& x) { return fxp::mul(x[0], x[1]); });
        check_gradients({two[0]}, [](const Inputs& x) { return fxp::scale(x[0], -3); });
        check_gradients({two[0]}, [](const Inputs& x) { return fxp::neg(x[0]); });
        check_gradients({two[0]}, [](const Inputs& x) { return fxp::mul(x[0], x[0]); });
        check_gradients({two[0]}, [](const Inputs& x) { return fxp::add(x[0], fxp::mul(x[0], x[0])); });
    }
}

TEST_CASE("matrix products: gradients equal finite differences", "[autograd]") {
    check_gradients({random_tensor({2, 3}, 1), random_tensor({3, 4}, 2)},
                    [](const Inputs& x) { return fxp::matmul(x[0], x[1]); });
    check_gradients({random_tensor({3, 3}, 3)}, [](const Inputs& x) { return fxp::matmul(x[0], x[0]); });
    for (const bool ta : {false, true}) {
        for (const bool tb : {false, true}) {
            check_gradients(
                {random_tensor(ta ? Shape{3, 2} : Shape{2, 3}, 4), random_tensor(tb ? Shape{4, 3} : Shape{3, 4}, 5)},
                [&](const Inputs& x) {
                    return fxp::multiply_add("z", fxp::MatrixTerm<Value, Value>{x[0], x[1], ta, tb});
                });
        }
    }
    check_gradients(
        {random_tensor({2, 3}, 6), random_tensor({3, 4}, 7), random_tensor({2, 1}, 8), random_tensor({2, 4}, 9)},
        [](const Inputs& x) {
            return fxp::multiply_add("z", fxp::matrix(x[0], x[1]), fxp::plus(x[2]), fxp::minus(x[3]),
                                     fxp::elementwise(x[3], x[3]), fxp::scaled(x[3], 1));
        });
}

TEST_CASE("stretched operands: gradients equal finite differences", "[autograd]") {
    const Real full = random_tensor({3, 4}, 1);
    for (const Shape& shape : {Shape{3, 1}, Shape{1, 4}, Shape{1, 1}, Shape{1}, Shape{}}) {
        const std::vector<Real> two{full, random_tensor(shape, 2)};
        check_gradients(two, [](const Inputs& x) { return fxp::add(x[0], x[1]); });
        check_gradients(two, [](const Inputs& x) { return fxp::sub(x[0], x[1]); });
        check_gradients(two, [](const Inputs& x) { return fxp::sub(x[1], x[0]); });
        check_gradients(two, [](const Inputs& x) { return fxp::mul(x[0], x[1]); });
        check_gradients(two, [](const Inputs& x) { return fxp::mul(x[1], x[0]); });
        check_gradients(two,
                        [](const Inputs& x) { return fxp::multiply_add("z", fxp::plus(x[0]), fxp::scaled(x[1], -2)); });
    }
    check_gradients({random_tensor({3, 1}, 3), random_tensor({1, 4}, 4)},
                    [](const Inputs& x) { return fxp::mul(x[0], x[1]); });
    check_gradients({random_tensor({2, 3, 2}, 5), random_tensor({}, 6)},
                    [](const Inputs& x) { return fxp::mul(x[0], x[1]); });
    check_gradients(
        {random_tensor({2, 1}, 7), random_tensor({2, 1}, 8), random_tensor({2, 3}, 9)},
        [](const Inputs& x) { return fxp::multiply_add("z", fxp::elementwise(x[0], x[1]), fxp::plus(x[2])); });
}

TEST_CASE("a stretched fixed-point factor: products rounded one by one, summed exactly", "[autograd]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>;
    using Tensor = A::Tensor<fxp::Role::activation>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    const Real a = random_tensor({3, 300}, 1);
    const Real b = random_tensor({3, 1}, 2);
    const Real g = random_tensor({3, 300}, 3);
    const auto x = tape.input(Tensor::from_real(a.shape(), a.to_real()), "x", true);
    fxp::Parameter<A, fxp::Role::weight> w("w", {3, 1});
    w.value() = Tensor::from_real(b.shape(), b.to_real());
    const auto y = fxp::mul(x, w);
    const Tensor seed = Tensor::from_real(g.shape(), g.to_real());
    seed_gradient(arithmetic, y, seed);
    tape.backward(y);
    for (std::size_t r = 0; r < 3; ++r) {
        std::int64_t sum = 0;
        for (std::size_t c = r * 300; c < (r + 1) * 300; ++c) {
            const std::int64_t product = std::int64_t{seed.data()[c]} * x.value().data()[c];
            sum += fxp::round_shift<fxp::Rounding::pseudo_stochastic>(product, 24, 0);
        }
        REQUIRE(w.gradient().data()[r] == sum);
    }
    REQUIRE(arithmetic.overflow_events() == 0);
}

TEST_CASE("the d_bias path equals the general reduction", "[autograd]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>;
    using Tensor = A::Tensor<fxp::Role::activation>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    const Real g = random_tensor({4, 9}, 1);
    fxp::Parameter<A, fxp::Role::bias> plus("b", {4, 1});
    fxp::Parameter<A, fxp::Role::bias> minus("b", {4, 1});
    const auto y = fxp::multiply_add("y", fxp::plus(tape.input(Tensor({4, 9}))), fxp::plus(plus), fxp::minus(minus));
    seed_gradient(arithmetic, y, Tensor::from_real(g.shape(), g.to_real()));
    tape.backward(y);
    for (std::size_t i = 0; i < 4; ++i) REQUIRE(plus.gradient().data()[i] == -minus.gradient().data()[i]);
}

TEST_CASE("parameters take gradients, inputs only on request", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    fxp::Parameter<Double, fxp::Role::weight> w("w", {2, 3});
    fxp::Parameter<Double, fxp::Role::bias> b("b", {2, 1});
    w.value() = random_tensor({2, 3}, 1);
    const Value x = tape.input(random_tensor({3, 4}, 2), "x");
    const Value y = fxp::multiply_add("y", fxp::matrix(w, x), fxp::plus(b));
    const Real seed = random_tensor({2, 4}, 3);
    seed_gradient(arithmetic, y, seed);
    tape.backward(y);
    REQUIRE(b.has_gradient());
    REQUIRE_FALSE(x.node()->has_gradient());
    for (std::size_t r = 0; r < 2; ++r) {
        double row = 0;
        for (std::size_t c = 0; c < 4; ++c) row += seed.data()[r * 4 + c];
        REQUIRE(b.gradient().data()[r] == Approx(row));
        for (std::size_t k = 0; k < 3; ++k) {
            double sum = 0;
            for (std::size_t c = 0; c < 4; ++c) sum += seed.data()[r * 4 + c] * x.value().data()[k * 4 + c];
            REQUIRE(w.gradient().data()[r * 3 + k] == Approx(sum));
        }
    }
    w.zero_grad();
    REQUIRE_FALSE(w.has_gradient());
    REQUIRE_FALSE(fxp::neg(x).node()->requires_grad());
}

TEST_CASE("combine errors", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    fxp::Parameter<Double, fxp::Role::weight> w("w", {2, 3});
    REQUIRE_THROWS_AS(fxp::add(w, w), fxp::ArgumentError);
    REQUIRE_THROWS_AS(fxp::neg(w), fxp::ArgumentError);
    const Value x = tape.input(random_tensor({2, 4}, 2));
    REQUIRE_THROWS_AS(fxp::add(x, w), fxp::ShapeError);
    REQUIRE_THROWS_AS(fxp::matmul(w, x), fxp::ShapeError);
}

} // namespace combine_op_test
