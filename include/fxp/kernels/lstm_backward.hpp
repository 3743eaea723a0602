// The way back through the elements of an LSTM cell, in registers: words of 16 or 32 bits, AVX-512.
#pragma once

#include "fxp/kernels/random_words.hpp"
#include "fxp/kernels/round_avx512.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace fxp::kernels {

/// The roundings on the way back, in the order of their random streams: gradients of the named values, and slopes of
/// sigmoid and tanh.
struct LstmBackwardSteps {
    enum Index : std::size_t {
        o,
        tanh_c,
        tanh_c_slope,
        c,
        f,
        i,
        g,
        previous_c,
        f_slope, ///< of f, i, o, g in order
        g_slope = f_slope + 3,
        z_f, ///< of f, i, o, g in order
        z_g = z_f + 3,
        count
    };
};

/// Rows of a cell, of equal length.
template <class Word>
struct LstmRows {
    std::array<const Word*, 4> gates; ///< f, i, o, g
    const Word* tanh_c;
    const Word* c; ///< the state before
    const Word* dh;
    const Word* dc; ///< dh and dc: the sums of gradients
    std::array<Word*, 4> dz;
    Word* dc_prev; ///< null when nobody wants it
};

/// Shift and limits of products of words.
template <class Word>
struct LstmBackwardLimits {
    int shift;
    Word one;
    Word error;
    Word slope;
    Word total;
};

#ifdef FXP_X86_DISPATCH

namespace avx512 {

/// Words of a vector.
template <class Word>
inline constexpr std::size_t lanes_of_word = 64 / sizeof(Word);

/// What is added to the lost bits of the products of a step before these are cut off: the addend, and the quotient's
/// last bit where it decides a tie.
template <class Word>
struct Addend {
    const std::make_unsigned_t<Word>* values;
    std::size_t stride; ///< from vector to vector of values
    std::make_unsigned_t<Word> parity;
};

/// a * b = high 2^16 + low, or high 2^32 + low: of signed words, or of unsigned ones.
/// @{
[[FXP_TARGET_AVX512]] FXP_INLINE void multiply_halves(I16& high, U16& low, const I16& a, const I16& b) {
    asm("vpmulhw {%2, %1, %0|%0, %1, %2}" : "=v"(high) : "v"(a), "v"(b));
    low = reinterpret_cast<U16>(a) * reinterpret_cast<U16>(b);
}
[[FXP_TARGET_AVX512]] FXP_INLINE void multiply_halves(U16& high, U16& low, const U16& a, const U16& b) {
    multiply_high(high, a, b);
    low = a * b;
}
[[FXP_TARGET_AVX512]] FXP_INLINE void multiply_halves(I32& high, U32& low, const I32& a, const I32& b) {
    I64 even;
    I64 odd;
    multiply_lanes(even, odd, a, b);
    I32 low_half;
    interleave_low(low_half, even, odd);
    interleave_high(high, even, odd);
    low = reinterpret_cast<U32>(low_half);
}
[[FXP_TARGET_AVX512]] FXP_INLINE void multiply_halves(U32& high, U32& low, const U32& a, const U32& b) {
    I32 high_half;
    I64 odd_a;
    I64 odd_b;
    U64 even;
    U64 odd;
    odd_lanes(odd_a, reinterpret_cast<I32>(a));
    odd_lanes(odd_b, reinterpret_cast<I32>(b));
    multiply_word(even, reinterpret_cast<U64>(a), reinterpret_cast<U64>(b));
    multiply_word(odd, reinterpret_cast<U64>(odd_a), reinterpret_cast<U64>(odd_b));
    I32 low_half;
    interleave_low(low_half, reinterpret_cast<I64>(even), reinterpret_cast<I64>(odd));
    interleave_high(high_half, reinterpret_cast<I64>(even), reinterpret_cast<I64>(odd));
    low = reinterpret_cast<U32>(low_half);
    high = reinterpret_cast<U32>(high_half);
}
/// @}

/// one + y and one - y, modulo the word.
template <class V, class U>
[[FXP_TARGET_AVX512]] FXP_INLINE void around_one(const U& one, const V& y, V& plus, V& minus) {
    plus = reinterpret_cast<V>(one + reinterpret_cast<U>(y));
    minus = reinterpret_cast<V>(one - reinterpret_cast<U>(y));
}

/// Notices values outside [low, high].
template <class Word>
struct Watch {
    using Unsigned = std::make_unsigned_t<Word>;
    using U = typename VectorOf<Word>::Unsigned;
    U farthest; ///< the greatest distance from low, modulo the word
    Unsigned low;
    Unsigned length;

    [[FXP_TARGET_AVX512]] FXP_INLINE void begin(std::int64_t least, std::int64_t most) {
        farthest = U{};
        low = static_cast<Unsigned>(least);
        length = static_cast<Unsigned>(most - least);
    }
    [[FXP_TARGET_AVX512]] FXP_INLINE void see(const typename VectorOf<Word>::Signed& value) {
        const U distance = reinterpret_cast<U>(value) - low;
        farthest = farthest > distance ? farthest : distance;
    }
    /// The same where low is zero, of no negative value.
    [[FXP_TARGET_AVX512]] FXP_INLINE void see_magnitude(const U& value) {
        farthest = farthest > value ? farthest : value;
    }
    /// Sets bits of lanes in which a value was outside.
    [[FXP_TARGET_AVX512]] FXP_INLINE void report(U& outside) const {
        outside |= reinterpret_cast<U>(farthest > length);
    }
};

/// Sums of two words, of which it notices those that leave [-largest, largest], perhaps only by a result outside.
template <class Word>
struct WatchedSum;
template <>
struct WatchedSum<std::int16_t> {
    static constexpr std::int16_t largest = 32766; ///< beyond are sums that were saturated

    [[FXP_TARGET_AVX512]] FXP_INLINE void operator()(I16& sum, const I16& a, const I16& b) const {
        asm("vpaddsw {%2, %1, %0|%0, %1, %2}" : "=v"(sum) : "v"(a), "v"(b));
    }
    [[FXP_TARGET_AVX512]] FXP_INLINE void report(U16&) const {}
};
template <>
struct WatchedSum<std::int32_t> {
    static constexpr std::int32_t largest = std::numeric_limits<std::int32_t>::max();
    U32 wrapped{}; ///< in the signs of lanes

    [[FXP_TARGET_AVX512]] FXP_INLINE void operator()(I32& sum, const I32& a, const I32& b) {
        const U32 total = reinterpret_cast<U32>(a) + reinterpret_cast<U32>(b);
        wrapped |= (reinterpret_cast<U32>(a) ^ total) & (reinterpret_cast<U32>(b) ^ total);
        sum = reinterpret_cast<I32>(total);
    }
    /// Sets bits of lanes in which a sum wrapped.
    [[FXP_TARGET_AVX512]] FXP_INLINE void report(U32& outside) const { outside |= wrapped >> 31; }
};

/// Products of words shifted right by 1 <= shift < their bits, by at least 2 where they are rounded
/// pseudo-stochastically.
template <class Word, bool pseudo_stochastic>
struct WatchedProduct {
    using V = typename VectorOf<Word>::Signed;
    using U = typename VectorOf<Word>::Unsigned;
    static constexpr int word_bits = 8 * static_cast<int>(sizeof(Word));
    using Unsigned = std::make_unsigned_t<Word>;
    int shift;
    U lost;
    LostHalves<Unsigned> halves;
    Watch<Word> high_halves;

    [[FXP_TARGET_AVX512]] FXP_INLINE explicit WatchedProduct(int by) : shift(by), halves(by) {
        const auto lost_word = static_cast<Unsigned>((Unsigned{1} << shift) - 1);
        lost = lost_word - U{};
        const std::int64_t reach = std::int64_t{1} << (shift - 1);
        high_halves.begin(pseudo_stochastic ? 0 : -reach, reach - 1);
    }
    /// Makes it notice products whose magnitude exceeds `limit`.
    [[FXP_TARGET_AVX512]] FXP_INLINE static void begin(Watch<Word>& watch, std::int64_t limit) {
        watch.begin(pseudo_stochastic ? 0 : -limit, limit);
    }
    /// to = a b / 2^shift rounded, cut off to a word, which the watch sees.
    [[FXP_TARGET_AVX512]] FXP_INLINE void operator()(V& to, const V& a, const V& b, const Addend<Word>& addend,
                                                     std::size_t vector, Watch<Word>& watch) {
        U low;
        if constexpr (pseudo_stochastic) {
            V x = a;
            V y = b;
            absolute(x);
            absolute(y);
            U high;
            multiply_halves(high, low, reinterpret_cast<U>(x), reinterpret_cast<U>(y));
            const U quotient = (high << (word_bits - shift)) | (low >> shift);
            const U rounded = halves.round(quotient, low);
            const V sign = a ^ b;
            to = reinterpret_cast<V>(sign < 0 ? U{} - rounded : rounded);
            watch.see_magnitude(rounded);
            high_halves.see_magnitude(high);
        } else {
            V high;
            multiply_halves(high, low, a, b);
            const U quotient = (reinterpret_cast<U>(high) << (word_bits - shift)) | (low >> shift);
            U add;
            load(add, addend.values + vector * addend.stride);
            const U carry = (add + (quotient & addend.parity) + (low & lost)) >> shift;
            to = reinterpret_cast<V>(quotient + carry);
            watch.see(to);
            high_halves.see(high);
        }
    }
};

/// The way back of a cell, vector by vector, and what it has noticed.
template <class Word, bool pseudo_stochastic>
class LstmBackwardVectors {
    using S = LstmBackwardSteps;
    using V = typename VectorOf<Word>::Signed;
    using U = typename VectorOf<Word>::Unsigned;

  public:
    /// The first steps of a vector, those that all gates wait for.
    struct Head {
        V error;
        V slope;
        V dc; ///< in the end dC' with what comes by h'
    };

    [[FXP_TARGET_AVX512]] FXP_INLINE LstmBackwardVectors(const LstmRows<Word>& rows,
                                                         const std::array<Addend<Word>, S::count>& addends,
                                                         const LstmBackwardLimits<Word>& limits)
        : rows_(rows), addends_(addends), product_(limits.shift),
          one_(static_cast<std::make_unsigned_t<Word>>(limits.one) - U{}) {
        const std::int64_t slope = limits.slope;
        const std::int64_t total = std::min(limits.total, WatchedSum<Word>::largest);
        product_.begin(errors_, limits.error);
        product_.begin(slopes_, slope);
        totals_.begin(-total, total);
        sigmoids_.begin(limits.one - slope, slope); // so that 1 - y fits, and y as a word
        tanhs_.begin(limits.one - slope, slope - limits.one);
    }

    [[FXP_TARGET_AVX512]] FXP_INLINE void begin(Head& head, std::size_t v) {
        V dh;
        V o;
        V tanh_c;
        V plus;
        V minus;
        load(dh, rows_.dh + v * lanes_of_word<Word>);
        load(o, rows_.gates[2] + v * lanes_of_word<Word>);
        load(tanh_c, rows_.tanh_c + v * lanes_of_word<Word>);
        product_(head.error, dh, o, addends_[S::tanh_c], v, errors_);
        tanhs_.see(tanh_c);
        around_one(one_, tanh_c, plus, minus);
        product_(head.slope, minus, plus, addends_[S::tanh_c_slope], v, slopes_);
    }
    [[FXP_TARGET_AVX512]] FXP_INLINE void finish(Head& head, std::size_t v) {
        V dc;
        V share;
        load(dc, rows_.dc + v * lanes_of_word<Word>);
        product_(share, head.error, head.slope, addends_[S::c], v, errors_);
        add_(head.dc, dc, share);
        totals_.see(head.dc);
    }

    /// dz of gate k of f, i, o, g.
    template <std::size_t k>
    [[FXP_TARGET_AVX512]] FXP_INLINE void gate(const V& dc, std::size_t v) {
        const std::size_t at = lanes_of_word<Word> * v;
        V y;
        V other;
        V error;
        V slope;
        V plus;
        V minus;
        load(y, rows_.gates[k] + at);
        // The gradient of each is the product of these.
        if constexpr (k == 2) {
            V dh;
            load(dh, rows_.dh + at);
            load(other, rows_.tanh_c + at);
            product_(error, dh, other, addends_[S::o], v, errors_);
        } else {
            load(other, (k == 0 ? rows_.c : rows_.gates[k == 1 ? 3 : 1]) + at);
            product_(error, dc, other, addends_[k == 0 ? S::f : k == 1 ? S::i : S::g], v, errors_);
        }
        around_one(one_, y, plus, minus);
        if constexpr (k < 3) {
            sigmoids_.see(y);
            product_(slope, minus, y, addends_[S::f_slope + k], v, slopes_);
        } else {
            tanhs_.see(y);
            product_(slope, minus, plus, addends_[S::g_slope], v, slopes_);
        }
        product_(error, error, slope, addends_[S::z_f + k], v, errors_);
        store(error, rows_.dz[k] + at);
    }
    /// dC, where it is wanted.
    [[FXP_TARGET_AVX512]] FXP_INLINE void previous_c(const V& dc, std::size_t v) {
        if (rows_.dc_prev == nullptr) return;
        const std::size_t at = lanes_of_word<Word> * v;
        V f;
        V error;
        load(f, rows_.gates[0] + at);
        product_(error, dc, f, addends_[S::previous_c], v, errors_);
        store(error, rows_.dc_prev + at);
    }

    /// Whether every value surely fits.
    [[FXP_TARGET_AVX512]] FXP_INLINE bool fit() const {
        U outside{};
        add_.report(outside);
        errors_.report(outside);
        slopes_.report(outside);
        totals_.report(outside);
        sigmoids_.report(outside);
        tanhs_.report(outside);
        product_.high_halves.report(outside);
        std::array<std::uint64_t, 8> bits;
        store(outside, bits.data());
        std::uint64_t any = 0;
        for (const std::uint64_t lane : bits) any |= lane;
        return any == 0;
    }

  private:
    const LstmRows<Word>& rows_;
    const std::array<Addend<Word>, S::count>& addends_;
    WatchedProduct<Word, pseudo_stochastic> product_;
    WatchedSum<Word> add_;
    Watch<Word> errors_;
    Watch<Word> slopes_;
    Watch<Word> totals_;
    Watch<Word> sigmoids_;
    Watch<Word> tanhs_;
    U one_;
};

/// So many vectors of elements, at least one; the limits are those of words. Returns whether every value surely fits.
/// The head of a vector, a chain of products, is computed among the gates of the one before.
template <class Word, bool pseudo_stochastic>
[[FXP_TARGET_AVX512, gnu::noinline]] bool
lstm_backward(const LstmRows<Word>& rows, std::size_t vectors,
              const std::array<Addend<Word>, LstmBackwardSteps::count>& addends,
              const LstmBackwardLimits<Word>& limits) {
    using Vectors = LstmBackwardVectors<Word, pseudo_stochastic>;
    Vectors back(rows, addends, limits);
    typename Vectors::Head head;
    back.begin(head, 0);
    back.finish(head, 0);
    for (std::size_t v = 0; v < vectors; ++v) {
        const auto dc = head.dc;
        const std::size_t next = v + 1 < vectors ? v + 1 : v;
        back.begin(head, next);
        back.template gate<0>(dc, v);
        back.template gate<1>(dc, v);
        back.finish(head, next);
        back.template gate<2>(dc, v);
        back.template gate<3>(dc, v);
        back.previous_c(dc, v);
    }
    return back.fit();
}

} // namespace avx512

#endif

/// The way back for cells whose products are all shifted by the same number of bits:
///   do = dh tanh(C'); dC' = dc + (dh o) ((1 + tanh(C')) (1 - tanh(C'))); df = dC' C; di = dC' g; dg = dC' i;
///   dC = dC' f; dz = df (f (1 - f)) for f, i, o, and dg ((1 + g) (1 - g)); every product rounded for itself.
/// Word: std::int16_t, or std::int32_t without random words.
template <class Word>
class LstmBackwardLanes {
    using Steps = LstmBackwardSteps;
    using Unsigned = std::make_unsigned_t<Word>;
    static constexpr int word_bits = 8 * static_cast<int>(sizeof(Word));

  public:
    /// Most elements of a call of run.
    static constexpr std::size_t most = 256;
    /// Their number is a multiple of it.
    static constexpr std::size_t unit = 64 / sizeof(Word);

    /// rules: of all steps. Those of slopes fit into the same limits, the other ones as well. total: limits of dC'.
    /// one: the number 1 as the cell's words have it.
    LstmBackwardLanes(const std::array<Requantize, Steps::count>& rules, const Limits& total, Word one)
        : limits_{rules[0].shift, one, most_of(rules[Steps::o].limits), most_of(rules[Steps::f_slope].limits),
                  most_of(total)},
          pseudo_stochastic_(rules[0].rounding == Rounding::pseudo_stochastic) {
        applies_ = limits_.shift >= (pseudo_stochastic_ ? 2 : 1) && limits_.shift < word_bits && has_kernel();
        for (std::size_t k = 0; k < Steps::count && applies_; ++k) add(k, rules[k]);
    }

    /// True when run may be called.
    bool applies() const { return applies_; }

    /// Computes `count` elements, a multiple of `unit`, from first_element on, a multiple of 4, which is their address
    /// in the random streams. Returns whether every value surely fits; if not, the results are of no use.
    bool run(const LstmRows<Word>& rows, std::size_t count, std::uint64_t first_element) const {
        if (count == 0) return true;
#ifdef FXP_X86_DISPATCH
        std::array<avx512::Addend<Word>, Steps::count> addends;
        for (std::size_t k = 0; k < Steps::count; ++k) addends[k] = {constants_[k].data(), 0, parity_[k]};
        if constexpr (std::is_same_v<Word, std::int16_t>) {
            alignas(64) std::array<std::array<std::uint16_t, most>, Steps::count> fractions;
            for (std::size_t i = 0; i < streams_used_; ++i) {
                const std::size_t k = step_of_stream_[i];
                avx512::random_fractions(streams_[i], first_element / 4, (count + 63) / 64, limits_.shift,
                                         fractions[k].data());
                addends[k] = {fractions[k].data(), unit, 0};
            }
            return lanes(rows, count, addends);
        } else {
            return lanes(rows, count, addends);
        }
#else
        static_cast<void>(rows), static_cast<void>(count), static_cast<void>(first_element);
        return false;
#endif
    }

  private:
    static Word most_of(const Limits& limits) {
        return static_cast<Word>(std::min<std::int64_t>(limits.max_raw, std::numeric_limits<Word>::max()));
    }
    static bool has_kernel() {
#ifdef FXP_X86_DISPATCH
        return includes(active_isa(), Isa::avx512);
#else
        return false;
#endif
    }
#ifdef FXP_X86_DISPATCH
    bool lanes(const LstmRows<Word>& rows, std::size_t count,
               const std::array<avx512::Addend<Word>, Steps::count>& addends) const {
        return pseudo_stochastic_ ? avx512::lstm_backward<Word, true>(rows, count / unit, addends, limits_)
                                  : avx512::lstm_backward<Word, false>(rows, count / unit, addends, limits_);
    }
#endif
    void add(std::size_t k, const Requantize& rule) {
        applies_ = rule.shift == limits_.shift && rule.overflow != Overflow::wrap &&
                   rule.rounding != Rounding::toward_zero &&
                   (rule.rounding != Rounding::stochastic || word_bits == 16) &&
                   (rule.rounding == Rounding::pseudo_stochastic) == pseudo_stochastic_;
        if (!applies_) return;
        const auto half = static_cast<Unsigned>(Unsigned{1} << (limits_.shift - 1));
        if (rule.rounding == Rounding::nearest_up) constants_[k].fill(half);
        if (rule.rounding == Rounding::nearest_even) {
            constants_[k].fill(static_cast<Unsigned>(half - 1));
            parity_[k] = 1;
        }
        if (rule.rounding == Rounding::stochastic) {
            streams_[streams_used_] = detail::PhiloxStream(rule.random);
            step_of_stream_[streams_used_++] = k;
        }
    }

    LstmBackwardLimits<Word> limits_;
    bool applies_ = false;
    bool pseudo_stochastic_;
    alignas(64) std::array<std::array<Unsigned, unit>, Steps::count> constants_{};
    std::array<Unsigned, Steps::count> parity_{};
    std::array<detail::PhiloxStream, Steps::count> streams_{};
    std::array<std::size_t, Steps::count> step_of_stream_{};
    std::size_t streams_used_ = 0;
};

} // namespace fxp::kernels
