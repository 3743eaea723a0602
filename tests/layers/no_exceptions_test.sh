#!/usr/bin/env bash
# core and kernels are for small machines, too: every header of theirs compiles without exceptions, RTTI and locks around
# static variables, and with hosted headers of the standard library forbidden.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
flags=(-std=c++20 -O1 -I "$source_dir/include" -fno-exceptions -fno-rtti -fno-threadsafe-statics)
hosted='iostream|ostream|istream|sstream|fstream|locale|thread|mutex|condition_variable|future|filesystem|regex|stdexcept'

compile() { "$CXX" "${flags[@]}" -c -o "$work/unit.o" "$work/unit.cpp"; }

# reads_hosted: the headers of the standard library that the unit reads, of those that are forbidden.
reads_hosted() { "$CXX" "${flags[@]}" -E "$work/unit.cpp" | grep -oE "^# [0-9]+ \"[^\"]*/($hosted)\"" | sort -u -k3 || true; }

# What must be seen is seen.
echo 'int f(int i) { if (i) throw i; return i; }' >"$work/unit.cpp"
must_fail 'exception' compile
printf '#include <thread>\n' >"$work/unit.cpp"
[[ -n $(reads_hosted) ]] || fail "<thread> was not seen"

(cd "$source_dir/include" && find fxp/core fxp/kernels -name '*.hpp' | sort | sed 's/.*/#include "&"/') >"$work/unit.cpp"
(($(wc -l <"$work/unit.cpp") > 40)) || fail "only $(wc -l <"$work/unit.cpp") headers of core and kernels found"
must_pass compile
found=$(reads_hosted)
[[ -z $found ]] || { echo "$found"; fail "core and kernels read hosted headers"; }
for symbol in __cxa_throw __cxa_begin_catch __cxa_guard_acquire pthread_create; do
    ! nm -C "$work/unit.o" | grep -q "$symbol" || fail "core and kernels need $symbol"
done
