#include "monotone.hpp"

#include <limits>

namespace fxp::approximate {
namespace {

/// Whether low <= h' <= high on [begin, end], as far as interval arithmetic on ever smaller parts can tell.
class SlopeBounds {
  public:
    SlopeBounds(const Request& request, double low, double high) : request_(request), low_(low), high_(high) {}

    bool hold(std::int64_t begin, std::int64_t end) {
        const int bits = request_.grid.argument_bits;
        const Interval slope =
            request_.h->derivative_enclosure(1, WideReal::scaled(begin, -bits), WideReal::scaled(end, -bits));
        if (!(slope.low < low_) && !(high_ < slope.high) && is_ordered(slope)) return true;
        if (slope.high < low_ || high_ < slope.low || ++looks_ >= most_looks || end - begin < 2) return false;
        const std::int64_t middle = begin + (end - begin) / 2;
        return hold(begin, middle) && hold(middle, end);
    }

  private:
    static bool is_ordered(const Interval& interval) { return !(interval.high < interval.low) && !is_nan(interval); }
    static bool is_nan(const Interval& interval) {
        return mpfr_nan_p(interval.low.raw()) != 0 || mpfr_nan_p(interval.high.raw()) != 0;
    }

    static constexpr int most_looks = 1024;
    const Request& request_;
    WideReal low_;
    WideReal high_;
    int looks_ = 0;
};

} // namespace

Direction direction_of(const Request& request) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto slopes_are_in = [&request](double low, double high) {
        return SlopeBounds(request, low, high).hold(request.begin, request.end);
    };
    switch (request.symmetry) {
    case kernels::Symmetry::none:
    case kernels::Symmetry::odd:
    case kernels::Symmetry::one_minus:
        if (slopes_are_in(0, infinity)) return Direction::rising;
        if (slopes_are_in(-infinity, 0)) return Direction::falling;
        return Direction::none;
    case kernels::Symmetry::ramp: // f' = 1 + h' to the right of zero and -h' to its left
        return slopes_are_in(-1, 0) ? Direction::rising : Direction::none;
    case kernels::Symmetry::even:
        break;
    }
    return Direction::none;
}

} // namespace fxp::approximate
