#include "segmentation.hpp"

#include "proof.hpp"
#include "text.hpp"

#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <bit>

namespace fxp::approximate {
namespace {

enum class Verdict { meets, error, overflow };

/// The narrowest segments of [begin, end] whose table has no more than most_cells cells; 1 more than the range if none.
std::int64_t narrowest_width(std::int64_t begin, std::int64_t end) {
    std::int64_t width = end - begin;
    std::int64_t cells = width >> std::countr_zero(static_cast<std::uint64_t>(width));
    if (cells > most_cells) return width + 1;
    for (; cells * 2 <= most_cells && width % 2 == 0; cells *= 2) width /= 2;
    return width;
}

class Bisection {
  public:
    /// narrowest: as narrowest_width of the whole range
    Bisection(const Criteria& criteria, std::int64_t narrowest) : criteria_(criteria), narrowest_(narrowest) {}

    void run(std::int64_t begin, std::int64_t end) {
        Segment segment{.begin = begin, .end = end};
        const Verdict verdict = assess(segment);
        if (verdict == Verdict::meets) {
            segments.push_back(std::move(segment));
            if (criteria_.progress) criteria_.progress(end);
            return;
        }
        require_halves(segment, verdict);
        const std::int64_t middle = segment.centre();
        run(begin, middle);
        run(middle, end);
    }

    /// Cuts a constant of the segment's end off; the rest is bisected as usual.
    void run_with_constant(std::int64_t begin, std::int64_t end, bool last) {
        Segment segment{.begin = begin, .end = end};
        if (assess_constant(segment)) {
            segments.push_back(std::move(segment));
            return;
        }
        if (segment.half_width() < narrowest_ || !has_centred_halves(segment)) {
            throw range_too_short("no segment that ends at " + number_text(last ? end : begin) + " can be constant");
        }
        const std::int64_t middle = segment.centre();
        if (last) {
            run(begin, middle);
            run_with_constant(middle, end, last);
        } else {
            run_with_constant(begin, middle, last);
            run(middle, end);
        }
    }

    /// Looks beyond the range's end, at distances from 1/16 of the range to 2^10 times it.
    void require_constant_beyond(const std::vector<Segment>& whole, bool last) const {
        const int bits = criteria_.grid.argument_bits;
        const WideReal begin = WideReal::scaled(whole.front().begin, -bits);
        const WideReal end = WideReal::scaled(whole.back().end, -bits);
        const WideReal constant =
            WideReal::scaled((last ? whole.back() : whole.front()).coefficients.back(), -criteria_.grid.frac_bits);
        const WideReal allowed = WideReal(criteria_.target) * WideReal::scaled(1, -criteria_.grid.frac_bits);
        for (double times = 0x1p-4; times <= 0x1p10; times *= times < 1 ? 1.25 : 2) {
            const WideReal distance = (end - begin) * WideReal(times);
            const WideReal x = last ? end + distance : begin - distance;
            const WideReal value = criteria_.value(x);
            if (!(allowed < abs(value - constant)) && value.is_finite()) continue;
            throw range_too_short("beyond it, at " + real_text(x.to_double()) + ", the function is " +
                                  real_text(value.to_double()) + " and the table would be " +
                                  real_text(constant.to_double()));
        }
    }

    std::string number_text(std::int64_t argument) const { return fixed_text(argument, criteria_.grid.argument_bits); }

    std::vector<Segment> segments;

  private:
    ArgumentError range_too_short(const std::string& why) const {
        return ArgumentError("the range is too short for an error of " + real_text(criteria_.target) + " steps of 2^-" +
                             std::to_string(criteria_.grid.frac_bits) + ": " + why +
                             "; expected a longer --range or a larger error");
    }

    /// Whether the centres of both halves are on the argument grid.
    static bool has_centred_halves(const Segment& segment) { return segment.half_width() % 2 == 0; }

    Verdict assess(Segment& segment) const {
        Coefficients coefficients = criteria_.fit(segment);
        if (!coefficients) return Verdict::overflow;
        segment.coefficients = std::move(*coefficients);
        if (!products_fit(criteria_.grid, segment)) return Verdict::overflow;
        const std::optional<double> error = criteria_.error(segment, criteria_.target);
        if (!error) return Verdict::error;
        segment.error = *error;
        return Verdict::meets;
    }

    /// Half-way between the function's values at the segment's ends.
    bool assess_constant(Segment& segment) const {
        const Grid& grid = criteria_.grid;
        const WideReal constant = (criteria_.value(WideReal::scaled(segment.begin, -grid.argument_bits)) +
                                   criteria_.value(WideReal::scaled(segment.end, -grid.argument_bits))) *
                                  WideReal(0.5);
        if (!constant.fits_fixed(grid.frac_bits)) return false;
        segment.coefficients.assign(static_cast<std::size_t>(criteria_.degree) + 1, 0);
        segment.coefficients.back() = constant.to_fixed(grid.frac_bits);
        const std::optional<double> error = criteria_.error(segment, criteria_.target);
        if (!error) return false;
        segment.error = *error;
        return true;
    }

    void require_halves(const Segment& segment, Verdict verdict) const {
        const Grid& grid = criteria_.grid;
        const std::string where = "[" + number_text(segment.begin) + ", " + number_text(segment.end) + "]";
        const std::string why = verdict == Verdict::overflow
                                    ? "its products do not fit 64 bits with " + std::to_string(grid.frac_bits) +
                                          " fraction bits and " + std::to_string(grid.argument_bits) + " argument bits"
                                    : "degree " + std::to_string(criteria_.degree) + " does not reach an error of " +
                                          real_text(criteria_.target) + " steps of 2^-" +
                                          std::to_string(grid.frac_bits);
        const std::string advice = verdict == Verdict::overflow
                                       ? "fewer --frac-bits or --argument-bits"
                                       : "a higher --degree, more --frac-bits or a larger error";
        if (!has_centred_halves(segment)) {
            throw ArgumentError("segment " + where + " cannot be cut on the argument grid, and " + why +
                                "; expected more --argument-bits, " + advice);
        }
        if (segment.half_width() < narrowest_) {
            throw ArgumentError("more than " + std::to_string(most_cells) + " cells: on segment " + where + " " + why +
                                "; expected " + advice);
        }
    }

    const Criteria& criteria_;
    std::int64_t narrowest_;
};

} // namespace

std::vector<Segment> bisect(const Criteria& criteria, std::int64_t begin, std::int64_t end) {
    Bisection bisection(criteria, narrowest_width(begin, end));
    bisection.run(begin, end);
    return std::move(bisection.segments);
}

std::string make_end_constant(const Criteria& criteria, std::vector<Segment>& segments, bool last) {
    Bisection bisection(criteria, narrowest_width(segments.front().begin, segments.back().end));
    const Segment old = last ? segments.back() : segments.front();
    std::string remark;
    if (!old.is_constant()) {
        bisection.run_with_constant(old.begin, old.end, last);
        const std::vector<Segment>& cut = bisection.segments;
        const auto position = last ? segments.end() - 1 : segments.begin();
        segments.insert(segments.erase(position), cut.begin(), cut.end());
        const Segment& constant = last ? segments.back() : segments.front();
        remark = "the segment [" + bisection.number_text(old.begin) + ", " + bisection.number_text(old.end) +
                 "] was not constant, as arguments beyond the range need it; now it is so on [" +
                 bisection.number_text(constant.begin) + ", " + bisection.number_text(constant.end) + "]";
    }
    bisection.require_constant_beyond(segments, last);
    return remark;
}

} // namespace fxp::approximate
