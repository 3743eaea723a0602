// What an activation of one number costs, in L1, on one thread: correctly rounded, by the same table without the
// question whether it rounds correctly, by the reference tables, and in float by Eigen, compiled for the base
// instruction set and for this processor. At the end, how many times as fast as the latter words of up to 16 bits are.
#include "bench/rivals/activations.hpp"
#include "bench/flags.hpp"

#include <fxp/core/random.hpp>
#include <fxp/tensor/activation.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace {

using fxp::Shape;

constexpr std::size_t count = 4096;

/// Numbers of [-4, 4), or of [1/64, 4); of the format's range where that is smaller.
template <class T>
T random_numbers(bool positive) {
    T x(Shape{count});
    const double end = std::min(std::ldexp(1.0, T::format.int_bits - 1), 4.0);
    const fxp::RandomStream stream{1, 0, 0, fxp::RandomUse::user};
    for (std::size_t i = 0; i < count; ++i) {
        const double real = stream.word(i) * 0x1p-31 * end;
        x.data()[i] = static_cast<typename T::Raw>((positive ? real / 2 + 0x1p-6 : real - end) *
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

void add_rival(const char* name, void (*f)(const float* x, std::size_t count, float* y)) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& state) {
        measure<Eigen::ArrayXf>(state, Eigen::ArrayXf::Random(count) * 4, Eigen::ArrayXf(count),
                                [=](Eigen::ArrayXf& out, const Eigen::ArrayXf& x) { f(x.data(), count, out.data()); });
    });
}

/// Both functions, correctly rounded.
template <int IntBits, int FracBits>
void add_both() {
    using T = fxp::FxpTensor<IntBits, FracBits>;
    static const std::string format = "<" + std::to_string(IntBits) + "," + std::to_string(FracBits) + ">";
    static const std::string sigmoid = "sigmoid " + format + ", correctly rounded";
    static const std::string tanh = "tanh " + format + ", correctly rounded";
    add<T>(sigmoid.c_str(), false, [](auto& out, const auto& x) { fxp::sigmoid_into(out, x); });
    add<T>(tanh.c_str(), false, [](auto& out, const auto& x) { fxp::tanh_into(out, x); });
}

constexpr const char* native_tanh = "float tanh, Eigen for this processor";
constexpr const char* native_logistic = "float logistic, Eigen for this processor";

/// Prints as usual, and remembers the medians.
class Reporter : public benchmark::ConsoleReporter {
  public:
    void ReportRuns(const std::vector<Run>& runs) override {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& run : runs) {
            const auto counter = run.counters.find("s/number");
            if (run.aggregate_name == "median" && counter != run.counters.end()) {
                medians_[run.run_name.function_name] = counter->second.value;
            }
        }
    }
    void print_ratios() const {
        for (const auto& [name, seconds] : medians_) {
            if (name.rfind("float", 0) == 0 || name.find(", correctly rounded") == std::string::npos) continue;
            for (const char* rival : {native_tanh, native_logistic}) {
                const auto other = medians_.find(rival);
                if (other == medians_.end() || seconds > other->second) continue;
                std::printf("%-36s %5.2f x %s\n", name.c_str(), other->second / seconds, rival);
            }
        }
    }

  private:
    std::map<std::string, double> medians_;
};

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
    add<Wide>("tanh <8,24>, correctly rounded", false, [](auto& out, const auto& x) { fxp::tanh_into(out, x); });
    add<Wide>("tanh <8,24>, reference", false, [](auto& out, const auto& x) { fxp::tanh_into<Reference>(out, x); });
    add_both<4, 12>();
    add_both<2, 14>();
    add_both<8, 8>();
    add_both<4, 4>();
    add<Narrow>("tanh <4,12>, without its own table", false, [](auto& out, const auto& x) {
        fxp::OverflowCount events;
        fxp::math::apply<fxp::math::Tanh>(x.format, x.data(), x.size(), out.format, out.data(), events);
    });
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
    add_rival(native_tanh, rivals::eigen_tanh);
    add_rival(native_logistic, rivals::eigen_logistic);
    Reporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    reporter.print_ratios();
}
