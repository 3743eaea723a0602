#!/usr/bin/env bash
# tools/format.sh [--check]: formats every C++ source by .clang-format, or with --check names those that are not formatted
# and changes nothing. Needs clang-format 14, since each version formats a little differently; --check passes without it.
set -euo pipefail
cd "$(dirname "$0")/.."

formatter=$(command -v clang-format-14 || command -v clang-format || true)
if [ -z "$formatter" ] || ! "$formatter" --version | grep -q 'version 14\.'; then
    echo "format: clang-format 14 is not here, nothing is done" >&2
    [ "${1:-}" = --check ] && exit 0 || exit 1
fi

flags=(-i)
[ "${1:-}" = --check ] && flags=(--dry-run --Werror)
find include examples tests tools -name '*.[ch]pp' -print0 | sort -z | xargs -0 -n 16 -P "$(nproc)" "$formatter" "${flags[@]}"
