// Activation functions of fixed-point tensors, evaluated in integers from tables.
#pragma once

#include "fxp/kernels/polynomial.hpp"
#include "fxp/math/reference_tables.hpp"
#include "fxp/tensor/fxp_tensor.hpp"

namespace fxp {

/// The published artifact's tables and evaluation: errors up to 2.2e-4 (3.7 thousand ULP of <8, 24>).
/// rsqrt above 4 extrapolates; formats need the numbers one and four.
struct ReferenceActivations {
    template <Format F>
    static constexpr auto sigmoid = math::in_format(math::reference::sigmoid, F);
    template <Format F>
    static constexpr auto tanh = math::in_format(math::reference::tanh, F);
    template <Format F>
    static constexpr auto rsqrt = math::in_format(math::reference::rsqrt, F);
};

namespace detail {

template <FixedTensor T>
constexpr void check_polynomial_format() {
    static_assert(T::format.frac_bits >= 1 && T::format.int_bits >= 1,
                  "fxp: activation tables need a format with a sign bit and at least one fraction bit");
}
template <FixedTensor T>
using polynomial_wide = std::conditional_t<(T::format.word_bits() <= 32), std::int64_t, int128>;

} // namespace detail

/// out = 1 / (1 + exp(-x)) by the table. out may be x.
template <class Tables = ReferenceActivations, FixedTensor T>
void sigmoid_into(T& out, const T& x, const Context& context = {}) {
    detail::check_polynomial_format<T>();
    out.resize(x.shape());
    OverflowCount events;
    kernels::evaluate<detail::polynomial_wide<T>>(Tables::template sigmoid<T::format>, x.data(), x.size(), out.data(),
                                                  events);
    context.report("sigmoid", events, T::format.frac_bits);
}

/// out = tanh(x) by the table. out may be x.
template <class Tables = ReferenceActivations, FixedTensor T>
void tanh_into(T& out, const T& x, const Context& context = {}) {
    detail::check_polynomial_format<T>();
    out.resize(x.shape());
    OverflowCount events;
    kernels::evaluate<detail::polynomial_wide<T>>(Tables::template tanh<T::format>, x.data(), x.size(), out.data(),
                                                  events);
    context.report("tanh", events, T::format.frac_bits);
}

/// out = 1 / sqrt(x) by the table; results beyond the format saturate and are events. out may be x. The reference table
/// holds on (0, 4] only: above, it extrapolates and is wrong (0.57 for 9), as the published artifact is.
/// Throws DomainError unless every x is positive.
template <class Tables = ReferenceActivations, FixedTensor T>
void rsqrt_into(T& out, const T& x, const Context& context = {}) {
    detail::check_polynomial_format<T>();
    static_assert(T::format.int_bits >= 4,
                  "fxp: rsqrt needs a format that holds the number four: IntBits of at least 4");
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (x.data()[i] > 0) continue;
        throw DomainError("rsqrt of tensor '" + std::string(context.tensor) + "': element " + std::to_string(i) +
                          " has the raw value " + std::to_string(x.data()[i]) + ", expected a positive number");
    }
    out.resize(x.shape());
    OverflowCount events;
    kernels::evaluate_rsqrt<detail::polynomial_wide<T>>(Tables::template rsqrt<T::format>, x.data(), x.size(),
                                                        out.data(), events);
    context.report("rsqrt", events, T::format.frac_bits);
}

template <class Tables = ReferenceActivations, FixedTensor T>
T sigmoid(const T& x, const Context& context = {}) {
    T out;
    sigmoid_into<Tables>(out, x, context);
    return out;
}
template <class Tables = ReferenceActivations, FixedTensor T>
T tanh(const T& x, const Context& context = {}) {
    T out;
    tanh_into<Tables>(out, x, context);
    return out;
}
template <class Tables = ReferenceActivations, FixedTensor T>
T rsqrt(const T& x, const Context& context = {}) {
    T out;
    rsqrt_into<Tables>(out, x, context);
    return out;
}

} // namespace fxp
