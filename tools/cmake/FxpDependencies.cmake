# Dependencies: first what the system has, then, for our own programs only, a pinned commit.

include(FetchContent)

# fxp_find(<target> <find_package arguments>...): looks quietly for the package that defines <target>. The target is made
# visible to the whole build, so that a project which includes this one can link to what links to it.
function(fxp_find target)
  if(TARGET ${target})
    return()
  endif()
  find_package(${ARGN} QUIET)
  if(TARGET ${target})
    set_target_properties(${target} PROPERTIES IMPORTED_GLOBAL TRUE)
  endif()
endfunction()

# fxp_fetch_headers(<target> <repository> <commit> <version> <folder of headers>): if nothing has defined <target> yet,
# fetches a header-only library. Its own build is not run, and its headers are system headers: no warnings from them.
function(fxp_fetch_headers target repository commit version include_dir)
  if(TARGET ${target})
    return()
  endif()
  string(REGEX REPLACE "::.*" "" name "${target}")
  string(TOLOWER "${name}" name)
  message(STATUS "fxp: ${name} was not found, fetching ${version} from ${repository}")
  FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${commit} SOURCE_SUBDIR no-build-of-its-own)
  FetchContent_MakeAvailable(${name})
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE "${${name}_SOURCE_DIR}/${include_dir}")
endfunction()

# fxp_find_mpfr(): defines the target fxp_mpfr, the oracle of correct rounding, if MPFR and GMP are there.
function(fxp_find_mpfr)
  find_path(MPFR_INCLUDE_DIR mpfr.h)
  find_library(MPFR_LIBRARY mpfr)
  find_library(GMP_LIBRARY gmp)
  if(NOT TARGET fxp_mpfr AND MPFR_INCLUDE_DIR AND MPFR_LIBRARY AND GMP_LIBRARY)
    add_library(fxp_mpfr INTERFACE)
    target_include_directories(fxp_mpfr SYSTEM INTERFACE "${MPFR_INCLUDE_DIR}")
    target_link_libraries(fxp_mpfr INTERFACE "${MPFR_LIBRARY}" "${GMP_LIBRARY}")
  endif()
endfunction()
