// Activation functions and other functions of one number, on fixed-point tensors, evaluated in integers.
#pragma once

#include "fxp/math/activations.hpp"
#include "fxp/math/exp2.hpp"
#include "fxp/math/log2.hpp"
#include "fxp/math/reciprocal.hpp"
#include "fxp/math/tabulated.hpp"
#include "fxp/tensor/fxp_tensor.hpp"

#include <string>
#include <string_view>

namespace fxp {

namespace detail {

template <FixedTensor T>
void check_domain(const char* operation, const T& x, const Context& context, bool (*contains)(std::int64_t),
                  const char* expected) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (contains(x.data()[i])) continue;
        throw DomainError(std::string(operation) + " of tensor '" + std::string(context.tensor) + "': element " +
                          std::to_string(i) + " has the raw value " + std::to_string(x.data()[i]) + ", expected " +
                          expected);
    }
}

/// out = f(x) for a math::RealFunction, correctly rounded.
template <math::RealFunction F, FixedTensor Out, FixedTensor T>
void apply_into(const char* operation, Out& out, const T& x, const Context& context) {
    out.resize(x.shape());
    OverflowCount events;
    math::apply<F>(x.format, x.data(), x.size(), out.format, out.data(), events);
    context.report(operation, events, out.format.frac_bits);
}

/// sigmoid of `count` elements of a T into those of an Out, whose formats are `in` and `result`.
template <class Activations, FixedTensor T, FixedTensor Out>
void sigmoid_elements([[maybe_unused]] Format in, const typename T::Raw* x, std::size_t count,
                      [[maybe_unused]] Format result, typename Out::Raw* out, OverflowCount& events) {
    if constexpr (RunTimeFormat<T> || RunTimeFormat<Out>) {
        Activations::sigmoid(in, x, count, result, out, events);
    } else {
        Activations::template sigmoid<T::format, Out::format>(x, count, out, events);
    }
}
/// tanh of `count` elements of a T into those of an Out, whose formats are `in` and `result`.
template <class Activations, FixedTensor T, FixedTensor Out>
void tanh_elements([[maybe_unused]] Format in, const typename T::Raw* x, std::size_t count,
                   [[maybe_unused]] Format result, typename Out::Raw* out, OverflowCount& events) {
    if constexpr (RunTimeFormat<T> || RunTimeFormat<Out>) {
        Activations::tanh(in, x, count, result, out, events);
    } else {
        Activations::template tanh<T::format, Out::format>(x, count, out, events);
    }
}
/// rsqrt of `count` elements of a T into those of an Out, whose formats are `in` and `result`.
template <class Activations, FixedTensor T, FixedTensor Out>
void rsqrt_elements([[maybe_unused]] Format in, const typename T::Raw* x, std::size_t count,
                    [[maybe_unused]] Format result, typename Out::Raw* out, OverflowCount& events) {
    if constexpr (RunTimeFormat<T> || RunTimeFormat<Out>) {
        Activations::rsqrt(in, x, count, result, out, events);
    } else {
        Activations::template rsqrt<T::format, Out::format>(x, count, out, events);
    }
}

} // namespace detail

// Shapes: out takes the shape of x, and may be x. Rounding: what the functions say; the context's rounding is not read.
// Overflow: a result that the format of out cannot hold saturates and is an event, reported under the function's name.

/// out = 1 / (1 + exp(-x)).
template <ActivationSet Activations = CorrectlyRoundedActivations, FixedTensor Out, FixedTensor T>
void sigmoid_into(Out& out, const T& x, const Context& context = {}) {
    out.resize(x.shape());
    OverflowCount events;
    detail::sigmoid_elements<Activations, T, Out>(x.format, x.data(), x.size(), out.format, out.data(), events);
    context.report("sigmoid", events, out.format.frac_bits);
}

/// out = tanh(x).
template <ActivationSet Activations = CorrectlyRoundedActivations, FixedTensor Out, FixedTensor T>
void tanh_into(Out& out, const T& x, const Context& context = {}) {
    out.resize(x.shape());
    OverflowCount events;
    detail::tanh_elements<Activations, T, Out>(x.format, x.data(), x.size(), out.format, out.data(), events);
    context.report("tanh", events, out.format.frac_bits);
}

/// out = 1 / sqrt(x). Throws DomainError unless every x is positive.
template <ActivationSet Activations = CorrectlyRoundedActivations, FixedTensor Out, FixedTensor T>
void rsqrt_into(Out& out, const T& x, const Context& context = {}) {
    detail::check_domain("rsqrt", x, context, math::Rsqrt::contains, "a positive number");
    out.resize(x.shape());
    OverflowCount events;
    detail::rsqrt_elements<Activations, T, Out>(x.format, x.data(), x.size(), out.format, out.data(), events);
    context.report("rsqrt", events, out.format.frac_bits);
}

/// out = 2^x, correctly rounded.
template <FixedTensor Out, FixedTensor T>
void exp2_into(Out& out, const T& x, const Context& context = {}) {
    detail::apply_into<math::Exp2>("exp2", out, x, context);
}

/// out = log2(x), correctly rounded. Throws DomainError unless every x is positive.
template <FixedTensor Out, FixedTensor T>
void log2_into(Out& out, const T& x, const Context& context = {}) {
    detail::check_domain("log2", x, context, math::Log2::contains, "a positive number");
    detail::apply_into<math::Log2>("log2", out, x, context);
}

/// out = 1 / x, correctly rounded. Throws DomainError for a zero.
template <FixedTensor Out, FixedTensor T>
void reciprocal_into(Out& out, const T& x, const Context& context = {}) {
    detail::check_domain("reciprocal", x, context, math::Reciprocal::contains, "a number other than zero");
    detail::apply_into<math::Reciprocal>("reciprocal", out, x, context);
}

/// out = the function of a table, a kernels::PiecewisePolynomial with static storage such as fxp_approximate writes;
/// accuracy: math::Tabulated.
template <const auto& Table, FixedTensor Out, FixedTensor T>
void tabulated_into(Out& out, const T& x, const Context& context = {}) {
    detail::apply_into<math::Tabulated<Table>>("tabulated", out, x, context);
}

/// The same functions of x, in its own format.
/// @{
template <ActivationSet Activations = CorrectlyRoundedActivations, FixedTensor T>
T sigmoid(const T& x, const Context& context = {}) {
    T out;
    sigmoid_into<Activations>(out, x, context);
    return out;
}
template <ActivationSet Activations = CorrectlyRoundedActivations, FixedTensor T>
T tanh(const T& x, const Context& context = {}) {
    T out;
    tanh_into<Activations>(out, x, context);
    return out;
}
template <ActivationSet Activations = CorrectlyRoundedActivations, FixedTensor T>
T rsqrt(const T& x, const Context& context = {}) {
    T out;
    rsqrt_into<Activations>(out, x, context);
    return out;
}
template <FixedTensor T>
T exp2(const T& x, const Context& context = {}) {
    T out;
    exp2_into(out, x, context);
    return out;
}
template <FixedTensor T>
T log2(const T& x, const Context& context = {}) {
    T out;
    log2_into(out, x, context);
    return out;
}
template <FixedTensor T>
T reciprocal(const T& x, const Context& context = {}) {
    T out;
    reciprocal_into(out, x, context);
    return out;
}
template <const auto& Table, FixedTensor T>
T tabulated(const T& x, const Context& context = {}) {
    T out;
    tabulated_into<Table>(out, x, context);
    return out;
}
/// @}

} // namespace fxp
