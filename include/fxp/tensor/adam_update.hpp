// Adam's update of one parameter in wide integers: nothing underflows, and the weight alone is rounded to its format.
#pragma once

#include "fxp/core/quantize.hpp"
#include "fxp/kernels/round_row.hpp"
#include "fxp/math/inverse_root.hpp"
#include "fxp/tensor/adam_lanes.hpp"
#include "fxp/tensor/update.hpp"
#include "fxp/tensor/update_rates.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace fxp {

namespace detail {

/// The same in the units of its tensors.
struct AdamRule {
    Factor gradient;
    Factor one_minus_beta1;
    Factor one_minus_beta2;
    Factor rate;
    Factor decay;
    std::int64_t epsilon;
    Format g;
    Format m;
    Format n;
    Format w;
    Overflow overflow;
};
struct AdamEvents {
    OverflowCount m;
    OverflowCount n;
    OverflowCount w;

    void merge(const AdamEvents& other) {
        m.merge(other.m);
        n.merge(other.n);
        w.merge(other.w);
    }
};

/// difference * factor, rounded stochastically; |difference| < 2^95, factor at most 1.
FXP_INLINE int128 share(int128 difference, Factor factor, std::uint32_t random) {
    if (factor.shift > 126 || factor.mantissa == 0) return 0; // below 2^-31 of a step, or a factor below 2^-95
    return round_stochastic(difference * factor.mantissa, factor.shift, random);
}

/// The rule as lanes read it.
inline AdamLanesRule lanes_rule(const AdamRule& how) {
    AdamLanesRule rule{how.gradient,
                       how.one_minus_beta1,
                       how.one_minus_beta2,
                       how.rate,
                       how.decay,
                       how.epsilon,
                       2 * how.m.frac_bits - how.n.frac_bits,
                       how.n.frac_bits,
                       how.w.max_raw()};
    rule.gradient.shift -= how.m.frac_bits - how.g.frac_bits;
    rule.rate.shift -= update_bits + how.w.frac_bits - (how.m.frac_bits + math::tables::rsqrt.frac_bits - 7);
    rule.decay.shift -= update_bits;
    return rule;
}

/// Elements [begin, end) in lanes; false, and nothing is changed, when one does not fit them.
template <Rounding rule, class W, class M, class N, class G>
bool adam_in_lanes(std::size_t begin, std::size_t end, W* w, M* m, N* n, N* largest, const G* g,
                   const AdamLanesRule& how, const std::uint32_t* words) {
    const std::size_t count = end - begin;
    AdamLanes lanes;
    kernels::store_row(w + begin, count, lanes.w.data());
    kernels::store_row(m + begin, count, lanes.m.data());
    kernels::store_row(n + begin, count, lanes.n.data());
    kernels::store_row(g + begin, count, lanes.g.data());
    if (largest != nullptr) kernels::store_row(largest + begin, count, lanes.largest.data());
    if (!lanes.update<rule>(count, how, largest != nullptr, words)) return false;
    const auto store = [&](const AdamLanes::Lanes& from, auto* to) {
        kernels::store_row(from.data(), count, to + begin);
    };
    store(lanes.w, w);
    store(lanes.m, m);
    store(lanes.n, n);
    if (largest != nullptr) store(lanes.largest, largest);
    return true;
}

/// Elements [begin, end); words: two for each. The rule is a copy, which no store to a tensor can reach.
template <Rounding rule, class W, class M, class N, class G>
void adam_loop(std::size_t begin, std::size_t end, W* w, M* m, N* n, N* largest, const G* g, AdamRule how,
               const std::uint32_t* words, AdamEvents& events) {
    const Limits w_limits{how.w};
    const Limits m_limits{how.m};
    const Limits n_limits{how.n};
    const int excess = 2 * how.m.frac_bits - how.n.frac_bits;
    for (std::size_t i = begin; i < end; ++i) {
        const std::uint32_t random_w = *words++;
        const std::uint32_t random_n = *words++;
        const std::int64_t gradient =
            fit(multiply(g[i], how.gradient, how.m.frac_bits - how.g.frac_bits), m_limits, how.overflow, events.m);
        const auto mean = static_cast<std::int64_t>(m[i] + multiply(int128{gradient} - m[i], how.one_minus_beta1, 0));
        m[i] = static_cast<M>(mean);

        const std::int64_t power =
            requantize<Rounding::nearest_up>(int128{gradient} * gradient, excess, n_limits, how.overflow, events.n);
        auto second = static_cast<std::int64_t>(n[i] + share(int128{power} - n[i], how.one_minus_beta2, random_n));
        n[i] = static_cast<N>(second);
        if (largest != nullptr) {
            second = std::max<std::int64_t>(second, largest[i]);
            largest[i] = static_cast<N>(second);
        }

        second = std::max<std::int64_t>(second, 0); // Overflow::wrap can make it negative
        const auto sum = static_cast<std::uint64_t>(second) + static_cast<std::uint64_t>(how.epsilon); // 1 .. 2^64 - 1
        const int high = static_cast<int>(sum >> 63) * 2;
        const auto root = math::inverse_root(static_cast<std::int64_t>(sum >> high), how.n.frac_bits - high);
        const int128 direction = (int128{mean} * root.mantissa) >> 7; // < 2^94
        const int direction_bits = how.m.frac_bits + root.shift - 7;
        const int128 change = multiply(direction, how.rate, update_bits + how.w.frac_bits - direction_bits);
        w[i] = static_cast<W>(updated<rule>(w[i], how.decay, change, w_limits, how.overflow, random_w, events.w));
    }
}

} // namespace detail

/// Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1) with decoupled decay (Loshchilov and Hutter, arXiv 1711.05101);
/// where `largest` is not null AMSGrad (Reddi et al., arXiv 1904.09237). For each element of parameter w, first moment
/// m, second moment n and summed gradient g, in exact integers with the roundings named (half means half upwards):
///   d = scale g, rounded half to m's step and fitted;  m += (d - m)(1 - beta1), rounded half;
///   p = d^2, rounded half to n's step and fitted;      n += (p - n)(1 - beta2), rounded stochastically;
///   largest = max(largest, n), which then stands for n;
///   w = w - decay w - rate m / sqrt(n + epsilon), rounded by context.rounding and fitted.
/// The change of w errs by less than 2^-28 of itself and 2^-31 of a step of w. scale and the rates have 31 significant
/// bits, epsilon is at least one step of n. n's rounding is stochastic whatever the context says: any other leaves n
/// where it is while |p - n| is below 1 / (2 - 2 beta2) steps, so that small gradients would count as none. Element i
/// takes words 2 i (for w) and 2 i + 1 (for n) of context.random. Events: operations adam.m, adam.n, adam.w. Throws
/// ShapeError, OverflowError. Blocks of elements of ordinary size are computed in 64-bit lanes (AdamLanes), 10 to 15 ns
/// an element with AVX-512, others in 128-bit integers, 35 to 50 ns.
template <FixedTensor W, FixedTensor M, FixedTensor N, FixedTensor G>
void adam_update(W& w, M& m, N& n, N* largest, const G& g, Factor scale, const AdamRates& rates,
                 const Context& context) {
    detail::check_update("adam", w, m, g);
    detail::check_update("adam", w, largest != nullptr ? *largest : n, n);
    OverflowCount ignored;
    const std::int64_t epsilon = quantize(rates.epsilon, n.format, Overflow::saturate, ignored);
    const detail::AdamRule how{scale,
                               quantize_factor(rates.one_minus_beta1),
                               quantize_factor(rates.one_minus_beta2),
                               quantize_factor(rates.rate),
                               quantize_factor(rates.decay),
                               std::max<std::int64_t>(epsilon, 1),
                               g.format,
                               m.format,
                               n.format,
                               w.format,
                               context.overflow};
    const detail::AdamLanesRule lanes = detail::lanes_rule(how);
    const bool in_lanes = detail::AdamLanes::serve(lanes, m.format, n.format);
    typename N::Raw* const highest = largest != nullptr ? largest->data() : nullptr;
    detail::AdamEvents events;
    kernels::with_rounding(context.rounding, [&]<Rounding rule>() {
        events = detail::update_in_blocks<2, detail::AdamEvents>(
            w.size(), context.random, context.threads,
            [&](std::size_t begin, std::size_t end, const std::uint32_t* words, detail::AdamEvents& counted) {
                if (in_lanes && detail::adam_in_lanes<rule>(begin, end, w.data(), m.data(), n.data(), highest, g.data(),
                                                            lanes, words)) {
                    return;
                }
                detail::adam_loop<rule>(begin, end, w.data(), m.data(), n.data(), highest, g.data(), how, words,
                                        counted);
            });
    });
    context.report("adam.m", events.m, m.format.frac_bits);
    context.report("adam.n", events.n, n.format.frac_bits);
    context.report("adam.w", events.w, w.format.frac_bits);
}

} // namespace fxp
