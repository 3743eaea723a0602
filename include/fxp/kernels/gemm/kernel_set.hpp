// Which micro-kernels this processor runs.
#pragma once

#include "fxp/kernels/gemm/micro_avx2.hpp"
#include "fxp/kernels/gemm/micro_avx512.hpp"
#include "fxp/kernels/gemm/micro_neon.hpp"
#include "fxp/kernels/gemm/micro_portable.hpp"

namespace fxp::kernels::gemm {

/// Instruction sets with micro-kernels of their own, each a superset of the one before but for neon, of portable only.
enum class Set : std::uint8_t { portable, avx2, avx512, avx512_vnni, neon, neon_dot };

/// True when a processor whose widest set is `widest` runs `set`.
constexpr bool includes(Set widest, Set set) {
    return set == Set::portable || (set <= widest && (set >= Set::neon) == (widest >= Set::neon));
}

/// The best set within the instruction set that dispatch() runs.
inline Set active_set() {
#if defined(FXP_X86_DISPATCH)
    if (active_isa() == Isa::avx512) {
        static const bool vnni = __builtin_cpu_supports("avx512vnni");
        return vnni ? Set::avx512_vnni : Set::avx512;
    }
    if (active_isa() == Isa::avx2) return Set::avx2;
#elif defined(FXP_NEON)
    if (active_isa() == Isa::neon) {
        static const bool dot = neon::has_dot_products();
        return dot ? Set::neon_dot : Set::neon;
    }
#endif
    return Set::portable;
}

/// The kernels of a set that this processor runs.
inline const KernelSet& kernels_of(Set set) {
#if defined(FXP_X86_DISPATCH)
    if (set == Set::avx512_vnni) return avx512::vnni_kernels;
    if (set == Set::avx512) return avx512::kernels;
    if (set == Set::avx2) return avx2::kernels;
#elif defined(FXP_NEON)
    if (set == Set::neon_dot) return neon::dot_kernels;
    if (set == Set::neon) return neon::kernels;
#else
    static_cast<void>(set);
#endif
    return portable::kernels;
}

} // namespace fxp::kernels::gemm
