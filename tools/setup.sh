#!/usr/bin/env bash
# tools/setup.sh train|test|all|cross: makes sure that what is needed is installed, and does nothing if it is.
#   train  the trainers: a compiler, CMake, the libraries they use, what fetches and plots
#   test   the same, and the tests' libraries
#   all    the same, clang with its tools, valgrind, Doxygen, and the solver of tools/prove
#   cross  only what the preset aarch64 takes: a compiler for 64-bit Arm, QEMU to run what it makes, the tests' headers
# Installs Debian packages as root, or through sudo if that needs no password. Without these rights, or on another
# system, it says what is needed. FXP_SKIP_SETUP=1: leave everything as it is.
set -euo pipefail

train=(cmake make g++ git libeigen3-dev libcli11-dev nlohmann-json3-dev libssl-dev bzip2 curl ca-certificates gnuplot-nox
    python3)
test=("${train[@]}" catch2 libmpfr-dev libsollya-dev librandom123-dev librapidcheck-dev libbenchmark-dev)
all=("${test[@]}" clang clang-tidy clang-format libclang-rt-dev libomp-dev valgrind libc6-dbg doxygen python3-z3)
cross=(cmake make git catch2 libeigen3-dev libcli11-dev nlohmann-json3-dev librandom123-dev g++-aarch64-linux-gnu
    qemu-user-static)

case ${1:-} in
    train | test | all | cross) declare -n wanted=$1 ;;
    *) sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0"; [ "${1:-}" = --help ] && exit 0 || exit 2 ;;
esac
[ -z "${FXP_SKIP_SETUP:-}" ] || exit 0

if ! command -v dpkg-query >/dev/null; then
    echo "setup: this is not a Debian system, so nothing is installed. Needed are, by their Debian names:"
    echo "  ${wanted[*]}"
    for program in cmake make c++; do
        command -v "$program" >/dev/null || { echo "setup: there is no $program" >&2; exit 1; }
    done
    exit 0 # CMake finds or fetches the libraries, or says which one it misses
fi

installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "${wanted[@]}" 2>/dev/null || true)"
missing=()
for package in "${wanted[@]}"; do
    [[ $installed == *" installed:$package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=(env)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n env)
else
    echo "setup: missing: ${missing[*]}" >&2
    echo "setup: run as root: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
fi

echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
