#!/usr/bin/env bash
# The library as a folder of someone else's project, with everything around and with only a compiler.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
source "$source_dir/tests/package/user.sh"

user_runs add_subdirectory -DFXP_SOURCE_DIR="$source_dir" '-DFXP_COMPONENTS=float;io'
user_runs add_subdirectory -DFXP_SOURCE_DIR="$source_dir" "${bare[@]}"

# A guest brings only the library: no tests, no install rules.
[ ! -e "$work/build/fxp/tests" ] || fail "a subproject configures our tests"
must_pass cmake --install "$work/build" --prefix "$work/installed"
[ ! -e "$work/installed/include" ] || fail "a subproject installs our headers"
