// What the multiplying instructions of this processor reach at most, on one thread and without touching memory: the
// scale for bench_gemm. The counter is operations per second; a product and its sum are two.
//
//   bench_peaks [benchmark flags]
//
// Rows are named by instruction and register width; "4 tdpb" are the four AMX products of bytes that one of 16-bit
// words takes. What the processor lacks is left out, and AMX where FXP_ISA asks for less; architectures other than
// x86-64 have no rows.
#include "bench/flags.hpp"

#include <fxp/kernels/gemm/tile_product.hpp>

#if defined(__x86_64__)
namespace {

/// Sums that do not wait for each other: enough for two instructions per cycle and a latency of six.
constexpr int sums = 12;
constexpr int repeats = 1000;

void count(benchmark::State& state, int products) {
    state.counters["op/s"] =
        benchmark::Counter(2.0 * products * sums * repeats, benchmark::Counter::kIsIterationInvariantRate);
}

// Defines name(), which times an instruction that makes so many products. In `text`, register number \r is the sum, 12
// (zero) both factors, and 13 is to spare. In assembly nothing is moved, merged or spilled.
#define FXP_PEAK(name, text, products)                                                                                 \
    void name(benchmark::State& state) {                                                                               \
        for (auto _ : state) {                                                                                         \
            asm volatile("vzeroall" ::                                                                                 \
                             : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",       \
                               "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");                          \
            for (int i = 0; i < repeats; ++i) {                                                                        \
                asm volatile(".irp r, 0,1,2,3,4,5,6,7,8,9,10,11\n\t" text "\n\t.endr");                                \
            }                                                                                                          \
            asm volatile("vzeroupper");                                                                                \
        }                                                                                                              \
        count(state, products);                                                                                        \
    }

FXP_PEAK(float_256, "vfmadd231ps %ymm12, %ymm12, %ymm\\r", 8)
FXP_PEAK(double_256, "vfmadd231pd %ymm12, %ymm12, %ymm\\r", 4)
FXP_PEAK(int16_256, "vpmaddwd %ymm12, %ymm12, %ymm13\n\tvpaddd %ymm13, %ymm\\r, %ymm\\r", 16)
FXP_PEAK(int32_256, "vpmuldq %ymm12, %ymm12, %ymm13\n\tvpaddq %ymm13, %ymm\\r, %ymm\\r", 4)
FXP_PEAK(float_512, "vfmadd231ps %zmm12, %zmm12, %zmm\\r", 16)
FXP_PEAK(double_512, "vfmadd231pd %zmm12, %zmm12, %zmm\\r", 8)
FXP_PEAK(int16_512, "vpmaddwd %zmm12, %zmm12, %zmm13\n\tvpaddd %zmm13, %zmm\\r, %zmm\\r", 32)
FXP_PEAK(int32_512, "vpmuldq %zmm12, %zmm12, %zmm13\n\tvpaddq %zmm13, %zmm\\r, %zmm\\r", 8)
FXP_PEAK(vnni16_512, "vpdpwssd %zmm12, %zmm12, %zmm\\r", 32)
FXP_PEAK(vnni8_512, "vpdpbusd %zmm12, %zmm12, %zmm\\r", 64)
FXP_PEAK(int52_512, "vpmadd52luq %zmm12, %zmm12, %zmm\\r", 8)

/// Products of tiles of bytes, 16 by 64 by 16, for 16-bit words by four of them, high and low bytes of either factor.
void tiles(benchmark::State& state, bool words) {
    const fxp::kernels::gemm::TileScope scope(true);
    asm volatile(".irp r, 0,1,2,3,4,5,6,7\n\ttilezero %tmm\\r\n\t.endr");
    for (auto _ : state) {
        for (int i = 0; i < repeats / 4; ++i) {
            if (words) {
                asm volatile("tdpbssd %tmm6, %tmm7, %tmm0\n\ttdpbsud %tmm6, %tmm7, %tmm1\n\t"
                             "tdpbuud %tmm6, %tmm7, %tmm2\n\ttdpbusd %tmm6, %tmm7, %tmm3");
            } else {
                asm volatile(".irp r, 0,1,2,3\n\ttdpbssd %tmm6, %tmm7, %tmm\\r\n\t.endr");
            }
        }
    }
    const double products = 16 * 64 * 16 * (words ? 0.25 : 1.0);
    state.counters["op/s"] =
        benchmark::Counter(2 * products * (repeats / 4 * 4), benchmark::Counter::kIsIterationInvariantRate);
}

} // namespace
#endif

int main(int argc, char** argv) {
    if (!bench::initialize(argc, argv)) return 2;
#if defined(__x86_64__)
    const auto add = [](const char* name, void (*run)(benchmark::State&)) { benchmark::RegisterBenchmark(name, run); };
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        add("fma float/256", float_256);
        add("fma double/256", double_256);
        add("vpmaddwd+vpaddd/256", int16_256);
        add("vpmuldq+vpaddq/256", int32_256);
    }
    if (__builtin_cpu_supports("avx512f")) {
        add("fma float/512", float_512);
        add("fma double/512", double_512);
        add("vpmuldq+vpaddq/512", int32_512);
    }
    if (__builtin_cpu_supports("avx512bw")) add("vpmaddwd+vpaddd/512", int16_512);
    if (__builtin_cpu_supports("avx512vnni")) {
        add("vpdpwssd/512", vnni16_512);
        add("vpdpbusd/512", vnni8_512);
    }
    if (__builtin_cpu_supports("avx512ifma")) add("vpmadd52luq/512", int52_512);
    if (fxp::kernels::active_isa() == fxp::kernels::Isa::amx) {
        benchmark::RegisterBenchmark("tdpbssd/tile", [](benchmark::State& state) { tiles(state, false); });
        benchmark::RegisterBenchmark("4 tdpb/tile", [](benchmark::State& state) { tiles(state, true); });
    }
#endif
    benchmark::RunSpecifiedBenchmarks();
}
