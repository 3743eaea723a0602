// Stochastic gradient descent's update of one parameter, its velocity in a wide word.
#pragma once

#include "fxp/core/quantize.hpp"
#include "fxp/kernels/round_row.hpp"
#include "fxp/tensor/update.hpp"
#include "fxp/tensor/update_rates.hpp"

#include <cstddef>
#include <cstdint>

namespace fxp {

namespace detail {

struct SgdRule {
    Factor gradient;
    Factor momentum;
    Factor rate;
    Factor decay;
    bool nesterov;
    Format g;
    Format v;
    Format w;
    Overflow overflow;
};
struct SgdEvents {
    OverflowCount v;
    OverflowCount w;

    void merge(const SgdEvents& other) {
        v.merge(other.v);
        w.merge(other.w);
    }
};

/// Elements [begin, end); words: one for each where `rule` reads them. The rule is a copy, which no store to a tensor
/// can reach.
template <Rounding rule, class W, class V, class G>
void sgd_loop(std::size_t begin, std::size_t end, W* w, V* v, const G* g, SgdRule how, const std::uint32_t* words,
              SgdEvents& events) {
    const Limits w_limits{how.w};
    const Limits v_limits{how.v};
    for (std::size_t i = begin; i < end; ++i) {
        const std::uint32_t random = rule == Rounding::stochastic ? *words++ : 0;
        const std::int64_t gradient =
            fit(multiply(g[i], how.gradient, how.v.frac_bits - how.g.frac_bits), v_limits, how.overflow, events.v);
        const std::int64_t velocity = fit(multiply(v[i], how.momentum, 0) + gradient, v_limits, how.overflow, events.v);
        v[i] = static_cast<V>(velocity);
        const int128 direction = how.nesterov ? multiply(velocity, how.momentum, 0) + gradient : int128{velocity};
        const int128 change = multiply(direction, how.rate, update_bits + how.w.frac_bits - how.v.frac_bits);
        w[i] = static_cast<W>(updated<rule>(w[i], how.decay, change, w_limits, how.overflow, random, events.w));
    }
}

} // namespace detail

/// Polyak's heavy ball, or Nesterov's as Sutskever et al. (ICML 2013) write it, with decoupled decay. For each element
/// of parameter w, velocity v and summed gradient g, in exact integers with the roundings named (half means half
/// upwards):
///   d = scale g, rounded half to v's step and fitted;  v = momentum v (rounded half) + d, fitted;
///   w = w - decay w - rate u, rounded by context.rounding and fitted; u = v, or momentum v + d for nesterov.
/// scale and the rates have 31 significant bits. Events: operations sgd.v, sgd.w. Throws ShapeError, OverflowError.
template <FixedTensor W, FixedTensor V, FixedTensor G>
void sgd_update(W& w, V& v, const G& g, Factor scale, const SgdRates& rates, const Context& context) {
    detail::check_update("sgd", w, v, g);
    const detail::SgdRule how{scale,
                              quantize_factor(rates.momentum),
                              quantize_factor(rates.rate),
                              quantize_factor(rates.decay),
                              rates.nesterov,
                              g.format,
                              v.format,
                              w.format,
                              context.overflow};
    detail::SgdEvents events;
    kernels::with_rounding(context.rounding, [&]<Rounding rule>() {
        constexpr std::size_t words_each = rule == Rounding::stochastic ? 1 : 0;
        events = detail::update_in_blocks<words_each, detail::SgdEvents>(
            w.size(), context.random, context.threads,
            [&](std::size_t begin, std::size_t end, const std::uint32_t* words, detail::SgdEvents& counted) {
                detail::sgd_loop<rule>(begin, end, w.data(), v.data(), g.data(), how, words, counted);
            });
    });
    context.report("sgd.v", events.v, v.format.frac_bits);
    context.report("sgd.w", events.w, w.format.frac_bits);
}

} // namespace fxp
