// Parameter updates: the last step of every optimizer, one rounding from an exact difference to a weight.
#pragma once

#include "fxp/core/factor.hpp"
#include "fxp/core/requantize.hpp"
#include "fxp/tensor/fxp_tensor.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace fxp::detail {

/// Bits of an update below the weight's step: all that Rounding::stochastic looks at.
inline constexpr int update_bits = 32;

/// The random words of consecutive elements, four to a draw.
class WordsInOrder {
  public:
    explicit WordsInOrder(const RandomStream& stream) : stream_(stream) {}
    /// The word of element i; i = 0, 1, 2, ...
    std::uint32_t next(std::size_t i) {
        if (i % 4 == 0) block_ = stream_.block(static_cast<std::uint32_t>(i / 4));
        return block_[i % 4];
    }

  private:
    RandomStream stream_;
    std::array<std::uint32_t, 4> block_{};
};

/// w - decay w - change, rounded once and fitted; change in units of 2^-update_bits of a step of w, |change| <= 2^120.
template <Rounding rule>
FXP_INLINE std::int64_t updated(std::int64_t w, Factor decay, int128 change, const Limits& limits, Overflow overflow,
                                std::uint32_t random, OverflowCount& events) {
    const int128 sum = int128{w} * (int128{1} << update_bits) - multiply(w, decay, update_bits) - change;
    return fit(round_shift_nonzero<rule>(sum, update_bits, random), limits, overflow, events);
}

/// A parameter's tensors agree in shape, or ShapeError.
template <class W, class State, class G>
void check_update(const char* operation, const W& w, const State& state, const G& g) {
    if (w.shape() == g.shape() && w.shape() == state.shape()) return;
    throw ShapeError(std::string(operation) + ": gradient of shape " + g.shape().to_string() + " and state of shape " +
                     state.shape().to_string() + " for a parameter of shape " + w.shape().to_string() +
                     ", expected equal shapes");
}

} // namespace fxp::detail
