#!/usr/bin/env bash
# tools/identity.sh [--list] [ROW...]: trains the cases of golden_run in every build and on every machine that there is,
# and compares the states they end in with tests/identity/golden_run.sha256. Without a ROW: all of them (--list).
#
# Prints a line for each build, instruction set and number of threads, and in it for each case "same" or the first
# digits of the hash that it has instead. A row that cannot run says why: without ROW it is left out, when asked for it
# is an error. Exit code 1 when a state differs, or a build or a run fails; 2 for wrong usage.
#
# Builds are kept in build/identity. A row takes 1 to 3 minutes of one core, all of them half an hour. Other machines are
# emulated (qemu-user-static), their programs linked statically.
set -euo pipefail
cd "$(dirname "$0")/.."

rows=()
declare -A compiler flags package emulator isas
# row NAME COMPILER FLAGS PACKAGES INSTRUCTION_SETS [EMULATOR]: PACKAGES (Debian) bring the compiler with its OpenMP;
# INSTRUCTION_SETS are values of FXP_ISA, "widest" for none.
row() {
    rows+=("$1")
    compiler[$1]=$2 flags[$1]=$3 package[$1]=$4 isas[$1]=$5 emulator[$1]=${6:-}
}
here="portable avx2 avx512 amx neon"
row g++-O0 g++ "-O0" "g++" "$here"
row g++-O2 g++ "-O2" "g++" "$here"
row g++-O3-native g++ "-O3 -march=native" "g++" "$here"
row clang++-O0 clang++ "-O0" "clang libomp-dev" "$here"
row clang++-O2 clang++ "-O2" "clang libomp-dev" "$here"
row clang++-O3-native clang++ "-O3 -march=native" "clang libomp-dev" "$here"
row g++-own-int128 g++ "-O2 -DFXP_OWN_INT128 -DFXP_PORTABLE" "g++" "portable" # as on 32-bit machines
row aarch64 aarch64-linux-gnu-g++ "-O2 -static" "g++-aarch64-linux-gnu" "portable widest" qemu-aarch64-static
row armv7 arm-linux-gnueabihf-g++ "-O2 -static" "g++-arm-linux-gnueabihf" "portable" qemu-arm-static
row riscv64 riscv64-linux-gnu-g++ "-O2 -static" "g++-riscv64-linux-gnu" "portable" qemu-riscv64-static
row s390x s390x-linux-gnu-g++ "-O2 -static" "g++-s390x-linux-gnu" "portable" qemu-s390x-static # big-endian

list() {
    local name
    for name in "${rows[@]}"; do
        printf '%-18s %s %s%s\n' "$name" "${compiler[$name]}" "${flags[$name]}" \
            "${emulator[$name]:+, run by ${emulator[$name]}}"
    done
}

case ${1:-} in
    --help | -h) sed -n '2,/^set/{s/^# \{0,1\}//p}' "tools/${0##*/}"; exit 0 ;;
    --list) list; exit 0 ;;
esac
for name in "$@"; do
    [[ -n ${compiler[$name]:-} ]] || { echo "identity.sh: row '$name', expected one of --list" >&2; exit 2; }
done

expected=tests/identity/golden_run.sha256
folder=build/identity
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mapfile -t cases < <(awk '{ print $2 }' "$expected")
status=0

# line BUILD ISA THREADS CELL...
line() {
    local k text
    printf -v text '%-18s %-9s %7s' "$1" "$2" "$3"
    for ((k = 3; k < $#; ++k)); do
        printf -v text '%s  %-*s' "$text" "$((${#cases[k - 3]} > 12 ? ${#cases[k - 3]} : 12))" "${@:k+1:1}"
    done
    printf '%s\n' "${text%"${text##*[! ]}"}"
}
# note ROW ISA TEXT: a line of words.
note() { printf '%-18s %-9s %7s  %s\n' "$1" "$2" "" "$3"; }

# obstacle ROW: what keeps it from being built or run; nothing when it can be.
obstacle() {
    local cxx=${compiler[$1]}
    if ! command -v "$cxx" >/dev/null; then
        echo "no $cxx (Debian: ${package[$1]})"
    elif ! "$cxx" ${flags[$1]} -fopenmp -x c++ - -o "$work/empty" <<<'int main() {}' 2>"$work/log"; then
        echo "$cxx links no OpenMP programs (Debian: ${package[$1]}): $(grep -m 1 -i error "$work/log")"
    elif [[ -n ${emulator[$1]} ]] && ! command -v "${emulator[$1]}" >/dev/null; then
        echo "no ${emulator[$1]} (Debian: qemu-user-static)"
    fi
}

# build ROW: leaves golden_run in its folder, unless one of this command and these sources is there.
build() {
    local out=$folder/$1
    local command="${compiler[$1]} -std=c++20 ${flags[$1]} -fopenmp -Iinclude -Iexamples -o $out/golden_run"
    if [[ -x $out/golden_run && $(cat "$out/command") == "$command" &&
        -z $(find include examples/usps10 tests/identity -name '*.[ch]pp' -newer "$out/golden_run") ]]; then
        return
    fi
    rm -rf "$out"
    mkdir -p "$out"
    $command tests/identity/golden_run.cpp tests/identity/words_16.cpp tests/identity/words_32.cpp 2>"$out/log" ||
        return 1
    printf '%s\n' "$command" >"$out/command"
}

# run ROW ISA THREADS: prints the line of it.
run() {
    local cells=() hash case
    if ! THREADS=$3 tests/identity/hashes.sh env "FXP_ISA=${2#widest}" ${emulator[$1]} "$folder/$1/golden_run" \
        >"$work/hashes" 2>"$work/log"; then
        if grep -q "FXP_ISA is .* on this processor" "$work/log"; then
            note "$1" "$2" "not on this processor"
        else
            note "$1" "$2" "FAILED: $(head -n 1 "$work/log")"
            status=1
        fi
        return
    fi
    if ! diff <(printf '%s\n' "${cases[@]}") <(awk '{ print $2 }' "$work/hashes") >"$work/log"; then
        note "$1" "$2" "FAILED: other cases than in $expected: $(grep -m 1 '^[<>]' "$work/log")"
        status=1
        return
    fi
    while read -r hash case; do
        if grep -qxF "$hash  $case" "$expected"; then
            cells+=(same)
        else
            cells+=("${hash:0:12}")
            status=1
        fi
    done <"$work/hashes"
    line "$1" "$2" "$3" "${cells[@]}"
}

# test_row ROW REQUIRED
test_row() {
    local reason isa threads
    reason=$(obstacle "$1")
    if [[ -n $reason ]]; then
        note "$1" "" "not run: $reason"
        ((!$2)) || status=1
        return
    fi
    if ! build "$1"; then
        note "$1" "" "FAILED to compile: $(grep -m 1 -E 'error|ld:' "$folder/$1/log" || head -n 1 "$folder/$1/log")"
        status=1
        return
    fi
    for isa in ${isas[$1]}; do
        for threads in 1 2 7; do run "$1" "$isa" "$threads"; done
    done
}

line build ISA threads "${cases[@]}"
required=$(($# > 0))
[[ $# -gt 0 ]] || set -- "${rows[@]}"
for name in "$@"; do test_row "$name" $required; done
exit $status
