#include "support/catch.hpp"

#include <fxp/optim/public_real.hpp>

#include <cmath>
#include <random>

namespace public_real_test {

TEST_CASE("exact_product is the product rounded once", "[optim]") {
    std::mt19937_64 engine(1);
    for (int i = 0; i < 1000; ++i) {
        const double a = static_cast<double>(engine() >> 11) * 0x1p-53;
        const double b = static_cast<double>(engine() >> 11) * 0x1p-50 - 4;
        const double product = fxp::optim::exact_product(a, b);
        const double ulp = std::nextafter(std::fabs(product), 100.0) - std::fabs(product);
        REQUIRE(std::fabs(std::fma(a, b, -product)) <= ulp / 2);
    }
    // A fused multiply-add would give the rounding error instead of 0.
    const double a = 1 + 0x1p-30;
    REQUIRE(fxp::optim::exact_product(a, a) - (1 + 0x1p-29) == 0);
}

} // namespace public_real_test
