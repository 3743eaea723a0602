// Learning-rate schedules: public numbers, the same bits on every machine.
#pragma once

#include "fxp/core/wide.hpp"
#include "fxp/optim/public_real.hpp"
#include "fxp/tensor/error.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace fxp::optim {

/// How the learning rate falls over a run.
enum class Schedule : std::uint8_t {
    constant, ///< it does not
    step,     ///< divided by ten after 60 % and again after 85 % of the steps
    cosine    ///< half a cosine, from 1 down to 0 (Loshchilov and Hutter, arXiv 1608.03983, without restarts)
};

/// Throws ArgumentError for another name than constant, step, cosine.
inline Schedule schedule_of(std::string_view name) {
    if (name == "constant") return Schedule::constant;
    if (name == "step") return Schedule::step;
    if (name == "cosine") return Schedule::cosine;
    throw ArgumentError("schedule '" + std::string(name) + "', expected constant, step or cosine");
}

/// The name that schedule_of takes.
inline const char* schedule_name(Schedule schedule) {
    constexpr const char* names[] = {"constant", "step", "cosine"};
    return names[static_cast<int>(schedule)];
}

namespace detail {

/// cos(pi a / b) for 0 <= a <= b < 2^31, in steps of 2^-60, to within 64 of them: the Taylor series in integers, which
/// no library's cosine, each with bits of its own, could stand for.
constexpr std::int64_t cosine_of_half_turns(std::uint64_t a, std::uint64_t b) {
    if (2 * a > b) return -cosine_of_half_turns(b - a, b);
    constexpr uint128 pi = 0x3243F6A8885A308D; // pi 2^60
    const auto angle = static_cast<std::int64_t>(pi * a / b);
    const auto product = [](std::int64_t x, std::int64_t y) { return static_cast<std::int64_t>(int128{x} * y >> 60); };
    const std::int64_t square = product(angle, angle);
    std::int64_t term = std::int64_t{1} << 60;
    std::int64_t sum = term;
    for (std::int64_t n = 2; term != 0; n += 2) {
        term = -product(term, square) / ((n - 1) * n);
        sum += term;
        if (n > 60) break;
    }
    return sum;
}

} // namespace detail

/// The learning rate of each step.
struct LearningRate {
    double base = 0.01;                     ///< the largest one
    Schedule schedule = Schedule::constant; ///< how it falls
    std::uint64_t total_steps = 1;  ///< of the whole run, at least 1, below 2^31; steps beyond have the last one's rate
    std::uint64_t warmup_steps = 0; ///< over which the rate rises linearly before the schedule begins

    /// Step 0, 1, 2, ... Each operation is an exactly rounded one of IEEE double, the cosine a multiple of 2^-60.
    double at(std::uint64_t step) const {
        if (step < warmup_steps) {
            return exact_product(base, static_cast<double>(step + 1) / static_cast<double>(warmup_steps + 1));
        }
        const std::uint64_t whole = total_steps > warmup_steps ? total_steps - warmup_steps : 1;
        const std::uint64_t done = step - warmup_steps < whole ? step - warmup_steps : whole - 1;
        switch (schedule) {
        case Schedule::constant:
            return base;
        case Schedule::step:
            return 100 * done < 60 * whole ? base : 100 * done < 85 * whole ? base / 10 : base / 100;
        case Schedule::cosine:
            break;
        }
        const std::int64_t one = std::int64_t{1} << 60;
        const std::int64_t raised = (one + detail::cosine_of_half_turns(done, whole)) / 2;
        return exact_product(base, std::ldexp(static_cast<double>(raised), -60));
    }
};

} // namespace fxp::optim
