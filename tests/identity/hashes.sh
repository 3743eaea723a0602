#!/usr/bin/env bash
# hashes.sh COMMAND...: a line "HASH  CASE" for each case of golden_run, the SHA-256 of what it prints. COMMAND is
# golden_run, with what it needs before it, as in "hashes.sh env FXP_ISA=avx2 build/release/bin/golden_run"; THREADS
# (default 1) and FOLDER (default data/optdigits) are its arguments; TOGETHER=1 trains all cases at once, in threads of
# one process. golden_run.sha256 holds what is expected:
#
#   tests/identity/hashes.sh build/release/bin/golden_run >tests/identity/golden_run.sha256
#
# Write it anew when a recipe or a case is meant to give other bits.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: [THREADS=N] [FOLDER=DIR] [TOGETHER=1] hashes.sh COMMAND..." >&2; exit 2; }
folder=${FOLDER:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/data/optdigits}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases=$("$@" --list)
if [ -n "${TOGETHER:-}" ]; then
    "$@" "$folder" --together --threads "${THREADS:-1}" |
        awk -v work="$work" '/^case / { file = work "/" $2; next } { print > file }'
fi
for case in $cases; do
    [ -n "${TOGETHER:-}" ] || "$@" "$folder" "$case" --threads "${THREADS:-1}" >"$work/$case"
    hash=$(sha256sum <"$work/$case")
    printf '%s  %s\n' "${hash%% *}" "$case"
done
