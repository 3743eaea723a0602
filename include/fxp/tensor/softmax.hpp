// Softmax and log-softmax over the classes of (classes, samples) logits, in integers.
#pragma once

#include "fxp/math/softmax_columns.hpp"
#include "fxp/tensor/fxp_tensor.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace fxp {

namespace detail {

/// Calls visit(first, count, softmax) for the columns from `first` on, some at a time.
template <FixedTensor T, class Visit>
void for_each_softmax(const char* operation, const T& logits, Visit visit) {
    if constexpr (RunTimeFormat<T>) {
        if (logits.format.frac_bits < 0 || logits.format.frac_bits > 64) {
            throw ArgumentError(std::string(operation) + ": logits with " + std::to_string(logits.format.frac_bits) +
                                " fraction bits, expected 0 to 64");
        }
    } else {
        static_assert(T::format.frac_bits >= 0 && T::format.frac_bits <= 64,
                      "fxp: softmax needs logits with FracBits of 0 to 64");
    }
    if (logits.shape().rank() != 2 || logits.shape()[0] == 0) {
        throw ShapeError(std::string(operation) + ": shape " + logits.shape().to_string() +
                         ", expected (classes, samples) with at least one class");
    }
    const std::size_t classes = logits.shape()[0];
    const std::size_t samples = logits.shape()[1];
    math::SoftmaxColumns softmax;
    const std::size_t at_once = softmax.at_once(classes);
    for (std::size_t first = 0; first < samples; first += at_once) {
        const std::size_t count = std::min(at_once, samples - first);
        softmax.assign(logits.data() + first, classes, samples, count, logits.format);
        visit(first, count, softmax);
    }
}

/// error = p - target, but zero where it would push a logit at an end of its range, min or max, farther out. error may
/// be target or logit.
template <class Logit, class Raw>
FXP_INLINE void softmax_errors(const std::int64_t* FXP_RESTRICT p, const Logit* logit, const Raw* target,
                               std::size_t count, std::int64_t min, std::int64_t max, Raw* error) {
    for (std::size_t n = 0; n < count; ++n) {
        const std::int64_t difference = p[n] - target[n];
        const bool outward = (logit[n] >= max && difference < 0) || (logit[n] <= min && difference > 0);
        error[n] = static_cast<Raw>(outward ? 0 : difference);
    }
}

/// The places of elements that are not zero, of at most SoftmaxColumns::most; returns their number.
template <class Raw>
std::size_t nonzero_places(const Raw* values, std::size_t count,
                           std::array<std::size_t, math::SoftmaxColumns::most>& places) {
    std::size_t found = 0;
    for (std::size_t n = 0; n < count; ++n) {
        places[found] = n;
        found += values[n] != 0 ? 1 : 0;
    }
    return found;
}

template <class T, class Targets>
void check_targets(const char* operation, const T& logits, const Targets& targets) {
    const Shape& shape = logits.shape();
    if (shape == targets.shape() && shape.rank() == 2 && shape[0] > 0) return;
    throw ShapeError(std::string(operation) + ": targets of shape " + targets.shape().to_string() +
                     " for logits of shape " + shape.to_string() +
                     ", expected (classes, samples) for both, with at least one class");
}

} // namespace detail

/// out = exp(z_c) / sum_k exp(z_k) for each column. Every column of out sums to one exactly and each element is within
/// one ULP of the probability (math::Softmax::probabilities). out needs the number one: IntBits of at least 2, FracBits
/// of 0 to 30. Nothing can overflow. Throws ShapeError unless rank 2 with at least one class.
template <FixedTensor Out, FixedTensor T>
void softmax_into(Out& out, const T& logits, const Context& = {}) {
    static_assert(Out::format.int_bits >= 2 && Out::format.frac_bits >= 0 && Out::format.frac_bits <= 30,
                  "fxp: softmax needs a result format that holds the number one: IntBits of at least 2, FracBits of 0 "
                  "to 30");
    const Shape shape = logits.shape();
    Out result(shape);
    detail::for_each_softmax("softmax", logits, [&](std::size_t first, std::size_t count, auto& softmax) {
        softmax.probabilities(Out::format.frac_bits);
        for (std::size_t c = 0; c < shape[0]; ++c) {
            kernels::store_row(softmax.row(c), count, result.data() + c * shape[1] + first);
        }
    });
    out = std::move(result);
}

/// out = log of the softmax, never positive, rounded to nearest; finite for all logits. What the format of out cannot
/// hold saturates and is an event. Throws ShapeError unless rank 2 with at least one class.
template <FixedTensor Out, FixedTensor T>
void log_softmax_into(Out& out, const T& logits, const Context& context = {}) {
    const Shape shape = logits.shape();
    Out result(shape);
    OverflowCount events;
    detail::for_each_softmax("log_softmax", logits, [&](std::size_t first, std::size_t count, auto& softmax) {
        for (std::size_t c = 0; c < shape[0]; ++c) {
            for (std::size_t n = 0; n < count; ++n) {
                result.data()[c * shape[1] + first + n] =
                    static_cast<typename Out::Raw>(softmax.log_probability(c, n, out.format, events));
            }
        }
    });
    out = std::move(result);
    context.report("log_softmax", events, out.format.frac_bits);
}

/// out = softmax(logits) - targets for each column: the gradient of the cross-entropy -sum_c t_c log p_c with respect
/// to the logits where the targets of a column sum to one. Where a logit is at an end of its format's range and the
/// error would push it farther out, the error is zero: such a logit has said all it can say. Without such logits a
/// column of errors sums to one minus the sum of its targets, exactly. out and targets have the same format, which
/// holds the number one; no element exceeds one when targets lie in [0, 1], and nothing overflows. Throws ShapeError
/// unless logits and targets are (classes, samples) with at least one class. Returns the cross-entropy summed over all
/// columns, for logs: every logarithm is rounded to 2^-24, their products with targets are summed exactly.
template <FixedTensor Out, FixedTensor T>
double softmax_error_into(Out& out, const T& logits, const Out& targets) {
    static_assert(Out::format.int_bits >= 2 && Out::format.frac_bits >= 0 && Out::format.frac_bits <= 30,
                  "fxp: softmax needs a result format that holds the number one: IntBits of at least 2, FracBits of 0 "
                  "to 30");
    detail::check_targets("softmax_error", logits, targets);
    constexpr Format logarithm{40, 24};
    const std::size_t classes = logits.shape()[0];
    const std::size_t samples = logits.shape()[1];
    const Limits ends{logits.format};
    out.resize(logits.shape());
    OverflowCount events;
    int128 cross_entropy = 0;
    std::array<std::size_t, math::SoftmaxColumns::most> places;
    detail::for_each_softmax("softmax_error", logits, [&](std::size_t first, std::size_t count, auto& softmax) {
        softmax.probabilities(Out::format.frac_bits);
        for (std::size_t c = 0; c < classes; ++c) {
            const std::int64_t* p = softmax.row(c);
            const auto* logit = logits.data() + c * samples + first;
            const auto* target = targets.data() + c * samples + first;
            auto* error = out.data() + c * samples + first;
            const std::size_t found = detail::nonzero_places(target, count, places);
            for (std::size_t i = 0; i < found; ++i) {
                const std::size_t n = places[i];
                cross_entropy -= int128{target[n]} * softmax.log_probability(c, n, logarithm, events);
            }
            kernels::dispatch([=, min = ends.min_raw, max = ends.max_raw]()
                                  FXP_LOOP { detail::softmax_errors(p, logit, target, count, min, max, error); });
        }
    });
    return dequantize(cross_entropy, Out::format.frac_bits + logarithm.frac_bits);
}

/// The softmax in the format of the logits.
template <FixedTensor T>
T softmax(const T& logits, const Context& context = {}) {
    T out;
    softmax_into(out, logits, context);
    return out;
}
/// Its logarithm in the format of the logits, as log_softmax_into.
template <FixedTensor T>
T log_softmax(const T& logits, const Context& context = {}) {
    T out;
    log_softmax_into(out, logits, context);
    return out;
}

} // namespace fxp
