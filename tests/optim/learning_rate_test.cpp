#include "support/catch.hpp"

#include <fxp/optim/learning_rate.hpp>

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace learning_rate_test {

using fxp::optim::LearningRate;
using fxp::optim::Schedule;

namespace {

std::vector<double> rates(const LearningRate& rate, std::uint64_t steps) {
    std::vector<double> all;
    for (std::uint64_t t = 0; t < steps; ++t) all.push_back(rate.at(t));
    return all;
}

} // namespace

TEST_CASE("the cosine is good to 64 steps of 2^-60", "[optim][rate]") {
    const auto error = [](std::uint64_t a, std::uint64_t b) {
        const long double turns = static_cast<long double>(a) / static_cast<long double>(b);
        // Near a quarter turn the sine of the rest, which cancels nothing.
        const long double rest =
            (static_cast<long double>(b) - 2 * static_cast<long double>(a)) / (2 * static_cast<long double>(b));
        const long double wanted = turns > 0.25L && turns < 0.75L ? std::sin(std::numbers::pi_v<long double> * rest)
                                                                  : std::cos(std::numbers::pi_v<long double> * turns);
        return std::fabs(static_cast<long double>(fxp::optim::detail::cosine_of_half_turns(a, b)) - wanted * 0x1p60L);
    };
    long double worst = 0;
    for (const std::uint64_t b : {1U, 2U, 3U, 7U, 100U, 4096U, 10007U, 2147483647U}) {
        const std::uint64_t stride = b / 5000 + 1;
        for (std::uint64_t a = 0; a <= b; a += stride) worst = std::max(worst, error(a, b));
        worst = std::max({worst, error(0, b), error(b / 2, b), error(b / 2 + b % 2, b), error(b - 1, b), error(b, b)});
    }
    CHECK(worst <= 64);
    static_assert(fxp::optim::detail::cosine_of_half_turns(0, 5) == std::int64_t{1} << 60);
    static_assert(fxp::optim::detail::cosine_of_half_turns(5, 5) == -(std::int64_t{1} << 60));
}

TEST_CASE("cosine: from the base down, never up, as the formula says", "[optim][rate]") {
    for (const std::uint64_t total : {1U, 2U, 3U, 1000U, 4097U}) {
        const LearningRate rate{0.3, Schedule::cosine, total, 0};
        REQUIRE(rate.at(0) == 0.3);
        for (std::uint64_t t = 0; t < total; ++t) {
            const long double wanted = 0.3L *
                                       (1 + std::cos(std::numbers::pi_v<long double> * static_cast<long double>(t) /
                                                     static_cast<long double>(total))) /
                                       2;
            REQUIRE(std::fabs(rate.at(t) - static_cast<double>(wanted)) < 1e-15);
            REQUIRE(rate.at(t) > 0);
            if (t > 0) REQUIRE(rate.at(t) < rate.at(t - 1));
        }
        REQUIRE(rate.at(total) == rate.at(total - 1));
        REQUIRE(rate.at(1U << 31) == rate.at(total - 1));
    }
    // Also where neighbours differ least: 2^31 - 1 steps.
    const LearningRate slow{1, Schedule::cosine, (std::uint64_t{1} << 31) - 1, 0};
    for (const std::uint64_t first : {std::uint64_t{0}, slow.total_steps / 2 - 50, slow.total_steps - 100}) {
        for (std::uint64_t t = first; t < first + 99; ++t) REQUIRE(slow.at(t + 1) <= slow.at(t));
    }
    CHECK(slow.at(slow.total_steps - 1) >= 0);
}

TEST_CASE("step: divided by ten after 60 % and after 85 %", "[optim][rate]") {
    const LearningRate rate{2, Schedule::step, 20, 0};
    const std::vector<double> all = rates(rate, 25);
    for (std::size_t t = 0; t < 25; ++t) CHECK(all[t] == (t < 12 ? 2 : t < 17 ? 0.2 : 0.02));
}

TEST_CASE("a warm-up rises linearly to the base, then the schedule begins", "[optim][rate]") {
    CHECK(rates({5, Schedule::constant, 10, 4}, 8) == std::vector<double>{1, 2, 3, 4, 5, 5, 5, 5});
    const LearningRate warm{0.7, Schedule::cosine, 110, 10};
    const LearningRate cold{0.7, Schedule::cosine, 100, 0};
    for (std::uint64_t t = 0; t < 10; ++t)
        CHECK(warm.at(t) == Approx(0.7 * static_cast<double>(t + 1) / 11).epsilon(1e-15));
    for (std::uint64_t t = 10; t < 130; ++t) CHECK(warm.at(t) == cold.at(t - 10));
    // A warm-up as long as the run, or longer, ends at the base.
    for (const Schedule schedule : {Schedule::constant, Schedule::step, Schedule::cosine}) {
        const LearningRate all{3, schedule, 2, 5};
        CHECK(all.at(4) == 2.5);
        CHECK(all.at(5) == 3);
        CHECK(all.at(50) == 3);
    }
}

TEST_CASE("learning rates have the same bits on every machine", "[optim][rate]") {
    const LearningRate cosine{0.01, Schedule::cosine, 2000, 100};
    const LearningRate step{0.003, Schedule::step, 1000, 7};
    const std::array<double, 10> got{cosine.at(0),    cosine.at(42),   cosine.at(101),  cosine.at(433), cosine.at(1050),
                                     cosine.at(1234), cosine.at(1998), cosine.at(1999), step.at(3),     step.at(900)};
    const std::array<double, 10> wanted{0x1.9f471259d3ffap-14, 0x1.1703c0545a6fcp-8,  0x1.47ae05cd59fb7p-7,
                                        0x1.2f773af21ab3cp-7,  0x1.47ae147ae147bp-8,  0x1.cb0935e8dce83p-9,
                                        0x1.d5b0d47d83d71p-26, 0x1.d5b0e9877d70ap-28, 0x1.89374bc6a7efap-10,
                                        0x1.f75104d551d69p-16};
    for (std::size_t i = 0; i < got.size(); ++i) {
        INFO(i << ": " << got[i]);
        CHECK(got[i] == wanted[i]);
    }
}

TEST_CASE("schedules have names", "[optim][rate]") {
    for (const Schedule schedule : {Schedule::constant, Schedule::step, Schedule::cosine}) {
        CHECK(fxp::optim::schedule_of(fxp::optim::schedule_name(schedule)) == schedule);
    }
    CHECK_THROWS_WITH(fxp::optim::schedule_of("cos"), "schedule 'cos', expected constant, step or cosine");
}

} // namespace learning_rate_test
