// Which micro-kernels this processor runs.
#pragma once

#include "fxp/kernels/gemm/micro_avx2.hpp"
#include "fxp/kernels/gemm/micro_avx512.hpp"
#include "fxp/kernels/gemm/micro_neon.hpp"
#include "fxp/kernels/gemm/micro_portable.hpp"

namespace fxp::kernels::gemm {

/// Instruction sets with micro-kernels of their own, each a superset of the one before but for neon, of portable only.
enum class Set : std::uint8_t { portable, avx2, avx512, avx512_vnni, amx, neon, neon_dot };

/// True when a processor whose widest set is `widest` runs `set`.
constexpr bool includes(Set widest, Set set) {
    return set == Set::portable || (set <= widest && (set >= Set::neon) == (widest >= Set::neon));
}

// active_set() is the best set within the instruction set that dispatch() runs; kernels_of() takes what it includes.

#if defined(FXP_X86_DISPATCH)

inline Set active_set() {
    switch (active_isa()) {
    case Isa::amx:
        return Set::amx;
    case Isa::avx512: {
        static const bool vnni = __builtin_cpu_supports("avx512vnni");
        return vnni ? Set::avx512_vnni : Set::avx512;
    }
    case Isa::avx2:
        return Set::avx2;
    case Isa::portable:
    case Isa::neon:
        break;
    }
    return Set::portable;
}

inline const KernelSet& kernels_of(Set set) {
    switch (set) {
    case Set::amx: // panels have no kernels of their own: see TileProduct
    case Set::avx512_vnni:
        return avx512::vnni_kernels;
    case Set::avx512:
        return avx512::kernels;
    case Set::avx2:
        return avx2::kernels;
    case Set::portable:
    case Set::neon:
    case Set::neon_dot:
        break;
    }
    return portable::kernels;
}

#elif defined(FXP_NEON)

inline Set active_set() {
    if (active_isa() != Isa::neon) return Set::portable;
    static const bool dot = neon::has_dot_products();
    return dot ? Set::neon_dot : Set::neon;
}

inline const KernelSet& kernels_of(Set set) {
    if (set == Set::neon_dot) return neon::dot_kernels;
    return set == Set::neon ? neon::kernels : portable::kernels;
}

#else

inline Set active_set() { return Set::portable; }
inline const KernelSet& kernels_of(Set) { return portable::kernels; }

#endif

} // namespace fxp::kernels::gemm
