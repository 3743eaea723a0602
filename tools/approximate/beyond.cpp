#include "beyond.hpp"

#include "block_walk.hpp"
#include "measure.hpp"
#include "text.hpp"

#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace fxp::approximate {
namespace {

/// What is known, from strong to weak.
enum class Finding { all_reals, reals_of_format, inputs_of_format, samples };

/// One end of the range and the half-line beyond it.
class End {
  public:
    End(const Request& request, const Table& table, bool above) : request_(request), above_(above) {
        const Grid& grid = request.grid;
        const Segment& last = above ? table.segments.back() : table.segments.front();
        end_ = WideReal::scaled(above ? table.end() : table.begin(), -grid.argument_bits);
        width_ = WideReal::scaled(table.end() - table.begin(), -grid.argument_bits);
        constant_ = WideReal::scaled(last.coefficients.back(), -grid.frac_bits);
        allowed_ = WideReal(request.target) * WideReal::scaled(1, -grid.frac_bits);
    }

    Finding examine() {
        const WideReal everything = WideReal::scaled(above_ ? 1 : -1, argument_reach(request_.grid));
        std::optional<WideReal> in_format;
        if (request_.format) {
            const std::int64_t most = request_.format->max_raw();
            const WideReal limit = WideReal::scaled(above_ ? most : -most, -request_.format->frac_bits);
            if (is_beyond(limit)) in_format = limit;
        }
        look_at_samples(in_format.value_or(everything));
        if (is_proven_to(everything)) return Finding::all_reals;
        if (!in_format) return Finding::samples;
        if (is_proven_to(*in_format)) return Finding::reals_of_format;
        return look_at_inputs() ? Finding::inputs_of_format : Finding::samples;
    }

  private:
    bool is_beyond(const WideReal& x) const { return above_ ? end_ < x : x < end_; }
    bool is_allowed(const WideReal& value) const { return value.is_finite() && !(allowed_ < abs(value - constant_)); }

    [[noreturn]] void refuse(const WideReal& x, const WideReal& value) const {
        throw ArgumentError("the range is too short for an error of " +
                            steps_text(request_.target, request_.grid.frac_bits) + ": beyond it, at " +
                            real_text(x.to_double()) + ", the function is " + real_text(value.to_double()) +
                            " and the table would be " + real_text(constant_.to_double()) +
                            "; expected a longer --range or a larger error");
    }

    /// Distances from 1/16 of the range to 2^10 times it, and the limit.
    void look_at_samples(const WideReal& limit) const {
        std::vector<WideReal> arguments;
        for (double times = 0x1p-4; times <= 0x1p10; times *= times < 1 ? 1.25 : 2) {
            const WideReal distance = width_ * WideReal(times);
            const WideReal x = above_ ? end_ + distance : end_ - distance;
            if (above_ ? x < limit : limit < x) arguments.push_back(x);
        }
        arguments.push_back(limit);
        for (const WideReal& x : arguments) {
            const WideReal value = request_.h->value(x);
            // Sollya may not know what is far too small or too large for it.
            if (mpfr_nan_p(value.raw()) != 0 && &x == &arguments.back()) continue;
            if (!is_allowed(value)) refuse(x, value);
        }
    }

    /// By interval arithmetic on ever smaller parts.
    bool is_proven_to(const WideReal& limit) const {
        int looks = 0;
        return above_ ? is_proven(end_, limit, looks) : is_proven(limit, end_, looks);
    }
    bool is_proven(const WideReal& low, const WideReal& high, int& looks) const {
        constexpr int most_looks = 1024;
        const Interval values = request_.h->enclosure(low, high);
        if (is_allowed(values.low) && is_allowed(values.high)) return true;
        if (++looks >= most_looks) return false;
        const WideReal middle = (low + high) * WideReal(0.5);
        return is_proven(low, middle, looks) && is_proven(middle, high, looks);
    }

    /// False when there are too many.
    bool look_at_inputs() const {
        const Format format = *request_.format;
        const int finer = request_.grid.argument_bits - format.frac_bits;
        const std::int64_t first = above_ ? (request_.end >> finer) + 1 : -format.max_raw();
        const std::int64_t last = above_ ? format.max_raw() : -((-request_.begin) >> finer) - 1;
        if (last - first >= most_measured) return false;
        const double constant = (constant_ * WideReal::scaled(1, request_.grid.frac_bits)).to_double();
        BlockWalk walk(*request_.exact, format.frac_bits, request_.grid.frac_bits);
        walk(first, last, [&](const ExactValues& exact) {
            for (std::size_t i = 0; i < exact.values.size(); ++i) {
                const double error = (std::fabs(exact.values[i] - constant) + exact.bound) * (1 + 0x1p-50);
                if (error <= request_.target) continue;
                const WideReal x = WideReal::scaled(exact.first_raw + static_cast<std::int64_t>(i), -format.frac_bits);
                refuse(x, request_.h->value(x));
            }
        });
        return true;
    }

    const Request& request_;
    bool above_;
    WideReal end_;
    WideReal width_;
    WideReal constant_;
    WideReal allowed_;
};

std::string evidence(Finding finding, const Request& request) {
    switch (finding) {
    case Finding::all_reals:
        return "proven for all reals up to 2^" + std::to_string(argument_reach(request.grid)) + " in magnitude";
    case Finding::reals_of_format:
        return "proven for all reals in the range of format " + format_text(*request.format);
    case Finding::inputs_of_format:
        return "measured at every input of format " + format_text(*request.format);
    case Finding::samples:
        break;
    }
    return "sampled, not proven";
}

} // namespace

Beyond examine_beyond(const Request& request, const Table& table, bool below, bool above) {
    Finding weakest = Finding::all_reals;
    if (below) weakest = std::max(weakest, End(request, table, false).examine());
    if (above) weakest = std::max(weakest, End(request, table, true).examine());
    const bool folds = request.symmetry != kernels::Symmetry::none;
    const std::string which = folds || (below && above) ? "Arguments beyond the range"
                              : below                   ? "Arguments below the range"
                                                        : "Arguments above the range";
    return {which, evidence(weakest, request)};
}

} // namespace fxp::approximate
