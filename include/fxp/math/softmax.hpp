// Softmax and its logarithm in integers: probabilities that sum to one exactly, finite for every input.
#pragma once

#include "fxp/core/requantize.hpp"
#include "fxp/core/wraps.hpp"
#include "fxp/kernels/piecewise.hpp"
#include "fxp/math/tables/exp2.hpp"
#include "fxp/math/tables/log2.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fxp::math {

namespace detail {

/// Exponentials and their sums as Softmax represents them.
struct SoftmaxSteps {
    static constexpr int exp_bits = 57;      ///< of an exponential: one is 2^57
    static constexpr int inverse_bits = 120; ///< of one over their sum, which is at least one: below 2^64
    static constexpr int log_bits = 37;      ///< of a logarithm
    static constexpr int log2_e_bits = 62;
    static constexpr std::uint64_t log2_e = 0x5c551d94ae0bf85e; ///< log2(e) 2^62
    static constexpr std::uint64_t ln_2 = 0x58b90bfbe8e7bcd6;   ///< ln(2) 2^63

    /// 2^-(whole + 1 - rest 2^-62) in steps of 2^-exp_bits; rest of 1..2^62, whole of 0..62.
    static FXP_INLINE std::uint64_t exp2_minus(std::uint64_t whole, std::uint64_t rest) {
        constexpr const auto& table = tables::exp2;
        static_assert(table.argument_bits == 31 && table.begin == 0 && table.frac_bits == 37);
        // The table takes 31 bits of rest, the other 31 go into the linear term: 2^low - 1 = low ln 2, low < 2^-31.
        const auto quick =
            static_cast<std::uint64_t>(kernels::piecewise_value(table, static_cast<std::int64_t>(rest >> 31)));
        const std::uint64_t low = rest & 0x7fffffff;
        const std::uint64_t linear = (((quick >> 6) * low) >> 32) * (ln_2 >> 31) >> 36;
        const std::uint64_t value = ((quick << 20) + linear) >> whole >> 1;
        constexpr std::uint64_t one = std::uint64_t{1} << exp_bits;
        return value < one ? value : one;
    }

    /// log(sum) in steps of 2^-log_bits, from 0 on; sum >= 2^exp_bits.
    static FXP_INLINE std::int64_t log(uint128 sum) {
        constexpr const auto& table = tables::log2;
        static_assert(table.argument_bits == 31 && table.begin == std::int64_t{1} << 31 && table.frac_bits == log_bits);
        const auto high = static_cast<std::uint64_t>(sum >> 64);
        const int leading =
            high != 0 ? 127 - std::countl_zero(high) : 63 - std::countl_zero(static_cast<std::uint64_t>(sum));
        // sum = m 2^(leading - exp_bits), m in [1, 2) of 62 bits: 31 for the table, 31 for log2(m + low) - log2(m) =
        // low log2(e) / m.
        const auto mantissa = static_cast<std::uint64_t>(leading >= 62 ? sum >> (leading - 62) : sum << (62 - leading));
        const std::uint64_t m = mantissa >> 31;
        const std::uint64_t low = mantissa & 0x7fffffff;
        const auto linear = static_cast<std::int64_t>(low * (log2_e >> 50) / (m << 6));
        const std::int64_t log2 = (leading - exp_bits) * (std::int64_t{1} << log_bits) +
                                  kernels::piecewise_value(table, static_cast<std::int64_t>(m)) + linear;
        return std::max<std::int64_t>(static_cast<std::int64_t>((int128{log2} * int128{ln_2}) >> 63), 0);
    }

    /// log p of a logit at `distance` 2^-frac_bits below the largest one, rounded to nearest and fitted.
    static FXP_INLINE std::int64_t log_probability(std::uint64_t distance, int frac_bits, std::int64_t log_sum,
                                                   Format out, OverflowCount& events) {
        // -(z_c - max z) + log(sum), both exact multiples of 2^-common
        const auto rounded = [&](auto loss, int common) {
            return requantize<Rounding::nearest_even>(-loss, common - out.frac_bits, Limits{out}, Overflow::saturate,
                                                      events);
        };
        const int finer = log_bits - frac_bits;
        if (finer >= 0 && distance >> (61 - finer) == 0) {
            return rounded(static_cast<std::int64_t>(distance << finer) + log_sum, log_bits);
        }
        const int common = std::max(frac_bits, log_bits);
        return rounded(int128{distance} * (int128{1} << (common - frac_bits)) +
                           int128{log_sum} * (int128{1} << (common - log_bits)),
                       common);
    }
};

} // namespace detail

/// The softmax of one vector of logits z: p_c = exp(z_c - max z) / sum_k exp(z_k - max z).
///
/// The differences z_c - max z are exact in every format, each exponential is good to 2^-36 of the largest one, and
/// their sum lies between one and the number of classes: nothing can overflow. Keeps its memory between vectors.
class Softmax : detail::SoftmaxSteps {
  public:
    /// Takes logits of format `in`, in.frac_bits of 0..64; at least one, at most 2^32.
    [[FXP_WRAPS]] void assign(std::span<const std::int64_t> logits, Format in) {
        frac_bits_ = in.frac_bits;
        const auto largest = static_cast<std::uint64_t>(*std::max_element(logits.begin(), logits.end()));
        distance_.resize(logits.size());
        exponential_.resize(logits.size());
        sum_ = 0;
        for (std::size_t c = 0; c < logits.size(); ++c) {
            distance_[c] = largest - static_cast<std::uint64_t>(logits[c]);
            exponential_[c] = exp_minus(distance_[c], frac_bits_);
            sum_ += exponential_[c];
        }
        log_sum_ = -1;
    }

    /// Number of logits.
    std::size_t size() const { return exponential_.size(); }

    /// p as multiples of 2^-frac_bits, frac_bits of 0..30. They sum to 2^frac_bits exactly: each is the probability
    /// rounded down, or up where what was cut off is largest (of equals, the first). So each is within one step of the
    /// probability, for up to 2^(34 - frac_bits) classes.
    void probabilities(int frac_bits, std::span<std::int64_t> p) {
        if (sum_ < uint128{1} << 63) {
            distribute(frac_bits, p, short_remainder_);
        } else {
            distribute(frac_bits, p, remainder_);
        }
    }

    /// The gradient of the cross-entropy -log p_target with respect to the logits, p_c - (c = target): it sums to zero
    /// exactly and no element exceeds one, 2^frac_bits. frac_bits of 0..30.
    void cross_entropy_gradient(int frac_bits, std::size_t target, std::span<std::int64_t> gradient) {
        probabilities(frac_bits, gradient);
        gradient[target] -= std::int64_t{1} << frac_bits;
    }

    /// log p_c, never positive, rounded to nearest; good to half a step plus 2^-35 plus 2^-57 for each class. What a
    /// format cannot hold saturates and is an event.
    std::int64_t log_probability(std::size_t c, Format out, OverflowCount& events) {
        if (log_sum_ < 0) log_sum_ = log(sum_);
        return SoftmaxSteps::log_probability(distance_[c], frac_bits_, log_sum_, out, events);
    }

  private:
    template <class Word>
    struct Remainder {
        Word value;
        std::size_t index;

        /// Whether this one is rounded up rather than the other.
        bool before(const Remainder& other) const {
            return value != other.value ? value > other.value : index < other.index;
        }
    };

    /// probabilities(); Word holds twice the sum, and what is beyond it is not needed.
    template <class Word>
    [[FXP_WRAPS]] void distribute(int frac_bits, std::span<std::int64_t> p, std::vector<Remainder<Word>>& remainder) {
        remainder.resize(size());
        std::int64_t missing = std::int64_t{1} << frac_bits;
        const auto sum = static_cast<Word>(sum_);
        const auto inverse = static_cast<std::uint64_t>((uint128{1} << inverse_bits) / sum_);
        for (std::size_t c = 0; c < size(); ++c) {
            // inverse is less than one short of 2^inverse_bits / sum, so the quotient is at most one short.
            const uint128 product = uint128{exponential_[c]} * inverse;
            auto quotient = static_cast<std::uint64_t>(product >> (inverse_bits - frac_bits));
            Word rest = (static_cast<Word>(exponential_[c]) << frac_bits) - static_cast<Word>(quotient) * sum;
            const bool is_short = rest >= sum;
            rest -= is_short ? sum : Word{0};
            quotient += is_short ? 1 : 0;
            p[c] = static_cast<std::int64_t>(quotient);
            remainder[c] = {rest, c};
            missing -= p[c];
        }
        if (missing == 0) return;
        std::nth_element(remainder.begin(), remainder.begin() + static_cast<std::ptrdiff_t>(missing), remainder.end(),
                         [](const Remainder<Word>& a, const Remainder<Word>& b) { return a.before(b); });
        for (std::int64_t i = 0; i < missing; ++i) ++p[remainder[static_cast<std::size_t>(i)].index];
    }

    /// exp(-distance 2^-frac_bits) in steps of 2^-exp_bits.
    static std::uint64_t exp_minus(std::uint64_t distance, int frac_bits) {
        const uint128 exponent = uint128{distance} * log2_e;
        const int scale = frac_bits + log2_e_bits;
        const uint128 whole = exponent >> scale;
        if (whole > exp_bits) return 0;
        const uint128 fraction = exponent & ((uint128{1} << scale) - 1);
        if (fraction == 0) return std::uint64_t{1} << (exp_bits - static_cast<int>(whole));
        // 2^-(whole + fraction) = 2^(1 - fraction) / 2^(whole + 1)
        const std::uint64_t rest =
            (std::uint64_t{1} << log2_e_bits) - static_cast<std::uint64_t>(fraction >> frac_bits);
        return exp2_minus(static_cast<std::uint64_t>(whole), rest);
    }

    int frac_bits_ = 0;
    uint128 sum_ = 0;
    std::int64_t log_sum_ = -1; ///< negative until it is asked for
    std::vector<std::uint64_t> distance_;
    std::vector<std::uint64_t> exponential_;
    std::vector<Remainder<std::uint64_t>> short_remainder_;
    std::vector<Remainder<uint128>> remainder_;
};

} // namespace fxp::math
