// Adam's update of elements of ordinary size in 64-bit lanes: the same integers as adam_loop's, without 128-bit ones.
#pragma once

#include "fxp/core/factor.hpp"
#include "fxp/core/overflow.hpp"
#include "fxp/core/rounding.hpp"
#include "fxp/core/wraps.hpp"
#include "fxp/kernels/compiled.hpp"
#include "fxp/kernels/dispatch.hpp"
#include "fxp/kernels/piecewise.hpp"
#include "fxp/math/tables/rsqrt.hpp"
#include "fxp/tensor/update.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace fxp::detail {

/// Products of wide integers and factors, whose parts of 31 bits fit lanes. In all of them the mantissa is below 2^31.
namespace lanes {

inline constexpr std::int64_t low_mask = (std::int64_t{1} << 31) - 1;

/// floor((value * mantissa + added) / 2^shift); |value| < 2^62, 0 <= added < 2^62, shift 31 .. 62.
FXP_INLINE constexpr std::int64_t product(std::int64_t value, std::int64_t mantissa, std::int64_t added, int shift) {
    // value = high 2^31 + low: below 2^31 only the low product and what is added have bits.
    const std::int64_t high = value >> 31;
    const std::int64_t low = value & low_mask;
    return (high * mantissa + ((low * mantissa + added) >> 31)) >> (shift - 31);
}
/// value * mantissa modulo 2^64.
[[FXP_WRAPS]] FXP_INLINE constexpr std::int64_t modulo_product(std::int64_t value, std::int64_t mantissa) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(mantissa));
}
/// |value|, of a negative number less one: below 2^bits when -2^bits <= value < 2^bits, for any value.
FXP_INLINE constexpr std::int64_t size(std::int64_t value) { return value ^ (value >> 63); }
/// The position of the highest bit that is set; 0 < value < 2^62. Of that bit and the one below it only the higher is
/// left, so that no rounding to a double's 53 bits reaches the next power of two: the exponent is exact. Unlike the
/// instruction that counts zeros, a conversion has a form for vectors (AVX-512).
FXP_INLINE constexpr std::int64_t highest_bit(std::int64_t value) {
    return (std::bit_cast<std::int64_t>(static_cast<double>(value & ~(value >> 1))) >> 52) - 1023;
}
/// Nonzero unless |value| < limit.
FXP_INLINE constexpr std::int64_t reaches(std::int64_t value, std::int64_t limit) {
    return (value >= limit ? 1 : 0) | (value <= -limit ? 1 : 0);
}

} // namespace lanes

/// The numbers of an update that all its elements share.
struct AdamLanesRule {
    Factor gradient; ///< shift: from g times the mantissa to m's step
    Factor one_minus_beta1;
    Factor one_minus_beta2;
    Factor rate;  ///< shift: from direction times the mantissa to 2^-update_bits of w's step, but for the root's shift
    Factor decay; ///< the same from w times the mantissa
    std::int64_t epsilon;
    int excess; ///< fraction bits of a squared gradient beyond n's
    int n_frac_bits;
    std::int64_t w_max;
};

/// A block of elements of a parameter in 64-bit lanes.
class AdamLanes {
  public:
    static constexpr std::size_t size = 64;
    using Lanes = std::array<std::int64_t, size>;

    Lanes w;
    Lanes m;
    Lanes n;
    Lanes largest; ///< as adam_update's; without it what is left here is of no use
    Lanes g;

    /// Whether lanes do for these formats and factors.
    static bool serve(const AdamLanesRule& rule, const Format& m, const Format& n) {
        const auto within = [](int shift, int low, int high) { return shift >= low && shift <= high; };
        return m.word_bits() >= gradient_bits + 1 && n.word_bits() >= second_bits + 1 &&
               within(rule.gradient.shift, 1, 62) && within(rule.one_minus_beta1.shift, 31, 62) &&
               within(rule.one_minus_beta2.shift, 32, 62) && within(rule.excess, 1, 32) &&
               (rule.decay.mantissa == 0 || within(rule.decay.shift, 1, 62)) && rule.rate.mantissa != 0 &&
               rule.epsilon < std::int64_t{1} << second_bits;
    }

    /// Updates the first `count` elements, as adam_update says; words: two for each. False, and the lanes are of no
    /// use, when one is too large for lanes or overflows.
    template <Rounding rounding>
    bool update(std::size_t count, const AdamLanesRule& rule, bool amsgrad, const std::uint32_t* words);

  private:
    /// Scaled gradients and means stay below 2^gradient_bits and 2^mean_bits, squares and second moments below
    /// 2^second_bits, weights below 2^weight_bits. Products are checked before they are shifted left.
    static constexpr int gradient_bits = 43;
    static constexpr int mean_bits = 47;
    static constexpr int second_bits = 61;
    static constexpr int weight_bits = 29;
    static constexpr int left_bits = 61;

    FXP_INLINE static bool moments(AdamLanes& block, std::size_t count, const AdamLanesRule& rule,
                                   const std::uint32_t* words) {
        std::int64_t* const gradient = block.upper_.data();
        return start(block.g.data(), block.m.data(), block.n.data(), count, rule) == 0 &&
               scale(block.g.data(), count, rule, gradient) == 0 &&
               average(gradient, words, count, rule, block.m.data(), block.n.data());
    }
    /// How far the high product of a gradient, of a factor whose shift is below 31, is shifted to the left.
    static int left_of(const AdamLanesRule& rule) { return rule.gradient.shift < 31 ? 31 - rule.gradient.shift : 0; }

    /// Nonzero when a lane cannot go on.
    FXP_INLINE static std::int64_t start(const std::int64_t* FXP_RESTRICT g, const std::int64_t* FXP_RESTRICT m,
                                         const std::int64_t* FXP_RESTRICT n, std::size_t count,
                                         const AdamLanesRule& rule) {
        const std::int64_t mantissa = rule.gradient.mantissa;
        const int bits = left_bits - left_of(rule);
        std::int64_t outside = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::int64_t product = lanes::size(lanes::modulo_product(g[i] >> 31, mantissa)) >> bits;
            outside |= product | (lanes::size(g[i]) >> 62) | (lanes::size(m[i]) >> mean_bits);
            outside |= n[i] >> second_bits; // n < 0 too
        }
        return outside;
    }
    /// gradient = g scaled to m's step. Nonzero when one is too large to be squared.
    FXP_INLINE static std::int64_t scale(const std::int64_t* FXP_RESTRICT g, std::size_t count,
                                         const AdamLanesRule& rule, std::int64_t* FXP_RESTRICT gradient) {
        const auto [mantissa, shift] = rule.gradient;
        const std::int64_t half = std::int64_t{1} << (shift - 1);
        // A square below 2^(second_bits + excess) is one below 2^second_bits in n's steps.
        const std::int64_t limit = std::int64_t{1} << std::min(gradient_bits, (second_bits + rule.excess) / 2);
        const int left = left_of(rule);
        std::int64_t outside = 0;
        if (left > 0) {
            for (std::size_t i = 0; i < count; ++i) {
                const std::int64_t low = ((g[i] & lanes::low_mask) * mantissa + half) >> shift;
                gradient[i] = ((g[i] >> 31) * mantissa << left) + low;
                outside |= lanes::reaches(gradient[i], limit);
            }
        } else {
            for (std::size_t i = 0; i < count; ++i) {
                gradient[i] = lanes::product(g[i], mantissa, half, shift);
                outside |= lanes::reaches(gradient[i], limit);
            }
        }
        return outside;
    }
    FXP_INLINE static bool average(const std::int64_t* FXP_RESTRICT gradient, const std::uint32_t* FXP_RESTRICT words,
                                   std::size_t count, const AdamLanesRule& rule, std::int64_t* FXP_RESTRICT m,
                                   std::int64_t* FXP_RESTRICT n) {
        const auto [mantissa1, shift1] = rule.one_minus_beta1;
        const auto [mantissa2, shift2] = rule.one_minus_beta2;
        const std::int64_t half1 = std::int64_t{1} << (shift1 - 1);
        const int excess = rule.excess;
        const std::int64_t half_square = std::int64_t{1} << (excess - 1);
        for (std::size_t i = 0; i < count; ++i) {
            m[i] += lanes::product(gradient[i] - m[i], mantissa1, half1, shift1);
            // The gradient's square, of high 2^31 + low, high < 2^12.
            const std::int64_t root = gradient[i] < 0 ? -gradient[i] : gradient[i];
            const std::int64_t high = root >> 31;
            const std::int64_t low = root & lanes::low_mask;
            const std::int64_t power =
                (high * high << (62 - excess)) + (high * low << (32 - excess)) + ((low * low + half_square) >> excess);
            const std::int64_t uniform = static_cast<std::int64_t>(words[2 * i + 1]) << (shift2 - 32);
            n[i] += lanes::product(power - n[i], mantissa2, uniform, shift2);
        }
        return true;
    }

    template <Rounding rounding>
    FXP_INLINE static bool weights(AdamLanes& block, std::size_t count, const AdamLanesRule& rule, bool amsgrad,
                                   const std::uint32_t* words) {
        if (amsgrad) raise(block.n.data(), count, block.largest.data());
        const Lanes& seconds = amsgrad ? block.largest : block.n;
        return roots(seconds.data(), count, rule, block.sum_.data(), block.top_.data()) == 0 &&
               changes(block.sum_.data(), block.m.data(), block.w.data(), count, rule, block.top_.data(),
                       block.upper_.data(), block.lower_.data()) == 0 &&
               new_weights<rounding>(block.top_.data(), block.upper_.data(), block.lower_.data(), words, count, rule,
                                     block.w.data()) == 0;
    }

    // A pointer that is restricted as a parameter is so to the compiler when the function is inlined.

    /// largest = max(largest, n)
    FXP_INLINE static void raise(const std::int64_t* FXP_RESTRICT n, std::size_t count,
                                 std::int64_t* FXP_RESTRICT largest) {
        for (std::size_t i = 0; i < count; ++i) largest[i] = std::max(largest[i], n[i]);
    }
    /// What is under the roots, and its highest bits. Nonzero when a lane cannot go on.
    FXP_INLINE static std::int64_t roots(const std::int64_t* FXP_RESTRICT seconds, std::size_t count,
                                         const AdamLanesRule& rule, std::int64_t* FXP_RESTRICT sums,
                                         std::int64_t* FXP_RESTRICT top) {
        const std::int64_t epsilon = rule.epsilon;
        std::int64_t outside = 0;
        for (std::size_t i = 0; i < count; ++i) {
            outside |= seconds[i] >> second_bits;
            sums[i] = (seconds[i] & ((std::int64_t{1} << second_bits) - 1)) + epsilon;
            top[i] = lanes::highest_bit(sums[i]);
        }
        return outside;
    }
    /// The changes before their shifts; top: the highest bits of the sums, on return the shifts. Nonzero when a lane
    /// cannot go on.
    FXP_INLINE static std::int64_t changes(const std::int64_t* FXP_RESTRICT sums, const std::int64_t* FXP_RESTRICT m,
                                           const std::int64_t* FXP_RESTRICT w, std::size_t count,
                                           const AdamLanesRule& rule, std::int64_t* FXP_RESTRICT top,
                                           std::int64_t* FXP_RESTRICT upper, std::int64_t* FXP_RESTRICT lower) {
        const std::int64_t n_frac_bits = rule.n_frac_bits;
        const std::int64_t mantissa = rule.rate.mantissa;
        const std::int64_t rate_shift = rule.rate.shift - 17;
        std::int64_t outside = 0;
        for (std::size_t i = 0; i < count; ++i) {
            // As math::inverse_root: the sum 2^-n_frac_bits = argument 2^-30 4^k, the argument in [2^30, 2^32).
            const std::int64_t k = (top[i] - n_frac_bits) >> 1;
            const std::int64_t up = 30 - n_frac_bits - 2 * k;
            const std::int64_t argument = (sums[i] << (up < 0 ? 0 : up)) >> (up < 0 ? -up : 0);
            const std::int64_t root = kernels::piecewise_value(math::tables::rsqrt, argument); // at most 2^38
            // direction = floor(m root / 2^7) = high 2^17 + low
            const std::int64_t below = (m[i] & 0xffffff) * root >> 7; // < 2^55
            const std::int64_t high = (m[i] >> 24) * root + (below >> 17);
            const std::int64_t low = below & 0x1ffff;
            // floor(direction rate / 2^17) = upper 2^31 + lower
            const std::int64_t product = (high >> 31) * mantissa;
            const std::int64_t shift = rate_shift + k;
            const std::int64_t left = shift < 32 ? 32 - shift : 0;
            const std::int64_t bits = left_bits - left;
            outside |= lanes::size(product) >> (bits < 0 ? 0 : bits);
            outside |= (lanes::size(w[i]) >> weight_bits) | ((shift - 1) >> 6) | ((61 - shift) >> 6);
            upper[i] = product;
            lower[i] = (high & lanes::low_mask) * mantissa + (low * mantissa >> 17);
            top[i] = shift;
        }
        return outside;
    }
    /// Nonzero when a new weight overflows.
    template <Rounding rounding>
    FXP_INLINE static std::int64_t
    new_weights(const std::int64_t* FXP_RESTRICT shifts, const std::int64_t* FXP_RESTRICT upper,
                const std::int64_t* FXP_RESTRICT lower, const std::uint32_t* FXP_RESTRICT words, std::size_t count,
                const AdamLanesRule& rule, std::int64_t* FXP_RESTRICT w) {
        const bool decays = rule.decay.mantissa != 0;
        const int decay_shift = decays ? rule.decay.shift : 1;
        const std::int64_t half_decay = decays ? std::int64_t{1} << (decay_shift - 1) : 0;
        const std::int64_t mantissa = rule.decay.mantissa;
        const std::int64_t limit = rule.w_max + 1;
        std::int64_t outside = 0;
        for (std::size_t i = 0; i < count; ++i) {
            // Twice the change, rounded down, then the change, rounded half upwards.
            const std::int64_t shift = shifts[i];
            const std::int64_t left = shift < 32 ? 32 - shift : 0;
            const std::int64_t middle = shift < 32 ? shift - 1 : 31;
            const std::int64_t right = shift < 32 ? 0 : shift - 32;
            const std::int64_t twice = ((upper[i] << left) + (lower[i] >> middle)) >> right;
            const std::int64_t change = (twice + 1) >> 1;
            const std::int64_t decayed = (w[i] * mantissa + half_decay) >> decay_shift;
            const std::int64_t exact = w[i] * (std::int64_t{1} << update_bits) - decayed - change;
            const std::uint32_t random = words[2 * i];
            std::int64_t rounded;
            if constexpr (rounding == Rounding::stochastic) {
                rounded = (exact + static_cast<std::int64_t>(random)) >> update_bits;
            } else {
                rounded = round_shift_nonzero<rounding>(exact, update_bits, random);
            }
            outside |= lanes::reaches(rounded, limit);
            w[i] = rounded;
        }
        return outside;
    }

    Lanes sum_;   ///< under the root
    Lanes top_;   ///< its highest bit, then the shift of the change
    Lanes upper_; ///< scaled gradients, then the change before its shift: upper 2^31 + lower
    Lanes lower_;
};

template <Rounding rounding>
bool AdamLanes::update(std::size_t count, const AdamLanesRule& rule, bool amsgrad, const std::uint32_t* words) {
    return kernels::dispatch([this, count, rule, amsgrad, words]() FXP_LOOP {
        return moments(*this, count, rule, words) && weights<rounding>(*this, count, rule, amsgrad, words);
    });
}

#ifdef FXP_COMPILED_KERNELS
FXP_KERNEL_TEMPLATE bool AdamLanes::update<Rounding::toward_zero>(std::size_t, const AdamLanesRule&, bool,
                                                                  const std::uint32_t*);
FXP_KERNEL_TEMPLATE bool AdamLanes::update<Rounding::floor>(std::size_t, const AdamLanesRule&, bool,
                                                            const std::uint32_t*);
FXP_KERNEL_TEMPLATE bool AdamLanes::update<Rounding::nearest_up>(std::size_t, const AdamLanesRule&, bool,
                                                                 const std::uint32_t*);
FXP_KERNEL_TEMPLATE bool AdamLanes::update<Rounding::nearest_even>(std::size_t, const AdamLanesRule&, bool,
                                                                   const std::uint32_t*);
FXP_KERNEL_TEMPLATE bool AdamLanes::update<Rounding::pseudo_stochastic>(std::size_t, const AdamLanesRule&, bool,
                                                                        const std::uint32_t*);
FXP_KERNEL_TEMPLATE bool AdamLanes::update<Rounding::stochastic>(std::size_t, const AdamLanesRule&, bool,
                                                                 const std::uint32_t*);
#endif

} // namespace fxp::detail
