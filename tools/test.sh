#!/usr/bin/env bash
# tools/test.sh [--fast | --all] [CTEST FLAGS]: builds everything and runs the tests; the exit code is ctest's.
#
#   tools/test.sh             every test, optimised build (preset release)
#   tools/test.sh --fast      without the tests labelled slow
#   tools/test.sh --all       every test; then the fast ones under the address and undefined behaviour sanitizers (preset
#                             asan) and built by clang (preset clang); then the formatting
#   tools/test.sh -R '^core/' any flags of ctest; tests are named <folder>/<case>, labels are slow, example, and for
#                             scripts their folder
#
# Installs what is missing first (tools/setup.sh). FXP_DATA_MIRROR: a folder or address to get data from.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=every
case ${1:-} in
    --help | -h) sed -n '2,/^set/{s/^# \{0,1\}//p}' "tools/${0##*/}"; exit 0 ;;
    --fast) mode=fast; shift ;;
    --all) mode=all; shift ;;
esac

# run PRESET CTEST_FLAGS...: configure, build, test.
run() {
    local preset=$1
    cmake --preset "$preset" &&
        cmake --build --preset "$preset" --parallel "$(nproc)" &&
        ctest --preset "$preset" --parallel "$(nproc)" "${@:2}"
}

case $mode in
    every) tools/setup.sh test && run release "$@" ;;
    fast) tools/setup.sh test && run release --label-exclude '^slow$' "$@" ;;
    all)
        tools/setup.sh all
        status=0
        summary=()
        step() {
            local name=$1 code=0 begin=$SECONDS
            echo "==== $name"
            "${@:2}" || code=$?
            [ "$status" -ne 0 ] || status=$code
            summary+=("$([ "$code" -eq 0 ] && echo passed || echo FAILED) in $((SECONDS - begin)) s: $name")
        }
        # What runs a compiler itself says nothing new under another preset.
        repeated='^(slow|package|layers|compile_fail)$'
        step "every test" run release "$@"
        step "sanitizers, fast tests" run asan --label-exclude "$repeated" "$@"
        step "clang, fast tests" run clang --label-exclude "$repeated" "$@"
        step "formatting" tools/format.sh --check
        echo "===="
        printf '%s\n' "${summary[@]}"
        exit "$status"
        ;;
esac
