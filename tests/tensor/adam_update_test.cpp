#include "tensor/update_oracle.hpp"

#include <fxp/tensor/adam_update.hpp>
#include <fxp/tensor/float_update.hpp>

#include <array>
#include <cmath>
#include <vector>

namespace adam_update_test {

using namespace fxp_test;
using fxp::AdamRates;
using fxp::Context;
using fxp::Factor;
using fxp::FxpTensor;
using fxp::Overflow;
using fxp::OverflowLog;
using fxp::Rounding;

namespace {

/// The tensors of one parameter.
template <class WFormat, class MFormat, class NFormat, class GFormat>
struct Formats {
    using W = fxp::tensor_of<WFormat>;
    using M = fxp::tensor_of<MFormat>;
    using N = fxp::tensor_of<NFormat>;
    using G = fxp::tensor_of<GFormat>;
};
template <class F>
struct State {
    typename F::W w;
    typename F::M m;
    typename F::N n;
    typename F::N largest;

    static State random(exact::Draw& draw, const fxp::Shape& shape) {
        return {random_raws<typename F::W>(draw, shape), random_raws<typename F::M>(draw, shape),
                random_raws<typename F::N>(draw, shape, false), random_raws<typename F::N>(draw, shape, false)};
    }
    void update(const typename F::G& g, Factor scale, const AdamRates& rates, const Context& context,
                bool amsgrad = false) {
        fxp::adam_update(w, m, n, amsgrad ? &largest : nullptr, g, scale, rates, context);
    }
};

using Q16 = Formats<fxp::Q<3, 13>, fxp::Q<8, 40>, fxp::Q<8, 56>, fxp::Q<38, 26>>;
using Q32 = Formats<fxp::Q<8, 24>, fxp::Q<8, 24>, fxp::Q<8, 24>, fxp::Q<40, 24>>;
using Q8 = Formats<fxp::Q<2, 6>, fxp::Q<4, 12>, fxp::Q<4, 12>, fxp::Q<8, 8>>;
using Words64 = Formats<fxp::Q<4, 60>, fxp::Q<8, 55>, fxp::Q<2, 62>, fxp::Q<20, 44>>;
using Fractions = Formats<fxp::Q<4, 12>, fxp::Q<1, 63>, fxp::Q<1, 63>, fxp::Q<32, 32>>;
using Full = Formats<fxp::Q<2, 6, fxp::Range::full>, fxp::Q<4, 12, fxp::Range::full>, fxp::Q<4, 12, fxp::Range::full>,
                     fxp::Q<8, 8, fxp::Range::full>>;
using Integers = Formats<fxp::Q<40, 3>, fxp::Q<60, 3>, fxp::Q<66, -3>, fxp::Q<64, 0>>;

AdamRates random_rates(exact::Draw& draw) {
    const auto one_of = [&](std::initializer_list<double> values) { return values.begin()[draw.below(values.size())]; };
    return {one_of({0.1, 1, 1 - 0.9, 0x1p-40}), one_of({0.001, 1, 0.5, 0x1p-50}),
            one_of({0, 0.001, 0.1, 7, 0x1p60, 0x1p-90}), one_of({0, 1e-4, 0.5, 1, 0x1p-70}),
            one_of({0, 1e-16, 1e-8, 0.25, 1e300})};
}

} // namespace

TEMPLATE_TEST_CASE("Adam's update by every rule and policy is the documented one in exact integers", "[tensor][adam]",
                   Q16, Q32, Q8, Words64, Fractions, Integers, Full) {
    using F = TestType;
    using M = typename F::M;
    using N = typename F::N;
    constexpr int m_frac = M::format.frac_bits;
    constexpr int n_frac = N::format.frac_bits;
    exact::Draw draw(17);
    for (int repeat = 0; repeat < 24; ++repeat) {
        for (const Overflow policy : {Overflow::saturate, Overflow::wrap}) {
            for (const bool amsgrad : {false, true}) {
                const Rounding rule = exact::all_roundings[static_cast<std::size_t>(repeat) % 6];
                const fxp::Shape shape{3, 7}; // not a multiple of the four words of a draw
                auto state = State<F>::random(draw, shape);
                State<F> before = state;
                const auto g = random_raws<typename F::G>(draw, shape);
                const Factor scale = fxp::quantize_factor(std::array{1.0, 1.0 / 128, 3.7}[draw.below(3)]);
                const AdamRates rates = random_rates(draw);
                OverflowLog log;
                const fxp::RandomStream stream{5, 6, 7};
                state.update(g, scale, rates, Context::logging(log, rule).with(policy).drawing(stream), amsgrad);

                exact::Events m_events, n_events, w_events;
                const double steps = std::nearbyint(std::ldexp(rates.epsilon, n_frac));
                const auto n_max = N::format.max_raw();
                const std::int64_t epsilon = steps < 1                             ? 1
                                             : steps >= static_cast<double>(n_max) ? n_max
                                                                                   : static_cast<std::int64_t>(steps);
                for (std::size_t i = 0; i < g.size(); ++i) {
                    INFO("rule " << int(rule) << " policy " << int(policy) << " element " << i);
                    const Integer gradient{exact::requantized(Rounding::nearest_up, policy,
                                                              Integer{g.data()[i]} * Integer{scale.mantissa},
                                                              scale.shift - m_frac + F::G::format.frac_bits,
                                                              M::format.word_bits(), m_events, 0, M::format.range)};
                    const Integer m_old{before.m.data()[i]};
                    const Integer m = m_old + times(gradient - m_old, fxp::quantize_factor(rates.one_minus_beta1), 0);
                    REQUIRE(Integer{state.m.data()[i]} == m);
                    const Integer power{exact::requantized(Rounding::nearest_up, policy, gradient * gradient,
                                                           2 * m_frac - n_frac, N::format.word_bits(), n_events, 0,
                                                           N::format.range)};
                    const Integer n_old{before.n.data()[i]};
                    const Factor beta2 = fxp::quantize_factor(rates.one_minus_beta2);
                    const Integer n =
                        n_old + exact::rounded(Rounding::stochastic, (power - n_old) * Integer{beta2.mantissa},
                                               beta2.shift, stream.word(2 * i + 1));
                    REQUIRE(Integer{state.n.data()[i]} == n);
                    const Integer highest = std::max(n, Integer{before.largest.data()[i]});
                    REQUIRE(Integer{state.largest.data()[i]} ==
                            (amsgrad ? highest : Integer{before.largest.data()[i]}));

                    // A square that wraps can make n negative, which counts as zero.
                    const Integer under_root = std::max(amsgrad ? highest : n, Integer{0}) + Integer{epsilon};
                    const bool wide = under_root >= Integer::pow2(63);
                    const auto root = fxp::math::inverse_root(
                        to_int64(wide ? under_root.floor_divide(2).quotient : under_root), wide ? n_frac - 2 : n_frac);
                    const Integer direction = (m * Integer{root.mantissa}).floor_divide(7).quotient;
                    const Integer change = times(direction, fxp::quantize_factor(rates.rate),
                                                 32 + F::W::format.frac_bits - (m_frac + root.shift - 7));
                    REQUIRE(state.w.data()[i] == new_weight(rule, policy, before.w.data()[i],
                                                            fxp::quantize_factor(rates.decay), change, F::W::format,
                                                            stream.word(2 * i), w_events));
                }
                check_events(log, "adam.m", m_events, m_frac);
                check_events(log, "adam.n", n_events, n_frac);
                check_events(log, "adam.w", w_events, F::W::format.frac_bits);
            }
        }
    }
}

TEMPLATE_TEST_CASE("the change of a weight errs by less than 2^-28 of itself", "[tensor][adam]", Q16, Q32, Words64,
                   Fractions) {
    using F = TestType;
    exact::Draw draw(23);
    double worst = 0;
    for (int repeat = 0; repeat < 50; ++repeat) {
        auto state = State<F>::random(draw, {64});
        state.w.fill(0);
        const typename F::G g({64}); // zero, so that m and n are given
        AdamRates rates{0, 0, std::ldexp(1 + static_cast<double>(draw.below(1000)) * 1e-3, -3), 0, 0};
        rates.epsilon = fxp::dequantize(1 + static_cast<int>(draw.below(9)), F::N::format.frac_bits);
        const State<F> before = state;
        OverflowLog log;
        state.update(g, fxp::quantize_factor(1), rates, Context::logging(log));
        for (std::size_t i = 0; i < g.size(); ++i) {
            const long double under_root =
                std::ldexp(static_cast<long double>(before.n.data()[i]), -F::N::format.frac_bits) +
                static_cast<long double>(rates.epsilon);
            const long double m = std::ldexp(static_cast<long double>(before.m.data()[i]), -F::M::format.frac_bits);
            const long double change =
                -std::ldexp(static_cast<long double>(rates.rate) * m / std::sqrt(under_root), F::W::format.frac_bits);
            if (std::fabs(change) >= static_cast<long double>(F::W::format.max_raw())) continue; // saturates
            const long double error = std::fabs(static_cast<long double>(state.w.data()[i]) - change);
            REQUIRE(error <= 0.5L + 0x1p-31L + 0x1p-28L * std::fabs(change));
            if (std::fabs(change) > 0x1p40L) worst = std::max(worst, static_cast<double>(error / std::fabs(change)));
        }
    }
    if (F::W::format.word_bits() == 64) CHECK(worst > 0x1p-32);
}

TEST_CASE("stochastic rounding of a weight is unbiased and a function of its stream", "[tensor][adam]") {
    constexpr std::size_t count = std::size_t{1} << 16;
    const AdamRates rates{0.1, 0, 0.001, 0, 1e-16};
    for (const std::int64_t raw : {1000, -77777, 3}) {
        State<Q16> state{Q16::W({count}), Q16::M({count}), Q16::N({count}), {}};
        state.w.fill(1234);
        state.n.fill(std::int64_t{1} << 25);
        Q16::G g({count});
        g.fill(raw);
        State<Q16> again = state;
        State<Q16> other = state;
        OverflowLog log;
        const auto context = Context::logging(log, Rounding::stochastic).drawing({3, 4, 5});
        state.update(g, fxp::quantize_factor(0.5), rates, context);
        again.update(g, fxp::quantize_factor(0.5), rates, context);
        other.update(g, fxp::quantize_factor(0.5), rates, context.drawing({3, 4, 6}));
        CHECK((state.w == again.w));
        CHECK_FALSE((state.w == other.w));
        CHECK((state.m == other.m));

        const double m = std::ldexp(static_cast<double>(state.m.data()[0]), -40);
        const double n = 0x1p-31 + std::ldexp(7, -56); // 1e-16 as it is
        const double expected = 1234 - std::ldexp(0.001 * m / std::sqrt(n), 13);
        const double fraction = expected - std::floor(expected);
        double sum = 0;
        for (const auto w : state.w.elements()) sum += w;
        INFO("expected " << expected << " mean " << sum / count);
        const double deviation = std::sqrt(fraction * (1 - fraction) / count);
        CHECK(std::fabs(sum / count - expected) < 4 * deviation + 1e-6);
        CHECK(deviation > 0);
    }
}

TEST_CASE("the second moment's rounding is unbiased under every rule for weights", "[tensor][adam]") {
    constexpr std::size_t count = std::size_t{1} << 16;
    for (const std::int64_t start : {0, 1, 100, 700}) {
        State<Q16> state{Q16::W({count}), Q16::M({count}), Q16::N({count}), {}};
        state.n.fill(start);
        Q16::G g({count});
        g.fill(1); // 2^-26, whose square is 16 steps
        state.update(g, fxp::quantize_factor(1), {0.1, 0.001, 0, 0, 0}, Context{});
        double sum = 0;
        for (const auto n : state.n.elements()) {
            REQUIRE(std::abs(n - start) <= 1);
            sum += static_cast<double>(n);
        }
        const double change = static_cast<double>(16 - start) * 0.001;
        const double deviation = std::sqrt(std::fabs(change) * (1 - std::fabs(change)) / count);
        INFO("start " << start << " mean " << sum / count);
        CHECK(std::fabs(sum / count - static_cast<double>(start) - change) < 4 * deviation);
    }
}

TEST_CASE("tiny gradients move 16-bit weights as they move doubles", "[tensor][adam]") {
    // Steps of 1e-5 are a twelfth of a weight's; the gradients' squares are 2^-32 .. 2^-56, those of the last ones
    // below a step of n times 1 / (1 - beta2).
    constexpr std::size_t sizes = 7;
    constexpr std::size_t copies = 16;
    State<Q16> state{Q16::W({sizes, copies}), Q16::M({sizes, copies}), Q16::N({sizes, copies}), {}};
    FxpTensor<10, 54> g({sizes, copies});
    fxp::FloatTensor<double> w({sizes}), m({sizes}), n({sizes}), real({sizes});
    for (std::size_t i = 0; i < sizes; ++i) {
        real.data()[i] = std::ldexp(i % 2 == 0 ? 1.0 : -1.0, -16 - 2 * static_cast<int>(i));
        for (std::size_t k = 0; k < copies; ++k) {
            g.data()[i * copies + k] = static_cast<std::int64_t>(std::ldexp(real.data()[i], 54));
        }
    }
    OverflowLog log;
    auto context = Context::logging(log, Rounding::stochastic);
    double beta1 = 1;
    double beta2 = 1;
    for (std::uint32_t t = 0; t < 40000; ++t) {
        beta1 *= 0.9;
        beta2 *= 0.999;
        const AdamRates rates{0.1, 0.001, 1e-5 * std::sqrt(1 - beta2) / (1 - beta1), 0, 1e-16};
        context.random.step = t;
        fxp::adam_update(state.w, state.m, state.n, static_cast<Q16::N*>(nullptr), g, fxp::quantize_factor(1), rates,
                         context);
        fxp::adam_update(w, m, n, static_cast<fxp::FloatTensor<double>*>(nullptr), real, 1, rates);
    }
    const std::vector<double> weights = state.w.to_real();
    for (std::size_t i = 0; i < sizes; ++i) {
        double sum = 0;
        for (std::size_t k = 0; k < copies; ++k) sum += weights[i * copies + k];
        INFO("gradient " << real.data()[i]);
        CHECK(sum / copies == Approx(w.data()[i]).epsilon(0.03));
        CHECK(std::fabs(w.data()[i]) > 0.1); // of 0.4
    }
    CHECK(log.rows().empty());
}

TEST_CASE("extreme gradients saturate m's and n's step and are counted, zeros change nothing", "[tensor][adam]") {
    State<Q16> state{Q16::W({4}), Q16::M({4}), Q16::N({4}), {}};
    Q16::G g({4});
    g.data()[0] = Q16::G::format.max_raw(); // 2^37
    g.data()[1] = -Q16::G::format.max_raw();
    g.data()[2] = std::int64_t{100} << 26; // 100 fits, 100^2 does not
    OverflowLog log;
    const auto context = Context::logging(log).named("t");
    state.update(g, fxp::quantize_factor(1), {0.1, 0.001, 0.001, 0, 1e-16}, context);
    REQUIRE(log.rows().size() == 2);
    CHECK(log.rows()[0].operation == "adam.m");
    CHECK(log.rows()[0].count == 2);
    CHECK(log.rows()[0].tensor == "t");
    CHECK(std::fabs(log.rows()[0].worst_value) == Approx(0x1p37));
    CHECK(log.rows()[1].operation == "adam.n");
    CHECK(log.rows()[1].count == 3);
    CHECK(log.rows()[1].worst_value == Approx(0x1p14));
    const auto m = state.m.to_real();
    const auto n = state.n.to_real();
    CHECK(m[0] == Approx(12.8));
    CHECK(m[1] == Approx(-12.8));
    CHECK(m[2] == Approx(10));
    CHECK(n[2] == Approx(0.128));
    CHECK((m[3] == 0 && n[3] == 0 && state.w.data()[3] == 0));
    CHECK_THROWS_AS(state.update(g, fxp::quantize_factor(1), {}, Context{}), fxp::OverflowError);

    // A step too far for the weight.
    OverflowLog far;
    g.fill(1 << 26);
    state.update(g, fxp::quantize_factor(1), {1, 1, 100, 0, 0}, Context::logging(far));
    REQUIRE(far.rows().size() == 1);
    CHECK(far.rows()[0].operation == "adam.w");
    CHECK(far.rows()[0].worst_value == Approx(-100).epsilon(0.01));
    for (const auto w : state.w.elements()) CHECK(w == -32767);
}

TEST_CASE("a square that wrapped to less than nothing counts as zero under the root", "[tensor][adam]") {
    using F = Q8;
    State<F> state{F::W({1}), F::M({1}), F::N({1}), {}};
    state.m.fill(1);
    state.n.fill(-1); // with an epsilon of one step the sum would be zero
    state.update(F::G({1}), fxp::quantize_factor(1), {0, 0, 0x1p-6, 0, 0}, {});
    CHECK(state.n.data()[0] == -1);
    CHECK(state.w.data()[0] == 0); // m / sqrt(epsilon) = 2^-6, of which 2^-6 is a sixty-fourth of a step
    state.update(F::G({1}), fxp::quantize_factor(1), {0, 0, 1, 0, 0}, {});
    CHECK(state.w.data()[0] == -1);
}

TEST_CASE("Adam's tensors agree in shape", "[tensor][adam]") {
    State<Q16> state{Q16::W({2, 3}), Q16::M({2, 3}), Q16::N({2, 3}), Q16::N({2, 3})};
    const Q16::G g({2, 3});
    state.update(g, fxp::quantize_factor(1), {}, {}, true);
    CHECK_THROWS_AS(state.update(Q16::G({3, 2}), fxp::quantize_factor(1), {}, {}), fxp::ShapeError);
    state.largest = Q16::N({6});
    state.update(g, fxp::quantize_factor(1), {}, {}, false);
    CHECK_THROWS_AS(state.update(g, fxp::quantize_factor(1), {}, {}, true), fxp::ShapeError);
    state.n = Q16::N({3});
    CHECK_THROWS_AS(state.update(g, fxp::quantize_factor(1), {}, {}), fxp::ShapeError);
    state.m = Q16::M({3});
    CHECK_THROWS_AS(state.update(g, fxp::quantize_factor(1), {}, {}), fxp::ShapeError);
}

TEST_CASE("Adam on several threads gives what it gives on one, events too", "[tensor][adam][threads]") {
    exact::Draw draw(31);
    const fxp::Shape shape{4133}; // neither blocks nor pieces come out even
    const bool amsgrad = GENERATE(false, true);
    const Rounding rule = GENERATE(Rounding::stochastic, Rounding::nearest_even);
    const auto before = State<Q8>::random(draw, shape);
    const auto g = random_raws<Q8::G>(draw, shape);
    const auto run = [&](int threads, OverflowLog& log) {
        auto state = before;
        auto context = Context::logging(log, rule).drawing({5, 6, 7});
        context.threads = threads;
        state.update(g, fxp::quantize_factor(1), {0.5, 0.5, 0.5, 0.01, 0}, context, amsgrad);
        return state;
    };
    OverflowLog expected_log;
    const auto expected = run(1, expected_log);
    REQUIRE(expected_log.rows().size() == 3); // m, n and w
    for (const int threads : {2, 3, 7}) {
        INFO(threads << " threads");
        OverflowLog log;
        const auto state = run(threads, log);
        CHECK((state.w == expected.w && state.m == expected.m && state.n == expected.n));
        CHECK((state.largest == expected.largest));
        CHECK((log.rows() == expected_log.rows()));
    }
}

TEST_CASE("Adam's random words are those of the elements, beyond a block as well", "[tensor][adam]") {
    Q16::W w({300});
    Q16::M m({300});
    Q16::N n({300});
    Q16::G g({300});
    g.fill(1 << 20);
    const fxp::RandomStream stream{5, 6, 7};
    OverflowLog log;
    fxp::adam_update(w, m, n, static_cast<Q16::N*>(nullptr), g, fxp::quantize_factor(1), {1, 1, 0x1p-14, 0, 0},
                     Context::logging(log, Rounding::stochastic).drawing(stream));
    // m / sqrt(n) = 1, so a weight changes by half of its step: down where the word is below a half.
    for (std::size_t i = 0; i < w.size(); ++i) {
        INFO(i);
        const auto word = stream.word(2 * i);
        if (word + (1u << 28) > (1u << 31) && word - (1u << 28) < (1u << 31)) continue; // too near to a half
        CHECK(w.data()[i] == (word < 1u << 31 ? -1 : 0));
    }
}

} // namespace adam_update_test
