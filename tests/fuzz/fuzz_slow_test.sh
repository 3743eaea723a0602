#!/usr/bin/env bash
# Fuzzing: builds the libFuzzer programs (preset fuzz, in build/fuzz) and runs each for FXP_FUZZ_SECONDS (60) from its
# corpus, two at a time. Inputs that fail are kept in build/fuzz/failed; FXP_FUZZ_KEEP=FOLDER keeps what else was found.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
export TMPDIR=$work

seconds=${FXP_FUZZ_SECONDS:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "FXP_FUZZ_SECONDS=$seconds, expected a number of seconds"
build=$source_dir/build/fuzz
failed=$build/failed
found=${FXP_FUZZ_KEEP:-$work/found}

empty='extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }'
clang++ -fsanitize=fuzzer,address -x c++ -o "$work/probe" - <<<"$empty" 2>/dev/null ||
    skip "clang++ with libFuzzer is not here (Debian: clang, libclang-rt-dev)"

(cd "$source_dir" && cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --parallel 2) >"$work/build.log" 2>&1 ||
    { tail -n 40 "$work/build.log"; fail "the preset fuzz does not build"; }

# fuzz NAME: a message of one line; the log if it fails. A header that is believed fails by the limit of an allocation.
fuzz() {
    local name=$1 log=$work/$1.log
    mkdir -p "$found/$name" "$failed"
    if "$build/bin/fuzz_$name" -max_total_time="$seconds" -max_len=2048 -timeout=25 -rss_limit_mb=1024 \
        -malloc_limit_mb=256 -print_final_stats=1 -artifact_prefix="$failed/$name-" "$found/$name" \
        "$source_dir/tests/fuzz/corpus/$name" >"$log" 2>&1; then
        printf '%s: %s runs, %s new inputs\n' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(find "$found/$name" -type f | wc -l)"
    else
        tail -n 60 "$log"
        printf 'FAILED: %s\n' "$name"
        return 1
    fi
}
export -f fuzz
export seconds build failed found work source_dir

names=()
for source in "$source_dir"/tests/fuzz/*_fuzz.cpp; do
    name=$(basename "$source" _fuzz.cpp)
    [ -n "$(ls "$source_dir/tests/fuzz/corpus/$name" 2>/dev/null)" ] || fail "tests/fuzz/corpus/$name holds no inputs"
    names+=("$name")
done
printf '%s\n' "${names[@]}" | xargs -P 2 -I '{}' bash -c 'fuzz {}' || fail "inputs of what failed are in $failed"
