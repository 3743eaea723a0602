// Fixed-point tensors: formats, exact sums, one rounding, and overflow that is counted with its address.
#include <fxp/fxp.hpp>

#include <cstdio>

int main() {
    using namespace fxp;
    using Tensor = FxpTensor<4, 12>; // 16 bits: a sign, 3 integer and 12 fraction bits

    OverflowLog log;
    const Context context = Context::logging(log, Rounding::nearest_even);

    const Tensor weights = Tensor::from_real({2, 3}, {0.5, -1.25, 2, 0.125, 3, -0.75}, context);
    const Tensor inputs = Tensor::from_real({3, 1}, {1.5, 0.25, -0.5}, context);
    const Tensor bias = Tensor::from_real({2, 1}, {0.1, -0.1}, context);

    // One exact sum, one rounding.
    const Tensor outputs = multiply_add<Q<4, 12>>(context, matrix(weights, inputs), plus(bias));
    for (const double value : outputs.to_real()) std::printf("%.6f\n", value);

    // 7 * 7 does not fit into [-8, 8): it saturates, and the log says where.
    const Tensor large = Tensor::from_real({1}, {7.0}, context);
    const Tensor product = mul(large, large, context.named("product"));
    std::printf("7 * 7 = %.4f\n", product.to_real()[0]);
    std::printf("%s", to_text(log).c_str());

    // Mixed formats need the result's format: mul(outputs, wide) would not compile, and say what to write.
    const FxpTensor<8, 24> wide = FxpTensor<8, 24>::from_real({2, 1}, {1.0, 1e-6});
    const auto mixed = mul<Q<8, 24>>(outputs, wide, context);
    for (const double value : mixed.to_real()) std::printf("%.9f\n", value);
    return log.total() == 1 ? 0 : 1;
}
