# fxp::compiled: fxp::fxp with its kernels compiled once, in the project that links it: with that project's build type and
# CMAKE_CXX_FLAGS. What a target adds for itself (options, FXP_PORTABLE, _GLIBCXX_DEBUG) must be given to fxp_compiled
# too.
if(NOT TARGET fxp_compiled)
  add_library(fxp_compiled STATIC EXCLUDE_FROM_ALL "${CMAKE_CURRENT_LIST_DIR}/kernels.cpp")
  add_library(fxp::compiled ALIAS fxp_compiled)
  set_target_properties(fxp_compiled PROPERTIES POSITION_INDEPENDENT_CODE ON) # for shared libraries that link it
  target_link_libraries(fxp_compiled PUBLIC fxp::fxp)
  target_compile_definitions(fxp_compiled PUBLIC FXP_COMPILED_KERNELS PRIVATE FXP_COMPILE_KERNELS)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    target_compile_options(fxp_compiled PRIVATE -O2)
  endif()
endif()
