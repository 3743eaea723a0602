// Softmax of the columns of a matrix, several at a time: what math::Softmax computes, in lanes of 64 bits.
#pragma once

#include "fxp/kernels/dispatch.hpp"
#include "fxp/kernels/round_row.hpp"
#include "fxp/math/softmax.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fxp::math {

namespace detail {

/// Columns whose softmax is computed at a time; what belongs to a class is a row of so many lanes.
inline constexpr std::size_t softmax_lanes = 32;
/// Classes that lanes are used for: each remainder is compared with each.
inline constexpr std::size_t softmax_classes = 16;

/// The steps of Softmax for rows of lanes, wherever no number needs more than 64 bits.
struct SoftmaxLoops : SoftmaxSteps {
    static constexpr std::size_t lanes = softmax_lanes;

    /// distance = largest of the column - logit. Returns all bits that any distance has.
    [[FXP_WRAPS]] static FXP_INLINE std::uint64_t distances(const std::int64_t* FXP_RESTRICT logits,
                                                            std::size_t classes, std::uint64_t* FXP_RESTRICT distance) {
        std::int64_t largest[lanes];
        for (std::size_t n = 0; n < lanes; ++n) largest[n] = logits[n];
        for (std::size_t i = lanes; i < classes * lanes; i += lanes) {
            for (std::size_t n = 0; n < lanes; ++n) {
                largest[n] = logits[i + n] > largest[n] ? logits[i + n] : largest[n];
            }
        }
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < classes * lanes; i += lanes) {
            for (std::size_t n = 0; n < lanes; ++n) {
                distance[i + n] = static_cast<std::uint64_t>(largest[n]) - static_cast<std::uint64_t>(logits[i + n]);
                seen |= distance[i + n];
            }
        }
        return seen;
    }

    /// exponential = exp(-distance 2^-frac_bits), distances below 2^32, frac_bits of 0..32; sum: of each column, at
    /// most 2^61.
    [[FXP_WRAPS]] static FXP_INLINE void exponentials(const std::uint64_t* FXP_RESTRICT distance, std::size_t classes,
                                                      int frac_bits, std::uint64_t* FXP_RESTRICT exponential,
                                                      std::uint64_t* FXP_RESTRICT sum) {
        for (std::size_t i = 0; i < classes * lanes; ++i) {
            // distance log2(e) = (high 2^32 + low) 2^-(frac_bits + 62), of which 62 bits stay below the point.
            const std::uint64_t last = distance[i] * (log2_e & 0xffffffff);
            const std::uint64_t high = distance[i] * (log2_e >> 32) + (last >> 32);
            const std::uint64_t low = last & 0xffffffff;
            const std::uint64_t whole = high >> (frac_bits + log2_e_bits - 32);
            const std::uint64_t bits = (high << (32 - frac_bits)) | (low >> frac_bits);
            constexpr std::uint64_t one = std::uint64_t{1} << log2_e_bits;
            const std::uint64_t value = exp2_minus(whole < 62 ? whole : 62, one - (bits & (one - 1)));
            exponential[i] = distance[i] == 0 ? std::uint64_t{1} << exp_bits : value;
        }
        for (std::size_t n = 0; n < lanes; ++n) sum[n] = 0;
        for (std::size_t i = 0; i < classes * lanes; i += lanes) {
            for (std::size_t n = 0; n < lanes; ++n) sum[n] += exponential[i + n];
        }
    }

    /// log_sum = log(sum) of `count` columns.
    static FXP_INLINE void logs(const std::uint64_t* FXP_RESTRICT sum, std::size_t count,
                                std::int64_t* FXP_RESTRICT log_sum) {
        for (std::size_t n = 0; n < count; ++n) log_sum[n] = log(uint128{sum[n]});
    }

    /// p as Softmax::probabilities. inverse: 2^inverse_bits / sum, rounded down. remainder: scratch.
    [[FXP_WRAPS]] static FXP_INLINE void distribute(const std::uint64_t* FXP_RESTRICT exponential, std::size_t classes,
                                                    const std::uint64_t* FXP_RESTRICT sum,
                                                    const std::uint64_t* FXP_RESTRICT inverse, int frac_bits,
                                                    std::uint64_t* FXP_RESTRICT remainder,
                                                    std::int64_t* FXP_RESTRICT p) {
        std::int64_t missing[lanes];
        for (std::int64_t& steps : missing) steps = std::int64_t{1} << frac_bits;
        for (std::size_t i = 0; i < classes * lanes; i += lanes) {
            for (std::size_t n = 0; n < lanes; ++n) {
                // With e / 2^26 and inverse / 2^32 of at most 2^31, what is cut off either costs the quotient at most
                // half a unit, and the inverse itself 2^-33: it is at most two short.
                const std::uint64_t e = exponential[i + n];
                std::uint64_t quotient = (e >> 26) * (inverse[n] >> 32) >> (inverse_bits - 26 - 32 - frac_bits);
                std::uint64_t rest = (e << frac_bits) - quotient * sum[n];
                for (int correction = 0; correction < 2; ++correction) {
                    const bool is_short = rest >= sum[n];
                    rest -= is_short ? sum[n] : 0;
                    quotient += is_short ? 1 : 0;
                }
                p[i + n] = static_cast<std::int64_t>(quotient);
                remainder[i + n] = rest;
                missing[n] -= p[i + n];
            }
        }
        for (std::size_t i = 0; i < classes * lanes; i += lanes) {
            std::int64_t rank[lanes]; // how many are rounded up before this one
            for (std::size_t n = 0; n < lanes; ++n) rank[n] = 0;
            for (std::size_t k = 0; k < i; k += lanes) {
                for (std::size_t n = 0; n < lanes; ++n) rank[n] += remainder[k + n] >= remainder[i + n] ? 1 : 0;
            }
            for (std::size_t k = i + lanes; k < classes * lanes; k += lanes) {
                for (std::size_t n = 0; n < lanes; ++n) rank[n] += remainder[k + n] > remainder[i + n] ? 1 : 0;
            }
            for (std::size_t n = 0; n < lanes; ++n) p[i + n] += rank[n] < missing[n] ? 1 : 0;
        }
    }
};

} // namespace detail

/// The softmax of each column of (classes, samples) logits: to the bit what Softmax computes. Up to 16 classes whose
/// logits differ by less than 2^32 steps of at least 2^-32 are computed in lanes, others one by one. Keeps its memory
/// between calls.
class SoftmaxColumns {
  public:
    static constexpr std::size_t most = detail::softmax_lanes; ///< columns at a time

    /// How many columns of so many classes to give at a time: one where there are no lanes, to keep memory small.
    static std::size_t at_once(std::size_t classes) { return classes <= detail::softmax_classes ? most : 1; }

    /// Takes `count` columns, 1..at_once(classes), of logits of format `in`, in.frac_bits of 0..64: class c of column n
    /// is at logits[c * stride + n]. classes: at least one, at most 2^32.
    template <class Raw>
    void assign(const Raw* logits, std::size_t classes, std::size_t stride, std::size_t count, Format in) {
        classes_ = classes;
        count_ = count;
        frac_bits_ = in.frac_bits;
        stride_ = at_once(classes);
        values_.assign(classes * stride_, 0);
        for (std::size_t c = 0; c < classes; ++c) kernels::store_row(logits + c * stride, count, values_of(c));
        in_lanes_ = classes <= detail::softmax_classes && frac_bits_ <= 32 && take_lanes();
        if (!in_lanes_) take_columns(in);
    }

    /// Softmax::probabilities of every column, to be read from row().
    void probabilities(int frac_bits) {
        if (in_lanes_) {
            std::array<std::uint64_t, most> inverse{};
            for (std::size_t n = 0; n < count_; ++n) {
                inverse[n] = static_cast<std::uint64_t>((uint128{1} << Loops::inverse_bits) / uint128{sum_[n]});
            }
            kernels::dispatch([e = exponential_.data(), classes = classes_, sum = sum_.data(), inv = inverse.data(),
                               frac_bits, rest = remainder_.data(), p = values_.data()]()
                                  FXP_LOOP { Loops::distribute(e, classes, sum, inv, frac_bits, rest, p); });
            return;
        }
        for (std::size_t n = 0; n < count_; ++n) {
            columns_[n].probabilities(frac_bits, column_);
            for (std::size_t c = 0; c < classes_; ++c) values_of(c)[n] = column_[c];
        }
    }
    /// The probabilities of a class, one for each column.
    const std::int64_t* row(std::size_t c) const { return values_.data() + c * stride_; }

    /// Softmax::log_probability of class c of column n.
    std::int64_t log_probability(std::size_t c, std::size_t n, Format out, OverflowCount& events) {
        if (!in_lanes_) return columns_[n].log_probability(c, out, events);
        if (log_sum_[0] < 0) {
            kernels::dispatch([sum = sum_.data(), count = count_, log_sum = log_sum_.data()]()
                                  FXP_LOOP { Loops::logs(sum, count, log_sum); });
        }
        return Loops::log_probability(distance_[c * most + n], frac_bits_, log_sum_[n], out, events);
    }

  private:
    using Loops = detail::SoftmaxLoops;

    std::int64_t* values_of(std::size_t c) { return values_.data() + c * stride_; }

    /// Exponentials of the logits in values_; false when a difference needs more than 32 bits.
    bool take_lanes() {
        const std::uint64_t seen =
            kernels::dispatch([z = values_.data(), classes = classes_, distance = distance_.data()]()
                                  FXP_LOOP { return Loops::distances(z, classes, distance); });
        if (seen >> 32 != 0) return false;
        kernels::dispatch([distance = distance_.data(), classes = classes_, frac_bits = frac_bits_,
                           e = exponential_.data(), sum = sum_.data()]()
                              FXP_LOOP { Loops::exponentials(distance, classes, frac_bits, e, sum); });
        log_sum_[0] = -1;
        return true;
    }

    void take_columns(Format in) {
        columns_.resize(stride_);
        column_.resize(classes_);
        for (std::size_t n = 0; n < count_; ++n) {
            for (std::size_t c = 0; c < classes_; ++c) column_[c] = row(c)[n];
            columns_[n].assign(column_, in);
        }
    }

    std::size_t classes_ = 0;
    std::size_t count_ = 0;
    std::size_t stride_ = 1;
    int frac_bits_ = 0;
    bool in_lanes_ = false;
    std::vector<std::int64_t> values_; ///< logits, then probabilities: a row for each class
    std::array<std::uint64_t, detail::softmax_classes * most> distance_;
    std::array<std::uint64_t, detail::softmax_classes * most> exponential_;
    std::array<std::uint64_t, detail::softmax_classes * most> remainder_;
    std::array<std::uint64_t, most> sum_;
    std::array<std::int64_t, most> log_sum_; ///< the first is negative until one is asked for
    std::vector<Softmax> columns_;           ///< where lanes cannot be used
    std::vector<std::int64_t> column_;
};

} // namespace fxp::math
