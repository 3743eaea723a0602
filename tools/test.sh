#!/usr/bin/env bash
# tools/test.sh [--fast | --all] [CTEST FLAGS]: builds everything and runs the tests; the exit code is ctest's.
#
#   tools/test.sh             every test, optimised build (preset release)
#   tools/test.sh --fast      without the tests labelled slow
#   tools/test.sh --all       every test; then the fast ones of core, kernels, math, optim, data and io under clang's
#                             sanitizers of addresses, undefined behaviour and integers (preset integer); those of
#                             kernels by clang, optimised (preset clang); trainings on threads under its thread
#                             sanitizer (preset tsan), which end in the bits of g++'s; then the formatting. For more
#                             under a preset: cmake --preset asan && cmake --build --preset asan && ctest --preset asan
#   tools/test.sh -R '^core/' any flags of ctest; tests are named <folder>/<case>, labels are slow, example, and for
#                             scripts their folder
#
# Installs what is missing first (tools/setup.sh). FXP_DATA_MIRROR: a folder or address to get data from. FXP_FUZZ_SECONDS:
# how long each fuzz target runs among the slow tests, 60 without it.
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

# run_part PRESET GROUPS LABELS CTEST_FLAGS...: the tests of some groups, as in "core kernels", that have none of some
# labels, as in "slow|data": those that find most in least time.
run_part() {
    local preset=$1 groups=$2 labels=$3
    # shellcheck disable=SC2086 # a word for each group
    cmake --preset "$preset" &&
        cmake --build --preset "$preset" --parallel "$(nproc)" --target $(printf 'test_%s ' $groups) &&
        ctest --preset "$preset" --parallel "$(nproc)" --label-exclude "^($labels)\$" \
            --tests-regex "^(${groups// /|})/" "${@:4}"
}

# run_threads: the cases of golden_run side by side in one process, under the thread sanitizer, and what they end in.
run_threads() {
    cmake --preset tsan &&
        cmake --build --preset tsan --parallel "$(nproc)" --target golden_run &&
        TSAN_OPTIONS=ignore_noninstrumented_modules=1 TOGETHER=1 THREADS=3 \
            tests/identity/hashes.sh build/tsan/bin/golden_run | diff tests/identity/golden_run.sha256 -
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
        step "every test" run release "$@"
        # Scripts, labelled as their group, compile what they run by flags of their own.
        step "address, undefined behaviour and integer sanitizers" \
            run_part integer "core kernels math optim data io" "slow|kernels|data" "$@"
        step "clang" run_part clang kernels slow "$@"
        step "thread sanitizer" run_threads
        step "formatting" tools/format.sh --check
        echo "===="
        printf '%s\n' "${summary[@]}"
        exit "$status"
        ;;
esac
