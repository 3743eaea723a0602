#!/usr/bin/env bash
# The build's header checks (FxpHeaderChecks.cmake) pass good headers and stop each kind of bad one.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"

cat >"$work/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.22)
project(planted LANGUAGES CXX)
include("$source_dir/tools/cmake/FxpHeaderChecks.cmake")
fxp_check_headers(headers "\${CMAKE_CURRENT_SOURCE_DIR}/include")
END
mkdir "$work/include"
cat >"$work/include/a.hpp" <<'END'
#pragma once
#include <vector>
struct A { std::vector<int> values; };
END

build() { cmake -S "$work" -B "$work/build" -DCMAKE_CXX_COMPILER="$CXX" && cmake --build "$work/build"; }
must_pass build

# planted TEXT REGEX: a header b.hpp with TEXT beside the good one.
planted() {
    printf '%s\n' "$1" >"$work/include/b.hpp"
    must_fail "$2" build
}

planted '#pragma once
inline std::vector<int> forgets_its_include() { return {}; }' 'std'
printf '#pragma once\n#include <vector>\n#include "b.hpp"\n' >"$work/include/c.hpp"
planted '#pragma once
inline std::vector<int> needs_what_c_includes() { return {}; }' 'std'
printf '#pragma once\n#include "b.hpp"\ninline std::vector<int> includes_too_little() { return {}; }\n' >"$work/include/c.hpp"
planted '#pragma once' 'std'
printf '#pragma once\n#include "b.hpp"\n' >"$work/include/c.hpp"
planted '#include "c.hpp"' 'some include each other: b.hpp;c.hpp'
rm "$work/include/c.hpp"
planted 'struct NoGuard {};' 'NoGuard'
planted '#pragma once
int not_inline() { return 1; }' 'multiple definition.*not_inline|duplicate symbol'
