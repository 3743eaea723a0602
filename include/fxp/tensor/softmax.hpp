// Softmax and log-softmax over the classes of (classes, samples) logits, in integers.
#pragma once

#include "fxp/math/softmax.hpp"
#include "fxp/tensor/fxp_tensor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fxp {

namespace detail {

/// Calls visit(sample, softmax of its column) for each column.
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
    math::Softmax softmax;
    std::vector<std::int64_t> column(classes);
    for (std::size_t n = 0; n < samples; ++n) {
        for (std::size_t c = 0; c < classes; ++c) column[c] = logits.data()[c * samples + n];
        softmax.assign(column, logits.format);
        visit(n, softmax);
    }
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
    std::vector<std::int64_t> column(shape.rank() == 2 ? shape[0] : 0);
    detail::for_each_softmax("softmax", logits, [&](std::size_t n, math::Softmax& softmax) {
        softmax.probabilities(Out::format.frac_bits, column);
        for (std::size_t c = 0; c < column.size(); ++c) {
            result.data()[c * shape[1] + n] = static_cast<typename Out::Raw>(column[c]);
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
    detail::for_each_softmax("log_softmax", logits, [&](std::size_t n, math::Softmax& softmax) {
        for (std::size_t c = 0; c < softmax.size(); ++c) {
            result.data()[c * shape[1] + n] =
                static_cast<typename Out::Raw>(softmax.log_probability(c, out.format, events));
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
    const std::size_t samples = logits.shape()[1];
    const Limits ends{logits.format};
    out.resize(logits.shape());
    std::vector<std::int64_t> column(logits.shape()[0]);
    OverflowCount events;
    int128 cross_entropy = 0;
    detail::for_each_softmax("softmax_error", logits, [&](std::size_t n, math::Softmax& softmax) {
        softmax.probabilities(Out::format.frac_bits, column);
        for (std::size_t c = 0; c < column.size(); ++c) {
            const std::size_t at = c * samples + n;
            const std::int64_t target = targets.data()[at];
            const std::int64_t error = column[c] - target;
            const std::int64_t logit = logits.data()[at];
            const bool outward = (logit >= ends.max_raw && error < 0) || (logit <= ends.min_raw && error > 0);
            out.data()[at] = static_cast<typename Out::Raw>(outward ? 0 : error);
            if (target != 0) cross_entropy -= int128{target} * softmax.log_probability(c, logarithm, events);
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
