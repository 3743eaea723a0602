#!/usr/bin/env bash
# A run that is killed, stopped by a signal or left without room on its disk goes on from its last checkpoint, to the same
# end. crash_slow_test.sh tries more moments.
source "$(dirname "${BASH_SOURCE[0]}")/crash.sh"
whole_run fixed
trials 3 fixed 137 KILL
trials 3 fixed 130 INT
every_moment fixed KILL 137 5
every_moment fixed FULL 1 5
full_disk fixed
