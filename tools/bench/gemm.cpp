// Matrix products: ours, rounded, saturated and counted, against the float and int8 products of other libraries; one
// thread, packing included, randomly interleaved repetitions. The counter is 2 m n k operations per second.
//
//   bench_gemm [--benchmark_filter=/256$] [benchmark flags]
//
// Names end in /N for square products and in /MxNxK for others. "unchecked" shifts the same exact sums and stores their
// low bits: no rounding, no fitting, no counting; the sums go through memory, as those of int8 and int16 do not that
// are checked by AVX-512. Data are uniform, within 2^5 for int8, within 2^10 for
// "int16 bounded", within 2^20 for "int32 bounded", the whole range for "any" and within 2^24 for "int32", a <8, 24>
// word between -1 and 1. "training": the products of an LSTM's step, <8, 24> words between -1 and 1 by such between
// -1/4 and 1/4, rounded pseudo-stochastically.
#include "bench/flags.hpp"

#include <fxp/core/random.hpp>
#include <fxp/tensor/combine.hpp>
#include <fxp/tensor/terms.hpp>

#ifdef FXP_HAVE_RIVALS
#include "bench/rivals/gemm.hpp"
#endif

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

struct Extents {
    int m;
    int n;
    int k;

    std::string name() const {
        std::string text("/");
        text.append(std::to_string(m));
        if (m != n || n != k) text.append("x").append(std::to_string(n)).append("x").append(std::to_string(k));
        return text;
    }
    std::size_t a() const { return static_cast<std::size_t>(m) * static_cast<std::size_t>(k); }
    std::size_t b() const { return static_cast<std::size_t>(k) * static_cast<std::size_t>(n); }
    std::size_t c() const { return static_cast<std::size_t>(m) * static_cast<std::size_t>(n); }
};

void count(benchmark::State& state, const Extents& e) {
    state.counters["op/s"] = benchmark::Counter(2.0 * e.m * e.n * e.k, benchmark::Counter::kIsIterationInvariantRate);
}

template <class T>
void fill(T* data, std::size_t count, int bits, std::uint32_t seed) {
    const fxp::RandomStream stream{seed, 0, 0, fxp::RandomUse::user};
    for (std::size_t i = 0; i < count; ++i) {
        data[i] = static_cast<T>(static_cast<std::int32_t>(stream.word(i)) >> (31 - bits));
    }
}

template <int IntBits, int FracBits>
struct Operands {
    using Tensor = fxp::FxpTensor<IntBits, FracBits>;
    Tensor a;
    Tensor b;
    Tensor c;
    /// Elements in [-2^bits, 2^bits).
    Operands(const Extents& e, int bits)
        : a(fxp::Shape{static_cast<std::size_t>(e.m), static_cast<std::size_t>(e.k)}),
          b(fxp::Shape{static_cast<std::size_t>(e.k), static_cast<std::size_t>(e.n)}),
          c(fxp::Shape{static_cast<std::size_t>(e.m), static_cast<std::size_t>(e.n)}) {
        fill(a.data(), e.a(), bits, 1);
        fill(b.data(), e.b(), bits, 2);
    }
};

template <int IntBits, int FracBits>
void checked(benchmark::State& state, const Extents& e, int bits) {
    Operands<IntBits, FracBits> o(e, bits);
    fxp::OverflowLog log;
    const fxp::Context context = fxp::Context::logging(log);
    for (auto _ : state) {
        fxp::combine("matmul", o.c, context, fxp::matrix(o.a, o.b));
        benchmark::ClobberMemory();
    }
    count(state, e);
}

/// A product of back-propagation: <8, 24> words, rounded pseudo-stochastically.
void training(benchmark::State& state, const Extents& e, bool transpose_a, bool transpose_b) {
    using Tensor = fxp::FxpTensor<8, 24>;
    const auto shaped = [](int rows, int columns, bool transposed) {
        const auto r = static_cast<std::size_t>(rows);
        const auto c = static_cast<std::size_t>(columns);
        return Tensor(transposed ? fxp::Shape{c, r} : fxp::Shape{r, c});
    };
    Tensor a = shaped(e.m, e.k, transpose_a);
    Tensor b = shaped(e.k, e.n, transpose_b);
    Tensor c = shaped(e.m, e.n, false);
    fill(a.data(), e.a(), 22, 1);
    fill(b.data(), e.b(), 24, 2);
    fxp::OverflowLog log;
    const fxp::Context context = fxp::Context::logging(log, fxp::Rounding::pseudo_stochastic);
    for (auto _ : state) {
        fxp::combine("matmul", c, context, fxp::MatrixTerm<Tensor, Tensor>{a, b, transpose_a, transpose_b});
        benchmark::ClobberMemory();
    }
    count(state, e);
}

template <class Sum, class Stored>
FXP_INLINE void store_low_bits(const Sum* FXP_RESTRICT sums, std::size_t count, int shift, Stored* FXP_RESTRICT out) {
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<Stored>(sums[i] >> shift);
}

/// height, most: of a block of sums.
template <class Sum, std::size_t height, std::size_t most, class Product, class Stored>
void multiply_unchecked(const Product& product, const Extents& e, int shift, Stored* out) {
    alignas(64) Sum sums[height * most];
    const auto rows = static_cast<std::size_t>(e.m);
    const auto columns = static_cast<std::size_t>(e.n);
    std::size_t block = most;
    while (block > 32 && block * product.column_bytes() > (std::size_t{1} << 18)) block /= 2;
    for (std::size_t c = 0; c < columns; c += block) {
        const std::size_t n = std::min(block, columns - c);
        const std::size_t stride = (n + 31) / 32 * 32;
        for (std::size_t r = 0; r < rows; r += height) {
            product.tile(r, height, c, n, false, sums, stride);
            const std::size_t here = std::min(height, rows - r);
            if (stride == columns) {
                Stored* to = out + r * columns;
                const Sum* from = sums;
                fxp::kernels::dispatch([=]() FXP_LOOP { store_low_bits(from, here * columns, shift, to); });
                continue;
            }
            for (std::size_t i = 0; i < here; ++i) {
                Stored* to = out + (r + i) * columns + c;
                const Sum* from = sums + i * stride;
                fxp::kernels::dispatch([=]() FXP_LOOP { store_low_bits(from, n, shift, to); });
            }
        }
    }
}

template <int IntBits, int FracBits>
void unchecked(benchmark::State& state, const Extents& e, int bits) {
    namespace kernels = fxp::kernels;
    Operands<IntBits, FracBits> o(e, bits);
    kernels::gemm::Memory memory;
    const auto m = static_cast<std::size_t>(e.m);
    const auto n = static_cast<std::size_t>(e.n);
    const auto k = static_cast<std::size_t>(e.k);
    const std::uint64_t bound = std::uint64_t{1} << bits;
    const kernels::Operand a{o.a.data(), sizeof(*o.a.data()), e.k, 1, bound};
    const kernels::Operand b{o.b.data(), sizeof(*o.b.data()), e.n, 1, bound};
    kernels::Term term;
    term.kind = kernels::Term::Kind::matrix;
    term.a = a;
    term.b = b;
    term.depth = k;
    const bool tiles = kernels::detail::gains_by_tiles({a, b, k}, m, n);
    for (auto _ : state) {
        if (tiles) {
            const kernels::gemm::TileProduct product(a, b, m, n, k, memory);
            const kernels::gemm::TileScope scope(true);
            if (kernels::sum_bound(&term, 1) >> 31 == 0 && sizeof(*o.a.data()) <= 2) {
                multiply_unchecked<std::int32_t, 32, 32>(product, e, FracBits, o.c.data());
            } else {
                multiply_unchecked<std::int64_t, 32, 32>(product, e, FracBits, o.c.data());
            }
            benchmark::ClobberMemory();
            continue;
        }
        const kernels::gemm::MatrixProduct product(a, b, m, n, k, memory);
        if (product.is_narrow()) {
            multiply_unchecked<std::int32_t, 8, 256>(product, e, FracBits, o.c.data());
        } else {
            multiply_unchecked<std::int64_t, 8, 256>(product, e, FracBits, o.c.data());
        }
        benchmark::ClobberMemory();
    }
    count(state, e);
}

#if defined(FXP_HAVE_RIVALS) || defined(FXP_HAVE_GEMMLOWP)
template <class A, class B, class C>
void rival(benchmark::State& state, const Extents& e, void (*multiply)(int, int, int, const A*, const B*, C*)) {
    std::vector<A> a(e.a());
    std::vector<B> b(e.b());
    std::vector<C> c(e.c());
    fill(a.data(), a.size(), 6, 1);
    fill(b.data(), b.size(), 6, 2);
    for (auto _ : state) {
        multiply(e.m, e.n, e.k, a.data(), b.data(), c.data());
        benchmark::ClobberMemory();
    }
    count(state, e);
}
#endif

template <class F>
void add(const std::string& name, const Extents& e, F run) {
    benchmark::RegisterBenchmark((name + e.name()).c_str(), [=](benchmark::State& state) { run(state, e); });
}

template <int IntBits, int FracBits>
void add_ours(const std::string& name, const Extents& e, int bits) {
    add(name, e, [=](auto& state, const Extents& x) { checked<IntBits, FracBits>(state, x, bits); });
    add(name + " unchecked", e, [=](auto& state, const Extents& x) { unchecked<IntBits, FracBits>(state, x, bits); });
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (!bench::initialize(argc, argv)) return 2;
        for (const int n : {64, 96, 128, 256, 512, 1024, 2048, -14, -64}) {
            const Extents e = n > 0 ? Extents{n, n, n} : Extents{40, 128, -n};
            add_ours<1, 7>("int8", e, 5);
            add_ours<4, 12>("int16 bounded", e, 10);
            add_ours<1, 15>("int16 any", e, 15);
            add_ours<12, 20>("int32 bounded", e, 20);
            add_ours<8, 24>("int32", e, 24);
            add_ours<16, 16>("int32 <16,16>", e, 16);
#ifdef FXP_HAVE_RIVALS
            rivals::use_one_thread();
            add("Eigen float", e, [](auto& s, const Extents& x) { rival(s, x, rivals::eigen_float); });
            add("OpenBLAS float", e, [](auto& s, const Extents& x) { rival(s, x, rivals::openblas_float); });
            add("OpenBLAS double", e, [](auto& s, const Extents& x) { rival(s, x, rivals::openblas_double); });
            add("oneDNN float", e, [](auto& s, const Extents& x) { rival(s, x, rivals::onednn_float); });
            add("oneDNN u8s8", e, [](auto& s, const Extents& x) { rival(s, x, rivals::onednn_u8s8); });
#endif
#ifdef FXP_HAVE_GEMMLOWP
            add("gemmlowp u8", e, [](auto& s, const Extents& x) { rival(s, x, rivals::gemmlowp_u8); });
#endif
        }
        for (const Extents& e : {Extents{10, 128, 4}, Extents{10, 128, 10}, Extents{40, 128, 14}, Extents{4, 128, 10},
                                 Extents{10, 4, 128}, Extents{10, 10, 128}, Extents{40, 14, 128}}) {
            add("training", e, [](auto& s, const Extents& x) { training(s, x, false, false); });
            add("training a transposed", e, [](auto& s, const Extents& x) { training(s, x, true, false); });
            add("training b transposed", e, [](auto& s, const Extents& x) { training(s, x, false, true); });
        }
        benchmark::RunSpecifiedBenchmarks();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_gemm: %s\n", error.what());
        return 1;
    }
}
