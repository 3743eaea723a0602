#include "support/catch.hpp"

#include <fxp/tensor/softmax.hpp>

#include <cmath>

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
