#!/usr/bin/env bash
# As crash_test.sh: twenty random moments for each way to end a run, and every operation on files, of both twins.
source "$(dirname "${BASH_SOURCE[0]}")/crash.sh"
for twin in fixed float; do
    whole_run $twin
    trials 20 $twin 137 KILL
    trials 20 $twin 130 INT
    trials 20 $twin 143 TERM
    trials 20 $twin 130 INT INT # the second may meet a checkpoint that is being written
    train "$program" "$work/$twin.begun" "${settings[@]}" --max-steps 1
    every_moment $twin KILL 137 1
    every_moment $twin KILL 137 1 "$work/$twin.begun"
    every_moment $twin INT 130 1
    every_moment $twin TERM 143 1
    every_moment $twin INT_INT 130 1 "$work/$twin.begun"
    every_moment $twin FULL 1 1
    every_moment $twin FULL 1 1 "$work/$twin.begun"
    full_disk $twin
done
