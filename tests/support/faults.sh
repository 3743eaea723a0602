# Sourced after harness.sh by tests of what programs do when something happens between two of their operations on files.
faults=$work/faults.so
must_pass "$CXX" -std=c++20 -shared -fPIC -o "$faults" "$source_dir/tests/support/file_faults.cpp" -ldl

# with_fault KIND N COMMAND...: COMMAND, and KIND (see file_faults.cpp) happens at its N-th operation on files. Sets `code`
# to its exit code; what it says is in $work/stdout and $work/stderr.
with_fault() {
    code=0
    env --default-signal=INT "ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}" "LD_PRELOAD=$faults" \
        "FXP_FAULT=$1" "FXP_FAULT_AT=$2" "${@:3}" >"$work/stdout" 2>"$work/stderr" || code=$?
} 2>/dev/null # bash's own words about a killed program

# said REGEX: what the last command said on stderr is one line that matches.
said() {
    [[ $(wc -l <"$work/stderr") == 1 ]] && grep -Eq -- "$1" "$work/stderr" ||
        { cat "$work/stderr"; fail "not one line '$1' on stderr"; }
}
