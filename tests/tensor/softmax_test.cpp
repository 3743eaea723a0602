#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/softmax.hpp>

#include <cmath>
#include <vector>

namespace softmax_test {

using fxp::Context;
using fxp::FxpTensor;
using fxp::OverflowLog;
using Logits = FxpTensor<4, 12>;

TEST_CASE("softmax of each column", "[tensor][softmax]") {
    const auto z = Logits::from_real({3, 2}, {0, 7.5, 1, -7.5, -1, 0});
    FxpTensor<2, 30> p;
    fxp::softmax_into(p, z);
    REQUIRE(p.shape() == z.shape());
    const double sum = 1 + std::exp(1) + std::exp(-1);
    CHECK(p.to_real()[0] == Approx(1 / sum).margin(0x1p-30));
    CHECK(p.to_real()[2] == Approx(std::exp(1) / sum).margin(0x1p-30));
    CHECK(p.to_real()[3] == Approx(std::exp(-15) / (1 + std::exp(-15) + std::exp(-7.5))).margin(0x1p-30));
    for (std::size_t n = 0; n < 2; ++n) {
        CHECK(std::int64_t{p.data()[n]} + p.data()[2 + n] + p.data()[4 + n] == 1 << 30);
    }
    const Logits same = fxp::softmax(z);
    CHECK(same.data()[0] + same.data()[2] + same.data()[4] == 1 << 12);
    Logits in_place = z;
    fxp::softmax_into(in_place, in_place);
    CHECK((in_place == same));
}

TEST_CASE("log-softmax of each column is never positive", "[tensor][softmax]") {
    const auto z = Logits::from_real({2, 2}, {0, 7.5, 0, -7.5});
    FxpTensor<8, 24> l;
    fxp::log_softmax_into(l, z);
    CHECK(l.to_real()[0] == Approx(-std::log(2)).margin(0x1p-24));
    CHECK(l.to_real()[1] <= 0);
    CHECK(l.to_real()[3] == Approx(-15).margin(0x1p-20));
}

TEST_CASE("a log-softmax that does not fit is an event", "[tensor][softmax]") {
    const auto z = Logits::from_real({2, 1}, {7.5, -7.5});
    OverflowLog log;
    CHECK(fxp::log_softmax(z, Context::logging(log).named("n")).data()[1] == -32767);
    REQUIRE(log.rows().size() == 1);
    CHECK(log.rows()[0].operation == "log_softmax");
    CHECK(log.rows()[0].worst_value == Approx(-15));
    CHECK_THROWS_AS(fxp::log_softmax(z), fxp::OverflowError);
}

TEST_CASE("softmax wants (classes, samples)", "[tensor][softmax]") {
    CHECK_THROWS_WITH(fxp::softmax(Logits({3})),
                      "softmax: shape (3), expected (classes, samples) with at least one class");
    CHECK_THROWS_AS(fxp::log_softmax(Logits({0, 2})), fxp::ShapeError);
    CHECK(fxp::softmax(Logits({3, 0})).size() == 0);
}

namespace {

using Probabilities = FxpTensor<2, 30>;
constexpr std::int64_t one = std::int64_t{1} << 30;

/// Targets of class n % classes for sample n.
template <class T>
T one_hot(const fxp::Shape& shape) {
    T targets(shape);
    for (std::size_t n = 0; n < shape[1]; ++n) {
        targets.data()[n % shape[0] * shape[1] + n] = static_cast<typename T::Raw>(1 << T::format.frac_bits);
    }
    return targets;
}

} // namespace

TEMPLATE_TEST_CASE("errors of two classes for all differences of 16-bit logits are within a step", "[tensor][softmax]",
                   (FxpTensor<7, 12>), (FxpTensor<9, 10>)) {
    constexpr std::size_t count = 65536;
    TestType z({2, count});
    for (std::size_t n = 0; n < count; ++n) {
        z.data()[n] = static_cast<std::int32_t>(n / 2);
        z.data()[count + n] = static_cast<std::int32_t>(n / 2) - static_cast<std::int32_t>(n);
    }
    const Probabilities targets = one_hot<Probabilities>({2, count});
    Probabilities error;
    fxp::softmax_error_into(error, z, targets);
    for (std::size_t n = 0; n < count; ++n) {
        const double difference = std::ldexp(static_cast<double>(n), -TestType::format.frac_bits);
        const double small = std::exp(-difference) / (1 + std::exp(-difference));
        const double wanted = std::ldexp(n % 2 == 0 ? -small : 1 - small, 30);
        REQUIRE(std::fabs(error.data()[n] - wanted) <= 1);
        REQUIRE(error.data()[n] + error.data()[count + n] == 0);
    }
}

TEST_CASE("a column of errors sums to zero exactly, for all logits but those at an end", "[tensor][softmax]") {
    const auto check = [](auto logits, auto targets, auto error) {
        using Z = decltype(logits);
        exact::Draw draw(7);
        for (auto& z : logits.elements()) {
            do {
                z = static_cast<typename Z::Raw>(draw.raw(Z::format.word_bits()));
            } while (std::abs(z) >= Z::format.max_raw());
        }
        fxp::softmax_error_into(error, logits, targets);
        const std::size_t samples = logits.shape()[1];
        const std::int64_t unit = std::int64_t{1} << decltype(error)::format.frac_bits;
        for (std::size_t n = 0; n < samples; ++n) {
            std::int64_t sum = 0;
            for (std::size_t c = 0; c < logits.shape()[0]; ++c) {
                const std::int64_t e = error.data()[c * samples + n];
                REQUIRE(std::abs(e) <= unit);
                REQUIRE((targets.data()[c * samples + n] == 0 ? e >= 0 : e <= 0));
                sum += e;
            }
            REQUIRE(sum == 0);
        }
    };
    const fxp::Shape shape{10, 3000};
    check(FxpTensor<6, 10>(shape), one_hot<Probabilities>(shape), Probabilities());
    check(FxpTensor<4, 12>(shape), one_hot<FxpTensor<2, 14>>(shape), FxpTensor<2, 14>());
    check(FxpTensor<8, 24>(shape), one_hot<FxpTensor<8, 24>>(shape), FxpTensor<8, 24>());
    check(FxpTensor<40, 24>(shape), one_hot<Probabilities>(shape), Probabilities());
    check(FxpTensor<64, 0>(shape), one_hot<Probabilities>(shape), Probabilities());
    check(FxpTensor<6, 10>({1, 40}), one_hot<Probabilities>({1, 40}), Probabilities());
}

TEST_CASE("a logit at an end of its range is not pushed farther, but may come back", "[tensor][softmax]") {
    constexpr std::int16_t end = 32767;
    // Columns: the right class at the top, the wrong one; at the bottom the wrong one, the right one; just inside.
    const std::vector<std::int16_t> raw{end,   end,   -end,   -end,   end - 1, 1 - end, //
                                        32000, 32000, -32000, -32000, 32000,   -32000};
    const auto z = FxpTensor<6, 10>::from_raw({2, 6}, raw);
    Probabilities targets({2, 6});
    for (const std::size_t n : {0U, 3U, 4U}) targets.data()[n] = one;
    for (const std::size_t n : {1U, 2U, 5U}) targets.data()[6 + n] = one;
    Probabilities error;
    fxp::softmax_error_into(error, z, targets);
    const auto e = error.data();
    CHECK(e[0] == 0);
    CHECK(e[1] > 0);
    CHECK(e[2] == 0);
    CHECK(e[3] < 0);
    CHECK(e[4] < 0);
    CHECK(e[5] > 0);
    const double p = 1 / (1 + std::exp(-767.0 / 1024));   // of the first class in column 0
    CHECK(e[6] * 0x1p-30 == Approx(1 - p).epsilon(1e-7)); // the other logit of the column has its error
    CHECK(e[1] * 0x1p-30 == Approx(p).epsilon(1e-7));
    for (std::size_t n : {1U, 3U, 4U, 5U}) CHECK(e[n] + e[6 + n] == 0);
    // The target's own bits alone decide: an error that pushes inwards from either end is whole.
    Probabilities in_place = targets;
    fxp::softmax_error_into(in_place, z, in_place);
    CHECK((in_place == error));
}

TEST_CASE("the lowest logit of a full range is an end, the one above it is not", "[tensor][softmax]") {
    const std::vector<std::int16_t> raw{-32768, -32767, -32767, -32768};
    const auto z = FxpTensor<6, 10, fxp::Range::full>::from_raw({2, 2}, raw);
    Probabilities targets({2, 2});
    targets.data()[2] = targets.data()[3] = one; // the second class, so that the first is pushed down
    Probabilities error;
    fxp::softmax_error_into(error, z, targets);
    CHECK(error.data()[0] == 0);
    CHECK(error.data()[1] > 0);
    CHECK(error.data()[2] < 0);
    CHECK(error.data()[3] < 0);
}

namespace {

template <class Z>
double cross_entropy_sum(const Z& logits, const Probabilities& targets) {
    Probabilities error;
    return fxp::softmax_error_into(error, logits, targets);
}

} // namespace

TEST_CASE("the sum of cross-entropies is that of the logarithms, never negative, finite at the ends",
          "[tensor][softmax]") {
    exact::Draw draw(9);
    const fxp::Shape shape{10, 200};
    FxpTensor<6, 10> z(shape);
    for (auto& raw : z.elements()) raw = static_cast<std::int16_t>(draw.raw(16));
    Probabilities targets(shape);
    for (std::size_t n = 0; n < 200; ++n) {
        std::int32_t rest = 1 << 30;
        for (std::size_t c = 0; c < 9; ++c) {
            const auto part = static_cast<std::int32_t>(draw.below(static_cast<std::size_t>(rest) + 1));
            targets.data()[c * 200 + n] = part;
            rest -= part;
        }
        targets.data()[9 * 200 + n] = rest;
    }
    long double wanted = 0;
    for (std::size_t n = 0; n < 200; ++n) {
        long double sum = 0;
        for (std::size_t c = 0; c < 10; ++c)
            sum += std::exp(std::ldexp(static_cast<long double>(z.data()[c * 200 + n]), -10));
        for (std::size_t c = 0; c < 10; ++c) {
            const std::size_t at = c * 200 + n;
            wanted += std::ldexp(static_cast<long double>(targets.data()[at]), -30) *
                      (std::log(sum) - std::ldexp(static_cast<long double>(z.data()[at]), -10));
        }
    }
    CHECK(std::fabs(cross_entropy_sum(z, targets) - static_cast<double>(wanted)) < 200 * 0x1p-24);

    Probabilities first({2, 1});
    first.data()[0] = static_cast<std::int32_t>(one);
    FxpTensor<64, 0> extreme({2, 1});
    extreme.data()[0] = extreme.format.max_raw();
    extreme.data()[1] = -extreme.format.max_raw();
    CHECK(cross_entropy_sum(extreme, first) == 0);
    extreme.data()[0] = -extreme.format.max_raw();
    CHECK(cross_entropy_sum(extreme, first) > 0);
    CHECK(cross_entropy_sum(FxpTensor<6, 10>::from_real({2, 1}, {-31.5, 31.5}), first) == Approx(63).margin(0x1p-23));
    CHECK(cross_entropy_sum(FxpTensor<6, 10>::from_real({2, 1}, {31.5, -31.5}), first) == 0);
}

TEST_CASE("softmax errors want targets of the logits' shape", "[tensor][softmax]") {
    Probabilities error;
    CHECK_THROWS_AS(fxp::softmax_error_into(error, Logits({3, 2}), Probabilities({2, 3})), fxp::ShapeError);
    CHECK_THROWS_AS(fxp::softmax_error_into(error, Logits({3}), Probabilities({3})), fxp::ShapeError);
    CHECK_THROWS_AS(fxp::softmax_error_into(error, Logits({0, 2}), Probabilities({0, 2})), fxp::ShapeError);
    CHECK(cross_entropy_sum(Logits({3, 0}), Probabilities({3, 0})) == 0);
}

} // namespace softmax_test
