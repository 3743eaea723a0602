// Sums and means over every set of axes, against exact sums and exact division.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/float_reduce.hpp>
#include <fxp/tensor/reduce.hpp>

#include <map>
#include <vector>

namespace reduce_test {

using fxp::Axes;
using fxp::Context;
using fxp::FxpTensor;
using fxp::OverflowLog;
using fxp::Q;
using fxp::Rounding;
using fxp::Shape;
using fxp::ShapeError;

namespace {

struct Reduced {
    std::vector<exact::i128> sums;
    Shape kept;
    Shape squeezed;
    std::int64_t count = 1;
};

/// Groups elements by the coordinates that stay: a map keyed by them, in order.
template <class T>
Reduced reduce(const T& a, unsigned axes) {
    Reduced result;
    const Shape& shape = a.shape();
    std::array<std::size_t, 4> extents{};
    std::size_t rank = 0;
    result.kept = shape;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        if ((axes >> axis & 1) != 0) {
            result.kept[axis] = 1;
            result.count *= static_cast<std::int64_t>(shape[axis]);
        } else {
            extents[rank++] = shape[axis];
        }
    }
    result.squeezed = Shape(extents.data(), rank);
    std::map<std::vector<std::size_t>, exact::i128> groups;
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::vector<std::size_t> key(shape.rank());
        std::size_t rest = i;
        for (std::size_t axis = shape.rank(); axis-- > 0; rest /= shape[axis]) {
            key[axis] = (axes >> axis & 1) != 0 ? 0 : rest % shape[axis];
        }
        groups[key] += a.data()[i];
    }
    for (const auto& [key, sum] : groups) result.sums.push_back(sum);
    return result;
}

Axes axes_of(unsigned bits) {
    switch (bits) {
    case 1:
        return {0};
    case 2:
        return {1};
    case 3:
        return {0, 1};
    case 4:
        return {2};
    case 5:
        return {0, 2};
    case 6:
        return {1, 2};
    case 7:
        return {0, 1, 2};
    case 8:
        return {3};
    case 9:
        return {0, 3};
    case 10:
        return {1, 3};
    case 11:
        return {0, 1, 3};
    case 12:
        return {2, 3};
    case 13:
        return {0, 2, 3};
    case 14:
        return {1, 2, 3};
    case 15:
        return {0, 1, 2, 3};
    default:
        return {};
    }
}

/// numerator / denominator rounded to the nearest integer, ties to even or up; floor or toward zero.
exact::i128 quotient(Rounding rule, exact::i128 numerator, exact::i128 denominator) {
    exact::i128 floor = numerator / denominator;
    if (numerator % denominator < 0) --floor;
    const exact::i128 rest = numerator - floor * denominator;
    switch (rule) {
    case Rounding::floor:
        return floor;
    case Rounding::toward_zero:
        return numerator < 0 && rest != 0 ? floor + 1 : floor;
    case Rounding::nearest_up:
        return 2 * rest >= denominator ? floor + 1 : floor;
    default:
        return 2 * rest > denominator || (2 * rest == denominator && floor % 2 != 0) ? floor + 1 : floor;
    }
}

template <class T>
T random_tensor(const Shape& shape, std::uint64_t seed) {
    T result(shape);
    exact::Draw draw(seed);
    for (auto& raw : result.elements()) raw = static_cast<typename T::Raw>(draw.raw(T::format.word_bits()));
    return result;
}

constexpr std::array<Rounding, 4> rules{Rounding::nearest_up, Rounding::nearest_even, Rounding::floor,
                                        Rounding::toward_zero};

template <class Result, class T>
void check(const T& a, std::size_t rule_count = rules.size()) {
    using Out = fxp::tensor_of<Result>;
    constexpr int left = Out::format.frac_bits - T::format.frac_bits;
    for (unsigned axes = 0; axes < (1U << a.shape().rank()); ++axes) {
        const Reduced expected = reduce(a, axes);
        for (std::size_t r = 0; r < rule_count; ++r) {
            const Rounding rule = rules[r];
            INFO("shape " << a.shape().to_string() << " axes " << axes << " rule " << static_cast<int>(rule) << " to "
                          << Out::format.int_bits << ", " << Out::format.frac_bits);
            const auto compare = [&](const Out& out, const Out& kept, const OverflowLog& log, std::int64_t divisor) {
                REQUIRE(out.shape() == expected.squeezed);
                REQUIRE(kept.shape() == expected.kept);
                exact::Events events;
                std::size_t wrong = 0;
                for (std::size_t i = 0; i < out.size(); ++i) {
                    const exact::i128 up = exact::i128{1} << (left > 0 ? left : 0);
                    const exact::i128 down = exact::i128{1} << (left < 0 ? -left : 0);
                    const exact::i128 value = quotient(rule, expected.sums[i] * up, divisor * down);
                    const auto fitted = exact::fitted(fxp::Overflow::saturate, value, Out::format.word_bits());
                    if (fitted.event) events.record(value);
                    wrong += out.data()[i] != fitted.value;
                    wrong += kept.data()[i] != fitted.value;
                }
                CHECK(wrong == 0);
                CHECK(log.total() == 2 * events.count);
            };
            OverflowLog sum_log;
            const Context for_sum = Context::logging(sum_log, rule);
            compare(fxp::sum<Result>(a, axes_of(axes), for_sum), fxp::sum<Result>(a, axes_of(axes), for_sum, true),
                    sum_log, 1);
            OverflowLog mean_log;
            const Context for_mean = Context::logging(mean_log, rule);
            compare(fxp::mean<Result>(a, axes_of(axes), for_mean), fxp::mean<Result>(a, axes_of(axes), for_mean, true),
                    mean_log, expected.count);
        }
    }
}

} // namespace

TEST_CASE("sum and mean over every set of axes", "[tensor][reduce]") {
    check<Q<8, 24>>(random_tensor<FxpTensor<8, 24>>({11}, 1));
    check<Q<8, 24>>(random_tensor<FxpTensor<8, 24>>({3, 7}, 2));
    check<Q<20, 3>>(random_tensor<FxpTensor<4, 12>>({5, 6, 7}, 3));
    check<Q<10, 12>>(random_tensor<FxpTensor<4, 4>>({3, 2, 5, 6}, 4));
    check<Q<40, 20>>(random_tensor<FxpTensor<16, 48>>({2, 3, 3, 1}, 5));
    check<Q<64, 0>>(random_tensor<FxpTensor<64, 0>>({4, 3}, 6)); // sums beyond 64 bits
}

TEST_CASE("nearest means are exact whatever the fraction bits of the result", "[tensor][reduce]") {
    const auto a = random_tensor<FxpTensor<8, 0>>({3, 7}, 7);
    check<Q<8, 16>>(a, 2);
    check<Q<8, 30>>(a, 2);
    check<Q<8, 31>>(a, 2);
    check<Q<8, 32>>(a, 2);
    check<Q<8, 40>>(a, 2);
    check<Q<8, 56>>(a, 2);
}

TEST_CASE("the result without its name is of the operand's format", "[tensor][reduce]") {
    const auto a = FxpTensor<4, 4>::from_raw({2, 2}, std::vector<std::int8_t>{1, 2, 4, 8});
    const FxpTensor<4, 4> total = fxp::sum(a, {0, 1});
    CHECK(total.shape() == Shape{});
    CHECK(total.data()[0] == 15);
    CHECK(fxp::mean(a, {0, 1}).data()[0] == 4); // 3.75
    CHECK(fxp::mean(a, {0}).data()[0] == 2);    // 2.5 to even
    CHECK(fxp::mean(a, {0}).data()[1] == 5);
}

TEST_CASE("reductions refuse wrong axes and empty means", "[tensor][reduce]") {
    const FxpTensor<4, 4> a(Shape{2, 3});
    CHECK_THROWS_AS(fxp::sum(a, {2}), ShapeError);
    CHECK_THROWS_AS(fxp::sum(a, {0, 9}), ShapeError);
    CHECK_THROWS_AS(fxp::mean(a, {2}), ShapeError);
    CHECK_THROWS_AS(fxp::mean(FxpTensor<4, 4>(Shape{0, 3}), {0}), ShapeError);
    const auto nothing = fxp::sum(FxpTensor<4, 4>(Shape{0, 3}), {0});
    CHECK((nothing == FxpTensor<4, 4>(Shape{3})));
}

TEST_CASE("a result that is also the operand is refused and left as it was", "[tensor][reduce]") {
    const auto check = [](auto a) {
        const auto before = a;
        const std::vector<std::size_t> indices{0, 0};
        CHECK_THROWS_AS(fxp::index_add_into(a, a, Shape{1, 3}, 0, std::span(indices)), fxp::ArgumentError);
        CHECK_THROWS_AS(fxp::stretch_into(a, a, Shape{2, 3}, Axes{0}), fxp::ArgumentError);
        CHECK(a == before);
    };
    check(FxpTensor<4, 4>::from_raw({2, 3}, std::vector<std::int8_t>{1, 2, 3, 4, 5, 6}));
    check(fxp::FloatTensor<float>(Shape{2, 3}));
}

TEST_CASE("an overflow of a sum throws by default", "[tensor][reduce]") {
    FxpTensor<4, 4> a(Shape{3});
    a.fill(127);
    CHECK_THROWS_AS(fxp::sum(a, {0}), fxp::OverflowError);
    CHECK(fxp::mean(a, {0}).data()[0] == 127);
    CHECK((fxp::sum<Q<6, 4>>(a, {0}).data()[0] == 381));
}

} // namespace reduce_test
