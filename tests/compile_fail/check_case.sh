#!/usr/bin/env bash
# check_case.sh FILE.cpp: the file's first line is `// expect: <extended regular expression>`. The file must not compile,
# the compiler must say what is expected, and with -DFXP_VALID, the correct variant, it must compile. Exit 1 if not.
set -euo pipefail
file=$1
include=${FXP_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/include
compile() { "${CXX:-c++}" -std=c++20 -fsyntax-only -I "$include" "$@" "$file" 2>&1; }
wrong() { printf '%s: %s\n' "${file##*/}" "$1"; exit 1; }

expected=$(sed -n '1s|^// expect: ||p' "$file")
[ -n "$expected" ] || wrong "the first line is not '// expect: <regex>'"

said=$(compile -DFXP_VALID) || wrong "does not compile with -DFXP_VALID"$'\n'"$said"
said=$(compile) && wrong "compiles, but should not"
grep -Eq -- "$expected" <<<"$said" || wrong "does not say '$expected'"$'\n'"$said"
