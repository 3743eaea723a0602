// Normalization: the leading bit of an integer moved to a fixed place, without a branch.
#pragma once

#include "fxp/core/wide.hpp"

#include <cstdint>

namespace fxp::math {

/// A positive integer as a mantissa of fixed length.
struct Normalized {
    std::int64_t mantissa; ///< value << shift
    std::int64_t shift;    ///< places, 0 or more
};

namespace detail {

template <int Places>
FXP_INLINE constexpr Normalized raise(Normalized x) {
    const bool small = x.mantissa < std::int64_t{1} << (32 - Places);
    return {small ? x.mantissa << Places : x.mantissa, small ? x.shift + Places : x.shift};
}

} // namespace detail

/// The value, 1 <= value < 2^32, shifted left until it lies in [2^31, 2^32).
FXP_INLINE constexpr Normalized normalize(std::int64_t value) {
    using detail::raise;
    return raise<1>(raise<2>(raise<4>(raise<8>(raise<16>({value, 0})))));
}

/// The same by an even number of places, until it lies in [2^30, 2^32).
FXP_INLINE constexpr Normalized normalize_even(std::int64_t value) {
    using detail::raise;
    return raise<2>(raise<4>(raise<8>(raise<16>({value, 0}))));
}

} // namespace fxp::math
