// What an activation of one number costs, in L1, on one thread: correctly rounded, by the same table without the
// question whether it rounds correctly, by the reference tables, and in float by Eigen.
#include "bench/flags.hpp"

#include <fxp/core/random.hpp>
#include <fxp/tensor/activation.hpp>

#include <Eigen/Core>

#include <cstdint>

namespace {

using fxp::Shape;

constexpr std::size_t count = 4096;

/// Numbers of [-4, 4), or of [1/64, 4).
template <class T>
T random_numbers(bool positive) {
    T x(Shape{count});
    const fxp::RandomStream stream{1, 0, 0, fxp::RandomUse::user};
    for (std::size_t i = 0; i < count; ++i) {
        const double real = stream.word(i) * 0x1p-29;
        x.data()[i] = static_cast<typename T::Raw>((positive ? real / 2 + 0x1p-6 : real - 4) *
                                                   static_cast<double>(std::int64_t{1} << T::format.frac_bits));
    }
    return x;
}

/// Times f(out, x) by the number.
template <class T, class F>
void measure(benchmark::State& state, const T& x, T out, F f) {
    for (auto _ : state) {
        f(out, x);
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
    }
    state.counters["s/number"] = benchmark::Counter(
        static_cast<double>(count), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

template <class T, class F>
void add(const char* name, bool positive, F f) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& state) {
        const T x = random_numbers<T>(positive);
        measure(state, x, T(x.shape()), f);
    });
}

void add_float(const char* name, void (*f)(Eigen::ArrayXf& out, const Eigen::ArrayXf& x)) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& state) {
        measure<Eigen::ArrayXf>(state, Eigen::ArrayXf::Random(count) * 4, Eigen::ArrayXf(count), f);
    });
}

} // namespace

int main(int argc, char** argv) {
    using Wide = fxp::FxpTensor<8, 24>;
    using Narrow = fxp::FxpTensor<4, 12>;
    using Reference = fxp::ReferenceActivations;
    if (!bench::initialize(argc, argv)) return 2;
    add<Wide>("sigmoid <8,24>, correctly rounded", false, [](auto& out, const auto& x) { fxp::sigmoid_into(out, x); });
    add<Wide>("sigmoid <8,24>, table alone", false,
              [](auto& out, const auto& x) { fxp::tabulated_into<fxp::math::tables::sigmoid>(out, x); });
    add<Wide>("sigmoid <8,24>, reference", false,
              [](auto& out, const auto& x) { fxp::sigmoid_into<Reference>(out, x); });
    add<Narrow>("sigmoid <4,12>, correctly rounded", false,
                [](auto& out, const auto& x) { fxp::sigmoid_into(out, x); });
    add<Wide>("tanh <8,24>, correctly rounded", false, [](auto& out, const auto& x) { fxp::tanh_into(out, x); });
    add<Wide>("tanh <8,24>, reference", false, [](auto& out, const auto& x) { fxp::tanh_into<Reference>(out, x); });
    add<Narrow>("tanh <4,12>, correctly rounded", false, [](auto& out, const auto& x) { fxp::tanh_into(out, x); });
    add<Wide>("rsqrt <8,24>, correctly rounded", true, [](auto& out, const auto& x) { fxp::rsqrt_into(out, x); });
    add<Wide>("rsqrt <8,24>, reference", true, [](auto& out, const auto& x) { fxp::rsqrt_into<Reference>(out, x); });
    add<Wide>("exp2 <8,24>, correctly rounded", false, [](auto& out, const auto& x) { fxp::exp2_into(out, x); });
    add<Wide>("log2 <8,24>, correctly rounded", true, [](auto& out, const auto& x) { fxp::log2_into(out, x); });
    add<Wide>("reciprocal <8,24>, correctly rounded", true,
              [](auto& out, const auto& x) { fxp::reciprocal_into(out, x); });
    using Wider = fxp::FxpTensor<24, 40>;
    add<Wider>("sigmoid <24,40>, correctly rounded", false,
               [](auto& out, const auto& x) { fxp::sigmoid_into(out, x); });
    add<Wider>("rsqrt <24,40>, correctly rounded", true, [](auto& out, const auto& x) { fxp::rsqrt_into(out, x); });
    add_float("float tanh, Eigen", [](Eigen::ArrayXf& out, const Eigen::ArrayXf& x) { out = x.tanh(); });
    add_float("float logistic, Eigen", [](Eigen::ArrayXf& out, const Eigen::ArrayXf& x) { out = x.logistic(); });
    benchmark::RunSpecifiedBenchmarks();
}
