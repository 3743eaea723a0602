// gemmlowp, compiled for the processor at hand with the kernels that this allows.
#define GEMMLOWP_ENABLE_AVX2
#include "bench/rivals/gemm.hpp"

#include <gemmlowp/public/gemmlowp.h>

#include <tuple>

namespace rivals {

void gemmlowp_u8(int m, int n, int k, const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* c) {
    using gemmlowp::MapOrder;
    using Input = gemmlowp::MatrixMap<const std::uint8_t, MapOrder::RowMajor>;
    static gemmlowp::GemmContext context;
    context.set_max_num_threads(1);
    gemmlowp::MatrixMap<std::uint8_t, MapOrder::RowMajor> result(c, m, n);
    // As ours: products of numbers with 7 fraction bits, rounded to as many.
    const auto output = std::make_tuple(gemmlowp::OutputStageQuantizeDownInt32ByFixedPoint{1 << 30, 6, 128},
                                        gemmlowp::OutputStageSaturatingCastToUint8{});
    gemmlowp::GemmWithOutputPipeline<std::uint8_t, std::uint8_t, gemmlowp::DefaultL8R8BitDepthParams>(
        &context, Input(a, m, k), Input(b, k, n), &result, -128, -128, output);
}

} // namespace rivals
