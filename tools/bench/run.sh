#!/usr/bin/env bash
# tools/bench/run.sh [--quick] [--out FILE] [GROUP...]: builds the benchmarks, runs them one after the other, and writes
# how we stand against the rivals to FILE (default: build/release/bench/results.md), whose name it prints.
#
#   tools/bench/run.sh                  every group, a quarter of an hour
#   tools/bench/run.sh --quick gemm     shows that it works: few and short repetitions, not for citing
#
# GROUPs: gemm         matrix products, and the peaks of the instructions they are made of
#         activations  sigmoid, tanh and others
#         step         training steps, against PyTorch; rows that say so use two threads
#         elementwise  sums and products of elements
#         compile      time and memory of the compiler
#         memory       of an epoch of the trainers
#         build        a plain -O2 build against one of -O3 -march=native
#
# Rivals come from tools/bench/setup.sh; one that is not installed is left out and said to be. Programs stay on one core
# (taskset) where that can be asked for, but for the one that also runs two threads. What was measured is kept as JSON
# in build/release/bench/json.
# Exit codes: 0 done, 1 a build or a program failed, 2 wrong usage; then FILE is left as it was.
set -euo pipefail
cd "$(dirname "$0")/../.."

every=(gemm activations step elementwise compile memory build)
build=build/release
results=$build/bench

refuse() { echo "run.sh: $*" >&2; exit 2; }
die() { echo "run.sh: $*" >&2; exit 1; }
# Progress is for people who watch.
say() { [ ! -t 2 ] || printf '%s\n' "$*" >&2; }

quick=
out=$results/results.md
groups=()
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) sed -n '2,/^set/{s/^# \{0,1\}//p}' "tools/bench/${0##*/}"; exit 0 ;;
        --quick) quick=1 ;;
        --out) [ $# -ge 2 ] || refuse "--out: expected a file"; out=$2; shift ;;
        --out=*) out=${1#--out=} ;;
        -*) refuse "unknown flag '$1' (see --help)" ;;
        *)
            [[ " ${every[*]} " == *" $1 "* ]] || refuse "unknown group '$1': expected some of ${every[*]}"
            groups+=("$1")
            ;;
    esac
    shift
done
[ -n "$out" ] || refuse "--out: expected a file"
[ ${#groups[@]} -gt 0 ] || groups=("${every[@]}")
mkdir -p "$results"
[ -d "$(dirname -- "$out")" ] || refuse "--out $out: there is no such folder"

wants() { [[ " ${groups[*]} " == *" $1 "* ]]; }

# ---- building --------------------------------------------------------------------------------------------------------

work=$(mktemp -d "$results/.run.XXXXXX")
trap 'rm -rf "$work"' EXIT

# quietly COMMAND...: what it says matters only if it fails.
quietly() { "$@" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; die "failed: $*"; }; }

# make_targets DIR TARGET...
make_targets() {
    say "building in $1: ${*:2}"
    quietly cmake --build "$1" --parallel "$(nproc)" --target "${@:2}"
}

targets=()
! wants gemm || targets+=(bench_gemm bench_peaks)
! wants activations || targets+=(bench_activations)
! wants step || targets+=(bench_reference_epoch)
! wants elementwise || targets+=(bench_elementwise)
! wants memory || targets+=(lstm_usps10 lstm_usps10_float)
if { wants compile || wants memory; } && [ ! -x /usr/bin/time ]; then
    die "GNU time is not installed (tools/bench/setup.sh)"
fi
quietly cmake --preset release
if [[ " ${targets[*]} " == *" bench_"* ]] || wants build; then
    grep -q '^benchmark_DIR:PATH=/' "$build/CMakeCache.txt" ||
        die "Google Benchmark is not installed (tools/bench/setup.sh)"
fi
[ ${#targets[@]} -eq 0 ] || make_targets "$build" "${targets[@]}"

# other_build DIR FLAGS: the programs of the group build, compiled with FLAGS.
other_build() {
    quietly cmake -S . -B "$1" -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=$2 -DNDEBUG" \
        -DFXP_BUILD_TESTS=OFF -DFXP_BUILD_EXAMPLES=OFF -DFXP_WERROR=OFF
    make_targets "$1" bench_gemm bench_reference_epoch
}
if wants build; then
    other_build build/bench-O2 -O2
    other_build build/bench-O3-native "-O3 -march=native"
fi

# ---- running ---------------------------------------------------------------------------------------------------------

# Debian's OpenBLAS takes processors that are younger than it for ancient ones, and is then a quarter as fast as it could
# be: told what they have, it is a fair rival, whatever the environment tells it.
if grep -q -m 1 '^flags.* avx512bw' /proc/cpuinfo 2>/dev/null; then
    export OPENBLAS_CORETYPE=SkylakeX
    unset OPENBLAS_L2_SIZE
fi

one_core=()
if command -v taskset >/dev/null; then
    allowed=$(taskset -cp $$)
    one_core=(taskset -c "${allowed##*[!0-9]}")
fi

# The last flag of a name counts, so these go before a group's own.
flags=(--benchmark_report_aggregates_only=false --benchmark_out_format=json)
repetitions=9
repetitions_of_commands=3
seconds=0.05 # of a repetition
if [ -n "$quick" ]; then
    repetitions=2
    repetitions_of_commands=1
    seconds=0.02
fi
flags+=("--benchmark_repetitions=$repetitions" "--benchmark_min_time=$seconds")

files=() # LABEL=JSON, for report.py

# google LABEL COMMAND...: a program of Google Benchmark's.
google() {
    local label=$1 file=$work/$1-${#files[@]}.json
    say "running $label: ${*:2}"
    quietly "${@:2}" "${flags[@]}" "--benchmark_out=$file" "${filter[@]}"
    files+=("$label=$file")
}

# printed LABEL COMMAND...: a program that prints the like.
printed() {
    local label=$1 file=$work/$1-${#files[@]}.json
    say "running $label: ${*:2}"
    "${@:2}" >"$file" 2>"$work/log" || { tail -n 40 "$work/log" >&2; die "failed: ${*:2}"; }
    files+=("$label=$file")
}

filter=()
if wants gemm; then
    google peaks "${one_core[@]}" "$build/bin/bench_peaks"
    google gemm "${one_core[@]}" "$build/bin/bench_gemm"
fi
! wants activations || google activations "${one_core[@]}" "$build/bin/bench_activations"
! wants elementwise || google elementwise "${one_core[@]}" "$build/bin/bench_elementwise"

python= # one that has PyTorch
for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import torch' 2>/dev/null; then python=$candidate && break; fi
done
if wants step; then
    filter=('--benchmark_filter=-2 threads')
    google step "${one_core[@]}" "$build/bin/bench_reference_epoch"
    filter=('--benchmark_filter=2 threads')
    google step "$build/bin/bench_reference_epoch"
    filter=()
    [ -z "$python" ] ||
        printed torch "${one_core[@]}" "$python" tools/bench/torch_step.py --repetitions "$repetitions"
fi

if wants compile; then
    cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
    eigen=$(pkg-config --cflags eigen3 2>/dev/null || echo -I/usr/include/eigen3)
    compiler="$(cached CMAKE_CXX_COMPILER) -std=c++20 -O2"
    echo '#include <fxp/fxp.hpp>' >"$work/fxp.cpp"
    echo '#include <Eigen/Dense>' >"$work/eigen.cpp"
    printed compile "${one_core[@]}" python3 tools/bench/measure.py --repetitions "$repetitions_of_commands" \
        "fxp/fxp.hpp alone=$compiler -fsyntax-only -Iinclude '$work/fxp.cpp'" \
        "examples/02_mlp.cpp=$compiler -Iinclude -c examples/02_mlp.cpp -o '$work/mlp.o'" \
        "Eigen/Dense alone=$compiler -fsyntax-only $eigen '$work/eigen.cpp'"
fi

if wants memory; then
    data=data/usps10
    [ -e "$data/usps" ] || data=data/optdigits # ships with the project
    epoch="--data $data --epochs 1 --quiet --out"
    printed memory "${one_core[@]}" python3 tools/bench/measure.py --repetitions "$repetitions_of_commands" \
        "lstm_usps10=$build/bin/lstm_usps10 $epoch '$work/fixed'" \
        "lstm_usps10_float=$build/bin/lstm_usps10_float $epoch '$work/float'"
fi

if wants build; then
    # Two programs cannot be interleaved by Google Benchmark, so they take turns.
    flags+=(--benchmark_repetitions=1)
    for ((turn = 0; turn < repetitions; ++turn)); do
        for kind in O2 O3-native; do
            filter=('--benchmark_filter=^(int8|int16 bounded|int16 any|int32)/256$')
            google "$kind" "${one_core[@]}" "build/bench-$kind/bin/bench_gemm"
            filter=('--benchmark_filter=^reference epoch, fixed')
            google "$kind" "${one_core[@]}" "build/bench-$kind/bin/bench_reference_epoch"
        done
    done
fi

# ---- reporting -------------------------------------------------------------------------------------------------------

{
    tools/bench/about.sh "$build" $python
    if [ -n "$quick" ]; then
        echo "- repetitions: $repetitions short ones (--quick): not for citing"
    else
        echo "- repetitions: $repetitions, of compilers and trainers $repetitions_of_commands"
    fi
} >"$work/about.md"
rm -rf "$results/json"
mkdir "$results/json"
for file in "${files[@]}"; do cp "${file#*=}" "$results/json"; done
python3 tools/bench/report.py --about "$work/about.md" --out "$out" "${files[@]}"
echo "$out"
