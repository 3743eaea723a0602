#!/usr/bin/env bash
# hashes.sh COMMAND...: a line "HASH  CASE" for each case of golden_run, the SHA-256 of what it prints. COMMAND is
# golden_run, with what it needs before it, as in "hashes.sh env FXP_ISA=avx2 build/release/bin/golden_run"; THREADS
# (default 1) and FOLDER (default data/optdigits) are its arguments. golden_run.sha256 holds what is expected:
#
#   tests/identity/hashes.sh build/release/bin/golden_run >tests/identity/golden_run.sha256
#
# Write it anew when a recipe or a case is meant to give other bits.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: [THREADS=N] [FOLDER=DIR] hashes.sh COMMAND..." >&2; exit 2; }
folder=${FOLDER:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/data/optdigits}

cases=$("$@" --list)
for case in $cases; do
    hash=$("$@" "$folder" "$case" --threads "${THREADS:-1}" | sha256sum)
    printf '%s  %s\n' "${hash%% *}" "$case"
done
