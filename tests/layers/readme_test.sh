#!/usr/bin/env bash
# The program on the README's first screen is examples/00_hello.cpp, letter by letter, in twelve lines.
source "$(dirname "$0")/../support/harness.sh"

shown=$(sed -n '/^```cpp$/,/^```$/{/^```/d;p}' "$FXP_SOURCE_DIR/README.md")
[ "$shown" = "$(cat "$FXP_SOURCE_DIR/examples/00_hello.cpp")" ] || fail "the README's program is not examples/00_hello.cpp"
[ "$(wc -l <"$FXP_SOURCE_DIR/examples/00_hello.cpp")" -eq 12 ] || fail "the README's program has not twelve lines"
