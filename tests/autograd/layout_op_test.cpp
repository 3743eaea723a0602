#include "finite_difference.hpp"

#include <fxp/autograd/layout_op.hpp>
#include <fxp/recipes/reference.hpp>

#include <array>

namespace layout_op_test {

using namespace fxp_test;
using fxp::Shape;
using Inputs = std::vector<Value>;

TEST_CASE("layout gradients equal finite differences", "[autograd]") {
    for (const auto& axes : {std::pair{0, 1}, std::pair{2, 0}, std::pair{1, 1}, std::pair{1, 2}}) {
        check_gradients({random_tensor({2, 3, 4}, 1)}, [&](const Inputs& x) {
            return fxp::transpose(x[0], static_cast<std::size_t>(axes.first), static_cast<std::size_t>(axes.second));
        });
    }
    check_gradients({random_tensor({2, 6}, 2)}, [](const Inputs& x) { return fxp::reshape(x[0], {3, 2, 2}); });
    check_gradients({random_tensor({1}, 2)}, [](const Inputs& x) { return fxp::reshape(x[0], {}); });
    for (std::size_t axis = 0; axis < 3; ++axis) {
        check_gradients({random_tensor({3, 3, 4}, 3)}, [&](const Inputs& x) { return fxp::slice(x[0], axis, 1, 3); });
        check_gradients({random_tensor({3, 3, 4}, 4)}, [&](const Inputs& x) {
            const std::array<std::size_t, 5> indices{2, 0, 2, 2, 1};
            return fxp::index_select(x[0], axis, indices);
        });
        check_gradients({random_tensor({2, 2, 2}, 5), random_tensor({2, 2, 2}, 6), random_tensor({2, 2, 2}, 7)},
                        [&](const Inputs& x) { return fxp::cat(axis, x[0], x[1], x[2], x[0]); });
    }
    check_gradients({random_tensor({2, 1}, 8), random_tensor({2, 4}, 9)},
                    [](const Inputs& x) { return fxp::cat(1, std::span<const Value>(x)); });
    // Overlapping slices add.
    check_gradients({random_tensor({5, 2}, 10)},
                    [](const Inputs& x) { return fxp::mul(fxp::slice(x[0], 0, 0, 3), fxp::slice(x[0], 0, 1, 4)); });
}

TEST_CASE("a fixed-point gather's gradient is the exact sum over repeated indices", "[autograd]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>;
    using Tensor = A::Tensor<fxp::Role::activation>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    const auto x = tape.input(Tensor({2, 2}), "x", true);
    const std::array<std::size_t, 4> indices{1, 1, 0, 1};
    const auto y = fxp::index_select(x, 1, indices);
    const std::array<std::int32_t, 8> seed{1, 2, 3, 4, -5, 6, 7, 1 << 30};
    seed_gradient(arithmetic, y, Tensor::from_raw({2, 4}, seed));
    tape.backward(y);
    const std::array<std::int64_t, 4> expected{3, 7, 7, (1 << 30) + 1};
    REQUIRE(x.gradient() == A::Gradient<fxp::Role::activation>::from_raw({2, 2}, expected));
    REQUIRE(arithmetic.overflow_events() == 0);
}

TEST_CASE("index_add counts what leaves the format", "[autograd]") {
    using Wide = fxp::FxpTensor<39, 24>;
    fxp::OverflowLog log;
    const std::array<std::size_t, 3> indices{0, 0, 0};
    const std::int64_t max = Wide::format.max_raw();
    const std::array<std::int64_t, 3> raw{max, max, -5};
    Wide out;
    fxp::index_add_into(out, Wide::from_raw({3}, raw), {1}, 0, indices, fxp::Context::logging(log));
    REQUIRE(out.data()[0] == max - 5);
    REQUIRE(log.total() == 1);
    REQUIRE_THROWS_AS(fxp::index_add_into(out, Wide({2}), {1}, 0, indices), fxp::ShapeError);
    REQUIRE_THROWS_AS(fxp::index_add_into(out, Wide({3}), {0}, 0, indices), fxp::ShapeError);
}

TEST_CASE("layout errors", "[autograd]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    const Value x = tape.input(random_tensor({2, 3}, 1), "x", true);
    const std::array<std::size_t, 1> beyond{3};
    REQUIRE_THROWS_AS(fxp::transpose(x, 0, 2), fxp::ShapeError);
    REQUIRE_THROWS_AS(fxp::reshape(x, {7}), fxp::ShapeError);
    REQUIRE_THROWS_AS(fxp::slice(x, 1, 2, 4), fxp::ShapeError);
    REQUIRE_THROWS_AS(fxp::index_select(x, 1, beyond), fxp::ShapeError);
    REQUIRE_THROWS_AS(fxp::cat(1, x, fxp::transpose(x)), fxp::ShapeError);
    REQUIRE_THROWS_AS(fxp::cat(1, std::span<const Value>()), fxp::ShapeError);
    fxp::Parameter<Double, fxp::Role::weight> w("w", {2, 2});
    REQUIRE_THROWS_AS(fxp::transpose(w), fxp::ArgumentError);
}

} // namespace layout_op_test
