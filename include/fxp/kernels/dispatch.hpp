// Run-time choice of instruction set: one loop, compiled once per instruction set, no compiler flags needed.
#pragma once

#include "fxp/core/wide.hpp"

// FXP_PORTABLE: only the loops of the base instruction set; they are the specification of the others.
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(FXP_PORTABLE)
#define FXP_X86_DISPATCH 1
#endif

namespace fxp::kernels {

#ifdef FXP_X86_DISPATCH

namespace detail {

template <class Body>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi2"), gnu::noinline]] auto run_avx512(Body body) {
    return body();
}
template <class Body>
[[gnu::target("avx2,bmi2"), gnu::noinline]] auto run_avx2(Body body) {
    return body();
}

enum class Isa { portable, avx2, avx512 };

inline Isa detect_isa() {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
        return Isa::avx512;
    }
    return __builtin_cpu_supports("avx2") ? Isa::avx2 : Isa::portable;
}

inline Isa active_isa() {
    static const Isa isa = detect_isa();
    return isa;
}

} // namespace detail

/// Runs a loop in the widest instruction set of this processor and returns what it returns. `body` is a lambda marked
/// FXP_LOOP that captures by value and hands its captures to an always-inline function: so the compiler sees a loop
/// over local pointers, which it can vectorize. Integer loops give the same bits in every instruction set.
template <class Body>
auto dispatch(Body body) {
    switch (detail::active_isa()) {
    case detail::Isa::avx512:
        return detail::run_avx512(body);
    case detail::Isa::avx2:
        return detail::run_avx2(body);
    case detail::Isa::portable:
        break;
    }
    return body();
}

#else

template <class Body>
auto dispatch(Body body) {
    return body();
}

#endif

} // namespace fxp::kernels

/// Marks the lambda handed to dispatch().
#define FXP_LOOP __attribute__((always_inline))
/// Marks a pointer whose elements no other pointer of the loop reaches.
#define FXP_RESTRICT __restrict__
