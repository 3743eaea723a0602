#!/usr/bin/env bash
# tools/train.sh refuses, before anything else, the flags that it passes itself or that both twins would write to.
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
