// Formats of full range where their lowest number matters: functions of every 8-bit number, sums, selections.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/activation.hpp>
#include <fxp/tensor/compare.hpp>
#include <fxp/tensor/dynamic_tensor.hpp>
#include <fxp/tensor/reduce.hpp>
#include <fxp/tensor/relu.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace full_range_test {

using fxp::Context;
using fxp::DynamicTensor;
using fxp::Format;
using fxp::FxpTensor;
using fxp::OverflowLog;
using fxp::Q;
using fxp::Range;
using fxp::Shape;

namespace {

using Full = FxpTensor<4, 4, Range::full>;

/// Every number of an 8-bit format that the function takes.
template <class T>
T numbers(bool zero, bool negative) {
    std::vector<std::int8_t> raw;
    for (int i = T::format.min_raw(); i <= T::format.max_raw(); ++i) {
        if ((i != 0 || zero) && (i >= 0 || negative)) raw.push_back(static_cast<std::int8_t>(i));
    }
    return T::from_raw({raw.size()}, raw);
}

/// f into an 8-bit format of full range is f into a wide one, fitted; so it is in words of 16 bits and formats as
/// values.
template <class In, class Out, class F>
void check_function(const char* name, const In& x, F&& f) {
    constexpr Format format = Out::format;
    INFO(name << " to <" << format.int_bits << ", " << format.frac_bits << ">");
    OverflowLog ignored;
    OverflowLog log;
    OverflowLog dynamic_log;
    FxpTensor<32 - format.frac_bits, format.frac_bits> wide;
    Out out;
    f(wide, x, Context::logging(ignored));
    f(out, x, Context::logging(log));
    DynamicTensor<std::int16_t> dynamic_x(x.shape(), In::format);
    std::copy_n(x.data(), x.size(), dynamic_x.data());
    DynamicTensor<std::int16_t> dynamic_out(Shape{}, format);
    f(dynamic_out, dynamic_x, Context::logging(dynamic_log));
    std::uint64_t events = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto fitted = exact::fitted<exact::i128>(fxp::Overflow::saturate, wide.data()[i], 8, Range::full);
        events += fitted.event ? 1 : 0;
        INFO("raw " << int{x.data()[i]});
        REQUIRE(out.data()[i] == fitted.value);
        REQUIRE(dynamic_out.data()[i] == fitted.value);
    }
    CHECK(log.total() == events);
    CHECK(dynamic_log.total() == events);
}

template <class In, class Out>
void check_functions() {
    const In all = numbers<In>(true, true);
    const In positive = numbers<In>(false, false);
    using fxp::CorrectlyRoundedActivations;
    check_function<In, Out>("sigmoid", all, [](auto& y, const auto& x, const Context& c) { sigmoid_into(y, x, c); });
    check_function<In, Out>("tanh", all, [](auto& y, const auto& x, const Context& c) { tanh_into(y, x, c); });
    check_function<In, Out>("exp2", all, [](auto& y, const auto& x, const Context& c) { exp2_into(y, x, c); });
    check_function<In, Out>("reciprocal", numbers<In>(false, true),
                            [](auto& y, const auto& x, const Context& c) { reciprocal_into(y, x, c); });
    check_function<In, Out>("log2", positive, [](auto& y, const auto& x, const Context& c) { log2_into(y, x, c); });
    check_function<In, Out>("rsqrt", positive, [](auto& y, const auto& x, const Context& c) { rsqrt_into(y, x, c); });
}

} // namespace

TEST_CASE("functions of every 8-bit number of a full range end where the range does", "[tensor][exhaustive]") {
    check_functions<Full, Full>();
    check_functions<Full, FxpTensor<1, 7, Range::full>>();
    check_functions<FxpTensor<2, 6, Range::full>, FxpTensor<2, 6, Range::full>>();
    check_functions<FxpTensor<8, 0, Range::full>, FxpTensor<3, 5, Range::full>>();
    OverflowLog log;
    const auto x = Full::from_real({2}, {-8, 7.9375});
    FxpTensor<1, 7, Range::full> y;
    tanh_into(y, x, Context::logging(log));
    CHECK((y == FxpTensor<1, 7, Range::full>::from_raw({2}, std::vector<std::int8_t>{-128, 127})));
    CHECK(log.total() == 1); // -1 is a number of this format, 1 is none
}

TEST_CASE("sums, means and selections of the lowest number of a full range", "[tensor]") {
    OverflowLog log;
    const Context context = Context::logging(log);
    Full lowest(Shape{3, 4});
    lowest.fill(-128);
    CHECK(fxp::mean(lowest, {0, 1}, context).data()[0] == -128);
    CHECK(fxp::sum<Q<12, 4>>(lowest, {0, 1}, context).data()[0] == -12 * 128);
    FxpTensor<32, 32, Range::full> wide(Shape{5, 1});
    wide.fill(std::numeric_limits<std::int64_t>::min());
    CHECK(fxp::mean(wide, {0}, context).data()[0] == std::numeric_limits<std::int64_t>::min());
    CHECK(fxp::relu(lowest).data()[0] == 0);
    CHECK((fxp::minimum(lowest, Full(Shape{3, 4})) == lowest));
    using Scalar = fxp::FxpScalar<4, 4, Range::full>;
    CHECK((fxp::clamp(lowest, Scalar::from_real(-8), Scalar::from_real(1)) == lowest));
    CHECK(log.total() == 0);
    CHECK(fxp::sum(lowest, {1}, context).data()[0] == -128);
    CHECK(log.total() == 3);
    Full scattered;
    const std::array<std::size_t, 4> indices{0, 1, 1, 2};
    index_add_into(scattered, lowest, Shape{3, 3}, 1, indices, context);
    CHECK(scattered.data()[0] == -128);
    CHECK(scattered.data()[1] == -128);
    CHECK(log.total() == 6);
}

} // namespace full_range_test
