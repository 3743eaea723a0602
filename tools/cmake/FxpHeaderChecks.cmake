# fxp_check_headers(<target> <folder> LINK <libraries>...): two targets that build only if every header under <folder>
#   <target>_alone  compiles alone, and twice in a row (it includes what it uses, and has an include guard);
#   <target>_linked can stand in two units of one program (what it defines is inline).
function(fxp_check_headers target folder)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" LINK)
  file(GLOB_RECURSE headers RELATIVE "${folder}" CONFIGURE_DEPENDS "${folder}/*.hpp")
  set(generated "${CMAKE_CURRENT_BINARY_DIR}/${target}")

  set(units "")
  set(all_headers "")
  foreach(header IN LISTS headers)
    string(REPLACE "/" "_" unit "${header}.cpp")
    file(CONFIGURE OUTPUT "${generated}/${unit}" CONTENT "#include <${header}>\n#include <${header}> // NOLINT\n" @ONLY)
    list(APPEND units "${generated}/${unit}")
    string(APPEND all_headers "#include <${header}>\n")
  endforeach()
  file(CONFIGURE OUTPUT "${generated}/first.cpp" CONTENT "${all_headers}int second();\nint main() { return second(); }\n")
  file(CONFIGURE OUTPUT "${generated}/second.cpp" CONTENT "${all_headers}int second();\nint second() { return 0; }\n")

  add_executable(${target}_linked "${generated}/first.cpp" "${generated}/second.cpp")
  set(checks ${target}_linked)
  if(units)
    add_library(${target}_alone OBJECT ${units})
    list(APPEND checks ${target}_alone)
  endif()
  foreach(check IN LISTS checks)
    target_include_directories(${check} PRIVATE "${folder}")
    target_link_libraries(${check} PRIVATE ${arg_LINK})
    target_compile_options(${check} PRIVATE -O0) # nothing here is run for its speed
  endforeach()
endfunction()
