// Schemes at the borders where the next wider one is needed: sums of the chosen one have just room.
#include "support/catch.hpp"

#include <fxp/kernels/gemm/scheme.hpp>

namespace scheme_test {

using fxp::kernels::Operand;
using fxp::kernels::gemm::Choice;
using fxp::kernels::gemm::KernelSet;
using fxp::kernels::gemm::Scheme;

namespace {

Operand operand(int bytes, std::uint64_t bound) {
    Operand o;
    o.bytes = bytes;
    o.bound = bound;
    return o;
}

/// That of operands with max|a| max|b| = 2^power, among all schemes but those whose kernels are left out.
Choice chosen(int bytes, int power, std::size_t depth, const KernelSet& kernels) {
    const int half = power / 2;
    return fxp::kernels::gemm::choose_scheme(operand(bytes, std::uint64_t{1} << half),
                                             operand(bytes, std::uint64_t{1} << (power - half)), depth, kernels);
}

bool fits(int bytes, std::uint64_t a, std::uint64_t b, std::size_t depth) {
    return fxp::kernels::gemm::sums_fit_int64(operand(bytes, a), operand(bytes, b), depth);
}

} // namespace

TEST_CASE("the narrowest scheme whose sums fit is chosen", "[kernels][gemm]") {
    const auto kernel = [](const fxp::kernels::gemm::Task&) {};
    KernelSet all;
    all.quads[0] = kernel;
    all.split[0] = kernel;
    all.doubles[0] = kernel;
    const KernelSet none;
    // (2^31 - 1) / 2^14 = 131071 products of bytes fit int32, and 32767 of 2^16.
    CHECK(chosen(1, 14, 131071, all).scheme == Scheme::quads);
    CHECK(chosen(1, 14, 131072, all).scheme == Scheme::flushed);
    CHECK(chosen(1, 14, 131071, none).scheme == Scheme::pairs);
    CHECK(chosen(2, 16, 32767, all).scheme == Scheme::pairs);
    CHECK(chosen(2, 16, 32768, all).scheme == Scheme::flushed);
    // 511 of 2^22 and 63 of 2^25 in blocks of pairs, 31 of 2^26 are too few.
    CHECK(chosen(2, 22, 1000, all).block == 255);
    CHECK(chosen(2, 25, 1000, all).block == 31);
    CHECK(chosen(2, 26, 1000, all).scheme == Scheme::split);
    CHECK(chosen(2, 26, 1000, none).scheme == Scheme::bytes);
    // 32 of 2^48 are exact in a double, 16 of 2^49.
    CHECK(chosen(4, 48, 1000, all).scheme == Scheme::doubles);
    CHECK(chosen(4, 48, 1000, all).block == 32);
    CHECK(chosen(4, 49, 1000, all).scheme == Scheme::words);
    CHECK(chosen(4, 49, 16, all).scheme == Scheme::doubles);
    CHECK(chosen(4, 49, 17, all).scheme == Scheme::words);
    CHECK(chosen(4, 48, 1000, none).scheme == Scheme::words);
}

TEST_CASE("sums of products of 32-bit numbers fit 64 bits", "[kernels][gemm]") {
    constexpr std::uint64_t end = std::uint64_t{1} << 31;
    CHECK(fits(4, end, end, 1));
    CHECK_FALSE(fits(4, end, end, 2));
    CHECK(fits(8, end - 1, end - 1, 2));
    CHECK_FALSE(fits(8, end, 1, 1)); // 2^31 itself is no int32
    CHECK(fits(4, 0, end, ~std::size_t{0}));
}

} // namespace scheme_test
