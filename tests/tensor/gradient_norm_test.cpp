#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/float_update.hpp>
#include <fxp/tensor/gradient_norm.hpp>

#include <cmath>
#include <vector>

namespace gradient_norm_test {

using fxp::Factor;
using fxp::FxpTensor;
using fxp::GradientNorm;

namespace {

template <class T>
T random_tensor(exact::Draw& draw, std::size_t count, int bits) {
    T tensor({count});
    for (auto& raw : tensor.elements()) raw = static_cast<typename T::Raw>(draw.raw(bits));
    return tensor;
}

template <class T>
long double sum_of_squares(const T& tensor) {
    long double sum = 0;
    for (const auto raw : tensor.elements()) {
        const long double value = std::ldexp(static_cast<long double>(raw), -T::format.frac_bits);
        sum += value * value;
    }
    return sum;
}

} // namespace

TEST_CASE("the limited factor is largest / norm to 2^-29, for norms of every size", "[tensor][norm]") {
    exact::Draw draw(1);
    using Fine = FxpTensor<20, 44>;
    using Coarse = FxpTensor<16, 16>;
    for (int bits = 2; bits <= 64; ++bits) {
        for (int repeat = 0; repeat < 20; ++repeat) {
            const Fine a = random_tensor<Fine>(draw, 1 + draw.below(20), bits);
            const Coarse b = random_tensor<Coarse>(draw, draw.below(3), std::min(bits, 32));
            GradientNorm norm(44);
            norm.add(b);
            norm.add(a);
            const long double exact = std::sqrt(sum_of_squares(a) + sum_of_squares(b));
            const double largest = std::ldexp(static_cast<double>(1 + draw.below(1000)), -6);
            const Factor scale = fxp::quantize_factor(0x1p60);
            const Factor limit = norm.limited(scale, largest);
            if (exact == 0) {
                REQUIRE(limit == scale);
                continue;
            }
            if (largest / exact > 0x1p59L) continue;
            INFO("bits " << bits << " norm " << static_cast<double>(exact));
            REQUIRE(std::fabs(static_cast<long double>(fxp::dequantize(limit)) * exact / largest - 1) <= 0x1p-29L);
        }
    }
}

TEST_CASE("a factor whose norm is small enough stays as it is", "[tensor][norm]") {
    FxpTensor<8, 24> g = FxpTensor<8, 24>::from_real({2}, {3, -4});
    GradientNorm norm(24);
    norm.add(g);
    CHECK(norm.limited(fxp::quantize_factor(1), 5.001) == fxp::quantize_factor(1));
    CHECK(fxp::dequantize(norm.limited(fxp::quantize_factor(1), 4.999)) == Approx(4.999 / 5).epsilon(0x1p-29));
    CHECK(norm.limited(fxp::quantize_factor(0.5), 2.6) == fxp::quantize_factor(0.5));
    CHECK(fxp::dequantize(norm.limited(fxp::quantize_factor(0.5), 2)) == Approx(0.4).epsilon(0x1p-29));
    CHECK(GradientNorm(24).limited(fxp::quantize_factor(3), 1e-30) == fxp::quantize_factor(3)); // nothing was added
    fxp::FloatGradientNorm twin;
    twin.add(fxp::FloatTensor<float>::from_real({2}, {3, -4}));
    CHECK(twin.limited(1, 5.001) == 1);
    CHECK(twin.limited(1, 4) == 0.8);
    CHECK(fxp::FloatGradientNorm{}.limited(3, 1e-30) == 3);
}

TEST_CASE("squares of the largest words of the coarsest format do not overflow", "[tensor][norm]") {
    FxpTensor<64, 0> g({1000});
    g.fill(g.format.max_raw());
    GradientNorm norm(32);
    norm.add(g);
    norm.add(FxpTensor<32, 32>({5}));
    const double exact = std::sqrt(1000.0) * 0x1p63;
    CHECK(fxp::dequantize(norm.limited(fxp::quantize_factor(1), 1)) * exact == Approx(1).epsilon(0x1p-29));
}

} // namespace gradient_norm_test
