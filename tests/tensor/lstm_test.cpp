// The pass over an LSTM cell's elements against the same written as one tensor operation after the other: same bits,
// same events.
#include "support/catch.hpp"

#include <fxp/tensor/arithmetic.hpp>
#include <fxp/tensor/layout.hpp>
#include <fxp/tensor/lstm.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

namespace lstm_test {

using fxp::Context;
using fxp::OverflowLog;
using fxp::Rounding;
using fxp::Shape;

namespace {

constexpr std::size_t hidden = 5;
constexpr std::size_t batch = 133;

template <class T>
T random_tensor(const Shape& shape, double size, std::uint32_t number) {
    const fxp::RandomStream stream{1, 0, number, fxp::RandomUse::user};
    std::vector<double> values(shape.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = (stream.word(i) * 0x1p-31 - 1) * size;
    OverflowLog ignored;
    return T::from_real(shape, values, Context::logging(ignored));
}

template <class T>
double largest(const T& tensor) {
    double result = 0;
    for (const double value : tensor.to_real()) result = std::max(result, std::abs(value));
    return result;
}

/// The sizes of the numbers a case is made of.
struct Scale {
    double state;
    double gradient;
};

/// How products are rounded, those of slopes apart.
struct Rules {
    Rounding products;
    Rounding slopes;
};

/// T: values; E: errors; G: their wide sums, of the same fraction bits.
template <class T, class E, class G>
class Check {
    using F = fxp::LstmForward;
    using B = fxp::LstmBackward;

  public:
    Check(const Rules& rules, const Scale& scale, int threads) : rules_(rules), threads_(threads) {
        const T z = random_tensor<T>({4 * hidden, batch}, 4, 1);
        const T c_prev = random_tensor<T>({hidden, batch}, scale.state, 2);
        const G dh = random_tensor<G>({hidden, batch}, scale.gradient, 3);
        const G dc = random_tensor<G>({hidden, batch}, scale.gradient, 4);

        OverflowLog log;
        fxp::LstmActivity<T> cell;
        T c;
        T h;
        const fxp::LstmMagnitudes seen =
            fxp::lstm_forward<fxp::CorrectlyRoundedActivations>(cell, c, h, z, c_prev, contexts<fxp::LstmForward>(log));
        CHECK(std::array{seen.z, seen.c, seen.h} == std::array{largest(z), largest(c), largest(h)});
        E dz;
        G dc_prev;
        const auto one = fxp::scalar_of<typename T::FormatTag>::from_real(1, logging());
        const fxp::LstmGradientMagnitudes gradients_seen =
            fxp::lstm_backward(dz, &dc_prev, &dh, &dc, cell, c_prev, one.raw, contexts<fxp::LstmBackward>(log));
        CHECK(gradients_seen.dh == largest(dh));
        CHECK(gradients_seen.dc == largest(dc));

        // Forward, operation by operation.
        std::array<T, 4> gate;
        for (std::size_t k = 0; k < 4; ++k) {
            T sum;
            fxp::slice_into(sum, z, 0, k * hidden, (k + 1) * hidden);
            if (k < 3) {
                fxp::sigmoid_into(gate[k], sum, logging());
            } else {
                fxp::tanh_into(gate[k], sum, logging());
            }
            T part;
            fxp::slice_into(part, cell.gates, 0, k * hidden, (k + 1) * hidden);
            CHECK(part == gate[k]);
        }
        T tanh_c;
        T expected;
        fxp::combine("c", expected, drawing<F>(F::c), fxp::elementwise(gate[0], c_prev),
                     fxp::elementwise(gate[1], gate[3]));
        CHECK(c == expected);
        fxp::tanh_into(tanh_c, c, logging());
        CHECK(cell.tanh_c == tanh_c);
        fxp::combine("h", expected, drawing<F>(F::h), fxp::elementwise(gate[2], tanh_c));
        CHECK(h == expected);

        // Backward.
        std::array<E, 4> error;
        const auto times = [&](std::size_t step, E& out, const auto& a, const auto& b) {
            fxp::combine("times", out, drawing<B>(step), fxp::elementwise(a, b));
        };
        const auto tanh_slope = [&](std::size_t step, const T& y) {
            T down;
            T up;
            fxp::combine("slope", down, logging(), fxp::plus(one), fxp::minus(y));
            fxp::combine("slope", up, logging(), fxp::plus(one), fxp::plus(y));
            fxp::combine("slope", down, drawing<B>(step), fxp::elementwise(down, up));
            return down;
        };
        times(B::o, error[2], dh, tanh_c);
        E share;
        times(B::tanh_c, share, dh, gate[2]);
        times(B::c, share, share, tanh_slope(B::tanh_c_slope, tanh_c));
        G total = dc;
        fxp::accumulate<typename E::FormatTag>("total", total, logging(), fxp::plus(share));
        times(B::f, error[0], total, c_prev);
        times(B::i, error[1], total, gate[3]);
        times(B::g, error[3], total, gate[1]);
        times(B::previous_c, share, total, gate[0]);
        CHECK(std::equal(dc_prev.elements().begin(), dc_prev.elements().end(), share.elements().begin(),
                         share.elements().end()));
        for (std::size_t k = 0; k < 4; ++k) {
            T slope;
            if (k < 3) {
                fxp::combine("slope", slope, logging(), fxp::plus(one), fxp::minus(gate[k]));
                fxp::combine("slope", slope, drawing<B>(B::f_slope + k), fxp::elementwise(slope, gate[k]));
            } else {
                slope = tanh_slope(B::g_slope, gate[k]);
            }
            times(B::z_f + k, error[k], error[k], slope);
            E part;
            fxp::slice_into(part, dz, 0, k * hidden, (k + 1) * hidden);
            INFO("gate " << k);
            CHECK(part == error[k]);
        }
        events = log.total();
        CHECK(events == expected_.total() - one_events_);
    }

    std::uint64_t events = 0;

  private:
    Context logging() { return Context::logging(expected_); }
    /// The rule and the random words of a step.
    template <class Operations>
    Context rule_of(OverflowLog& log, std::size_t step) const {
        constexpr bool back = std::is_same_v<Operations, B>;
        const bool slope = back && (step == B::tanh_c_slope || (step >= B::f_slope && step <= B::g_slope));
        const Context context = Context::logging(log, slope ? rules_.slopes : rules_.products);
        const auto tensor = static_cast<std::uint32_t>(step + (back ? 100 : 0));
        return context.drawing({0x123456789, 7, tensor, fxp::RandomUse::rounding});
    }
    template <class Operations>
    Context drawing(std::size_t step) {
        return rule_of<Operations>(expected_, step);
    }
    template <class Operations>
    std::array<Context, Operations::count> contexts(OverflowLog& log) {
        std::array<Context, Operations::count> result;
        for (std::size_t k = 0; k < Operations::count; ++k) {
            result[k] = rule_of<Operations>(log, k).named(Operations::operations[k].tensor);
            result[k].threads = threads_;
        }
        if (one_events_ == 0 && T::format.max_raw() < std::int64_t{1} << T::format.frac_bits) one_events_ = 1;
        return result;
    }

    Rules rules_;
    int threads_;
    OverflowLog expected_;
    std::uint64_t one_events_ = 0; ///< the number one itself, where the format lacks it
};

} // namespace

TEST_CASE("an LSTM cell's pass equals its operations one by one", "[tensor]") {
    const Rules rules = GENERATE(
        Rules{Rounding::pseudo_stochastic, Rounding::pseudo_stochastic}, Rules{Rounding::nearest_even, Rounding::floor},
        Rules{Rounding::stochastic, Rounding::stochastic}, Rules{Rounding::stochastic, Rounding::nearest_even},
        Rules{Rounding::nearest_up, Rounding::stochastic}, Rules{Rounding::floor, Rounding::toward_zero},
        Rules{Rounding::pseudo_stochastic, Rounding::stochastic});
    const int threads = GENERATE(1, 3);
    const Scale scale = GENERATE(Scale{1, 0.01}, Scale{100, 1}, Scale{7, 200}, Scale{7.9, 0.03});
    INFO("rules " << static_cast<int>(rules.products) << " and " << static_cast<int>(rules.slopes) << ", threads "
                  << threads << ", state " << scale.state << ", gradient " << scale.gradient);
    std::uint64_t events = 0;
    const auto check = [&]<class T, class E, class G>() { events += Check<T, E, G>(rules, scale, threads).events; };
    check.operator()<fxp::FxpTensor<8, 24>, fxp::FxpTensor<8, 24>, fxp::FxpTensor<39, 24>>();
    check.operator()<fxp::FxpTensor<4, 12>, fxp::FxpTensor<0, 16>, fxp::FxpTensor<16, 16>>();
    check.operator()<fxp::FxpTensor<4, 12>, fxp::FxpTensor<-4, 20>, fxp::FxpTensor<12, 20>>();
    check.operator()<fxp::FxpTensor<4, 9>, fxp::FxpTensor<-2, 13>, fxp::FxpTensor<30, 13>>();
    check.operator()<fxp::FxpTensor<2, 14>, fxp::FxpTensor<0, 16>, fxp::FxpTensor<0, 16>>();
    check.operator()<fxp::FxpTensor<1, 7>, fxp::FxpTensor<1, 15>, fxp::FxpTensor<17, 15>>();
    check.operator()<fxp::FxpTensor<1, 15>, fxp::FxpTensor<1, 15>, fxp::FxpTensor<2, 15>>();
    check.operator()<fxp::FxpTensor<8, 24>, fxp::FxpTensor<1, 15>, fxp::FxpTensor<1, 15>>();
    constexpr fxp::Range full = fxp::Range::full;
    check.operator()<fxp::FxpTensor<4, 12, full>, fxp::FxpTensor<0, 16, full>, fxp::FxpTensor<0, 16, full>>();
    check.operator()<fxp::FxpTensor<3, 5, full>, fxp::FxpTensor<2, 6, full>, fxp::FxpTensor<26, 6>>();
    check.operator()<fxp::FxpTensor<20, 30>, fxp::FxpTensor<8, 24>, fxp::FxpTensor<8, 24>>();
    CHECK(events > 0);
}

} // namespace lstm_test
