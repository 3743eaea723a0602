#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/math/inverse_root.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace inverse_root_test {

using fxp::math::inverse_root;

TEST_CASE("the inverse root of every size is good to 2^-29", "[math][inverse_root]") {
    // long double (64 bits or more) is exact enough by far; a double would still do.
    exact::Draw draw(1);
    long double worst = 0;
    const auto check = [&](std::int64_t n, int bits) {
        const fxp::math::InverseRoot root = inverse_root(n, bits);
        const long double wanted = 1 / std::sqrt(std::ldexp(static_cast<long double>(n), -bits));
        const long double got = std::ldexp(static_cast<long double>(root.mantissa), -root.shift);
        const long double error = std::fabs(got / wanted - 1);
        worst = std::max(worst, error);
        const bool good =
            error <= 0x1p-29L && root.mantissa >= std::int64_t{1} << 37 && root.mantissa <= std::int64_t{1} << 38;
        if (good) return;
        INFO("n " << n << " bits " << bits << " mantissa " << root.mantissa << " shift " << root.shift);
        REQUIRE(good);
    };
    for (int bits = -100; bits <= 100; ++bits) {
        for (int size = 1; size <= 63; ++size) {
            const std::uint64_t low = std::uint64_t{1} << (size - 1);
            check(static_cast<std::int64_t>(low), bits);
            check(static_cast<std::int64_t>(low + (low - 1)), bits);
            for (int i = 0; i < 8; ++i) check(static_cast<std::int64_t>(low + draw.bits() % low), bits);
        }
    }
    // The whole mantissa, finely, around both of a root's octaves.
    for (std::int64_t n = std::int64_t{1} << 30; n < std::int64_t{1} << 32; n += 10007) check(n, 30);
    for (std::int64_t n = 1; n < 5000; ++n) check(n, 56);
    check(std::numeric_limits<std::int64_t>::max(), 0);
    CHECK(worst > 0x1p-33L); // else the bound would be out of date
    static_assert(inverse_root(4, 0).mantissa == std::int64_t{1} << 38 && inverse_root(4, 0).shift == 39);
    static_assert(inverse_root(1, 2).mantissa == std::int64_t{1} << 38 && inverse_root(1, 2).shift == 37);
}

} // namespace inverse_root_test
