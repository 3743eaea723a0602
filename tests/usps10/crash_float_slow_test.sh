#!/usr/bin/env bash
# As crash_slow_test.sh, for the float twin, whose code around the file is the same: fewer random moments.
source "$(dirname "${BASH_SOURCE[0]}")/crash.sh"
whole_run float
trials 8 float 137 KILL
trials 8 float 143 TERM
train "$program" "$work/begun" "${settings[@]}" --max-steps 1
every_moment float KILL 137 1 "$work/begun"
every_moment float FULL 1 1 "$work/begun"
full_disk float
