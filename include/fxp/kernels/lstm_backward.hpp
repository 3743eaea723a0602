// The way back through the elements of an LSTM cell, in registers: 16-bit words, AVX-512.
#pragma once

#include "fxp/kernels/random_words.hpp"
#include "fxp/kernels/round_row.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

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
struct LstmRows16 {
    std::array<const std::int16_t*, 4> gates; ///< f, i, o, g
    const std::int16_t* tanh_c;
    const std::int16_t* c; ///< the state before
    const std::int16_t* dh;
    const std::int16_t* dc; ///< dh and dc: the sums of gradients
    std::array<std::int16_t*, 4> dz;
    std::int16_t* dc_prev; ///< null when nobody wants it
};

/// Shift and limits of products of 16-bit words.
struct LstmBackwardLimits16 {
    int shift;
    std::int16_t one;
    std::int16_t error;
    std::int16_t slope;
    std::int16_t total;
};

#ifdef FXP_X86_DISPATCH

namespace avx512 {

/// What is added to the lost bits of the products of a step before these are cut off, in 16-bit lanes: the addend, and
/// the quotient's last bit where it decides a tie.
struct Addend16 {
    const std::uint16_t* values;
    std::size_t stride; ///< from vector to vector of values
    std::uint16_t parity;
};

/// high = a * b / 2^16, rounded down, signed.
[[FXP_TARGET_AVX512]] FXP_INLINE void multiply_high(I16& high, const I16& a, const I16& b) {
    asm("vpmulhw {%2, %1, %0|%0, %1, %2}" : "=v"(high) : "v"(a), "v"(b));
}
/// sum = a + b, saturated.
[[FXP_TARGET_AVX512]] FXP_INLINE void add_saturated(I16& sum, const I16& a, const I16& b) {
    asm("vpaddsw {%2, %1, %0|%0, %1, %2}" : "=v"(sum) : "v"(a), "v"(b));
}

/// Notices values outside [low, high].
struct Watch16 {
    U16 farthest; ///< the greatest distance from low, modulo 2^16
    std::uint16_t low;
    std::uint16_t length;

    [[FXP_TARGET_AVX512]] FXP_INLINE void begin(int least, int most) {
        farthest = U16{};
        low = static_cast<std::uint16_t>(least);
        length = static_cast<std::uint16_t>(most - least);
    }
    [[FXP_TARGET_AVX512]] FXP_INLINE void see(const I16& value) {
        const U16 distance = reinterpret_cast<U16>(value) - low;
        farthest = farthest > distance ? farthest : distance;
    }
    /// Sets bits of lanes in which a value was outside.
    [[FXP_TARGET_AVX512]] FXP_INLINE void report(U16& outside) const {
        outside |= reinterpret_cast<U16>(farthest > length);
    }
};

/// Products of 16-bit words shifted right by 1 <= shift <= 15.
template <bool pseudo_stochastic>
struct Product16 {
    int shift;
    int low_bits;
    int odd;
    U16 lost;
    U16 lower;
    Watch16 high_halves;

    [[FXP_TARGET_AVX512]] FXP_INLINE void begin(int by) {
        shift = by;
        low_bits = by / 2;
        odd = by & 1;
        const auto lost_word = static_cast<std::uint16_t>((1u << shift) - 1);
        const auto lower_word = static_cast<std::uint16_t>((1u << low_bits) - 1);
        lost = lost_word - U16{};
        lower = lower_word - U16{};
        const int reach = static_cast<int>(1u << (shift - 1));
        high_halves.begin(pseudo_stochastic ? 0 : -reach, reach - 1);
    }
    /// to = a b / 2^shift rounded, cut off to 16 bits.
    [[FXP_TARGET_AVX512]] FXP_INLINE void operator()(I16& to, const I16& a, const I16& b, const Addend16& addend,
                                                     std::size_t vector) {
        if constexpr (pseudo_stochastic) {
            I16 x = a;
            I16 y = b;
            absolute(x);
            absolute(y);
            U16 high;
            avx512::multiply_high(high, reinterpret_cast<U16>(x), reinterpret_cast<U16>(y));
            const U16 low = reinterpret_cast<U16>(x) * reinterpret_cast<U16>(y);
            const U16 quotient = (high << (16 - shift)) | (low >> shift);
            const U16 upper_bits = (low & lost) >> low_bits;
            const U16 lower_bits = (low & lower) << odd;
            const U16 rounded = upper_bits > lower_bits ? quotient + 1 : quotient;
            const I16 sign = a ^ b;
            to = reinterpret_cast<I16>(sign < 0 ? U16{} - rounded : rounded);
            high_halves.see(reinterpret_cast<I16>(high));
        } else {
            I16 high;
            multiply_high(high, a, b);
            const U16 low = reinterpret_cast<U16>(a) * reinterpret_cast<U16>(b);
            const U16 quotient = (reinterpret_cast<U16>(high) << (16 - shift)) | (low >> shift);
            U16 add;
            load(add, addend.values + vector * addend.stride);
            const U16 carry = (add + (quotient & addend.parity) + (low & lost)) >> shift;
            to = reinterpret_cast<I16>(quotient + carry);
            high_halves.see(high);
        }
    }
};

/// `vectors` times 32 elements; the limits are those of words of up to 16 bits. Returns whether every value surely
/// fits.
template <bool pseudo_stochastic>
[[FXP_TARGET_AVX512, gnu::noinline]] bool lstm_backward(const LstmRows16& rows, std::size_t vectors,
                                                        const std::array<Addend16, LstmBackwardSteps::count>& addends,
                                                        const LstmBackwardLimits16& limits) {
    using S = LstmBackwardSteps;
    Product16<pseudo_stochastic> product;
    product.begin(limits.shift);
    Watch16 errors;
    Watch16 slopes;
    Watch16 totals;
    Watch16 sigmoids;
    Watch16 tanhs;
    errors.begin(-limits.error, limits.error);
    slopes.begin(-limits.slope, limits.slope);
    totals.begin(-limits.total, limits.total);
    sigmoids.begin(limits.one - limits.slope, limits.slope); // so that 1 - y fits, and y as a word
    tanhs.begin(limits.one - limits.slope, limits.slope - limits.one);
    const I16 one = limits.one - I16{};
    for (std::size_t v = 0; v < vectors; ++v) {
        const std::size_t at = 32 * v;
        I16 gate[4];
        I16 tanh_c;
        I16 c;
        I16 dh;
        I16 dc;
#pragma GCC unroll 4
        for (std::size_t k = 0; k < 4; ++k) load(gate[k], rows.gates[k] + at);
        load(tanh_c, rows.tanh_c + at);
        load(c, rows.c + at);
        load(dh, rows.dh + at);
        load(dc, rows.dc + at);

        I16 error;
        I16 slope;
        I16 share;
        I16 total;
        product(error, dh, gate[2], addends[S::tanh_c], v);
        errors.see(error);
        tanhs.see(tanh_c);
        product(slope, one - tanh_c, one + tanh_c, addends[S::tanh_c_slope], v);
        slopes.see(slope);
        product(share, error, slope, addends[S::c], v);
        errors.see(share);
        add_saturated(total, dc, share);
        totals.see(total);

#pragma GCC unroll 4
        for (std::size_t k = 0; k < 4; ++k) {
            // f, i, o, g: the gradient of each is the product of these.
            constexpr S::Index step[4] = {S::f, S::i, S::o, S::g};
            const I16& a = k == 2 ? dh : total;
            const I16& b = k == 0 ? c : k == 1 ? gate[3] : k == 2 ? tanh_c : gate[1];
            product(error, a, b, addends[step[k]], v);
            errors.see(error);
            if (k < 3) {
                sigmoids.see(gate[k]);
                product(slope, one - gate[k], gate[k], addends[S::f_slope + k], v);
            } else {
                tanhs.see(gate[k]);
                product(slope, one - gate[k], one + gate[k], addends[S::g_slope], v);
            }
            slopes.see(slope);
            product(error, error, slope, addends[S::z_f + k], v);
            errors.see(error);
            store(error, rows.dz[k] + at);
        }
        if (rows.dc_prev == nullptr) continue;
        product(error, total, gate[0], addends[S::previous_c], v);
        errors.see(error);
        store(error, rows.dc_prev + at);
    }
    U16 outside{};
    errors.report(outside);
    slopes.report(outside);
    totals.report(outside);
    sigmoids.report(outside);
    tanhs.report(outside);
    product.high_halves.report(outside);
    std::array<std::uint64_t, 8> bits;
    store(outside, bits.data());
    std::uint64_t any = 0;
    for (const std::uint64_t lane : bits) any |= lane;
    return any == 0;
}

} // namespace avx512

#endif

/// The way back for cells whose products are all shifted by the same number of bits:
///   do = dh tanh(C'); dC' = dc + (dh o) ((1 + tanh(C')) (1 - tanh(C'))); df = dC' C; di = dC' g; dg = dC' i;
///   dC = dC' f; dz = df (f (1 - f)) for f, i, o, and dg ((1 + g) (1 - g)); every product rounded for itself.
class LstmBackward16 {
    using Steps = LstmBackwardSteps;

  public:
    /// Most elements of a call of run.
    static constexpr std::size_t most = 256;

    /// rules: of all steps. Those of slopes fit into the same limits, the other ones as well. total: limits of dC'.
    /// one: the number 1 as the cell's words have it.
    LstmBackward16(const std::array<Requantize, Steps::count>& rules, const Limits& total, std::int16_t one)
        : limits_{rules[0].shift, one, most_of(rules[Steps::o].limits), most_of(rules[Steps::f_slope].limits),
                  // A sum that was saturated is seen as one outside.
                  static_cast<std::int16_t>(std::min<int>(most_of(total), 32766))},
          pseudo_stochastic_(rules[0].rounding == Rounding::pseudo_stochastic) {
        applies_ = limits_.shift >= 1 && limits_.shift <= 15 && has_kernel();
        for (std::size_t k = 0; k < Steps::count && applies_; ++k) add(k, rules[k]);
    }

    /// True when run may be called.
    bool applies() const { return applies_; }

    /// Computes `count` elements, a multiple of 32, from first_element on, a multiple of 4, which is their address in
    /// the random streams. Returns whether every value surely fits; if not, the results are of no use.
    bool run(const LstmRows16& rows, std::size_t count, std::uint64_t first_element) const {
#ifdef FXP_X86_DISPATCH
        alignas(64) std::array<std::array<std::uint16_t, most>, Steps::count> fractions;
        std::array<avx512::Addend16, Steps::count> addends;
        for (std::size_t k = 0; k < Steps::count; ++k) addends[k] = {constants_[k].data(), 0, parity_[k]};
        for (std::size_t i = 0; i < streams_used_; ++i) {
            const std::size_t k = step_of_stream_[i];
            avx512::random_fractions(streams_[i], first_element / 4, (count + 63) / 64, limits_.shift,
                                     fractions[k].data());
            addends[k] = {fractions[k].data(), 32, 0};
        }
        return pseudo_stochastic_ ? avx512::lstm_backward<true>(rows, count / 32, addends, limits_)
                                  : avx512::lstm_backward<false>(rows, count / 32, addends, limits_);
#else
        static_cast<void>(rows), static_cast<void>(count), static_cast<void>(first_element);
        return false;
#endif
    }

  private:
    static std::int16_t most_of(const Limits& limits) {
        constexpr std::int64_t storage = std::numeric_limits<std::int16_t>::max();
        return static_cast<std::int16_t>(std::min(limits.max_raw, storage));
    }
    static bool has_kernel() {
#ifdef FXP_X86_DISPATCH
        return includes(active_isa(), Isa::avx512);
#else
        return false;
#endif
    }
    void add(std::size_t k, const Requantize& rule) {
        applies_ = rule.shift == limits_.shift && rule.overflow != Overflow::wrap &&
                   rule.rounding != Rounding::toward_zero &&
                   (rule.rounding == Rounding::pseudo_stochastic) == pseudo_stochastic_;
        if (!applies_) return;
        const auto half = static_cast<std::uint16_t>(1u << (limits_.shift - 1));
        if (rule.rounding == Rounding::nearest_up) constants_[k].fill(half);
        if (rule.rounding == Rounding::nearest_even) {
            constants_[k].fill(static_cast<std::uint16_t>(half - 1));
            parity_[k] = 1;
        }
        if (rule.rounding == Rounding::stochastic) {
            streams_[streams_used_] = detail::PhiloxStream(rule.random);
            step_of_stream_[streams_used_++] = k;
        }
    }

    LstmBackwardLimits16 limits_;
    bool applies_ = false;
    bool pseudo_stochastic_;
    alignas(64) std::array<std::array<std::uint16_t, 32>, Steps::count> constants_{};
    std::array<std::uint16_t, Steps::count> parity_{};
    std::array<detail::PhiloxStream, Steps::count> streams_{};
    std::array<std::size_t, Steps::count> step_of_stream_{};
    std::size_t streams_used_ = 0;
};

} // namespace fxp::kernels
