#include "tensor/update_oracle.hpp"

#include <fxp/tensor/sgd_update.hpp>

#include <cmath>

namespace sgd_update_test {

using namespace fxp_test;
using fxp::Context;
using fxp::Factor;
using fxp::Overflow;
using fxp::OverflowLog;
using fxp::Rounding;
using fxp::SgdRates;

namespace {

template <class WFormat, class VFormat, class GFormat>
struct Formats {
    using W = fxp::tensor_of<WFormat>;
    using V = fxp::tensor_of<VFormat>;
    using G = fxp::tensor_of<GFormat>;
};
using Q16 = Formats<fxp::Q<3, 13>, fxp::Q<8, 40>, fxp::Q<38, 26>>;
using Q32 = Formats<fxp::Q<8, 24>, fxp::Q<8, 24>, fxp::Q<40, 24>>;
using Q8 = Formats<fxp::Q<2, 6>, fxp::Q<4, 12>, fxp::Q<8, 8>>;
using Full = Formats<fxp::Q<2, 6, fxp::Range::full>, fxp::Q<4, 12, fxp::Range::full>, fxp::Q<8, 8>>;
using Words64 = Formats<fxp::Q<4, 60>, fxp::Q<8, 55>, fxp::Q<64, 0>>;

} // namespace

TEMPLATE_TEST_CASE("SGD's update by every rule and policy is the documented one in exact integers", "[tensor][sgd]",
                   Q16, Q32, Q8, Words64, Full) {
    using F = TestType;
    constexpr fxp::Range v_range = F::V::format.range;
    constexpr int v_bits = F::V::format.word_bits();
    constexpr int v_frac = F::V::format.frac_bits;
    exact::Draw draw(29);
    const auto one_of = [&](std::initializer_list<double> values) { return values.begin()[draw.below(values.size())]; };
    for (int repeat = 0; repeat < 60; ++repeat) {
        const Rounding rule = exact::all_roundings[static_cast<std::size_t>(repeat) % 6];
        const Overflow policy = repeat % 5 == 0 ? Overflow::wrap : Overflow::saturate;
        const fxp::Shape shape{3, 7};
        auto w = random_raws<typename F::W>(draw, shape);
        auto v = random_raws<typename F::V>(draw, shape);
        const auto g = random_raws<typename F::G>(draw, shape);
        const auto w_old = w;
        const auto v_old = v;
        const Factor scale = fxp::quantize_factor(one_of({1, 1.0 / 128, 3.7, 0x1p-50}));
        const SgdRates rates{one_of({0, 0.9, 0.99, 0x1p-40}), one_of({0, 0.01, 0.5, 3, 0x1p60}),
                             one_of({0, 1e-4, 1, 0x1p-70}), draw.below(2) == 0};
        OverflowLog log;
        const fxp::RandomStream stream{5, 6, 7};
        fxp::sgd_update(w, v, g, scale, rates, Context::logging(log, rule).with(policy).drawing(stream));

        exact::Events v_events, w_events;
        for (std::size_t i = 0; i < g.size(); ++i) {
            INFO("rule " << int(rule) << " policy " << int(policy) << " element " << i);
            const Integer gradient{
                exact::requantized(Rounding::nearest_up, policy, Integer{g.data()[i]} * Integer{scale.mantissa},
                                   scale.shift - v_frac + F::G::format.frac_bits, v_bits, v_events, 0, v_range)};
            const Factor momentum = fxp::quantize_factor(rates.momentum);
            const Integer velocity{exact::requantized(Rounding::floor, policy,
                                                      times(Integer{v_old.data()[i]}, momentum, 0) + gradient, 0,
                                                      v_bits, v_events, 0, v_range)};
            REQUIRE(Integer{v.data()[i]} == velocity);
            const Integer direction = rates.nesterov ? times(velocity, momentum, 0) + gradient : velocity;
            const Integer change =
                times(direction, fxp::quantize_factor(rates.rate), 32 + F::W::format.frac_bits - v_frac);
            REQUIRE(w.data()[i] == new_weight(rule, policy, w_old.data()[i], fxp::quantize_factor(rates.decay), change,
                                              F::W::format, stream.word(i), w_events));
        }
        check_events(log, "sgd.v", v_events, v_frac);
        check_events(log, "sgd.w", w_events, F::W::format.frac_bits);
    }
}

TEST_CASE("SGD's tensors agree in shape, and its overflow has an address", "[tensor][sgd]") {
    Q16::W w({2, 3});
    Q16::V v({2, 3});
    Q16::G g({2, 3});
    CHECK_THROWS_AS(fxp::sgd_update(w, v, Q16::G({3, 2}), fxp::quantize_factor(1), {}, {}), fxp::ShapeError);
    Q16::V other({6});
    CHECK_THROWS_AS(fxp::sgd_update(w, other, g, fxp::quantize_factor(1), {}, {}), fxp::ShapeError);
    g.data()[4] = std::int64_t{200} << 26;
    OverflowLog log;
    fxp::sgd_update(w, v, g, fxp::quantize_factor(1), {0.9, 0.01, 0, false}, Context::logging(log).named("t"));
    REQUIRE(log.rows().size() == 1);
    CHECK(log.rows()[0].operation == "sgd.v");
    CHECK(log.rows()[0].tensor == "t");
    CHECK(log.rows()[0].worst_value == Approx(200));
    CHECK(v.to_real()[4] == Approx(128));
    CHECK(w.to_real()[4] == Approx(-1.28).margin(0x1p-13));
    CHECK_THROWS_AS(fxp::sgd_update(w, v, g, fxp::quantize_factor(1), {}, Context{}), fxp::OverflowError);
}

TEST_CASE("stochastic rounding lets steps far below a weight's own through", "[tensor][sgd]") {
    // 2^-20 a step, 1024 steps, on weights of 2^-13: 8 of theirs in the mean, none to nearest.
    constexpr std::size_t count = 1024;
    Q16::G g({count});
    g.fill(1 << 16); // 2^-10
    for (const Rounding rule : {Rounding::stochastic, Rounding::nearest_even}) {
        Q16::W w({count});
        Q16::V v({count});
        Context context;
        context.rounding = rule;
        for (std::uint32_t t = 0; t < 1024; ++t) {
            context.random.step = t;
            fxp::sgd_update(w, v, g, fxp::quantize_factor(1), {0, 0x1p-10, 0, false}, context);
        }
        double sum = 0;
        for (const auto raw : w.elements()) sum += raw;
        const double expected = rule == Rounding::stochastic ? -8 : 0;
        CHECK(std::fabs(sum / count - expected) < 4 * std::sqrt(8.0 / count));
    }
}

TEST_CASE("SGD on several threads gives what it gives on one, events too", "[tensor][sgd][threads]") {
    exact::Draw draw(37);
    const fxp::Shape shape{4133}; // neither blocks nor pieces come out even
    const Rounding rule = GENERATE(Rounding::stochastic, Rounding::nearest_even);
    const auto w_old = random_raws<Q8::W>(draw, shape);
    const auto v_old = random_raws<Q8::V>(draw, shape);
    const auto g = random_raws<Q8::G>(draw, shape);
    const auto run = [&](int threads, Q8::W& w, Q8::V& v, OverflowLog& log) {
        auto context = Context::logging(log, rule).drawing({5, 6, 7});
        context.threads = threads;
        fxp::sgd_update(w, v, g, fxp::quantize_factor(1), {0.9, 0.5, 0.01, true}, context);
    };
    OverflowLog expected_log;
    auto w_expected = w_old;
    auto v_expected = v_old;
    run(1, w_expected, v_expected, expected_log);
    REQUIRE(expected_log.rows().size() == 2); // v and w
    for (const int threads : {2, 3, 7}) {
        INFO(threads << " threads");
        OverflowLog log;
        auto w = w_old;
        auto v = v_old;
        run(threads, w, v, log);
        CHECK((w == w_expected && v == v_expected));
        CHECK((log.rows() == expected_log.rows()));
    }
}

} // namespace sgd_update_test
