#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/math/softmax.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace softmax_test {

using fxp::Format;
using fxp::OverflowCount;
using fxp::math::Softmax;

namespace {

/// What a softmax must keep, checked for one vector of logits; the largest error of a probability in steps.
class Checker {
  public:
    Checker(Format logits, int frac_bits) : logits_(logits), frac_bits_(frac_bits) {}

    void check(const std::vector<std::int64_t>& z) {
        softmax_.assign(z, logits_);
        p_.resize(z.size());
        gradient_.resize(z.size());
        exact_.resize(z.size());
        softmax_.probabilities(frac_bits_, p_);
        const std::int64_t one = std::int64_t{1} << frac_bits_;
        wrong += std::accumulate(p_.begin(), p_.end(), std::int64_t{0}) != one;
        const std::int64_t largest = *std::max_element(z.begin(), z.end());
        const long double step = std::ldexp(1.0L, -logits_.frac_bits);
        long double sum = 0;
        for (std::size_t c = 0; c < z.size(); ++c) {
            exact_[c] = std::exp((static_cast<long double>(z[c]) - static_cast<long double>(largest)) * step);
            sum += exact_[c];
        }
        for (std::size_t c = 0; c < z.size(); ++c) {
            const auto error =
                std::fabs(static_cast<long double>(p_[c]) - exact_[c] / sum * static_cast<long double>(one));
            worst = std::max(worst, static_cast<double>(error));
            wrong += p_[c] < 0 || p_[c] > one;
        }
        for (const std::size_t target : {std::size_t{0}, z.size() - 1}) {
            softmax_.cross_entropy_gradient(frac_bits_, target, gradient_);
            wrong += std::accumulate(gradient_.begin(), gradient_.end(), std::int64_t{0}) != 0;
            for (const std::int64_t g : gradient_) wrong += g < -one || g > one;
            OverflowCount events;
            const Format wide{34, 30};
            const std::int64_t loss = -softmax_.log_probability(target, wide, events);
            const long double exact =
                ((static_cast<long double>(largest) - static_cast<long double>(z[target])) * step + std::log(sum)) *
                std::ldexp(1.0L, 30);
            wrong += loss < 0 || events.count != 0;
            worst_loss = std::max(worst_loss, static_cast<double>(std::fabs(static_cast<long double>(loss) - exact)));
        }
    }

    std::uint64_t wrong = 0;
    double worst = 0;
    double worst_loss = 0; ///< in steps of 2^-30

  private:
    Format logits_;
    int frac_bits_;
    Softmax softmax_;
    std::vector<std::int64_t> p_, gradient_;
    std::vector<long double> exact_;
};

} // namespace

TEST_CASE("two classes of 16-bit logits: every difference", "[math][softmax]") {
    // The result is a function of the exact differences to the largest logit, so these are all pairs there are.
    for (const Format format : {Format{8, 8}, Format{4, 12}, Format{1, 15}}) {
        Checker fine(format, 30), coarse(format, 14);
        const std::int64_t max = format.max_raw();
        for (std::int64_t difference = -2 * max; difference <= 2 * max; difference += 1) {
            const std::int64_t first = std::clamp(difference, -max, max);
            const std::vector<std::int64_t> z{first, first - difference};
            if (difference % 3 == 0) fine.check(z);
            coarse.check(z);
        }
        INFO("<" << format.int_bits << ", " << format.frac_bits << ">");
        CHECK(fine.wrong == 0);
        CHECK(fine.worst < 1);
        CHECK(fine.worst_loss < 0.54);
        CHECK(coarse.wrong == 0);
        CHECK(coarse.worst < 1);
        CHECK(coarse.worst_loss < 0.54);
    }
}

TEST_CASE("a common shift of all logits changes nothing", "[math][softmax]") {
    exact::Draw draw(1);
    Softmax a, b;
    std::vector<std::int64_t> p(3), q(3);
    for (int i = 0; i < 20000; ++i) {
        const std::vector<std::int64_t> z{draw.raw(15), draw.raw(15), draw.raw(15)};
        const std::int64_t shift = draw.raw(15);
        a.assign(z, Format{4, 12});
        b.assign(std::vector<std::int64_t>{z[0] + shift, z[1] + shift, z[2] + shift}, Format{4, 12});
        a.probabilities(30, p);
        b.probabilities(30, q);
        REQUIRE(p == q);
        OverflowCount events;
        REQUIRE(a.log_probability(1, Format{8, 24}, events) == b.log_probability(1, Format{8, 24}, events));
    }
}

TEST_CASE("a million vectors of ten logits, with the extremes of their formats", "[math][softmax][slow]") {
    exact::Draw draw(2);
    std::vector<std::int64_t> z(10);
    const Format formats[] = {{8, 24}, {16, 16}, {4, 12}, {8, 8}, {2, 62}};
    for (const Format format : formats) {
        for (const int frac_bits : {14, 30}) {
            Checker checker(format, frac_bits);
            for (int i = 0; i < 100000; ++i) {
                const int kind = i % 5;
                for (std::int64_t& value : z) {
                    const std::int64_t max = format.max_raw();
                    const std::int64_t any = draw.raw(format.word_bits());
                    value = kind == 0   ? any
                            : kind == 1 ? (any & 1 ? max : -max)
                            : kind == 2 ? any >> std::min(format.int_bits, 8)
                            : kind == 3 ? any >> (format.int_bits + 3)
                                        : (any & 3 ? -max : max - (any & 15));
                }
                checker.check(z);
            }
            INFO("<" << format.int_bits << ", " << format.frac_bits << "> to " << frac_bits);
            CHECK(checker.wrong == 0);
            CHECK(checker.worst < 1);
            CHECK(checker.worst_loss < 0.54);
        }
    }
}

TEST_CASE("a hundred thousand classes, far below and as far as the format goes", "[math][softmax]") {
    std::vector<std::int64_t> z(100000);
    for (std::size_t c = 0; c < z.size(); ++c) z[c] = -static_cast<std::int64_t>(c % 41);
    Checker checker(Format{16, 0}, 14);
    checker.check(z);
    CHECK(checker.wrong == 0);
    CHECK(checker.worst < 1);
    CHECK(checker.worst_loss < 0.54);
}

TEST_CASE("many classes, one class, and equal logits", "[math][softmax]") {
    Softmax softmax;
    std::vector<std::int64_t> z(1000, 77), p(1000);
    softmax.assign(z, Format{4, 12});
    softmax.probabilities(14, p); // 16384 / 1000: 384 get 17, the others 16
    CHECK(std::count(p.begin(), p.end(), 17) == 384);
    CHECK(std::count(p.begin(), p.begin() + 384, 17) == 384);
    CHECK(std::count(p.begin(), p.end(), 16) == 616);
    softmax.assign(std::vector<std::int64_t>{-5}, Format{4, 12});
    p.resize(1);
    softmax.probabilities(14, p);
    CHECK(p[0] == 1 << 14);
    OverflowCount events;
    CHECK(softmax.log_probability(0, Format{8, 24}, events) == 0);
}

TEST_CASE("a logarithm that its format cannot hold saturates and is an event", "[math][softmax]") {
    Softmax softmax;
    softmax.assign(std::vector<std::int64_t>{32767, -32767}, Format{16, 0});
    OverflowCount events;
    CHECK(softmax.log_probability(1, Format{4, 12}, events) == -32767);
    CHECK(events.count == 1);
    CHECK(events.worst == -fxp::int128{65534} * 4096);
}

} // namespace softmax_test
