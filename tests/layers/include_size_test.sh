#!/usr/bin/env bash
# What including fxp/fxp.hpp costs: the lines that the compiler reads are limited, the time is only told.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"

echo '#include <fxp/fxp.hpp>' >"$work/unit.cpp"
compile=("$CXX" -std=c++20 -O2 -I "$source_dir/include" "$work/unit.cpp")
lines() { "${compile[@]}" -E -P | wc -l; }
ours() { "${compile[@]}" -E | awk '/^# [0-9]+ "/ { ours = index($3, "/include/fxp/") > 0 } ours && NF && !/^#/' | wc -l; }

begin=$(date +%s%N)
"${compile[@]}" -c -o "$work/unit.o"
took=$((($(date +%s%N) - begin) / 1000000))
total=$(lines)
own=$(ours)
echo "including fxp/fxp.hpp costs $took ms ($CXX -O2, once): $total lines, $own of them ours"
[ "$own" -gt 1000 ] || fail "only $own lines of our own counted: the count is broken"
[ "$own" -lt 16000 ] || fail "more than 16000 lines of our own"
[ "$((total - own))" -lt 65000 ] || fail "more than 65000 lines of the standard library"
