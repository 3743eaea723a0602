#!/usr/bin/env bash
# What including fxp/fxp.hpp costs. The aim is 1.5 s; since a clock never decides a test, only a gross failure is one.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
[ -f "$source_dir/include/fxp/fxp.hpp" ] || skip "there is no fxp/fxp.hpp yet"

echo '#include <fxp/fxp.hpp>' >"$work/unit.cpp"
best=999999
for _ in 1 2 3; do
    begin=$(date +%s%N)
    "$CXX" -std=c++20 -O2 -I "$source_dir/include" -c "$work/unit.cpp" -o "$work/unit.o"
    took=$((($(date +%s%N) - begin) / 1000000))
    [ "$took" -lt "$best" ] && best=$took
done
echo "including fxp/fxp.hpp costs $best ms ($CXX -O2, best of 3)"
[ "$best" -lt 10000 ] || fail "more than 10 s"
