// Run-time choice of instruction set: one loop, compiled once per instruction set, no compiler flags needed.
#pragma once

#include "fxp/core/wide.hpp"
#include "fxp/kernels/processor.hpp"

#include <cstdlib>
#include <string_view>

// GCC vectorizes few loops below -O3; ours are to be fast in a plain -O2 build.
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
#define FXP_VECTORIZE gnu::optimize("O3")
#else
#define FXP_VECTORIZE
#endif

namespace fxp::kernels {

/// Instruction sets that loops are compiled or written for.
enum class Isa { portable, avx2, avx512, amx, neon };

/// True when a processor whose widest instruction set is `widest` runs `isa`: neon includes portable only, each of the
/// others those before it.
constexpr bool includes(Isa widest, Isa isa) {
    return isa == Isa::portable || isa == widest || (isa < widest && widest != Isa::neon);
}

/// The widest instruction set of this processor.
inline Isa detect_isa() {
#ifdef FXP_X86_DISPATCH
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
        return __builtin_cpu_supports("avx512vnni") && amx_is_permitted() ? Isa::amx : Isa::avx512;
    }
    // Every processor with AVX2 but one old embedded family has FMA and BMI2; kernels may use all three.
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
        return Isa::avx2;
    }
#endif
#ifdef FXP_NEON
    return Isa::neon;
#else
    return Isa::portable;
#endif
}

/// What FXP_ISA in the environment asks for: portable, avx2, avx512, amx or neon; unset or empty: all that there is.
struct IsaRequest {
    const char* text = nullptr; ///< null when nothing is asked for
    Isa isa = Isa::portable;    ///< what runs
    bool valid = true;          ///< false: the text is unknown or more than the processor has, and is not followed

    static IsaRequest of(const char* text, Isa available) {
        if (text == nullptr || *text == '\0') return {nullptr, available, true};
        constexpr std::string_view names[] = {"portable", "avx2", "avx512", "amx", "neon"};
        for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512, Isa::amx, Isa::neon}) {
            if (names[static_cast<int>(isa)] == text && includes(available, isa)) return {text, isa, true};
        }
        return {text, available, false};
    }
};

/// The request of this process, read once. Kernels cannot complain: the tensor layer throws when it is not valid.
inline const IsaRequest& isa_request() {
    static const IsaRequest request = IsaRequest::of(std::getenv("FXP_ISA"), detect_isa());
    return request;
}

/// The widest instruction set that loops may run in.
inline Isa active_isa() {
    static const Isa isa = isa_request().isa;
    return isa;
}

namespace detail {

template <class Body>
[[gnu::noinline, FXP_VECTORIZE]] auto run_portable(Body body) {
    return body();
}
#ifdef FXP_X86_DISPATCH
template <class Body>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi2"), gnu::noinline, FXP_VECTORIZE]] auto
run_avx512(Body body) {
    return body();
}
template <class Body>
[[gnu::target("avx2,bmi2"), gnu::noinline, FXP_VECTORIZE]] auto run_avx2(Body body) {
    return body();
}
#endif

} // namespace detail

/// Runs a loop in the active instruction set and returns what it returns. `body` is a lambda marked
/// FXP_LOOP that captures by value and hands its captures to an always-inline function: so the compiler sees a loop
/// over local pointers, which it can vectorize. Integer loops give the same bits in every instruction set.
template <class Body>
auto dispatch(Body body) {
#ifdef FXP_X86_DISPATCH
    switch (active_isa()) {
    case Isa::amx:
    case Isa::avx512:
        return detail::run_avx512(body);
    case Isa::avx2:
        return detail::run_avx2(body);
    case Isa::portable:
    case Isa::neon:
        break;
    }
#endif
    return detail::run_portable(body);
}

} // namespace fxp::kernels

/// Marks the lambda handed to dispatch().
#define FXP_LOOP __attribute__((always_inline))
/// Marks a pointer whose elements no other pointer of the loop reaches.
#define FXP_RESTRICT __restrict__
