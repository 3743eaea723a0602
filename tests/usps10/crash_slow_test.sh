#!/usr/bin/env bash
# As crash_test.sh: twenty random moments for each way to end a run, and every operation on files for kills and full disks,
# every other one for signals, which the program handles between steps.
source "$(dirname "${BASH_SOURCE[0]}")/crash.sh"
whole_run fixed
trials 20 fixed 137 KILL
trials 20 fixed 130 INT
trials 20 fixed 143 TERM
trials 20 fixed 130 INT INT # the second may meet a checkpoint that is being written
train "$program" "$work/begun" "${settings[@]}" --max-steps 1
every_moment fixed KILL 137 1
every_moment fixed KILL 137 1 "$work/begun"
every_moment fixed INT 130 2
every_moment fixed INT_INT 130 2 "$work/begun"
every_moment fixed FULL 1 1
every_moment fixed FULL 1 1 "$work/begun"
