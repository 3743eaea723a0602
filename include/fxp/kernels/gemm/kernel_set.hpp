// Which micro-kernels this processor runs.
#pragma once

#include "fxp/kernels/gemm/micro_avx2.hpp"
#include "fxp/kernels/gemm/micro_avx512.hpp"
#include "fxp/kernels/gemm/micro_portable.hpp"

namespace fxp::kernels::gemm {

/// Instruction sets with micro-kernels of their own, each a superset of the one before.
enum class Set : std::uint8_t { portable, avx2, avx512, avx512_vnni };

#ifdef FXP_X86_DISPATCH

/// The best set within the instruction set that dispatch() runs.
inline Set active_set() {
    switch (active_isa()) {
    case Isa::avx512: {
        static const bool vnni = __builtin_cpu_supports("avx512vnni");
        return vnni ? Set::avx512_vnni : Set::avx512;
    }
    case Isa::avx2:
        return Set::avx2;
    case Isa::portable:
        break;
    }
    return Set::portable;
}

inline const KernelSet& kernels_of(Set set) {
    switch (set) {
    case Set::avx512_vnni:
        return avx512::vnni_kernels;
    case Set::avx512:
        return avx512::kernels;
    case Set::avx2:
        return avx2::kernels;
    case Set::portable:
        break;
    }
    return portable::kernels;
}

#else

inline Set active_set() { return Set::portable; }
inline const KernelSet& kernels_of(Set) { return portable::kernels; }

#endif

} // namespace fxp::kernels::gemm
