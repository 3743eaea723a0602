// The processors that there are kernels for, and what only the processor itself, or the operating system, can tell.
#pragma once

#include <cstdint>

// FXP_PORTABLE: only the loops of the base instruction set; they are the specification of the others.
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(FXP_PORTABLE)
#define FXP_X86_DISPATCH 1
#endif
// Every 64-bit Arm processor has NEON, which plain loops are compiled for as well.
#if defined(__AARCH64EL__) && (defined(__GNUC__) || defined(__clang__)) && !defined(FXP_PORTABLE)
#define FXP_NEON 1
#endif

#ifdef FXP_X86_DISPATCH

namespace fxp::kernels {

namespace detail {

struct CpuId {
    std::uint32_t a;
    std::uint32_t b;
    std::uint32_t c;
    std::uint32_t d;

    static CpuId of(std::uint32_t leaf) {
        CpuId id{};
        asm volatile("cpuid" : "=a"(id.a), "=b"(id.b), "=c"(id.c), "=d"(id.d) : "a"(leaf), "c"(0));
        return id;
    }
};

/// The processor multiplies tiles of bytes, and the operating system keeps tiles for those that it permits them.
inline bool has_amx() {
    constexpr std::uint32_t osxsave = std::uint32_t{1} << 27;
    constexpr std::uint32_t amx_tile_and_int8 = std::uint32_t{3} << 24;
    constexpr std::uint32_t tile_states = std::uint32_t{3} << 17; // the shapes of tiles, and what they hold
    if (CpuId::of(0).a < 7 || (CpuId::of(1).c & osxsave) == 0) return false;
    if ((CpuId::of(7).d & amx_tile_and_int8) != amx_tile_and_int8) return false;
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & tile_states) == tile_states;
}

/// Asks Linux for the permission to use tiles, which it gives to a whole process. It refuses where an alternative
/// signal stack is too small for them.
inline bool ask_for_tiles() {
#if defined(__linux__) && defined(__LP64__)
    constexpr long arch_prctl = 158;
    constexpr long request_permission = 0x1023;
    constexpr long tile_data = 18;
    long result = arch_prctl;
    asm volatile("syscall" : "+a"(result) : "D"(request_permission), "S"(tile_data) : "rcx", "r11", "memory");
    return result == 0;
#else
    return false;
#endif
}

} // namespace detail

/// True when this process may use AMX tiles and the products of bytes on them. The first call asks for it.
inline bool amx_is_permitted() {
    static const bool permitted = detail::has_amx() && detail::ask_for_tiles();
    return permitted;
}

} // namespace fxp::kernels

#endif
