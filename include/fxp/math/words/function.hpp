// Functions of words of up to 16 bits, by tables made when they are first wanted.
#pragma once

#include "fxp/kernels/dispatch.hpp"
#include "fxp/kernels/words/avx512.hpp"
#include "fxp/kernels/words/lookup.hpp"
#include "fxp/math/words/fit_cubic.hpp"
#include "fxp/math/words/fit_quadratic.hpp"
#include "fxp/math/words/target.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace fxp::math::words {

/// How a function of words is evaluated; every way gives the same bits.
enum class Method : std::uint8_t {
    none,     ///< it has no table
    lookup,   ///< a table of all results
    permuted, ///< the same, in registers
    quadratic,
    cubic
};

/// A function of 16-bit words in one instruction set.
class WordFunction {
  public:
    /// Takes up to ten milliseconds where coefficients are searched, less where they are not. Without a target, the
    /// method is none.
    WordFunction(std::optional<Target> target, [[maybe_unused]] kernels::Isa isa) {
        if (!target) return;
#ifdef FXP_X86_DISPATCH
        if (includes(isa, kernels::Isa::avx512)) {
            if (const auto table = fit_quadratic(*target)) {
                quadratic_ = *table;
                method_ = Method::quadratic;
                return;
            }
            if (const auto table = fit_cubic(*target)) {
                cubic_ = *table;
                method_ = Method::cubic;
                return;
            }
        }
#endif
        values_ = std::move(target->values);
        one_ = target->one;
        method_ = Method::lookup;
    }

    Method method() const { return method_; }

    /// y[i] = f(x[i]); y may be x. Not for the method none.
    void operator()(const std::int16_t* x, std::size_t count, std::int16_t* y) const {
#ifdef FXP_X86_DISPATCH
        if (method_ == Method::quadratic) return kernels::words::avx512::evaluate(quadratic_, x, count, y);
        if (method_ == Method::cubic) return kernels::words::avx512::evaluate(cubic_, x, count, y);
#endif
        const kernels::words::WordTable table{values_.data(), static_cast<std::uint16_t>(values_.size() - 1), one_};
        kernels::words::evaluate(table, x, count, y);
    }

  private:
    kernels::words::Quadratic quadratic_;
    kernels::words::Cubic cubic_;
    std::vector<std::int16_t> values_;
    std::int16_t one_ = 0;
    Method method_ = Method::none;
};

/// A function of bytes in one instruction set.
class ByteFunction {
  public:
    /// F from `in` to `out`. Where an argument overflows, the one below the symmetric range included, the method is
    /// none.
    template <RealFunction F>
    static ByteFunction of(Format in, Format out, [[maybe_unused]] kernels::Isa isa) {
        std::array<std::int16_t, 256> arguments;
        const auto highest = static_cast<std::int16_t>(in.max_raw());
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const auto byte = static_cast<std::int8_t>(static_cast<std::uint8_t>(i));
            arguments[i] = std::clamp<std::int16_t>(byte, static_cast<std::int16_t>(-highest - 1), highest);
        }
        ByteFunction f;
        OverflowCount events;
        apply<F>(in, arguments.data(), arguments.size(), out, f.table_.values.data(), events);
        if (events.count != 0) return f;
        f.method_ = Method::lookup;
#ifdef FXP_X86_DISPATCH
        if (includes(isa, kernels::Isa::avx512) && __builtin_cpu_supports("avx512vbmi")) f.method_ = Method::permuted;
#endif
        return f;
    }

    Method method() const { return method_; }

    /// y[i] = f(x[i]); y may be x. Not for the method none.
    void operator()(const std::int8_t* x, std::size_t count, std::int8_t* y) const {
#ifdef FXP_X86_DISPATCH
        if (method_ == Method::permuted) return kernels::words::avx512::evaluate(table_, x, count, y);
#endif
        kernels::words::evaluate(table_, x, count, y);
    }

  private:
    kernels::words::ByteTable table_;
    Method method_ = Method::none;
};

/// math::apply<F>, by a table where both formats are stored in 16 bits, or both in 8, and nothing overflows. The first
/// call for a pair of formats makes it.
template <MirroredFunction F, Format In, Format Out>
void apply(const storage_t<In.word_bits()>* x, std::size_t count, storage_t<Out.word_bits()>* y,
           OverflowCount& events) {
    using X = storage_t<In.word_bits()>;
    using Y = storage_t<Out.word_bits()>;
    if constexpr (std::is_same_v<X, std::int16_t> && std::is_same_v<Y, std::int16_t>) {
        static const WordFunction f(target_of<F>(In, Out), kernels::active_isa());
        if (f.method() != Method::none) return f(x, count, y);
    } else if constexpr (std::is_same_v<X, std::int8_t> && std::is_same_v<Y, std::int8_t>) {
        static const ByteFunction f = ByteFunction::of<F>(In, Out, kernels::active_isa());
        if (f.method() != Method::none) return f(x, count, y);
    }
    math::apply<F>(In, x, count, Out, y, events);
}

/// The same for formats chosen at run time. Tables are made once for each thread and pair of formats.
template <MirroredFunction F, class X, class Y>
void apply(Format in, const X* x, std::size_t count, Format out, Y* y, OverflowCount& events) {
    if constexpr (std::is_same_v<X, std::int16_t> && std::is_same_v<Y, std::int16_t>) {
        struct Made {
            Format in;
            Format out;
            WordFunction f;
        };
        thread_local std::vector<Made> made;
        auto found = std::find_if(made.begin(), made.end(), [&](const Made& m) { return m.in == in && m.out == out; });
        if (found == made.end()) {
            made.push_back({in, out, WordFunction(target_of<F>(in, out), kernels::active_isa())});
            found = made.end() - 1;
        }
        if (found->f.method() != Method::none) return found->f(x, count, y);
    }
    math::apply<F>(in, x, count, out, y, events);
}

} // namespace fxp::math::words
