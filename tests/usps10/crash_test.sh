#!/usr/bin/env bash
# A run that is killed, stopped by a signal or left without room on its disk goes on from its last checkpoint, to the same
# end. crash_slow_test.sh tries more moments.
source "$(dirname "${BASH_SOURCE[0]}")/crash.sh"
whole_run fixed
trials 3 fixed 137 KILL
trials 3 fixed 130 INT
train "$program" "$work/begun" "${settings[@]}" --max-steps 1
every_moment fixed KILL 137 5 "$work/begun"
every_moment fixed FULL 1 5
full_disk fixed

# What must not be is seen: a checkpoint that was not renamed, but written in its place, by half.
cp -r "$work/begun" "$work/half"
arguments_of "$work/half"
for ((at = 1, code = 0; code != 137 && at < 10; ++at)); do with_fault HALF $at "$program" "${arguments[@]}"; done
[[ $code == 137 ]] || fail "no checkpoint was written by half"
must_fail 'this should have passed.*half' finish "$work/half"
