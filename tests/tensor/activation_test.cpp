#include "core/exact.hpp"
#include "math/reference_reals.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/activation.hpp>

#include <cmath>
#include <vector>

namespace activation_test {

using Catch::Matchers::ContainsSubstring;
using fxp::Context;
using fxp::FxpTensor;
using fxp::OverflowLog;
using fxp::Shape;
using Number = FxpTensor<8, 24>;
using fxp::ReferenceActivations;
using reference_oracle::Evaluation;

namespace {

template <class T>
T random_tensor(std::size_t count, std::uint64_t seed) {
    exact::Draw draw(seed);
    T result(Shape{count});
    for (auto& raw : result.elements()) raw = static_cast<typename T::Raw>(draw.raw(T::format.word_bits()));
    return result;
}

template <class T>
void check_against_formula(std::uint64_t seed) {
    constexpr int word = T::format.word_bits();
    constexpr int frac = T::format.frac_bits;
    const T x = random_tensor<T>(3000, seed);
    T positive = x;
    for (auto& raw : positive.elements()) raw = static_cast<typename T::Raw>(raw < 0 ? -raw : raw == 0 ? 1 : raw);
    OverflowLog log;
    const Context context = Context::logging(log);
    const T s = fxp::sigmoid<ReferenceActivations>(x, context);
    const T t = fxp::tanh<ReferenceActivations>(x, context);
    const T r = fxp::rsqrt<ReferenceActivations>(positive, context);
    Evaluation sigmoid(reference_oracle::sigmoid, word, frac);
    Evaluation tanh(reference_oracle::tanh, word, frac);
    Evaluation rsqrt(reference_oracle::rsqrt, word, frac);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        wrong += s.data()[i] != sigmoid.sigmoid(x.data()[i]);
        wrong += t.data()[i] != tanh.tanh(x.data()[i]);
        wrong += r.data()[i] != rsqrt.rsqrt(positive.data()[i]);
    }
    CHECK(wrong == 0);
    CHECK(log.total() == sigmoid.events.count + tanh.events.count + rsqrt.events.count);
}

} // namespace

TEST_CASE("reference activations follow the published formula", "[tensor][activation]") {
    check_against_formula<Number>(1);
    check_against_formula<FxpTensor<4, 12>>(2);
    check_against_formula<FxpTensor<4, 4>>(3);
}

TEST_CASE("reference activations of a wide format give what 32 bits give, where these do not saturate",
          "[tensor][activation]") {
    // The same fraction bits: the same numbers in the tables, the same products.
    Number narrow = random_tensor<Number>(3000, 4);
    FxpTensor<40, 24> wide(narrow.shape());
    for (std::size_t i = 0; i < narrow.size(); ++i) wide.data()[i] = narrow.data()[i];
    OverflowLog log;
    const Context context = Context::logging(log);
    const Number s = fxp::sigmoid<ReferenceActivations>(narrow, context);
    const Number t = fxp::tanh<ReferenceActivations>(narrow, context);
    REQUIRE(log.total() == 0);
    const auto wide_s = fxp::sigmoid<ReferenceActivations>(wide, context);
    const auto wide_t = fxp::tanh<ReferenceActivations>(wide, context);
    CHECK(std::equal(s.elements().begin(), s.elements().end(), wide_s.elements().begin()));
    CHECK(std::equal(t.elements().begin(), t.elements().end(), wide_t.elements().begin()));
    check_against_formula<FxpTensor<40, 22>>(5);
}

TEMPLATE_TEST_CASE("activations keep their symmetry exactly", "[tensor][activation]", ReferenceActivations,
                   fxp::CorrectlyRoundedActivations) {
    const Number x = random_tensor<Number>(5000, 6);
    Number minus = x;
    for (auto& raw : minus.elements()) raw = -raw;
    const Number s = fxp::sigmoid<TestType>(x);
    const Number t = fxp::tanh<TestType>(x);
    const Number minus_s = fxp::sigmoid<TestType>(minus);
    const Number minus_t = fxp::tanh<TestType>(minus);
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (x.data()[i] != 0) REQUIRE(s.data()[i] + minus_s.data()[i] == 1 << 24);
        if (x.data()[i] != 0) REQUIRE(t.data()[i] + minus_t.data()[i] == 0);
        REQUIRE((s.data()[i] >= 0 && s.data()[i] <= 1 << 24));
        REQUIRE((t.data()[i] >= -(1 << 24) && t.data()[i] <= 1 << 24));
    }
}

TEST_CASE("rsqrt wants positive numbers and says which is not", "[tensor][activation]") {
    Number x(Shape{3});
    x.fill(1 << 24);
    const Number one = fxp::rsqrt(x);
    CHECK(one.data()[0] == 1 << 24);
    CHECK(std::abs(fxp::rsqrt<ReferenceActivations>(x).data()[0] - (1 << 24)) <= 3235);
    for (const std::int32_t bad : {0, -1, -2147483647}) {
        x.data()[1] = bad;
        CHECK_THROWS_AS(fxp::rsqrt(x), fxp::DomainError);
        CHECK_THROWS_WITH(fxp::rsqrt(x, Context{}.named("n")), ContainsSubstring("'n'") &&
                                                                   ContainsSubstring("element 1") &&
                                                                   ContainsSubstring(std::to_string(bad)));
    }
}

TEST_CASE("rsqrt of the smallest numbers saturates and counts", "[tensor][activation]") {
    Number x(Shape{3});
    x.data()[0] = 1; // 2^-24: the root is 4096
    x.data()[1] = 1 << 24;
    x.data()[2] = 2;
    OverflowLog log;
    const Number y = fxp::rsqrt(x, Context::logging(log).named("n"));
    CHECK(y.data()[0] == 2147483647);
    CHECK(y.data()[2] == 2147483647);
    REQUIRE(log.rows().size() == 1);
    CHECK(log.rows()[0].operation == "rsqrt");
    CHECK(log.rows()[0].count == 2);
    CHECK(log.rows()[0].worst_value == Approx(4096).epsilon(1e-10));
    CHECK_THROWS_AS(fxp::rsqrt(x), fxp::OverflowError);
}

TEST_CASE("functions of one number are right to half a step, in any pair of formats", "[tensor][activation]") {
    const auto x = FxpTensor<4, 12>::from_real({5}, {-3, -0.5, 0, 1, 2.75});
    FxpTensor<2, 30> fine;
    fxp::sigmoid_into(fine, x);
    FxpTensor<20, 40> wide;
    fxp::exp2_into(wide, x);
    FxpTensor<2, 6> coarse;
    fxp::tanh_into(coarse, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double value = x.to_real()[i];
        CHECK(std::abs(fine.to_real()[i] - 1 / (1 + std::exp(-value))) <= 0x1.0001p-31);
        CHECK(std::abs(wide.to_real()[i] - std::exp2(value)) <= 0x1.0001p-41);
        CHECK(std::abs(coarse.to_real()[i] - std::tanh(value)) <= 0x1.0001p-7);
    }
    const auto positive = Number::from_real({4}, {0.01, 1, 3, 100});
    for (std::size_t i = 0; i < positive.size(); ++i) {
        const double value = positive.to_real()[i];
        CHECK(std::abs(fxp::log2(positive).to_real()[i] - std::log2(value)) <= 0x1.0001p-25);
        CHECK(std::abs(fxp::reciprocal(positive).to_real()[i] - 1 / value) <= 0x1.0001p-25);
        CHECK(std::abs(fxp::rsqrt(positive).to_real()[i] - 1 / std::sqrt(value)) <= 0x1.0001p-25);
    }
}

TEST_CASE("log2 and reciprocal say which number is outside their domain", "[tensor][activation]") {
    const auto x = Number::from_real({3}, {1, 0, -1});
    CHECK_THROWS_AS(fxp::log2(x), fxp::DomainError);
    CHECK_THROWS_AS(fxp::reciprocal(x), fxp::DomainError);
    CHECK_THROWS_WITH(fxp::log2(x, Context{}.named("n")),
                      "log2 of tensor 'n': element 1 has the raw value 0, expected a positive number");
    CHECK_THROWS_WITH(fxp::reciprocal(x, Context{}.named("n")),
                      "reciprocal of tensor 'n': element 1 has the raw value 0, expected a number other than zero");
}

TEST_CASE("results beyond the format are events under the function's name", "[tensor][activation]") {
    const auto x = FxpTensor<4, 12>::from_real({3}, {0.0625, 4, -4});
    OverflowLog log;
    const Context context = Context::logging(log).named("n");
    CHECK(fxp::exp2(x, context).data()[1] == 32767);
    CHECK(fxp::reciprocal(x, context).data()[0] == 32767);
    REQUIRE(log.rows().size() == 2);
    CHECK(log.rows()[0].operation == "exp2");
    CHECK(log.rows()[0].worst_value == 16);
    CHECK(log.rows()[1].operation == "reciprocal");
    CHECK(log.rows()[1].worst_value == 16);
    CHECK_THROWS_AS(fxp::exp2(x), fxp::OverflowError);
}

TEST_CASE("activations in place, keeping any shape", "[tensor][activation]") {
    Number x(Shape{2, 1, 3});
    for (std::size_t i = 0; i < 6; ++i) x.data()[i] = (static_cast<std::int32_t>(i) - 2) * 12345678;
    const Number expected = fxp::tanh(x);
    CHECK(expected.shape() == x.shape());
    fxp::tanh_into(x, x);
    CHECK((x == expected));
}

} // namespace activation_test
