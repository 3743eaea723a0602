// Shuffle: the order of samples in an epoch, a function of seed and epoch alone.
#pragma once

#include "fxp/core/random.hpp"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace fxp {

/// 0 .. count-1.
inline std::vector<std::size_t> in_order(std::size_t count) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
}

/// A uniformly random permutation of 0 .. count-1 (Fisher-Yates; bounded integers by Lemire's rejection, arXiv
/// 1805.10941, so without bias). The same on every machine. count < 2^32.
inline std::vector<std::size_t> shuffled_indices(std::size_t count, std::uint64_t seed, std::uint32_t epoch) {
    std::vector<std::size_t> order = in_order(count);
    const RandomStream stream{seed, epoch, 0, RandomUse::shuffle};
    std::uint64_t next = 0;
    const auto below = [&](std::uint32_t bound) {
        const std::uint32_t threshold = (0U - bound) % bound;
        for (;;) {
            const std::uint64_t product = std::uint64_t{stream.word(next++)} * bound;
            if (static_cast<std::uint32_t>(product) >= threshold) return static_cast<std::size_t>(product >> 32);
        }
    };
    for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[below(static_cast<std::uint32_t>(i))]);
    return order;
}

} // namespace fxp
