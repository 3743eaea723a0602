// Kernels compiled once, for programs of several sources. By default every source compiles the kernels that it uses.
//   FXP_COMPILED_KERNELS  defined in all sources: kernels are declared only.
//   FXP_COMPILE_KERNELS   defined in one of them too, tools/cmake/kernels.cpp: they are defined there.
// CMake's target fxp::compiled does both. Same bits either way; a source then compiles in a quarter of the time. All
// sources of a program must agree in FXP_COMPILED_KERNELS, and in FXP_PORTABLE.
//
// What is declared here as extern must not be an inline function, nor one defined in its class: such are instantiated,
// to be inlined, with all that they call.
#pragma once

#if defined(FXP_COMPILE_KERNELS) && !defined(FXP_COMPILED_KERNELS)
#error "fxp: FXP_COMPILE_KERNELS without FXP_COMPILED_KERNELS, expected both in the source that compiles the kernels"
#endif

#if defined(FXP_COMPILED_KERNELS) && !defined(FXP_COMPILE_KERNELS)
#define FXP_KERNELS_ELSEWHERE 1
#endif

/// Before the definition of a function that is compiled once.
#ifdef FXP_COMPILE_KERNELS
#define FXP_KERNEL
#else
#define FXP_KERNEL inline
#endif

/// Before the instantiations of templates that are compiled once.
#ifdef FXP_COMPILE_KERNELS
#define FXP_KERNEL_TEMPLATE template
#else
#define FXP_KERNEL_TEMPLATE extern template
#endif
