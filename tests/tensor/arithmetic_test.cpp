#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/arithmetic.hpp>
#include <fxp/tensor/layout.hpp>

#include <string>
#include <type_traits>
#include <vector>

namespace arithmetic_test {

using Catch::Matchers::ContainsSubstring;
using fxp::Context;
using fxp::FxpScalar;
using fxp::FxpTensor;
using fxp::OverflowLog;
using fxp::Q;
using fxp::Rounding;
using fxp::Shape;
using fxp::ShapeError;
using Small = FxpTensor<4, 4>;
using Number = FxpTensor<8, 24>;

namespace {

Small small(const Shape& shape, std::vector<std::int8_t> raw) { return Small::from_raw(shape, raw); }

template <class T>
T random_tensor(const Shape& shape, exact::Draw& draw, int word_bits = T::format.word_bits()) {
    T result(shape);
    for (auto& raw : result.elements()) raw = static_cast<typename T::Raw>(draw.raw(word_bits));
    return result;
}

} // namespace

TEST_CASE("addition of many operands is exact before it is fitted", "[tensor][arithmetic]") {
    const Small a = small({3}, {100, 1, -100});
    const Small b = small({3}, {100, 2, -100});
    const Small c = small({3}, {-90, 3, 90});
    CHECK((fxp::add(Context{}, a, b, c) == small({3}, {110, 6, -110})));
    CHECK((fxp::add(Context{}, a, b, c, c, a, b, c, c) == small({3}, {40, 18, -40})));
    CHECK_THROWS_AS(fxp::add(a, b), fxp::OverflowError);
    CHECK((fxp::add<Q<5, 4>>(a, b) == FxpTensor<5, 4>::from_raw({3}, std::vector<std::int16_t>{200, 3, -200})));
}

TEST_CASE("subtraction, negation and scaling by powers of two", "[tensor][arithmetic]") {
    const Small a = small({4}, {100, -7, 0, 127});
    CHECK((fxp::sub(a, small({4}, {1, -8, 5, 127})) == small({4}, {99, 1, -5, 0})));
    CHECK((fxp::neg(a) == small({4}, {-100, 7, 0, -127})));
    CHECK((fxp::scale(small({3}, {3, -5, 31}), 2) == small({3}, {12, -20, 124})));
    CHECK((fxp::scale(a, -1) == small({4}, {50, -4, 0, 64}))); // halves to even: -3.5 to -4, 63.5 to 64
    CHECK((fxp::scale(a, -3, Context{}.with(Rounding::floor)) == small({4}, {12, -1, 0, 15})));
    CHECK_THROWS_AS(fxp::scale(a, 1), fxp::OverflowError);
    CHECK((fxp::scale<Q<10, -2>>(a, 2) == FxpTensor<10, -2>::from_raw({4}, std::vector<std::int8_t>{6, 0, 0, 8})));
}

TEST_CASE("scaling far out of the format", "[tensor][arithmetic]") {
    const Small a = small({3}, {100, -7, 0});
    for (const int exponent : {-64, -100, -200, -242}) {
        CHECK((fxp::scale(a, exponent) == Small(Shape{3})));
        CHECK((fxp::scale(a, exponent, Context{}.with(Rounding::floor)) == small({3}, {0, -1, 0})));
    }
    OverflowLog log;
    for (const int exponent : {64, 100, 200, 242}) {
        CHECK((fxp::scale(a, exponent, Context::logging(log)) == small({3}, {127, -127, 0})));
    }
    CHECK(log.total() == 8);
}

TEST_CASE("scaling beyond the largest shift is refused or right, not undefined", "[tensor][arithmetic]") {
    const Small a = small({3}, {100, -7, 0});
    for (const int exponent : {-251, -256, -300, -1000, 251, 300, 1000}) {
        INFO("exponent " << exponent);
        OverflowLog log;
        try {
            const Small result = fxp::scale(a, exponent, Context::logging(log, Rounding::floor));
            CHECK((result == (exponent < 0 ? small({3}, {0, -1, 0}) : small({3}, {127, -127, 0}))));
        } catch (const fxp::ArgumentError&) {
            SUCCEED("refused");
        }
    }
}

TEST_CASE("products stretch scalars, rows and columns", "[tensor][arithmetic]") {
    const Small a = small({2, 3}, {16, 32, 48, -16, -32, -48}); // 1 2 3 -1 -2 -3
    const Small row = small({1, 3}, {16, 8, -16});              // 1 0.5 -1
    const Small column = small({2, 1}, {32, -16});              // 2 -1
    CHECK((fxp::mul(a, row) == small({2, 3}, {16, 16, -48, -16, -16, 48})));
    CHECK((fxp::mul(row, a) == small({2, 3}, {16, 16, -48, -16, -16, 48})));
    CHECK((fxp::mul(a, column) == small({2, 3}, {32, 64, 96, 16, 32, 48})));
    CHECK((fxp::mul(row, column) == small({2, 3}, {32, 16, -32, -16, -8, 16})));
    CHECK((fxp::add(a, row) == small({2, 3}, {32, 40, 32, 0, -24, -64})));
    CHECK((fxp::sub(column, a) == small({2, 3}, {16, 0, -16, 0, 16, 32})));
    CHECK((fxp::mul(a, FxpScalar<4, 4>{8}) == small({2, 3}, {8, 16, 24, -8, -16, -24})));
    CHECK((fxp::mul(FxpScalar<4, 4>{8}, a) == small({2, 3}, {8, 16, 24, -8, -16, -24})));
    CHECK((fxp::add(a, small({1}, {1})) == small({2, 3}, {17, 33, 49, -15, -31, -47})));
    const Small cube = small({1, 2, 1, 2}, {1, 2, 3, 4});
    CHECK((fxp::add(cube, small({}, {1})) == small({1, 2, 1, 2}, {2, 3, 4, 5})));
    CHECK((fxp::add(cube, cube) == small({1, 2, 1, 2}, {2, 4, 6, 8})));
    CHECK_THROWS_AS(fxp::add(a, small({3, 1}, {1, 2, 3})), ShapeError);
    CHECK_THROWS_AS(fxp::mul(a, small({3}, {1, 2, 3})), ShapeError);
    // Only matrices stretch along one axis.
    CHECK_THROWS_AS(fxp::mul(small({1, 2, 1}, {1, 2}), small({1, 2, 2}, {1, 2, 3, 4})), ShapeError);
}

TEST_CASE("an aliased result is right", "[tensor][arithmetic]") {
    Small a = small({2, 2}, {16, 32, -16, 8});
    fxp::combine("mul", a, Context{}, fxp::elementwise(a, a));
    CHECK((a == small({2, 2}, {16, 64, 16, 4})));
    fxp::combine("add", a, Context{}, fxp::plus(a), fxp::plus(a), fxp::minus(small({2, 2}, {1, 2, 3, 4})));
    CHECK((a == small({2, 2}, {31, 126, 29, 4})));
}

TEST_CASE("matrix products with every transposition", "[tensor][arithmetic]") {
    exact::Draw draw(1);
    for (const auto& [m, k, n] : std::vector<std::array<std::size_t, 3>>{
             {1, 1, 1}, {2, 3, 4}, {5, 1, 7}, {1, 9, 1}, {13, 17, 11}, {3, 40, 300}, {2, 0, 3}, {4, 5, 1}}) {
        const Number a = random_tensor<Number>({m, k}, draw, 26);
        const Number b = random_tensor<Number>({k, n}, draw, 28);
        Number expected(Shape{m, n});
        exact::Events events;
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                exact::i128 sum = 0;
                for (std::size_t l = 0; l < k; ++l) sum += exact::i128{a.data()[i * k + l]} * b.data()[l * n + j];
                expected.data()[i * n + j] = static_cast<std::int32_t>(exact::requantized<exact::i128>(
                    Rounding::nearest_even, fxp::Overflow::saturate, sum, 24, 32, events));
            }
        }
        const Number at = fxp::transpose(a);
        const Number bt = fxp::transpose(b);
        OverflowLog log;
        const Context context = Context::logging(log);
        INFO(m << " x " << k << " x " << n);
        CHECK((fxp::matmul(a, b, context) == expected));
        CHECK((fxp::matmul(at, b, context, {true, false}) == expected));
        CHECK((fxp::matmul(a, bt, context, {false, true}) == expected));
        CHECK((fxp::matmul(at, bt, context, {true, true}) == expected));
        CHECK(log.total() == 4 * events.count);
    }
    CHECK_THROWS_WITH(fxp::matmul(Number(Shape{2, 3}), Number(Shape{2, 3})),
                      ContainsSubstring("matmul") && ContainsSubstring("(2, 3)"));
    CHECK_THROWS_AS(fxp::matmul(Number(Shape{2, 3}), Number(Shape{3, 2}), Context{}, {true, false}), ShapeError);
    CHECK_THROWS_AS(fxp::matmul(Number(Shape{3}), Number(Shape{3, 2})), ShapeError);
}

TEST_CASE("multiply_add rounds once, each product by its own transposition", "[tensor][arithmetic]") {
    exact::Draw draw(2);
    const auto w = random_tensor<FxpTensor<2, 14>>({6, 5}, draw);
    const auto x = random_tensor<FxpTensor<4, 4>>({5, 9}, draw);
    const auto u = random_tensor<FxpTensor<8, 24>>({7, 6}, draw, 24);
    const auto h = random_tensor<FxpTensor<8, 24>>({9, 7}, draw, 24);
    const auto bias = random_tensor<FxpTensor<8, 24>>({6, 1}, draw, 24);
    const auto mask = random_tensor<FxpTensor<2, 0>>({6, 9}, draw);
    const auto gate = random_tensor<FxpTensor<8, 24>>({6, 9}, draw, 25);
    using Result = FxpTensor<10, 6>;
    OverflowLog log;
    const auto out = fxp::multiply_add<Q<10, 6>>(Context::logging(log, Rounding::pseudo_stochastic), fxp::matrix(w, x),
                                                 fxp::MatrixTerm<FxpTensor<8, 24>, FxpTensor<8, 24>>{u, h, true, true},
                                                 fxp::plus(bias), fxp::elementwise(mask, gate), fxp::scaled(gate, -3),
                                                 fxp::minus(gate));
    // The sum has 48 fraction bits.
    Result expected(Shape{6, 9});
    exact::Events events;
    for (std::size_t i = 0; i < 6; ++i) {
        for (std::size_t j = 0; j < 9; ++j) {
            exact::i128 sum = 0;
            for (std::size_t k = 0; k < 5; ++k) {
                sum += exact::i128{w.data()[i * 5 + k]} * x.data()[k * 9 + j] * (1LL << 30);
            }
            for (std::size_t k = 0; k < 7; ++k) sum += exact::i128{u.data()[k * 6 + i]} * h.data()[j * 7 + k];
            const exact::i128 g = gate.data()[i * 9 + j];
            sum += exact::i128{bias.data()[i]} * (1LL << 24);
            sum += exact::i128{mask.data()[i * 9 + j]} * g * (1LL << 24) + g * (1LL << 21) - g * (1LL << 24);
            expected.data()[i * 9 + j] = static_cast<std::int16_t>(exact::requantized<exact::i128>(
                Rounding::pseudo_stochastic, fxp::Overflow::saturate, sum, 42, 16, events));
        }
    }
    CHECK((out == expected));
    CHECK(log.total() == events.count);
}

TEST_CASE("a matrix product does not stretch", "[tensor][arithmetic]") {
    const Number a(Shape{2, 3});
    const Number b(Shape{3, 1});
    const Number wide(Shape{2, 4});
    CHECK_THROWS_AS((fxp::multiply_add<Q<8, 24>>(Context{}, fxp::matrix(a, b), fxp::plus(wide))), ShapeError);
    CHECK_THROWS_AS((fxp::multiply_add<Q<8, 24>>(Context{}, fxp::plus(wide), fxp::matrix(a, b))), ShapeError);
}

TEST_CASE("terms too far apart are refused", "[tensor][arithmetic]") {
    const FxpTensor<40, -30> low(Shape{2});
    const FxpTensor<-30, 40> high(Shape{2});
    CHECK_THROWS_AS((fxp::add<Q<8, 8>>(low, high)), fxp::ArgumentError);
}

TEST_CASE("accumulate rounds and fits the contribution, then adds it exactly", "[tensor][arithmetic]") {
    auto sum = FxpTensor<12, 4>::from_raw({3}, std::vector<std::int16_t>{32000, -5, 100});
    const auto a = FxpTensor<4, 8>::from_raw({3}, std::vector<std::int16_t>{2047, 24, -2047});
    OverflowLog log;
    const Context context = Context::logging(log);
    fxp::accumulate<Q<3, 4>>("sum", sum, context, fxp::plus(a)); // contributions 63 (of 127.9), 2 (of 1.5), -63
    CHECK((sum == FxpTensor<12, 4>::from_raw({3}, std::vector<std::int16_t>{32063, -3, 37})));
    CHECK(log.total() == 2);
    fxp::accumulate<Q<12, 4>>("sum", sum, context, fxp::scaled(sum, 1)); // 3 * 32063 leaves the word twice over
    CHECK(sum.data()[0] == 32767);
    CHECK(sum.data()[1] == -9);
    CHECK(log.total() == 4); // the contribution, then the sum
    fxp::assign<Q<3, 4>>("first", sum, context, fxp::plus(a));
    CHECK((sum == FxpTensor<12, 4>::from_raw({3}, std::vector<std::int16_t>{63, 2, -63})));
    const FxpTensor<4, 8> shorter(Shape{2});
    CHECK_THROWS_AS((fxp::accumulate<Q<3, 4>>("sum", sum, context, fxp::plus(shorter))), ShapeError);
}

TEST_CASE("convert is one rounding", "[tensor][arithmetic]") {
    const Small a = small({4}, {24, 8, -8, -24}); // 1.5 0.5 -0.5 -1.5
    CHECK((fxp::convert<Q<8, 0>>(a) == FxpTensor<8, 0>::from_raw({4}, std::vector<std::int8_t>{2, 0, 0, -2})));
    CHECK((fxp::convert<Q<8, 24>>(a).to_real() == a.to_real()));
}

TEST_CASE("operators are of one format, round half to even and throw on overflow", "[tensor][arithmetic]") {
    const Small a = small({2}, {100, 24});
    const Small b = small({2}, {20, 24});
    CHECK((a + b == small({2}, {120, 48})));
    CHECK((a - b == small({2}, {80, 0})));
    CHECK((b * b == small({2}, {25, 36})));
    CHECK((-a == small({2}, {-100, -24})));
    CHECK_THROWS_AS(a + a, fxp::OverflowError);
    CHECK_THROWS_AS(a - -a, fxp::OverflowError);
    CHECK_THROWS_AS(a * a, fxp::OverflowError);
    CHECK_THROWS_AS(a + small({3}, {1, 2, 3}), ShapeError);
    static_assert(std::is_same_v<decltype(a + b), Small>);
    static_assert(std::is_same_v<decltype(fxp::mul<Q<8, 24>>(a, b)), Number>);
}

} // namespace arithmetic_test
