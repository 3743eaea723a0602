#include "autograd/finite_difference.hpp"

#include <fxp/autograd/combine_op.hpp>
#include <fxp/nn/mse_loss.hpp>
#include <fxp/recipes/reference.hpp>

#include <array>

namespace mse_loss_test {

using namespace fxp_test;
using fxp::Role;

TEST_CASE("mse_loss: value and gradient", "[nn]") {
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    const Real target = random_tensor({3, 5}, 1);
    const Real output = random_tensor({3, 5}, 2);
    const Value y = tape.input(output, "y", true);
    const auto loss = fxp::nn::mse_loss(y, target);
    tape.backward(loss.variable);
    double sum = 0;
    for (std::size_t i = 0; i < 15; ++i) {
        const double difference = output.data()[i] - target.data()[i];
        sum += difference * difference / 2;
        REQUIRE(y.gradient().data()[i] == Approx(difference / 15));
    }
    REQUIRE(loss.mean() == Approx(sum / 15));
    REQUIRE_THROWS_AS(fxp::nn::mse_loss(y, random_tensor({3, 4}, 1)), fxp::ShapeError);
    // Constant outputs want no gradient, and backward gives none.
    const Value constant = tape.input(output, "y");
    tape.backward(fxp::nn::mse_loss(constant, target).variable);
    REQUIRE_FALSE(constant.node()->has_gradient());
}

TEST_CASE("the fixed-point loss rounds both products", "[nn]") {
    using A = fxp::FixedArithmetic<fxp::recipes::Reference>;
    A arithmetic;
    fxp::Tape<A> tape(arithmetic);
    const auto target = arithmetic.from_real<Role::activation>("t", {2, 3}, random_tensor({2, 3}, 1).to_real());
    const auto output = arithmetic.from_real<Role::activation>("y", {2, 3}, random_tensor({2, 3}, 2).to_real());
    const auto y = tape.input(output, "y", true);
    const auto loss = fxp::nn::mse_loss(y, target);
    tape.backward(loss.variable);
    const std::int64_t r = 2796203; // 2^24 / 6, rounded
    const auto rounded = [](std::int64_t product) {
        return fxp::round_shift<fxp::Rounding::pseudo_stochastic>(product, 24, 0);
    };
    for (std::size_t i = 0; i < 6; ++i) {
        REQUIRE(y.gradient().data()[i] == rounded(output.data()[i] * r) - rounded(target.data()[i] * r));
    }
}

TEST_CASE("scaled_one_hot", "[nn]") {
    const std::array labels{2, 0};
    REQUIRE(fxp::nn::scaled_one_hot(labels, 3, 4) == std::vector<double>{-4, 4, -4, -4, 4, -4});
    for (const int wrong : {-1, 3}) {
        const std::array bad{wrong};
        REQUIRE_THROWS_AS(fxp::nn::scaled_one_hot(bad, 3, 4), fxp::ArgumentError);
    }
}

} // namespace mse_loss_test
