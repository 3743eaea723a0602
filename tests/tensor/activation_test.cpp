#include "core/exact.hpp"
#include "math/reference_reals.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/activation.hpp>

#include <vector>

using Catch::Matchers::ContainsSubstring;
using fxp::Context;
using fxp::FxpTensor;
using fxp::OverflowLog;
using fxp::Shape;
using Number = FxpTensor<8, 24>;
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
    const T s = fxp::sigmoid(x, context);
    const T t = fxp::tanh(x, context);
    const T r = fxp::rsqrt(positive, context);
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

TEST_CASE("activations of tensors follow the published formula", "[tensor][activation]") {
    check_against_formula<Number>(1);
    check_against_formula<FxpTensor<4, 12>>(2);
    check_against_formula<FxpTensor<4, 4>>(3);
}

TEST_CASE("a wide format gives what 32 bits give, where these do not saturate", "[tensor][activation]") {
    // The same fraction bits: the same numbers in the tables, the same products.
    Number narrow = random_tensor<Number>(3000, 4);
    FxpTensor<40, 24> wide(narrow.shape());
    for (std::size_t i = 0; i < narrow.size(); ++i) wide.data()[i] = narrow.data()[i];
    OverflowLog log;
    const Context context = Context::logging(log);
    const Number s = fxp::sigmoid(narrow, context);
    const Number t = fxp::tanh(narrow, context);
    REQUIRE(log.total() == 0);
    const auto wide_s = fxp::sigmoid(wide, context);
    const auto wide_t = fxp::tanh(wide, context);
    CHECK(std::equal(s.elements().begin(), s.elements().end(), wide_s.elements().begin()));
    CHECK(std::equal(t.elements().begin(), t.elements().end(), wide_t.elements().begin()));
    check_against_formula<FxpTensor<40, 22>>(5);
}

TEST_CASE("activations keep their symmetry exactly", "[tensor][activation]") {
    const Number x = random_tensor<Number>(5000, 6);
    Number minus = x;
    for (auto& raw : minus.elements()) raw = -raw;
    const Number s = fxp::sigmoid(x);
    const Number t = fxp::tanh(x);
    const Number minus_s = fxp::sigmoid(minus);
    const Number minus_t = fxp::tanh(minus);
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
    CHECK(std::abs(one.data()[0] - (1 << 24)) <= 3235);
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
    CHECK(log.rows()[0].worst_value == Approx(4096).epsilon(3e-4));
    CHECK_THROWS_AS(fxp::rsqrt(x), fxp::OverflowError);
}

TEST_CASE("activations in place, keeping any shape", "[tensor][activation]") {
    Number x(Shape{2, 1, 3});
    for (std::size_t i = 0; i < 6; ++i) x.data()[i] = (static_cast<std::int32_t>(i) - 2) * 12345678;
    const Number expected = fxp::tanh(x);
    CHECK(expected.shape() == x.shape());
    fxp::tanh_into(x, x);
    CHECK((x == expected));
}
