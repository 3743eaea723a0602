#include "autograd/finite_difference.hpp"

#include <fxp/nn/initial.hpp>
#include <fxp/nn/linear.hpp>
#include <fxp/recipes/reference.hpp>

namespace linear_test {

using namespace fxp_test;
using fxp::Role;

TEST_CASE("Linear: names, shapes and values", "[nn]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    fxp::nn::Linear<Double> layer("out", 3, 2);
    const auto parameters = layer.parameters();
    REQUIRE(parameters.size() == 2);
    auto& w = *std::get<fxp::Parameter<Double, Role::weight>*>(parameters[0]);
    auto& b = *std::get<fxp::Parameter<Double, Role::bias>*>(parameters[1]);
    REQUIRE(w.name() == "out.weight");
    REQUIRE(b.name() == "out.bias");
    w.value() = random_tensor({2, 3}, 1);
    b.value() = random_tensor({2, 1}, 2);
    const Real x = random_tensor({3, 4}, 3);
    const Value y = layer(tape.input(x));
    REQUIRE(y.shape() == fxp::Shape{2, 4});
    for (std::size_t r = 0; r < 2; ++r) {
        for (std::size_t c = 0; c < 4; ++c) {
            double sum = b.value().data()[r];
            for (std::size_t k = 0; k < 3; ++k) sum += w.value().data()[r * 3 + k] * x.data()[k * 4 + c];
            REQUIRE(y.value().data()[r * 4 + c] == Approx(sum));
        }
    }
    REQUIRE_THROWS_AS(layer(tape.input(random_tensor({2, 4}, 3))), fxp::ShapeError);
}

TEST_CASE("fixed-point Linear: the exact sum, rounded once", "[nn]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    fxp::nn::Linear<A> layer("W", "b", 40, 3);
    fxp::nn::initialize_normal(layer, arithmetic, 3, 1.0);
    const auto& w = *std::get<0>(layer.parameters()[0]);
    const auto& b = *std::get<1>(layer.parameters()[1]);
    const auto x = arithmetic.from_real<Role::activation>("x", {40, 5}, random_tensor({40, 5}, 3).to_real());
    const auto y = layer(tape.input(x));
    for (std::size_t r = 0; r < 3; ++r) {
        for (std::size_t c = 0; c < 5; ++c) {
            fxp::int128 sum = static_cast<fxp::int128>(b.value().data()[r]) << 24;
            for (std::size_t k = 0; k < 40; ++k) {
                sum += static_cast<fxp::int128>(w.value().data()[r * 40 + k]) * x.data()[k * 5 + c];
            }
            REQUIRE(y.value().data()[r * 5 + c] == fxp::round_shift<fxp::Rounding::pseudo_stochastic>(sum, 24, 0));
        }
    }
}

TEST_CASE("overflow is reported under the names that the user gave", "[nn]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>; // <8, 24> ends at 128
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    fxp::nn::Linear<A> layer("my layer", 2, 1);
    layer.weight().value() = arithmetic.from_real<Role::weight>("my start", {1, 2}, std::vector<double>{-50, -500});
    const auto x = arithmetic.from_real<Role::activation>("my pixels", {2, 1}, std::vector<double>{100, 1000});
    layer(tape.input(x));
    const auto& rows = arithmetic.overflow_log().rows();
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].tensor == "my start");
    CHECK(rows[0].worst_value == -500);
    CHECK(rows[1].tensor == "my pixels");
    CHECK(rows[1].worst_value == 1000);
    CHECK(rows[2].operation == "multiply_add");
    CHECK(rows[2].tensor == "my layer.weight.x+b");
    CHECK(rows[2].worst_value == Approx(-50 * 100 - 128 * 128).epsilon(1e-6));
}

} // namespace linear_test
