#!/usr/bin/env bash
# tools/train.sh refuses, before anything else, the flags that it passes itself or that both twins would write to; and,
# with what it builds and the digits that ship, trains both twins in the default recipe and compares them.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
mkdir "$work/tools"
cp "$source_dir/tools/train.sh" "$work/tools"
printf '#!/bin/sh\nexit 9\n' >"$work/tools/setup.sh" # what comes after the flags
chmod +x "$work/tools/setup.sh"

# ends CODE ARGUMENT...: with this exit code and nothing on stdout.
ends() {
    local code=$1 got=0
    shift
    "$work/tools/train.sh" "$@" >"$work/stdout" 2>"$work/stderr" || got=$?
    [[ $got == "$code" && ! -s $work/stdout ]] ||
        { cat "$work/stdout" "$work/stderr"; fail "exit code $got, expected $code: $*"; }
}

for flag in --data --out --json --export-npy --export-logits --resume --init; do
    for arguments in "$flag x" "--epochs 1 $flag x" "$flag=x" "--quiet $flag"; do
        ends 2 $arguments
        [[ $(wc -l <"$work/stderr") == 1 && $(<"$work/stderr") == "train.sh: $flag is not taken"* ]] ||
            { cat "$work/stderr"; fail "not one line that names $flag: $arguments"; }
    done
done
ends 9
ends 9 --epochs 1 --batch 2 --hidden 3 --rank-w 4 --rank-u 5 --lr 0.5 --seed 6 --no-shuffle --threads 2 --max-steps 7 \
    --quiet
must_pass "$work/tools/train.sh" --help
for flag in --epochs --batch --model --hidden --rank-w --rank-u --layers --bidirectional --lr --seed --no-shuffle \
    --shifts --threads --max-steps --quiet; do
    "$work/tools/train.sh" --help | grep -q -- " $flag[ ,]" || fail "$flag is not in --help"
done

# All of it but what installs, builds and fetches.
for program in lstm_usps10 lstm_usps10_float fxp_compare; do
    [[ -x $bin_dir/$program ]] || { echo "$program is not built: nothing is trained"; exit 0; }
done
mkdir -p "$work/build/train" "$work/data" "$work/stubs"
ln -s "$bin_dir" "$work/build/train/bin"
ln -s "$source_dir/data/optdigits" "$work/data/optdigits"
printf '#!/bin/sh\nexit 3\n' >"$work/data/setup_usps10.sh" # neither mirror nor network
printf '#!/bin/sh\necho "$@" >>"%s"\n' "$work/calls" | tee "$work/stubs/cmake" >"$work/tools/setup.sh"
chmod +x "$work/data/setup_usps10.sh" "$work/stubs/cmake"
PATH=$work/stubs:$PATH "$work/tools/train.sh" --epochs 2 --quiet >"$work/stdout" 2>"$work/stderr" ||
    { cat "$work/stdout" "$work/stderr"; fail "the default recipe is not trained and compared"; }
[[ $(head -1 "$work/calls") == train && $(wc -l <"$work/calls") == 3 ]] || fail "not one setup and two calls of cmake"
grep -q "THIS IS NOT USPS10" "$work/stdout" || fail "not a word that these are other data"
for twin in fixed float; do
    grep -q '"recipe": "q16"' "$work/runs/$twin/run.json" || fail "$twin: not the default recipe"
    grep -q '"epochs": 2,' "$work/runs/$twin/run.json" || fail "$twin: not the epochs that were asked for"
done
grep -q ' test accuracy (%) ' "$work/runs/compare/comparison.txt" || fail "no comparison"
grep -q '^  runs/compare/comparison.txt$' "$work/stdout" || fail "not said what is worth keeping"
