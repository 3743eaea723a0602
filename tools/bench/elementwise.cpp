// Sums and products of elements: ours, rounded half to even, saturated and counted, against Eigen's in float, compiled
// for this processor; one thread. The counter is elements per second.
//
//   bench_elementwise [--benchmark_filter=/4096$] [benchmark flags]
//
// Names end in the number of elements: 4096 lie in L1, 1048576 do not. None of them saturates.
#include "bench/rivals/elementwise.hpp"
#include "bench/flags.hpp"

#include <fxp/core/random.hpp>
#include <fxp/tensor/combine.hpp>
#include <fxp/tensor/terms.hpp>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

constexpr std::size_t counts[] = {4096, 1048576};

void count_elements(benchmark::State& state, std::size_t count) {
    state.counters["elem/s"] =
        benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsIterationInvariantRate);
}

/// Within 2^bits of zero.
template <class T>
void fill(T* data, std::size_t count, int bits, std::uint32_t seed) {
    const fxp::RandomStream stream{seed, 0, 0, fxp::RandomUse::user};
    for (std::size_t i = 0; i < count; ++i) {
        data[i] = static_cast<T>(static_cast<std::int32_t>(stream.word(i)) >> (31 - bits));
    }
}

/// Times f(out, context, a, b) on elements within 2^bits of zero.
template <class T, class F>
void add_ours(const std::string& name, int bits, F f) {
    for (const std::size_t count : counts) {
        benchmark::RegisterBenchmark((name + "/" + std::to_string(count)).c_str(), [=](benchmark::State& state) {
            T a(fxp::Shape{count});
            T b(fxp::Shape{count});
            T out(fxp::Shape{count});
            fill(a.data(), count, bits, 1);
            fill(b.data(), count, bits, 2);
            fxp::OverflowLog log;
            const fxp::Context context = fxp::Context::logging(log);
            for (auto _ : state) {
                f(out, context, a, b);
                benchmark::ClobberMemory();
            }
            count_elements(state, count);
        });
    }
}

template <class T>
void add_format(const std::string& format, int bits_of_terms, int bits_of_factors) {
    add_ours<T>("add " + format, bits_of_terms, [](T& out, const fxp::Context& context, const T& a, const T& b) {
        fxp::combine("add", out, context, fxp::plus(a), fxp::plus(b));
    });
    add_ours<T>("mul " + format, bits_of_factors, [](T& out, const fxp::Context& context, const T& a, const T& b) {
        fxp::combine("mul", out, context, fxp::elementwise(a, b));
    });
}

void add_rival(const std::string& name, void (*f)(const float* a, const float* b, std::size_t count, float* out)) {
    for (const std::size_t count : counts) {
        benchmark::RegisterBenchmark((name + "/" + std::to_string(count)).c_str(), [=](benchmark::State& state) {
            const std::vector<float> a(count, 1.5F);
            const std::vector<float> b(count, 0.5F);
            std::vector<float> out(count);
            for (auto _ : state) {
                f(a.data(), b.data(), count, out.data());
                benchmark::ClobberMemory();
            }
            count_elements(state, count);
        });
    }
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (!bench::initialize(argc, argv)) return 2;
        add_format<fxp::FxpTensor<4, 12>>("<4,12>", 14, 13);
        add_format<fxp::FxpTensor<8, 24>>("<8,24>", 30, 27);
        add_rival("add float, Eigen for this processor", rivals::eigen_add);
        add_rival("mul float, Eigen for this processor", rivals::eigen_mul);
        benchmark::RunSpecifiedBenchmarks();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_elementwise: %s\n", error.what());
        return 1;
    }
}
