// The proof of a fixed-point function: every input of a range against the exact function, and what is found in figures.
#pragma once

#include "block_walk.hpp"
#include "exact_function.hpp"
#include "exact_rounding.hpp"

#include "fxp/kernels/dispatch.hpp"

#include <mpfr.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <span>
#include <thread>
#include <vector>

namespace fxp::approximate {

/// How f behaves on a range, as its fixed-point version should.
enum class Direction { falling = -1, none = 0, rising = 1 };

/// What is compared: inputs raw in [first, last] worth raw 2^-in_frac, results worth raw 2^-out_frac. f is defined on
/// the whole range. Expected is the exact value rounded to nearest, ties to even, and then clamped to [-max_raw,
/// max_raw]; max_raw < 2^52.
struct Comparison {
    std::int64_t first;
    std::int64_t last;
    int in_frac;
    int out_frac;
    std::int64_t max_raw;
    Direction direction = Direction::none;
};

/// Findings of a comparison. Every count is exact. Errors are in ULP, steps of the output. Inputs whose expected result
/// is clamped enter `inputs`, `saturated`, `misclamped` and `descents` only.
struct UlpReport {
    static constexpr std::int64_t nowhere = std::numeric_limits<std::int64_t>::min();

    std::int64_t inputs = 0;
    std::int64_t saturated = 0;  ///< expected results that are clamped
    std::int64_t misclamped = 0; ///< of these, results that are not the limit
    std::int64_t misrounded = 0; ///< results that are not the exact value rounded to nearest, ties to even
    std::int64_t unfaithful = 0; ///< results 1 ULP or more away from the exact value
    std::int64_t descents = 0;   ///< results on the wrong side of the result before, against the direction
    std::int64_t decided = 0;    ///< inputs too close to call in double, decided by MPFR
    double max_error = 0;        ///< within `uncertainty`, and at most 0.5 where nothing is misrounded
    double error_sum = 0;
    double uncertainty = 0; ///< the largest error of an exact value in double
    std::int64_t worst_input = nowhere;
    std::int64_t first_wrong = nowhere; ///< the first misrounded or misclamped input

    std::int64_t wrong() const { return misrounded + misclamped; }
    bool correctly_rounded() const { return wrong() == 0; }
    bool faithful() const { return unfaithful + misclamped == 0; }
    bool monotone() const { return descents == 0; }
    double mean_error() const {
        const std::int64_t measured = inputs - saturated;
        return measured == 0 ? 0 : error_sum / static_cast<double>(measured);
    }

    /// Adds the findings on other inputs: a later part of the same range, or another range.
    void merge(const UlpReport& other) {
        inputs += other.inputs;
        saturated += other.saturated;
        misclamped += other.misclamped;
        misrounded += other.misrounded;
        unfaithful += other.unfaithful;
        descents += other.descents;
        decided += other.decided;
        error_sum += other.error_sum;
        uncertainty = std::max(uncertainty, other.uncertainty);
        if (worst_input == nowhere || other.max_error > max_error) {
            max_error = other.max_error;
            worst_input = other.worst_input;
        }
        if (first_wrong == nowhere) first_wrong = other.first_wrong;
    }
};

namespace detail {

/// Sums are kept in so many lanes: the same order of additions in every instruction set.
inline constexpr std::size_t lanes = 16;

/// At least the rounding error of a distance below 2.
inline constexpr double distance_rounding = 0x1p-52;

struct StripFigures {
    double sum;
    double max;
    std::int64_t misrounded;
    std::int64_t unfaithful;
    bool plain; ///< no value is near the limits, and double decides every rounding
};

/// distances[i] = |exact[i] - results[i]|, and their figures. Values within `bound` of a decision are not plain.
template <class Result>
FXP_INLINE StripFigures measure_loop(const double* FXP_RESTRICT exact, const Result* FXP_RESTRICT results,
                                     std::size_t count, double bound, double limit, double* FXP_RESTRICT distances) {
    std::int64_t misrounded = 0;
    std::int64_t unfaithful = 0;
    std::int64_t special = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double distance = std::fabs(exact[i] - static_cast<double>(results[i]));
        distances[i] = distance;
        misrounded += distance > 0.5;
        unfaithful += distance > 1;
        special +=
            (std::fabs(distance - 0.5) <= bound) | (std::fabs(distance - 1) <= bound) | (std::fabs(exact[i]) >= limit);
    }
    std::array<double, lanes> sums{};
    std::array<double, lanes> maxima{};
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (std::size_t j = 0; j < lanes; ++j) {
            sums[j] += distances[i + j];
            maxima[j] = distances[i + j] > maxima[j] ? distances[i + j] : maxima[j];
        }
    }
    for (std::size_t j = 0; i < count; ++i, ++j) {
        sums[j] += distances[i];
        maxima[j] = distances[i] > maxima[j] ? distances[i] : maxima[j];
    }
    StripFigures figures{0, 0, misrounded, unfaithful, special == 0};
    for (std::size_t j = 0; j < lanes; ++j) {
        figures.sum += sums[j];
        figures.max = maxima[j] > figures.max ? maxima[j] : figures.max;
    }
    return figures;
}

/// How many results lie on the wrong side of the result before; results[-1] is one of them.
template <class Result>
FXP_INLINE std::int64_t descents_loop(const Result* FXP_RESTRICT results, std::size_t count, bool rising) {
    std::int64_t descents = 0;
    if (rising) {
        for (std::size_t i = 0; i < count; ++i) descents += results[i] < *(results + i - 1);
    } else {
        for (std::size_t i = 0; i < count; ++i) descents += results[i] > *(results + i - 1);
    }
    return descents;
}

/// How many exact values times `sign` are larger than `limit`, and how many results are not `expected`.
struct ClampFigures {
    std::int64_t beyond;
    std::int64_t misclamped;
};
template <class Result>
FXP_INLINE ClampFigures clamp_loop(const double* FXP_RESTRICT exact, const Result* FXP_RESTRICT results,
                                   std::size_t count, double sign, double limit, Result expected) {
    ClampFigures figures{0, 0};
    for (std::size_t i = 0; i < count; ++i) {
        figures.beyond += sign * exact[i] > limit;
        figures.misclamped += results[i] != expected;
    }
    return figures;
}

/// Compares the strips of one part of a range.
template <class Result, class Evaluator>
class Comparer {
  public:
    Comparer(const ExactFunction& f, const Comparison& what, Evaluator& evaluate)
        : f_(f), what_(what), evaluate_(evaluate) {}

    /// Findings on [first, last]; the result at first - 1 counts for monotonicity if the range has it.
    UlpReport operator()(std::int64_t first, std::int64_t last) {
        report_ = {};
        has_before_ = first > what_.first;
        if (has_before_) evaluate_(first - 1, std::span<Result>(results_.data(), 1));
        BlockWalk walk(f_, what_.in_frac, what_.out_frac);
        walk(first, last, [this](const ExactValues& exact) { strip(exact); });
        return report_;
    }

  private:
    void strip(const ExactValues& exact) {
        const std::size_t count = exact.values.size();
        evaluate_(exact.first_raw, std::span<Result>(results_.data() + 1, count));
        report_.inputs += static_cast<std::int64_t>(count);

        if (what_.direction != Direction::none) {
            const std::size_t skipped = has_before_ ? 0 : 1;
            const Result* const from = results_.data() + 1 + skipped;
            const std::size_t pairs = count - skipped;
            const bool rising = what_.direction == Direction::rising;
            report_.descents += kernels::dispatch([=]() FXP_LOOP { return descents_loop(from, pairs, rising); });
        }
        measure(exact);
        results_[0] = results_[count];
        has_before_ = true;
    }

    void measure(const ExactValues& exact) {
        const double* const values = exact.values.data();
        const std::size_t count = exact.values.size();
        const Result* const results = results_.data() + 1;
        double* const distances = distances_.data();
        const double bound = exact.bound + distance_rounding;
        const double limit = static_cast<double>(what_.max_raw) + 0.5 - bound;
        const StripFigures figures =
            kernels::dispatch([=]() FXP_LOOP { return measure_loop(values, results, count, bound, limit, distances); });
        if (!figures.plain) {
            if (!all_clamped(exact, 1) && !all_clamped(exact, -1)) measure_one_by_one(exact);
            return;
        }
        report_.uncertainty = std::max(report_.uncertainty, exact.bound);
        report_.error_sum += figures.sum;
        report_.misrounded += figures.misrounded;
        report_.unfaithful += figures.unfaithful;
        if (figures.misrounded > 0 && report_.first_wrong == UlpReport::nowhere) {
            const auto is_wrong = [](double distance) { return distance > 0.5; };
            report_.first_wrong = exact.first_raw + (std::find_if(distances, distances + count, is_wrong) - distances);
        }
        if (figures.max > report_.max_error || report_.worst_input == UlpReport::nowhere) {
            report_.max_error = figures.max;
            report_.worst_input = exact.first_raw + (std::find(distances, distances + count, figures.max) - distances);
        }
    }

    /// Deals with a strip whose values are all beyond the limit of one sign; false if they are not.
    bool all_clamped(const ExactValues& exact, int sign) {
        const double* const values = exact.values.data();
        const std::size_t count = exact.values.size();
        const Result* const results = results_.data() + 1;
        const double limit = static_cast<double>(what_.max_raw) + 0.5 + exact.bound;
        const auto expected = static_cast<Result>(sign * what_.max_raw);
        const ClampFigures figures =
            kernels::dispatch([=]() FXP_LOOP { return clamp_loop(values, results, count, sign, limit, expected); });
        if (figures.beyond != static_cast<std::int64_t>(count)) return false;
        report_.saturated += figures.beyond;
        report_.misclamped += figures.misclamped;
        if (figures.misclamped > 0 && report_.first_wrong == UlpReport::nowhere) {
            const Result* const wrong =
                std::find_if(results, results + count, [=](Result result) { return result != expected; });
            report_.first_wrong = exact.first_raw + (wrong - results);
        }
        return true;
    }

    void measure_one_by_one(const ExactValues& exact) {
        for (std::size_t i = 0; i < exact.values.size(); ++i) {
            measure_one(exact.first_raw + static_cast<std::int64_t>(i), exact.values[i],
                        exact.bound + distance_rounding, results_[i + 1]);
        }
    }

    void measure_one(std::int64_t raw, double exact, double bound, Result result) {
        const double beyond = std::fabs(exact) - (static_cast<double>(what_.max_raw) + 0.5);
        const double distance = std::fabs(exact - static_cast<double>(result));
        const bool near_limit = std::fabs(beyond) <= bound;
        const bool near_half = std::fabs(distance - 0.5) <= bound;
        const bool near_one = std::fabs(distance - 1) <= bound;

        std::int64_t rounded = 0;
        if (near_limit || near_half) rounded = round_exactly(f_, raw, what_.in_frac, what_.out_frac);
        if (near_limit ? rounded > what_.max_raw || rounded < -what_.max_raw : beyond > 0) {
            ++report_.saturated;
            report_.decided += near_limit;
            if (result == (exact < 0 ? -what_.max_raw : what_.max_raw)) return;
            ++report_.misclamped;
            return mark_wrong(raw);
        }
        report_.decided += near_limit || near_half || near_one;
        report_.uncertainty = std::max(report_.uncertainty, bound);

        const bool right = near_half ? rounded == result : distance < 0.5;
        const double error = right ? std::min(distance, 0.5) : near_half ? std::max(distance, 0.5) : distance;
        if (!right) {
            ++report_.misrounded;
            mark_wrong(raw);
        }
        report_.unfaithful += near_one ? is_one_away(raw, exact, result) : distance > 1;
        report_.error_sum += error;
        if (error > report_.max_error || report_.worst_input == UlpReport::nowhere) {
            report_.max_error = error;
            report_.worst_input = raw;
        }
    }

    /// Whether |f - result| >= 1.
    bool is_one_away(std::int64_t raw, double exact, std::int64_t result) const {
        const int side = exact > static_cast<double>(result) ? 1 : -1;
        return side * compare_with_half(f_, raw, what_.in_frac, what_.out_frac, 2 * (result + side)) >= 0;
    }

    void mark_wrong(std::int64_t raw) {
        if (report_.first_wrong == UlpReport::nowhere) report_.first_wrong = raw;
    }

    const ExactFunction& f_;
    const Comparison& what_;
    Evaluator& evaluate_;
    UlpReport report_;
    bool has_before_ = false;
    std::array<Result, BlockWalk::strip + 1> results_{};
    std::array<double, BlockWalk::strip> distances_{};
};

} // namespace detail

/// Compares a fixed-point function with f on every input. `evaluate(first_raw, std::span<Result> results)` writes the
/// raw results of the inputs first_raw, first_raw + 1, ...; several threads may call it at once, each with up to
/// BlockWalk::strip inputs. The report is the same for any number of threads.
template <class Result, class Evaluator>
UlpReport compare_every_input(const ExactFunction& f, const Comparison& what, Evaluator evaluate,
                              unsigned threads = std::thread::hardware_concurrency()) {
    constexpr std::int64_t part = std::int64_t{1} << 22;
    const auto parts = static_cast<std::size_t>(what.last < what.first ? 0 : (what.last - what.first) / part + 1);
    std::vector<UlpReport> reports(parts);
    std::atomic<std::size_t> next = 0;

    const auto work = [&] {
        detail::Comparer<Result, Evaluator> compare(f, what, evaluate);
        for (std::size_t i = next++; i < parts; i = next++) {
            const std::int64_t first = what.first + static_cast<std::int64_t>(i) * part;
            reports[i] = compare(first, std::min(first + part - 1, what.last));
        }
    };
    std::vector<std::exception_ptr> failures(std::clamp<std::size_t>(parts, 1, std::max(threads, 1u)));
    std::vector<std::thread> helpers;
    for (std::size_t i = 1; i < failures.size(); ++i) {
        helpers.emplace_back([&work, &failure = failures[i]] {
            try {
                work();
            } catch (...) {
                failure = std::current_exception();
            }
            mpfr_free_cache();
        });
    }
    try {
        work();
    } catch (...) {
        failures[0] = std::current_exception();
    }
    for (std::thread& helper : helpers) helper.join();
    for (const std::exception_ptr& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }

    UlpReport report;
    for (const UlpReport& one : reports) report.merge(one);
    return report;
}

} // namespace fxp::approximate
