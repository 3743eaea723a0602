#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/arithmetic.hpp>

#include <cmath>

namespace stochastic_rounding_test {

using fxp::Context;
using fxp::FxpTensor;
using fxp::Q;
using fxp::Rounding;
using fxp::Shape;

namespace {

constexpr std::size_t draws = std::size_t{1} << 20;

Context stochastic(std::uint64_t seed = 1, std::uint32_t step = 0, std::uint32_t tensor = 0) {
    Context context;
    context.rounding = Rounding::stochastic;
    context.random = {seed, step, tensor};
    return context;
}

template <class Result, class T>
void check_mean(const T& in, double per_step) {
    const auto out = fxp::convert<Result>(in, stochastic(77));
    double sum = 0;
    const double exact_value = static_cast<double>(in.data()[0]) / per_step;
    const double below = std::floor(exact_value);
    for (const auto raw : out.elements()) {
        REQUIRE((static_cast<double>(raw) == below || static_cast<double>(raw) == below + 1));
        sum += static_cast<double>(raw) - below;
    }
    const double fraction = exact_value - below;
    const double sigma = std::sqrt(fraction * (1 - fraction) / static_cast<double>(draws));
    INFO("value " << exact_value << " steps");
    CHECK(std::fabs(sum / static_cast<double>(draws) - fraction) <= 4 * sigma);
}

} // namespace

TEST_CASE("stochastic rounding is right on average", "[tensor][stochastic]") {
    FxpTensor<8, 24> in(Shape{draws});
    for (const int raw : {5 * 256 + 1, 5 * 256 + 64, 5 * 256 + 128, 200, 255, 256 * 9}) {
        in.fill(raw);
        check_mean<Q<8, 16>>(in, 0x1p8);
        in.fill(-raw);
        check_mean<Q<8, 16>>(in, 0x1p8);
    }
    FxpTensor<8, 50> wide(Shape{draws}); // a shift beyond the 32 bits of a word
    for (const std::int64_t raw : {(std::int64_t{7} << 42) + (std::int64_t{3} << 40), std::int64_t{1} << 39}) {
        wide.fill(raw);
        check_mean<Q<8, 8>>(wide, 0x1p42);
        wide.fill(-raw);
        check_mean<Q<8, 8>>(wide, 0x1p42);
    }
}

TEST_CASE("stochastic rounding does not depend on the number of threads", "[tensor][stochastic]") {
    exact::Draw draw(9);
    FxpTensor<8, 24> flat(Shape{(std::size_t{1} << 18) + 1001});
    for (auto& raw : flat.elements()) raw = static_cast<std::int32_t>(draw.raw(32));
    FxpTensor<8, 24> tall(Shape{611, 30});
    for (auto& raw : tall.elements()) raw = static_cast<std::int32_t>(draw.raw(26));
    FxpTensor<8, 24> narrow(Shape{30, 17});
    for (auto& raw : narrow.elements()) raw = static_cast<std::int32_t>(draw.raw(26));
    REQUIRE(flat.size() >= fxp::detail::parallel_work);
    REQUIRE(std::size_t{611} * 30 * 17 >= fxp::detail::parallel_work);

    const auto run = [&](int threads) {
        fxp::OverflowLog log;
        Context context = stochastic(5, 6, 7).with(fxp::Overflow::saturate);
        context.log = &log;
        context.threads = threads;
        const auto converted = fxp::convert<Q<4, 9>>(flat, context.named("flat"));
        const auto by_rows = fxp::matmul<Q<6, 10>>(tall, narrow, context.named("rows"));
        const auto by_columns = fxp::matmul<Q<6, 10>>(narrow, tall, context.named("columns"), {true, true});
        return std::tuple{converted, by_rows, by_columns, log.rows().size(), log.total(), log.rows().at(0).worst_value};
    };
    const auto one = run(1);
    CHECK(std::get<4>(one) > 1000);
    CHECK((run(2) == one));
    CHECK((run(7) == one));
    // Element i draws word i, whichever thread computes it.
    for (std::size_t i = 0; i < flat.size(); i += 97) {
        exact::Events ignored;
        REQUIRE(std::get<0>(one).data()[i] ==
                exact::requantized<exact::i128>(Rounding::stochastic, fxp::Overflow::saturate, flat.data()[i], 15, 13,
                                                ignored, fxp::RandomStream{5, 6, 7}.word(i)));
    }
}

TEST_CASE("seeds, steps and tensors round differently, the same address alike", "[tensor][stochastic]") {
    FxpTensor<8, 24> in(Shape{4096});
    in.fill((1 << 16) + (1 << 15));
    const auto rounded = [&](const Context& context) { return fxp::convert<Q<8, 8>>(in, context); };
    const auto base = rounded(stochastic(1, 2, 3));
    CHECK((rounded(stochastic(1, 2, 3)) == base));
    for (const Context& other : {stochastic(2, 2, 3), stochastic(1, 3, 3), stochastic(1, 2, 4)}) {
        const auto result = rounded(other);
        std::size_t different = 0;
        for (std::size_t i = 0; i < in.size(); ++i) different += result.data()[i] != base.data()[i];
        CHECK(std::fabs(static_cast<double>(different) - 2048) < 4 * 32); // binomial(4096, 1/2)
    }
}

} // namespace stochastic_rounding_test
