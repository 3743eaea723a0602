// Counter-based random bits: every word is a function of its address, so any order, thread or machine draws the same.
#pragma once

#include "fxp/core/wraps.hpp"

#include <array>
#include <cstdint>

namespace fxp {

/// Philox4x32 with 10 rounds: a bijection of the 128-bit counter under a 64-bit key
/// (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011, section 3.3).
[[FXP_WRAPS]] constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                                std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
        const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
        counter = {
            static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
            static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    return counter;
}

/// What a draw is for; part of its address, so that no two purposes share words.
enum class RandomUse : std::uint32_t {
    rounding = 0,      ///< Rounding::stochastic
    initial_value = 1, ///< parameters before training
    shuffle = 2,       ///< the order of samples
    user = 3,          ///< for programs; the library draws none
    augmentation = 4   ///< changes of training samples, as random_shift
};

/// The words of one tensor at one training step.
///
/// Layout (part of the checkpoint format): key = seed; counter = (element / 4, step, tensor, use); element % 4 selects
/// the word. Element indices below 2^34, steps and tensor numbers below 2^32.
struct RandomStream {
    std::uint64_t seed = 0;              ///< of the run
    std::uint32_t step = 0;              ///< of training, or the epoch where a draw belongs to one
    std::uint32_t tensor = 0;            ///< a number for each tensor of a step
    RandomUse use = RandomUse::rounding; ///< what for

    /// Four words: those of elements 4 * block .. 4 * block + 3.
    constexpr std::array<std::uint32_t, 4> block(std::uint32_t block) const {
        return philox4x32({block, step, tensor, static_cast<std::uint32_t>(use)},
                          {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    }
    /// The uniform 32-bit word of one element.
    constexpr std::uint32_t word(std::uint64_t element) const {
        return block(static_cast<std::uint32_t>(element / 4))[element % 4];
    }
};

/// An approximately normal integer with mean 0 and standard deviation 2^32: the sum of twelve uniform 32-bit words,
/// centred (Irwin-Hall). Exact on every machine; support +-6 standard deviations, excess kurtosis -0.1.
/// Reads elements 12 * index .. 12 * index + 11 of the stream.
constexpr std::int64_t irwin_hall_normal(const RandomStream& stream, std::uint64_t index) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < 3; ++i) {
        for (const std::uint32_t word : stream.block(static_cast<std::uint32_t>(3 * index + i))) sum += word;
    }
    // The mean of the sum is 12 * (2^32 - 1) / 2.
    return static_cast<std::int64_t>(sum) - 6 * ((std::int64_t{1} << 32) - 1);
}

} // namespace fxp
