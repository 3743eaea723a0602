// Sets of activation functions, which recipes choose by name.
#pragma once

#include "fxp/kernels/compiled.hpp"
#include "fxp/math/reference_tables.hpp"
#include "fxp/math/rsqrt.hpp"
#include "fxp/math/sigmoid.hpp"
#include "fxp/math/tanh.hpp"
#include "fxp/math/words/function.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#ifdef FXP_COMPILED_KERNELS
namespace fxp::math {

/// Of words that recipes pair.
/// @{
FXP_KERNEL_TEMPLATE void apply<Sigmoid>(Format, const std::int8_t*, std::size_t, Format, std::int8_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void apply<Sigmoid>(Format, const std::int16_t*, std::size_t, Format, std::int8_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void apply<Sigmoid>(Format, const std::int16_t*, std::size_t, Format, std::int16_t*,
                                        OverflowCount&);
FXP_KERNEL_TEMPLATE void apply<Sigmoid>(Format, const std::int32_t*, std::size_t, Format, std::int16_t*,
                                        OverflowCount&);
FXP_KERNEL_TEMPLATE void apply<Sigmoid>(Format, const std::int32_t*, std::size_t, Format, std::int32_t*,
                                        OverflowCount&);
FXP_KERNEL_TEMPLATE void apply<Tanh>(Format, const std::int8_t*, std::size_t, Format, std::int8_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void apply<Tanh>(Format, const std::int16_t*, std::size_t, Format, std::int8_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void apply<Tanh>(Format, const std::int16_t*, std::size_t, Format, std::int16_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void apply<Tanh>(Format, const std::int32_t*, std::size_t, Format, std::int16_t*, OverflowCount&);
FXP_KERNEL_TEMPLATE void apply<Tanh>(Format, const std::int32_t*, std::size_t, Format, std::int32_t*, OverflowCount&);
/// @}

} // namespace fxp::math
#endif

namespace fxp {

namespace detail {

template <Format F>
using Stored = storage_t<F.word_bits()>;

} // namespace detail

/// sigmoid, tanh and rsqrt over `count` raw values of format In, results in format Out, saturations counted in events.
/// out may be x where In and Out are stored alike. rsqrt is called for positive x only.
template <class A>
concept ActivationSet = requires(const std::int32_t* x, std::int32_t* out, OverflowCount& events) {
    { A::name } -> std::convertible_to<std::string_view>;
    A::template sigmoid<Format{8, 24}, Format{8, 24}>(x, std::size_t{}, out, events);
    A::template tanh<Format{8, 24}, Format{8, 24}>(x, std::size_t{}, out, events);
    A::template rsqrt<Format{8, 24}, Format{8, 24}>(x, std::size_t{}, out, events);
};

/// Each result is the number of its format nearest to the function, ties to even: no error exceeds half an ULP, for
/// every input of every format <I, F> of up to 16 bits with I >= 1 and F >= 0, and of <8, 24> and <16, 16> (shown
/// exhaustively); in all other formats, no error exceeds half an ULP and 2^-100. Words of up to 32 bits are quick,
/// those of up to 16 very quick in sigmoid and tanh, once the first call for a pair of formats has made a table; wider
/// ones take the precise path, up to a microsecond each.
struct CorrectlyRoundedActivations {
    static constexpr std::string_view name = "correctly_rounded"; ///< in files and tables

    /// What ActivationSet asks for, from one format to another.
    /// @{
    template <Format In, Format Out>
    static void sigmoid(const detail::Stored<In>* x, std::size_t count, detail::Stored<Out>* out,
                        OverflowCount& events) {
        math::words::apply<math::Sigmoid, In, Out>(x, count, out, events);
    }
    template <Format In, Format Out>
    static void tanh(const detail::Stored<In>* x, std::size_t count, detail::Stored<Out>* out, OverflowCount& events) {
        math::words::apply<math::Tanh, In, Out>(x, count, out, events);
    }
    template <Format In, Format Out>
    static void rsqrt(const detail::Stored<In>* x, std::size_t count, detail::Stored<Out>* out, OverflowCount& events) {
        math::apply<math::Rsqrt>(In, x, count, Out, out, events);
    }
    /// @}

    /// The same for formats chosen at run time; X and Y store them.
    /// @{
    template <class X, class Y>
    static void sigmoid(Format in, const X* x, std::size_t count, Format out, Y* y, OverflowCount& events) {
        math::words::apply<math::Sigmoid>(in, x, count, out, y, events);
    }
    template <class X, class Y>
    static void tanh(Format in, const X* x, std::size_t count, Format out, Y* y, OverflowCount& events) {
        math::words::apply<math::Tanh>(in, x, count, out, y, events);
    }
    template <class X, class Y>
    static void rsqrt(Format in, const X* x, std::size_t count, Format out, Y* y, OverflowCount& events) {
        math::apply<math::Rsqrt>(in, x, count, out, y, events);
    }
    /// @}
};

/// The published artifact's tables and evaluation: errors up to 2.2e-4 (3.7 thousand ULP of <8, 24>). rsqrt above 4
/// extrapolates and is wrong (0.57 for 9); it needs a format with the number four. Results have the format of the
/// arguments, of symmetric range, with a sign bit and at least one fraction bit.
struct ReferenceActivations {
    static constexpr std::string_view name = "reference"; ///< in files and tables

    /// What ActivationSet asks for, in one format.
    /// @{
    template <Format In, Format Out>
    static void sigmoid(const detail::Stored<In>* x, std::size_t count, detail::Stored<Out>* out,
                        OverflowCount& events) {
        check<In, Out>();
        static constexpr auto table = math::reference::in_format(math::reference::sigmoid, In);
        kernels::evaluate<Wide<In>>(table, x, count, out, events);
    }
    template <Format In, Format Out>
    static void tanh(const detail::Stored<In>* x, std::size_t count, detail::Stored<Out>* out, OverflowCount& events) {
        check<In, Out>();
        static constexpr auto table = math::reference::in_format(math::reference::tanh, In);
        kernels::evaluate<Wide<In>>(table, x, count, out, events);
    }
    template <Format In, Format Out>
    static void rsqrt(const detail::Stored<In>* x, std::size_t count, detail::Stored<Out>* out, OverflowCount& events) {
        check<In, Out>();
        static_assert(In.int_bits >= 4,
                      "fxp: the reference rsqrt needs a format that holds the number four: IntBits of at least 4");
        static constexpr auto table = math::reference::in_format(math::reference::rsqrt, In);
        kernels::evaluate_rsqrt<Wide<In>>(table, x, count, out, events);
    }
    /// @}

  private:
    template <Format F>
    using Wide = std::conditional_t<(F.word_bits() <= 32), std::int64_t, int128>;

    template <Format In, Format Out>
    static constexpr void check() {
        static_assert(In == Out, "fxp: the reference activations give results in the format of their arguments");
        static_assert(In.range == Range::symmetric, "fxp: the reference activations need a format of symmetric range");
        static_assert(In.frac_bits >= 1 && In.int_bits >= 1,
                      "fxp: the reference activations need a format with a sign bit and at least one fraction bit");
    }
};

} // namespace fxp
