// The pass over an LSTM cell's elements against the same written as one tensor operation after the other: same bits,
// same events.
#include "support/catch.hpp"

#include <fxp/tensor/arithmetic.hpp>
#include <fxp/tensor/layout.hpp>
#include <fxp/tensor/lstm.hpp>

#include <array>
#include <string>
#include <vector>

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

/// The sizes of the numbers a case is made of.
struct Scale {
    double state;
    double gradient;
};

/// T: values; E: errors; G: their wide sums, of the same fraction bits.
template <class T, class E, class G>
class Check {
  public:
    Check(Rounding rule, const Scale& scale, int threads) : rule_(rule), threads_(threads) {
        const T z = random_tensor<T>({4 * hidden, batch}, 4, 1);
        const T c_prev = random_tensor<T>({hidden, batch}, scale.state, 2);
        const G dh = random_tensor<G>({hidden, batch}, scale.gradient, 3);
        const G dc = random_tensor<G>({hidden, batch}, scale.gradient, 4);

        OverflowLog log;
        fxp::LstmActivity<T> cell;
        T c;
        T h;
        fxp::lstm_forward<fxp::CorrectlyRoundedActivations>(cell, c, h, z, c_prev, contexts<fxp::LstmForward>(log));
        E dz;
        E dc_prev;
        const auto one = fxp::FxpScalar<T::format.int_bits, T::format.frac_bits>::from_real(1, logging());
        fxp::lstm_backward(dz, &dc_prev, &dh, &dc, cell, c_prev, one.raw, contexts<fxp::LstmBackward>(log));

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
        fxp::combine("c", expected, logging(), fxp::elementwise(gate[0], c_prev), fxp::elementwise(gate[1], gate[3]));
        CHECK(c == expected);
        fxp::tanh_into(tanh_c, c, logging());
        CHECK(cell.tanh_c == tanh_c);
        fxp::combine("h", expected, logging(), fxp::elementwise(gate[2], tanh_c));
        CHECK(h == expected);

        // Backward.
        std::array<E, 4> error;
        const auto times = [&](E& out, const auto& a, const auto& b) {
            fxp::combine("times", out, logging(), fxp::elementwise(a, b));
        };
        const auto tanh_slope = [&](const T& y) {
            T down;
            T up;
            fxp::combine("slope", down, logging(), fxp::plus(one), fxp::minus(y));
            fxp::combine("slope", up, logging(), fxp::plus(one), fxp::plus(y));
            fxp::combine("slope", down, logging(), fxp::elementwise(down, up));
            return down;
        };
        times(error[2], dh, tanh_c);
        E share;
        times(share, dh, gate[2]);
        times(share, share, tanh_slope(tanh_c));
        G total = dc;
        fxp::accumulate<typename E::FormatTag>("total", total, logging(), fxp::plus(share));
        times(error[0], total, c_prev);
        times(error[1], total, gate[3]);
        times(error[3], total, gate[1]);
        times(share, total, gate[0]);
        CHECK(dc_prev == share);
        for (std::size_t k = 0; k < 4; ++k) {
            T slope;
            if (k < 3) {
                fxp::combine("slope", slope, logging(), fxp::plus(one), fxp::minus(gate[k]));
                fxp::combine("slope", slope, logging(), fxp::elementwise(slope, gate[k]));
            } else {
                slope = tanh_slope(gate[k]);
            }
            times(error[k], error[k], slope);
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
    Context logging() {
        Context context = Context::logging(expected_, rule_);
        return context;
    }
    template <class Operations>
    std::array<Context, Operations::count> contexts(OverflowLog& log) {
        std::array<Context, Operations::count> result;
        for (std::size_t k = 0; k < Operations::count; ++k) {
            result[k] = Context::logging(log, rule_).named(Operations::operations[k].tensor);
            result[k].threads = threads_;
        }
        if (one_events_ == 0 && T::format.max_raw() < std::int64_t{1} << T::format.frac_bits) one_events_ = 1;
        return result;
    }

    Rounding rule_;
    int threads_;
    OverflowLog expected_;
    std::uint64_t one_events_ = 0; ///< the number one itself, where the format lacks it
};

} // namespace

TEST_CASE("an LSTM cell's pass equals its operations one by one", "[tensor]") {
    const Rounding rule = GENERATE(Rounding::pseudo_stochastic, Rounding::nearest_even, Rounding::floor);
    const int threads = GENERATE(1, 3);
    const Scale scale = GENERATE(Scale{1, 0.01}, Scale{100, 1}, Scale{7, 200});
    INFO("rule " << static_cast<int>(rule) << ", threads " << threads << ", state " << scale.state << ", gradient "
                 << scale.gradient);
    std::uint64_t events = 0;
    events += Check<fxp::FxpTensor<8, 24>, fxp::FxpTensor<8, 24>, fxp::FxpTensor<39, 24>>(rule, scale, threads).events;
    events += Check<fxp::FxpTensor<4, 12>, fxp::FxpTensor<0, 16>, fxp::FxpTensor<16, 16>>(rule, scale, threads).events;
    events += Check<fxp::FxpTensor<1, 7>, fxp::FxpTensor<1, 15>, fxp::FxpTensor<17, 15>>(rule, scale, threads).events;
    events += Check<fxp::FxpTensor<8, 24>, fxp::FxpTensor<1, 15>, fxp::FxpTensor<1, 15>>(rule, scale, threads).events;
    events += Check<fxp::FxpTensor<20, 30>, fxp::FxpTensor<8, 24>, fxp::FxpTensor<8, 24>>(rule, scale, threads).events;
    CHECK(events > 0);
}
