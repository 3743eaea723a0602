// The context of an operation: how to round, what to do on overflow, where to report it.
#pragma once

#include "fxp/core/overflow.hpp"
#include "fxp/core/random.hpp"
#include "fxp/core/rounding.hpp"
#include "fxp/tensor/error.hpp"
#include "fxp/tensor/overflow_log.hpp"

#include <string>
#include <string_view>

namespace fxp {

/// Last argument of every tensor operation. Cheap to copy; the log and the names must outlive the call.
///
/// Without a log there is nowhere to count events, so the default is throw_error; Context::logging(log) gives the
/// library's usual policy: saturate, count, locate. An OverflowError leaves when the operation is complete: the result
/// holds all elements, saturated, the log all events, and the message is the same for any number of threads. An
/// operation that makes several tensors (a cell's pass, an optimizer's step) reports the first of them in its order
/// that overflowed.
struct Context {
    Rounding rounding = Rounding::nearest_even; ///< of the result
    Overflow overflow = Overflow::throw_error;  ///< what becomes of results that do not fit
    OverflowLog* log = nullptr;                 ///< where they are counted; null: nowhere
    /// Words for stochastic rounding: seed, step and tensor number. Two operations given the same stream draw the same
    /// words, so each wants a number of its own: drawing(stream). Arithmetic objects number their operations
    /// themselves.
    RandomStream random{};
    std::string_view tensor{}; ///< name of the result, for the log
    int threads = 1;           ///< neither the bits of a result nor its errors depend on it

    /// Saturates and counts in `log`.
    static Context logging(OverflowLog& log, Rounding rounding = Rounding::nearest_even) {
        Context context;
        context.rounding = rounding;
        context.overflow = Overflow::saturate;
        context.log = &log;
        return context;
    }

    /// The same context but for one thing: the name of the result, the random words, the rounding, the policy.
    /// @{
    Context named(std::string_view name) const {
        Context copy = *this;
        copy.tensor = name;
        return copy;
    }
    Context drawing(const RandomStream& stream) const {
        Context copy = *this;
        copy.random = stream;
        return copy;
    }
    Context with(Rounding rule) const {
        Context copy = *this;
        copy.rounding = rule;
        return copy;
    }
    Context with(Overflow policy) const {
        Context copy = *this;
        copy.overflow = policy;
        return copy;
    }
    /// @}

    /// Reports the events of an operation whose result has `frac_bits`; throws OverflowError under throw_error.
    void report(std::string_view operation, const OverflowCount& events, int frac_bits) const {
        if (events.count == 0) return;
        if (log != nullptr) log->add(operation, tensor, random.step, events, frac_bits);
        if (overflow != Overflow::throw_error) return;
        throw OverflowError("overflow: " + std::string(operation) + " of tensor '" + std::string(tensor) +
                            "' at step " + std::to_string(random.step) + ": " + std::to_string(events.count) +
                            " value(s) outside the format's range, the worst is " +
                            std::to_string(dequantize(events.worst, frac_bits)));
    }
};

} // namespace fxp
