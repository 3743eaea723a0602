#include "support/catch.hpp"

#include <fxp/tensor/arithmetic.hpp>
#include <fxp/tensor/compare.hpp>
#include <fxp/tensor/dynamic_tensor.hpp>
#include <fxp/tensor/float_tensor.hpp>

#include <limits>
#include <vector>

namespace compare_test {

using Catch::Matchers::ContainsSubstring;
using fxp::BoolTensor;
using fxp::FxpTensor;
using fxp::Shape;
using fxp::ShapeError;
using Small = FxpTensor<4, 4>;

namespace {

/// All pairs of -127 .. 127 in steps of 7, and neighbours.
std::pair<Small, Small> pairs() {
    std::vector<int> values;
    for (int v = -127; v <= 127; v += 7) values.push_back(v);
    values.insert(values.end(), {-1, 0, 1, 127});
    Small a(Shape{values.size(), values.size()});
    Small b(a.shape());
    for (std::size_t i = 0; i < values.size(); ++i) {
        for (std::size_t j = 0; j < values.size(); ++j) {
            a.data()[i * values.size() + j] = static_cast<std::int8_t>(values[i]);
            b.data()[i * values.size() + j] = static_cast<std::int8_t>(values[j]);
        }
    }
    return {a, b};
}

} // namespace

TEST_CASE("comparisons, selections, extremes", "[tensor][compare]") {
    const auto [a, b] = pairs();
    const BoolTensor less = fxp::less(a, b);
    const BoolTensor less_equal = fxp::less_equal(a, b);
    const BoolTensor greater = fxp::greater(a, b);
    const BoolTensor greater_equal = fxp::greater_equal(a, b);
    const BoolTensor equal = fxp::equal(a, b);
    const BoolTensor not_equal = fxp::not_equal(a, b);
    const Small chosen = fxp::where(less, a, b);
    const Small low = fxp::minimum(a, b);
    const Small high = fxp::maximum(a, b);
    REQUIRE(less.shape() == a.shape());
    for (std::size_t i = 0; i < a.size(); ++i) {
        const int x = a.data()[i];
        const int y = b.data()[i];
        REQUIRE(less.data()[i] == (x < y ? 1 : 0));
        REQUIRE(less_equal.data()[i] == (x <= y ? 1 : 0));
        REQUIRE(greater.data()[i] == (x > y ? 1 : 0));
        REQUIRE(greater_equal.data()[i] == (x >= y ? 1 : 0));
        REQUIRE(equal.data()[i] == (x == y ? 1 : 0));
        REQUIRE(not_equal.data()[i] == (x != y ? 1 : 0));
        REQUIRE(chosen.data()[i] == (x < y ? x : y));
        REQUIRE(low.data()[i] == (x < y ? x : y));
        REQUIRE(high.data()[i] == (x > y ? x : y));
    }
}

TEST_CASE("where takes from a where the condition holds, also in place", "[tensor][compare]") {
    const auto a = Small::from_raw({4}, std::vector<std::int8_t>{1, 2, 3, 4});
    auto b = Small::from_raw({4}, std::vector<std::int8_t>{-1, -2, -3, -4});
    BoolTensor condition(Shape{4});
    condition.data()[1] = 1;
    condition.data()[2] = 255; // any value but zero is true
    fxp::where_into(b, condition, a, b);
    CHECK((b == Small::from_raw({4}, std::vector<std::int8_t>{-1, 2, 3, -4})));
}

TEST_CASE("comparisons ask for equal shapes", "[tensor][compare]") {
    const Small a(Shape{2, 3});
    const Small b(Shape{3, 2});
    CHECK_THROWS_AS(fxp::less(a, b), ShapeError);
    CHECK_THROWS_AS(fxp::less_equal(a, b), ShapeError);
    CHECK_THROWS_AS(fxp::greater(a, b), ShapeError);
    CHECK_THROWS_AS(fxp::greater_equal(a, b), ShapeError);
    CHECK_THROWS_AS(fxp::equal(a, Small(Shape{2, 1})), ShapeError);
    CHECK_THROWS_AS(fxp::not_equal(a, Small(Shape{2, 1})), ShapeError);
    CHECK_THROWS_AS(fxp::where(BoolTensor(Shape{2, 3}), a, b), ShapeError);
    CHECK_THROWS_AS(fxp::where(BoolTensor(Shape{3, 2}), a, a), ShapeError);
    CHECK_THROWS_AS(fxp::minimum(a, b), ShapeError);
}

TEST_CASE("comparisons and selections refuse formats chosen at run time that differ", "[tensor][compare]") {
    using Tensor = fxp::DynamicTensor<std::int16_t>;
    const Tensor a(Shape{2}, {4, 12});
    const Tensor b(Shape{2}, {8, 8});
    CHECK_THROWS_WITH(fxp::less(a, b), ContainsSubstring("less: formats <4, 12> and <8, 8>, expected the same"));
    CHECK_THROWS_AS(fxp::where(BoolTensor(Shape{2}), a, b), fxp::ArgumentError);
    CHECK_THROWS_AS(fxp::maximum(a, b), fxp::ArgumentError);
    CHECK(fxp::maximum(a, a) == a);
}

TEST_CASE("abs and clamp", "[tensor][compare]") {
    const auto a = Small::from_raw({5}, std::vector<std::int8_t>{-127, -1, 0, 1, 127});
    CHECK((fxp::abs(a) == Small::from_raw({5}, std::vector<std::int8_t>{127, 1, 0, 1, 127})));
    using Scalar = fxp::FxpScalar<4, 4>;
    CHECK((fxp::clamp(a, Scalar{-5}, Scalar{7}) == Small::from_raw({5}, std::vector<std::int8_t>{-5, -1, 0, 1, 7})));
    CHECK((fxp::clamp(a, Scalar{3}, Scalar{3}) == Small::from_raw({5}, std::vector<std::int8_t>{3, 3, 3, 3, 3})));
    CHECK_THROWS_AS(fxp::clamp(a, Scalar{4}, Scalar{3}), fxp::ArgumentError);
    CHECK_THROWS_WITH(fxp::clamp(a, Scalar::from_real(0.5), Scalar::from_real(-0.25)),
                      ContainsSubstring("0.500000") && ContainsSubstring("-0.250000"));
}

TEST_CASE("clamp's limits are reals of the format, not raw integers", "[tensor][compare]") {
    using Scalar = fxp::FxpScalar<8, 24>;
    const auto a = FxpTensor<8, 24>::from_real({4}, {-3.0, -0.5, 0.75, 100.0});
    const auto limited = fxp::clamp(a, Scalar::from_real(-1), Scalar::from_real(1));
    CHECK(limited.to_real() == std::vector<double>{-1, -0.5, 0.75, 1});
}

TEMPLATE_TEST_CASE("clamp of floating-point tensors takes reals", "[tensor][compare]", float, double) {
    const auto a = fxp::FloatTensor<TestType>::from_real({4}, {-3.0, -0.5, 0.75, 100.0});
    const TestType one = 1;
    CHECK(fxp::clamp(a, -one, one).to_real() == std::vector<double>{-1, -0.5, 0.75, 1});
    CHECK_THROWS_AS(fxp::clamp(a, one, -one), fxp::ArgumentError);
    CHECK_THROWS_AS(fxp::clamp(a, -one, std::numeric_limits<TestType>::quiet_NaN()), fxp::ArgumentError);
}

TEMPLATE_TEST_CASE("abs fits the magnitude of the value below the symmetric range", "[tensor][compare]",
                   (FxpTensor<4, 4>), (FxpTensor<5, 5>), (FxpTensor<8, 8>), (FxpTensor<8, 24>), (FxpTensor<32, 32>),
                   (FxpTensor<4, 4, fxp::Range::full>), (FxpTensor<32, 32, fxp::Range::full>)) {
    using Raw = typename TestType::Raw;
    const std::int64_t max = TestType::format.max_raw();
    TestType a(Shape{1});
    a.data()[0] = static_cast<Raw>(-max);
    CHECK(fxp::abs(a).data()[0] == max);
    a.data()[0] = static_cast<Raw>(-max - 1);
    CHECK_THROWS_AS(fxp::abs(a), fxp::OverflowError);
    fxp::OverflowLog log;
    const auto context = fxp::Context::logging(log).named("a");
    CHECK(fxp::abs(a, context.with(fxp::Overflow::wrap)).data()[0] == -max - 1);
    CHECK(fxp::abs(a, context).data()[0] == max);
    REQUIRE(log.rows().size() == 1);
    CHECK(log.rows()[0].operation == "abs");
    CHECK(log.rows()[0].tensor == "a");
    CHECK(log.rows()[0].count == 2);
}

TEST_CASE("argmax_columns takes the first of equals", "[tensor][compare]") {
    const auto a = Small::from_raw({3, 5}, std::vector<std::int8_t>{1, 5, -3, 0, 127,  //
                                                                    2, 5, -2, 0, -127, //
                                                                    2, 4, -4, 0, 127});
    CHECK(fxp::argmax_columns(a) == std::vector<std::size_t>{1, 0, 1, 0, 0});
    CHECK(fxp::argmax_columns(Small(Shape{1, 2})) == std::vector<std::size_t>{0, 0});
    CHECK(fxp::argmax_columns(Small(Shape{2, 0})).empty());
    CHECK_THROWS_AS(fxp::argmax_columns(Small(Shape{0, 2})), ShapeError);
    CHECK_THROWS_AS(fxp::argmax_columns(Small(Shape{4})), ShapeError);
}

} // namespace compare_test
