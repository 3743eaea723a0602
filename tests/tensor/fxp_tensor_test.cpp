#include "support/catch.hpp"

#include <fxp/tensor/fxp_tensor.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace fxp_tensor_test {

using Catch::Matchers::ContainsSubstring;
using fxp::Context;
using fxp::DomainError;
using fxp::FxpScalar;
using fxp::FxpTensor;
using fxp::OverflowLog;
using fxp::Shape;
using fxp::ShapeError;
using Small = FxpTensor<4, 4>;

TEST_CASE("a tensor starts as zeros of its storage", "[tensor][fxp_tensor]") {
    const FxpTensor<8, 24> a(Shape{2, 3});
    CHECK(a.shape() == Shape{2, 3});
    CHECK(a.size() == 6);
    for (const std::int32_t raw : a.elements()) CHECK(raw == 0);
    static_assert(std::is_same_v<FxpTensor<2, 6>::Raw, std::int8_t>);
    static_assert(std::is_same_v<FxpTensor<3, 6>::Raw, std::int16_t>);
    static_assert(std::is_same_v<FxpTensor<17, 0>::Raw, std::int32_t>);
    static_assert(std::is_same_v<FxpTensor<39, 24>::Raw, std::int64_t>);
    static_assert(std::is_same_v<fxp::tensor_of<fxp::Q<-2, 10>>, FxpTensor<-2, 10>>);
    static_assert(fxp::FixedTensor<Small> && fxp::FixedOperand<FxpScalar<4, 4>> && !fxp::FixedTensor<FxpScalar<4, 4>>);
    static_assert(!fxp::FixedOperand<int>);
}

TEST_CASE("elements begin with a cache line", "[tensor][fxp_tensor]") {
    std::vector<FxpTensor<2, 6>> tensors;
    for (const std::size_t size : {1U, 63U, 64U, 1000U, 100000U}) tensors.emplace_back(Shape{size});
    for (FxpTensor<2, 6>& tensor : tensors) {
        CHECK(reinterpret_cast<std::uintptr_t>(tensor.data()) % 64 == 0);
        const FxpTensor<2, 6> copy = tensor;
        CHECK(reinterpret_cast<std::uintptr_t>(copy.data()) % 64 == 0);
        tensor.resize({tensor.size() + 200});
        CHECK(reinterpret_cast<std::uintptr_t>(tensor.data()) % 64 == 0);
    }
}

TEST_CASE("from_raw takes the symmetric range and the right count", "[tensor][fxp_tensor]") {
    const std::vector<std::int8_t> ends{-127, 127, 0};
    const auto a = Small::from_raw({3}, ends);
    CHECK(std::equal(ends.begin(), ends.end(), a.data()));
    CHECK_THROWS_WITH(Small::from_raw({1}, std::vector<std::int8_t>{-128}),
                      ContainsSubstring("-128") && ContainsSubstring("127"));
    CHECK_THROWS_AS((FxpTensor<4, 6>::from_raw({1}, std::vector<std::int16_t>{512})), DomainError);
    CHECK_THROWS_AS((FxpTensor<4, 6>::from_raw({1}, std::vector<std::int16_t>{-512})), DomainError);
    CHECK_NOTHROW(FxpTensor<4, 6>::from_raw({1}, std::vector<std::int16_t>{-511}));
    CHECK_THROWS_AS(
        (FxpTensor<4, 60>::from_raw({1}, std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min()})),
        DomainError);
    CHECK_THROWS_AS(Small::from_raw({2, 2}, ends), ShapeError);
    CHECK_THROWS_AS(Small::from_raw({}, std::vector<std::int8_t>{}), ShapeError);
}

TEST_CASE("a full range has one number more, from raws, reals and scalars", "[tensor][fxp_tensor]") {
    using Full = FxpTensor<4, 4, fxp::Range::full>;
    static_assert(std::is_same_v<Full::Raw, std::int8_t>);
    static_assert(std::is_same_v<fxp::tensor_of<fxp::Q<4, 4, fxp::Range::full>>, Full>);
    static_assert(fxp::FixedTensor<Full> && fxp::FixedOperand<FxpScalar<4, 4, fxp::Range::full>>);
    const auto a = Full::from_raw({2}, std::vector<std::int8_t>{-128, 127});
    CHECK(a.to_real() == std::vector<double>{-8, 7.9375});
    CHECK_THROWS_WITH((FxpTensor<4, 6, fxp::Range::full>::from_raw({1}, std::vector<std::int16_t>{-513})),
                      ContainsSubstring("-513, expected -512 to 511"));
    OverflowLog log;
    CHECK((Full::from_real({2}, {-8.0, 7.9375}, Context::logging(log)) == a));
    CHECK((FxpScalar<4, 4, fxp::Range::full>::from_real(-8.0, Context::logging(log)).raw == -128));
    CHECK(log.total() == 0);
    CHECK((Full::from_real({2}, {-100.0, 8.0}, Context::logging(log)) == a));
    CHECK(log.total() == 2);
}

TEST_CASE("from_real rounds half to even, saturates and counts", "[tensor][fxp_tensor]") {
    OverflowLog log;
    Context context = Context::logging(log).named("pixels");
    context.random.step = 12;
    const auto a = Small::from_real({6}, {1.0, 0.03125, 0.09375, -8.0, 7.9375, 100.0}, context);
    CHECK((a == Small::from_raw({6}, std::vector<std::int8_t>{16, 0, 2, -127, 127, 127})));
    REQUIRE(log.rows().size() == 1);
    CHECK(log.rows()[0].operation == "from_real");
    CHECK(log.rows()[0].tensor == "pixels");
    CHECK(log.rows()[0].first_step == 12);
    CHECK(log.rows()[0].count == 2);
    CHECK(log.rows()[0].worst_value == 100.0);
    CHECK_THROWS_AS(Small::from_real({1}, {8.0}), fxp::OverflowError);
    CHECK((Small::from_real({1}, {8.0}, context.with(fxp::Overflow::wrap)).data()[0] == 127));
    // Of floats and of doubles alike
    CHECK((Small::from_real({2}, std::vector<float>{0.5F, -1.25F}) ==
           Small::from_real({2}, std::vector<double>{0.5, -1.25})));
}

TEST_CASE("from_real of the largest magnitudes of both signs", "[tensor][fxp_tensor]") {
    OverflowLog log;
    const auto a = FxpTensor<8, 24>::from_real({3}, {-1e308, 1e308, -1e308}, Context::logging(log));
    CHECK((a == FxpTensor<8, 24>::from_raw({3}, std::vector<std::int32_t>{-2147483647, 2147483647, -2147483647})));
    CHECK(log.total() == 3);
}

TEST_CASE("from_real refuses what is no finite number and wrong counts", "[tensor][fxp_tensor]") {
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
        OverflowLog log;
        CHECK_THROWS_WITH(Small::from_real({2}, {0.0, bad}, Context::logging(log)), ContainsSubstring("element 1"));
        CHECK_THROWS_AS(Small::from_real({2}, {0.0, bad}), DomainError);
        CHECK_THROWS_AS((FxpScalar<4, 4>::from_real(bad)), DomainError);
        CHECK(log.total() == 0);
    }
    CHECK_THROWS_AS(Small::from_real({3}, {0.0, 1.0}), ShapeError);
}

TEST_CASE("to_real inverts from_real", "[tensor][fxp_tensor]") {
    std::vector<double> values;
    for (int raw = -127; raw <= 127; ++raw) values.push_back(raw / 16.0);
    CHECK(Small::from_real({255}, values).to_real() == values);
    std::vector<double> large;
    for (int raw = -127; raw <= 127; ++raw) large.push_back(raw * 4.0);
    CHECK(FxpTensor<10, -2>::from_real({255}, large).to_real() == large);
}

TEST_CASE("a scalar is one number", "[tensor][fxp_tensor]") {
    CHECK(FxpScalar<4, 4>::from_real(1.5).raw == 24);
    CHECK(FxpScalar<4, 4>::from_real(1.5).to_real() == 1.5);
    CHECK_THROWS_AS((FxpScalar<4, 4>::from_real(8.0)), fxp::OverflowError);
}

TEST_CASE("the overflow of a scalar is an event of operation 'scalar'", "[tensor][fxp_tensor]") {
    OverflowLog log;
    CHECK(FxpScalar<4, 4>::from_real(-9.0, Context::logging(log).named("rate")).raw == -127);
    REQUIRE(log.rows().size() == 1);
    CHECK(log.rows()[0].operation == "scalar");
    CHECK(log.rows()[0].tensor == "rate");
    CHECK(log.rows()[0].worst_value == -9.0);
}

TEST_CASE("arrays compare in shape and values", "[tensor][fxp_tensor]") {
    const auto a = Small::from_raw({2, 1}, std::vector<std::int8_t>{1, 2});
    CHECK_FALSE(a == Small::from_raw({1, 2}, std::vector<std::int8_t>{1, 2}));
    CHECK_FALSE(a == Small::from_raw({2, 1}, std::vector<std::int8_t>{1, 3}));
    Small b = a;
    b.fill(3);
    CHECK((b == Small::from_raw({2, 1}, std::vector<std::int8_t>{3, 3})));
    CHECK(a.data()[0] == 1);
    b.resize({4});
    CHECK(b.size() == 4);
}

TEST_CASE("a default tensor has no elements", "[tensor][fxp_tensor]") {
    const Small a;
    CHECK(a.size() == 0);
    CHECK(a.shape().size() == 0);
    CHECK(a.to_real().empty());
}

} // namespace fxp_tensor_test
