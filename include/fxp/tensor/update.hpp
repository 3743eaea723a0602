// Parameter updates: the last step of every optimizer, one rounding from an exact difference to a weight.
#pragma once

#include "fxp/core/factor.hpp"
#include "fxp/core/requantize.hpp"
#include "fxp/kernels/random_words.hpp"
#include "fxp/tensor/fxp_tensor.hpp"
#include "fxp/tensor/isa.hpp"
#include "fxp/tensor/parallel.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fxp::detail {

/// Bits of an update below the weight's step: all that Rounding::stochastic looks at.
inline constexpr int update_bits = 32;

/// Below this many elements an update is not worth a second thread.
inline constexpr std::size_t parallel_updates = std::size_t{1} << 12;

/// Calls update(begin, end, words, events) for blocks [begin, end) that cover [0, count), on up to `threads` threads;
/// words: per_element of them for each of the block's elements, in order. Returns the events of all blocks.
template <std::size_t per_element, class Events, class Update>
Events update_in_blocks(std::size_t count, const RandomStream& random, int threads, const Update& update) {
    constexpr std::size_t size = 64;
    const std::size_t blocks = (count + size - 1) / size;
    const std::size_t pieces = count < parallel_updates ? 1 : static_cast<std::size_t>(std::max(threads, 1));
    const auto update_piece = [&](std::size_t piece, Events& events) {
        std::array<std::uint32_t, per_element * size + kernels::random_words_room> scratch;
        for (std::size_t block = blocks * piece / pieces; block < blocks * (piece + 1) / pieces; ++block) {
            const std::size_t begin = block * size;
            const std::size_t end = std::min(begin + size, count);
            const std::uint32_t* words = nullptr;
            if constexpr (per_element > 0) {
                words = kernels::random_words(random, per_element * begin, per_element * (end - begin), scratch.data());
            }
            update(begin, end, words, events);
        }
    };
    Events all;
    if (pieces == 1) {
        update_piece(0, all);
        return all;
    }
    std::vector<Events> events(pieces);
    parallel_for(threads, pieces, [&](std::size_t piece) { update_piece(piece, events[piece]); });
    for (const Events& part : events) all.merge(part);
    return all;
}

/// value / 2^shift by Rounding::stochastic, which is floor((value + u) / 2^shift) with u uniform in [0, 2^shift); for
/// |value| < 2^126 and a shift of 1 to 126.
FXP_INLINE int128 round_stochastic(int128 value, int shift, std::uint32_t random) {
    const int128 uniform = shift >= 32 ? int128{random} << (shift - 32) : int128{random >> (32 - shift)};
    return (value + uniform) >> shift;
}

/// w - decay w - change, rounded once and fitted; change in units of 2^-update_bits of a step of w, |change| <= 2^120.
template <Rounding rule>
FXP_INLINE std::int64_t updated(std::int64_t w, Factor decay, int128 change, const Limits& limits, Overflow overflow,
                                std::uint32_t random, OverflowCount& events) {
    const int128 sum = int128{w} * (int128{1} << update_bits) - multiply(w, decay, update_bits) - change;
    int128 rounded;
    if constexpr (rule == Rounding::stochastic) {
        rounded = round_stochastic(sum, update_bits, random);
    } else {
        rounded = round_shift_nonzero<rule>(sum, update_bits, random);
    }
    return fit(rounded, limits, overflow, events);
}

/// A parameter's tensors agree in shape, or ShapeError. Throws ArgumentError as check_isa() says.
template <class W, class State, class G>
void check_update(const char* operation, const W& w, const State& state, const G& g) {
    check_isa();
    if (w.shape() == g.shape() && w.shape() == state.shape()) return;
    throw ShapeError(std::string(operation) + ": gradient of shape " + g.shape().to_string() + " and state of shape " +
                     state.shape().to_string() + " for a parameter of shape " + w.shape().to_string() +
                     ", expected equal shapes");
}

} // namespace fxp::detail
