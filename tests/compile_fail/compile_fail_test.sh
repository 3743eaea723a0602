#!/usr/bin/env bash
# Every case in this folder is refused by the compiler in the words it should be; and check_case.sh is not fooled.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
here=$source_dir/tests/compile_fail
export FXP_SOURCE_DIR=$source_dir

# planted REGEX TEXT: a case with this TEXT is reported with a message that matches.
planted() {
    printf '%s\n' "$2" >"$work/planted.cpp"
    must_fail "$1" bash "$here/check_case.sh" "$work/planted.cpp"
}
planted 'compiles, but should not' '// expect: anything
int main() {}'
planted "does not say 'these words'" '// expect: these words
#ifndef FXP_VALID
static_assert(false, "other words");
#endif'
planted 'does not compile with -DFXP_VALID' '// expect: static
static_assert(false, "in both variants");'
planted 'first line' 'static_assert(false, "expects nothing");'

find "$here" -name '*.cpp' -print0 | sort -z | xargs -0 -n 1 -P "$(nproc)" bash "$here/check_case.sh" ||
    fail "the cases above"
echo "$(find "$here" -name '*.cpp' | wc -l) cases"
