// The environment's choice of an instruction set, checked where exceptions may be thrown.
#pragma once

#include "fxp/kernels/dispatch.hpp"
#include "fxp/tensor/error.hpp"

#include <string>

namespace fxp::detail {

[[noreturn]] inline void reject_isa(const char* text) {
    std::string shown;
    for (const char* c = text; *c != '\0'; ++c) shown += *c < ' ' || *c > '~' ? '?' : *c;
    constexpr const char* known[] = {"portable", "portable or avx2", "portable, avx2 or avx512",
                                     "portable, avx2, avx512 or amx", "portable or neon"};
    throw ArgumentError("FXP_ISA is '" + shown + "', expected " + known[static_cast<int>(kernels::detect_isa())] +
                        " on this processor");
}

/// Throws ArgumentError when FXP_ISA is not one of portable, avx2, avx512, amx, neon, or one that this processor lacks.
inline void check_isa() {
    const kernels::IsaRequest& request = kernels::isa_request();
    if (!request.valid) reject_isa(request.text);
}

} // namespace fxp::detail
