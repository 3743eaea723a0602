// Results that are also operands, and operands whose raw values lie outside their format.
#include "support/catch.hpp"

#include <fxp/float.hpp>

namespace alias_test {

namespace {

using Fixed = fxp::FxpTensor<8, 24>;
using Float = fxp::FloatTensor<float>;

} // namespace

TEMPLATE_TEST_CASE("out may be any operand of its own shape", "[tensor][alias]", Fixed, Float) {
    TestType a = TestType::from_real({1, 2}, {1, 2});
    const TestType b = TestType::from_real({1, 2}, {2, 3});
    fxp::combine("test", a, fxp::Context{}, fxp::plus(b), fxp::plus(a));
    CHECK(a.to_real() == std::vector<double>{3, 5});
    fxp::combine("test", a, fxp::Context{}, fxp::elementwise(b, a), fxp::minus(a));
    CHECK(a.to_real() == std::vector<double>{3, 10});
}

TEMPLATE_TEST_CASE("out may not be a factor or a stretched operand", "[tensor][alias]", Fixed, Float) {
    const TestType x = TestType::from_real({2, 2}, {1, 0, 1, 0});
    TestType y = TestType::from_real({2, 2}, {4, 6, 7, 10});
    CHECK_THROWS_AS(fxp::combine("test", y, fxp::Context{}, fxp::matrix(x, y)), fxp::ArgumentError);
    TestType column = TestType::from_real({2, 1}, {1, 2});
    CHECK_THROWS_AS(fxp::combine("test", column, fxp::Context{}, fxp::plus(column), fxp::plus(y)), fxp::ArgumentError);
    CHECK(y.to_real() == std::vector<double>{4, 6, 7, 10});
    CHECK(column.to_real() == std::vector<double>{1, 2});
}

TEST_CASE("raw values beyond their format cannot fool the proof of the accumulator", "[tensor][alias]") {
    fxp::FxpTensor<1, 30> wide(fxp::Shape{1, 7});
    wide.fill(2147483647); // twice what 31 bits hold
    fxp::FxpTensor<1, 30> column(fxp::Shape{7, 1});
    column.fill(2147483647);
    const auto dot = fxp::matmul<fxp::Q<8, 8>>(wide, column);
    CHECK(dot.to_real() == std::vector<double>{28});
}

TEST_CASE("a moved-from tensor is empty", "[tensor][alias]") {
    Fixed a(fxp::Shape{2, 3});
    const Fixed b = std::move(a);
    CHECK(a.shape() == fxp::Shape{0}); // NOLINT(bugprone-use-after-move)
    CHECK(b.size() == 6);
}

} // namespace alias_test
