// PixelShift: where an image moves as augmentation, a function of seed, epoch and sample alone.
#pragma once

#include "fxp/core/random.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fxp {

/// The pixel of row r and column c of an image comes from row r - down and column c - right.
struct PixelShift {
    int right = 0; ///< columns; negative to the left
    int down = 0;  ///< rows; negative upwards

    friend bool operator==(const PixelShift&, const PixelShift&) = default;
};

/// One of the nine shifts by -1, 0 or 1 pixel in each direction, for each sample of each epoch its own. The address of
/// its random word is seed, epoch and sample, so order, batches, threads and machine do not matter. Each shift has
/// probability 1/9 within 2^-32. sample < 2^34.
constexpr PixelShift random_shift(std::uint64_t seed, std::uint32_t epoch, std::size_t sample) {
    const std::uint32_t word = RandomStream{seed, epoch, 0, RandomUse::augmentation}.word(sample);
    const auto ninth = static_cast<int>((std::uint64_t{word} * 9) >> 32);
    return {ninth % 3 - 1, ninth / 3 - 1};
}

/// shifts[n] = random_shift of samples[n].
inline void random_shifts(std::uint64_t seed, std::uint32_t epoch, std::span<const std::size_t> samples,
                          std::vector<PixelShift>& shifts) {
    shifts.clear();
    for (const std::size_t sample : samples) shifts.push_back(random_shift(seed, epoch, sample));
}

} // namespace fxp
