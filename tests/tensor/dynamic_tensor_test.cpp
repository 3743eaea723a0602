#include "support/catch.hpp"

#include <fxp/core/random.hpp>
#include <fxp/tensor/activation.hpp>
#include <fxp/tensor/arithmetic.hpp>
#include <fxp/tensor/dynamic_tensor.hpp>
#include <fxp/tensor/layout.hpp>
#include <fxp/tensor/reduce.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace dynamic_tensor_test {

using fxp::Context;
using fxp::DynamicTensor;
using fxp::Format;
using fxp::FxpTensor;
using fxp::OverflowLog;
using fxp::Range;
using fxp::Shape;

namespace {

std::vector<double> reals(std::size_t count, std::uint32_t seed, double size) {
    std::vector<double> values(count);
    const fxp::RandomStream stream{seed, 0, 0, fxp::RandomUse::user};
    for (std::size_t i = 0; i < count; ++i) values[i] = (static_cast<double>(stream.word(i)) * 0x1p-31 - 1) * size;
    return values;
}

template <class Word>
DynamicTensor<Word> dynamic(Format format, const Shape& shape, std::uint32_t seed, double size) {
    const auto values = reals(shape.size(), seed, size);
    return DynamicTensor<Word>::from_real(format, shape, std::span<const double>(values));
}
template <class Tensor>
Tensor fixed(const Shape& shape, std::uint32_t seed, double size) {
    const auto values = reals(shape.size(), seed, size);
    return Tensor::from_real(shape, std::span<const double>(values));
}

template <class A, class B>
bool same_raws(const A& a, const B& b) {
    return a.shape() == b.shape() && std::equal(a.elements().begin(), a.elements().end(), b.elements().begin());
}

template <class Word_, Range range_>
struct Case {
    using Word = Word_;
    static constexpr Range range = range_;
};

} // namespace

TEMPLATE_TEST_CASE("formats as values compute what formats as types do, overflows too", "[tensor]",
                   (Case<std::int16_t, Range::symmetric>), (Case<std::int32_t, Range::symmetric>),
                   (Case<std::int16_t, Range::full>), (Case<std::int32_t, Range::full>)) {
    using Word = typename TestType::Word;
    using Tensor = DynamicTensor<Word>;
    using Fixed = FxpTensor<4, 12, TestType::range>;
    const Format f{4, 12, TestType::range};
    auto a = fixed<Fixed>({9, 17}, 1, 7.9);
    const auto b = fixed<Fixed>({17, 5}, 2, 7.9);
    auto da = dynamic<Word>(f, {9, 17}, 1, 7.9);
    const auto db = dynamic<Word>(f, {17, 5}, 2, 7.9);
    a.data()[3] = static_cast<std::int16_t>(f.min_raw());
    da.data()[3] = static_cast<Word>(f.min_raw());
    REQUIRE(same_raws(a, da));
    for (int rule = 0; rule <= static_cast<int>(fxp::Rounding::stochastic); ++rule) {
        OverflowLog log;
        OverflowLog dynamic_log;
        const Context context = Context::logging(log, static_cast<fxp::Rounding>(rule));
        const Context dynamic_context = Context::logging(dynamic_log, static_cast<fxp::Rounding>(rule));
        Fixed out;
        Tensor dynamic_out(Shape{}, f);
        combine("matmul", out, context, fxp::matrix(a, b));
        combine("matmul", dynamic_out, dynamic_context, fxp::matrix(da, db));
        CHECK(same_raws(out, dynamic_out));
        const auto lowest = *std::min_element(out.elements().begin(), out.elements().end());
        CHECK(lowest == f.min_raw());
        CHECK(dynamic_out.format == f);
        sigmoid_into(out, a, context);
        sigmoid_into(dynamic_out, da, dynamic_context);
        CHECK(same_raws(out, dynamic_out));
        tanh_into(out, a, context);
        tanh_into(dynamic_out, da, dynamic_context);
        CHECK(same_raws(out, dynamic_out));
        combine("neg", out, context, fxp::minus(a));
        combine("neg", dynamic_out, dynamic_context, fxp::minus(da));
        CHECK(same_raws(out, dynamic_out));
        CHECK(out.data()[3] == f.max_raw());
        CHECK(log.total() > 0);
        CHECK(log.total() == dynamic_log.total());
    }
}

TEST_CASE("layout hands formats on, arithmetic keeps the result's", "[tensor]") {
    const Format f{3, 9};
    const auto a = dynamic<std::int16_t>(f, {4, 6}, 3, 1);
    DynamicTensor<std::int16_t> out;
    slice_into(out, a, 0, 1, 3);
    CHECK(out.format == f);
    transpose_into(out, a, 0, 1);
    CHECK(out.format == f);
    const std::array<const DynamicTensor<std::int16_t>*, 2> parts{&a, &a};
    cat_into(out, std::span<const DynamicTensor<std::int16_t>* const>(parts), 0);
    CHECK(out.format == f);
    out.format = {8, 4};
    combine("convert", out, Context{}, fxp::plus(a));
    CHECK(out.format == Format{8, 4});
    CHECK(out.data()[0] == fxp::round_shift<fxp::Rounding::nearest_even>(std::int64_t{a.data()[0]}, 5));
    DynamicTensor<std::int64_t> sum(Shape{}, {20, 9});
    sum_into(sum, a, {1});
    CHECK(sum.format == Format{20, 9});
}

TEST_CASE("words that a tensor cannot store are refused", "[tensor]") {
    CHECK_THROWS_AS(DynamicTensor<std::int16_t>(Shape{2}, Format{8, 9}), fxp::ArgumentError);
    CHECK_THROWS_AS(DynamicTensor<std::int16_t>(Shape{2}, Format{0, 1}), fxp::ArgumentError);
    CHECK_NOTHROW(FxpTensor<fxp::Dynamic, fxp::Dynamic>(Shape{2}, Format{8, 24}));
    DynamicTensor<std::int32_t> sum(Shape{1}, {8, 10});
    const auto a = dynamic<std::int32_t>({4, 10}, {1}, 4, 1);
    CHECK_THROWS_AS(accumulate("add", Format{4, 9}, sum, Context{}, fxp::plus(a)), fxp::ArgumentError);
    CHECK_NOTHROW(accumulate("add", Format{4, 10}, sum, Context{}, fxp::plus(a)));
    CHECK(sum.data()[0] == a.data()[0]);
    CHECK_THROWS_WITH(
        accumulate("add", Format{8, 10, Range::full}, sum, Context{}, fxp::plus(a)),
        "add: a contribution of 10 fraction and 8 integer bits of full range for a sum of 10 fraction and "
        "8 integer bits of symmetric range, expected equal fraction bits and no number that the sum's "
        "format lacks");
    CHECK_NOTHROW(accumulate("add", Format{7, 10, Range::full}, sum, Context{}, fxp::plus(a)));
}

} // namespace dynamic_tensor_test
