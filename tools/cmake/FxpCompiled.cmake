# fxp::compiled: fxp::fxp with its kernels compiled once, by the project that links it and with that project's flags.
if(NOT TARGET fxp_compiled)
  add_library(fxp_compiled STATIC EXCLUDE_FROM_ALL "${CMAKE_CURRENT_LIST_DIR}/kernels.cpp")
  add_library(fxp::compiled ALIAS fxp_compiled)
  target_link_libraries(fxp_compiled PUBLIC fxp::fxp)
  target_compile_definitions(fxp_compiled PUBLIC FXP_COMPILED_KERNELS PRIVATE FXP_COMPILE_KERNELS)
endif()
