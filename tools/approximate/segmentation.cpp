#include "segmentation.hpp"

#include "proof.hpp"
#include "text.hpp"

#include "fxp/tensor/error.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

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

    /// Throws when a value at the ends or the centre of the range is too large for the grid.
    void require_small_values(std::int64_t begin, std::int64_t end) const {
        const Grid& grid = criteria_.grid;
        for (const std::int64_t x : {begin, begin + (end - begin) / 2, end}) {
            const WideReal value = criteria_.value(WideReal::scaled(x, -grid.argument_bits));
            if (value.fits_fixed(grid.frac_bits)) continue;
            throw ArgumentError("at x = " + number_text(x) + " the function is " + wide_text(value) +
                                ", which does not fit 64 bits with " + std::to_string(grid.frac_bits) +
                                " fraction bits; expected another --range or fewer --frac-bits");
        }
    }

    /// Cuts a constant of the segment's end off; the rest is bisected as usual.
    void run_with_constant(std::int64_t begin, std::int64_t end, bool last) {
        Segment segment{.begin = begin, .end = end};
        if (assess_constant(segment)) {
            segments.push_back(std::move(segment));
            return;
        }
        if (segment.half_width() < narrowest_ || !has_centred_halves(segment)) {
            throw ArgumentError("the range is too short for an error of " +
                                steps_text(criteria_.target, criteria_.grid.frac_bits) + ": no segment that ends at " +
                                number_text(last ? end : begin) +
                                " can be constant; expected a longer --range or a larger error");
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

    std::string number_text(std::int64_t argument) const { return fixed_text(argument, criteria_.grid.argument_bits); }

    std::vector<Segment> segments;

  private:
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
        if (has_centred_halves(segment) && segment.half_width() >= narrowest_) return;
        const auto [why, advice] = diagnosis(segment, verdict);
        const std::string where = "[" + number_text(segment.begin) + ", " + number_text(segment.end) + "]";
        if (!has_centred_halves(segment)) {
            throw ArgumentError("segment " + where + " cannot be cut on the argument grid, and " + why +
                                "; expected more --argument-bits, " + advice);
        }
        throw ArgumentError("no table of at most " + std::to_string(most_cells) + " cells: on segment " + where + " " +
                            why + "; expected " + advice);
    }

    struct Diagnosis {
        std::string why;
        std::string advice;
    };

    /// Why a segment failed that is as narrow as can be.
    Diagnosis diagnosis(const Segment& segment, Verdict verdict) const {
        const Grid& grid = criteria_.grid;
        const auto at = [&](std::int64_t x) { return criteria_.value(WideReal::scaled(x, -grid.argument_bits)); };
        const WideReal first = at(segment.begin);
        const WideReal middle = at(segment.centre());
        const WideReal last = at(segment.end);
        const WideReal left_rise = abs(middle - first);
        const WideReal right_rise = abs(last - middle);
        const bool is_left = right_rise < left_rise;
        const WideReal larger = is_left ? left_rise : right_rise;
        const std::string steep =
            "the function is too steep near x = " + number_text(is_left ? segment.begin : segment.end) +
            " (it changes by " + wide_text(larger) + " within " + number_text(segment.half_width()) + ")";
        if (verdict == Verdict::overflow) {
            return {steep + " for 64-bit products of degree " + std::to_string(criteria_.degree) + " with " +
                        std::to_string(grid.frac_bits) + " fraction bits and " + std::to_string(grid.argument_bits) +
                        " argument bits",
                    "another --range, a lower --degree, or fewer --frac-bits or --argument-bits"};
        }
        if (criteria_.slope && std::isinf(criteria_.slope(segment))) {
            return {steep, "another --range or a larger error"};
        }
        return {"degree " + std::to_string(criteria_.degree) + " does not reach an error of " +
                    steps_text(criteria_.target, grid.frac_bits),
                "a higher --degree, more --frac-bits or a larger error"};
    }

    /// A short decimal, also beyond double.
    static std::string wide_text(const WideReal& value) {
        if (!value.is_finite()) return "not finite";
        std::array<char, 64> buffer{};
        mpfr_snprintf(buffer.data(), buffer.size(), "%.6Rg", value.raw());
        return buffer.data();
    }

    const Criteria& criteria_;
    std::int64_t narrowest_;
};

} // namespace

std::vector<Segment> bisect(const Criteria& criteria, std::int64_t begin, std::int64_t end) {
    Bisection bisection(criteria, narrowest_width(begin, end));
    bisection.require_small_values(begin, end);
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
    return remark;
}

} // namespace fxp::approximate
