#!/usr/bin/env bash
# tools/bench/report.py on recorded measurements: medians, ratios, what is required, what is missing; and what it and
# tools/bench/run.sh refuse. Nothing is timed.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
command -v python3 >/dev/null || skip "there is no python3"
report=$source_dir/tools/bench/report.py

# recorded FILE NAME:COUNTER:VALUE[,VALUE...]...: what Google Benchmark writes, one run per value and an aggregate.
recorded() {
    local file=$1 one name counter value runs=()
    shift
    for one in "$@"; do
        IFS=: read -r name counter values <<<"$one"
        for value in ${values//,/ }; do
            runs+=("{\"name\": \"$name\", \"run_name\": \"$name\", \"run_type\": \"iteration\", \"repetitions\": 3,
                \"iterations\": 7, \"real_time\": 5, \"cpu_time\": 5, \"time_unit\": \"ms\", \"$counter\": $value}")
        done
        runs+=("{\"name\": \"${name}_median\", \"run_name\": \"$name\", \"run_type\": \"aggregate\",
            \"aggregate_name\": \"median\", \"real_time\": 5, \"time_unit\": \"ms\", \"$counter\": 1}")
    done
    (IFS=,; printf '{"context": {"num_cpus": 2}, "benchmarks": [%s]}\n' "${runs[*]}") >"$file"
}

# expect_line TEXT FILE: a whole line.
expect_line() { grep -Fxq -- "$1" "$2" || { cat "$2"; fail "no line '$1'"; }; }

# refused CODE REGEX COMMAND...: exit code, one line on stderr that matches, nothing on stdout, no file made or changed.
refused() {
    local code=$1 pattern=$2 got=0
    shift 2
    (cd "$work" && find . -type f -exec cksum {} + | sort) >"$work.before"
    "$@" >"$work.stdout" 2>"$work.stderr" || got=$?
    (cd "$work" && find . -type f -exec cksum {} + | sort) >"$work.after"
    [[ $got == "$code" ]] || { cat "$work.stderr"; fail "exit code $got, expected $code: $*"; }
    [[ $(wc -l <"$work.stderr") == 1 && ! -s $work.stdout ]] || fail "not one line on stderr: $*"
    grep -Eq -- "$pattern" "$work.stderr" || { cat "$work.stderr"; fail "no '$pattern': $*"; }
    diff "$work.before" "$work.after" || fail "files changed: $*"
}
trap 'rm -rf "$work" "$work".*' EXIT

# A whole report: several files of a label are one; a time without counter is in seconds.
recorded "$work/o2-1.json" int8/256:op/s:190e9 "reference epoch, fixed/manual_time:s/step:0.0010"
recorded "$work/o2-2.json" int8/256:op/s:210e9,200e9 "reference epoch, fixed/manual_time:s/step:0.0020"
recorded "$work/o3.json" int8/256:op/s:200e9 "reference epoch, fixed/manual_time:s/step:0.0012" "besides:none:1"
recorded "$work/memory.json" "lstm_usps10, memory:bytes:30e6,20e6" "lstm_usps10_float, memory:bytes:12.5e6"
echo "- date: long ago" >"$work/about.md"
must_pass "$report" --about "$work/about.md" --out "$work/report.md" "O2=$work/o2-1.json" "O2=$work/o2-2.json" \
    "O3-native=$work/o3.json" "memory=$work/memory.json"
diff - "$work/report.md" <<'END' || fail "not the expected report"
# Benchmarks

- date: long ago

Figures are medians [least-most] of repetitions. A ratio says how many times as good as the rival we are.

Required ratios: 1 met, 1 short of, 3 open, since something was not measured.

## memory

| what | ours | rival | ratio |
|---|---|---|---|
| an epoch of lstm_usps10 | 25 MB [20-30] | our float twin: 12.5 MB [12.5-12.5] | 0.5x |

## build

| what | ours | rival | ratio | required |
|---|---|---|---|---|
| int8/256, -O2 | 200 GOP/s [190-210] | -O3 -march=native: 200 GOP/s [200-200] | 1x | 0.95x, met |
| int16 bounded/256, -O2 | not measured | -O3 -march=native: not measured |  | 0.95x, open |
| int16 any/256, -O2 | not measured | -O3 -march=native: not measured |  | 0.95x, open |
| int32/256, -O2 | not measured | -O3 -march=native: not measured |  | 0.95x, open |
| reference epoch, fixed, -O2 | 1.5 ms [1-2] | -O3 -march=native: 1.2 ms [1.2-1.2] | 0.8x | 0.95x, **short of** |

| also measured | figure |
|---|---|
| besides | 0.005 s [0.005-0.005] |
END

# Rivals that are not installed; peaks, of the widest registers; shapes that no one announced; the best of two rivals;
# figures that were not measured here.
recorded "$work/gemm.json" int8/256:op/s:300e9 "int8 unchecked/256:op/s:330e9" "oneDNN u8s8/256:op/s:400e9" \
    int8/7x8x9:op/s:1e9 "int32 <16,16>/96:op/s:40e9" "training/10x4x128:op/s:2e9"
recorded "$work/peaks.json" vpdpbusd/256:op/s:200e9 vpdpbusd/512:op/s:400e9
recorded "$work/step.json" "reference epoch, fixed:s/step:0.0007" "reference epoch, float twin of fixed:s/step:0.00035"
recorded "$work/torch.json" "custom low-rank cell, eager:s/step:0.0035" "custom low-rank cell, script:s/step:0.0028"
recorded "$work/activations.json" "tanh <2,14>, correctly rounded:s/number:1e-10,2e-10,1.5e-10" \
    "float tanh, Eigen for this processor:s/number:3e-10"
must_pass "$report" --out "$work/report.md" "gemm=$work/gemm.json" "peaks=$work/peaks.json" "step=$work/step.json" \
    "torch=$work/torch.json" "activations=$work/activations.json"
while IFS= read -r line; do expect_line "$line" "$work/report.md"; done <<'END'
| int8 256 | 300 GOP/s [300-300] | OpenBLAS float: not installed (tools/bench/setup.sh) |  | 4x, open | 75 % of vpdpbusd |
| int8 256 | 300 GOP/s [300-300] | oneDNN u8s8: 400 GOP/s [400-400] | 0.75x | 1x, **short of** | 75 % of vpdpbusd |
| int8 256, checked | 300 GOP/s [300-300] | unchecked: 330 GOP/s [330-330] | 0.909x | 0.952x, **short of** |  |
| int8 7x8x9 | 1 GOP/s [1-1] | OpenBLAS float: not installed (tools/bench/setup.sh) |  |  | 0 % of vpdpbusd |
| FxpTensor<16,16> 96 | 40 GOP/s [40-40] | 0.1 ns per multiply-add, required: 20 GOP/s | 2x | 1x, met |  |
| training/10x4x128 | 2 GOP/s [2-2] |
| tanh <2,14> | 0.15 ns [0.1-0.2] | float tanh, Eigen for this processor: 0.3 ns [0.3-0.3] | 2x | 2.5x, **short of** |
| reference step, fixed | 0.7 ms [0.7-0.7] | the published artifact (its figure, not measured here): 119 ms | 170x | 300x, **short of** |
| reference step, fixed | 0.7 ms [0.7-0.7] | PyTorch, custom low-rank cell: 2.8 ms [2.8-2.8] | 4x |  |
| reference step, fixed | 0.7 ms [0.7-0.7] | our float twin, for this processor: 0.35 ms [0.35-0.35] | 0.5x |  |
| reference step, q16 | not measured | PyTorch, custom low-rank cell: 2.8 ms [2.8-2.8] |  | 12x, open |
| hidden 128, q16 | not measured | PyTorch, nn.LSTM(16, 128): not installed (tools/bench/setup.sh) |  | 2.5x, open |
END

# Where products run in tiles, their peaks are those of tiles.
recorded "$work/peaks.json" vpdpbusd/512:op/s:400e9 vpdpwssd/512:op/s:200e9 tdpbssd/tile:op/s:4000e9 "4 tdpb/tile:op/s:1000e9"
recorded "$work/gemm.json" int8/256:op/s:1000e9 "int16 any/256:op/s:500e9"
must_pass "$report" --out "$work/report.md" "gemm=$work/gemm.json" "peaks=$work/peaks.json"
grep -q '^| int8 256 .* 25 % of tdpbssd |$' "$work/report.md" || fail "no peak of tiles for int8"
grep -q '^| int16 any 256 .* 50 % of 4 tdpb |$' "$work/report.md" || fail "no peak of tiles for int16"

# Refusals.
out=(--out "$work/report.md")
echo '{"benchmarks": [' >"$work/broken.json"
echo '{"results": []}' >"$work/other.json"
recorded "$work/zero.json" int8/256:op/s:0
recorded "$work/mixed.json" int8/256:op/s:1 int8/256:s/step:1
refused 2 "unknown=.*expected LABEL=JSON" "$report" "${out[@]}" "unknown=$work/gemm.json"
refused 2 "expected LABEL=JSON" "$report" "${out[@]}" "$work/gemm.json"
refused 2 "required: --out" "$report" "gemm=$work/gemm.json"
refused 2 "LABEL=JSON" "$report" "${out[@]}"
refused 1 "none.json: No such file" "$report" "${out[@]}" "gemm=$work/gemm.json" "step=$work/none.json"
refused 1 "broken.json: not what Google" "$report" "${out[@]}" "gemm=$work/broken.json"
refused 1 "other.json: not what Google" "$report" "${out[@]}" "gemm=$work/other.json"
refused 1 "zero.json: int8/256: 0 is no" "$report" "${out[@]}" "gemm=$work/zero.json"
refused 1 "mixed.json: int8/256: two units" "$report" "${out[@]}" "gemm=$work/mixed.json"
refused 1 "No such file" "$report" --about "$work/none.md" "${out[@]}" "gemm=$work/gemm.json"
refused 1 "No such file" "$report" --out "$work/none/report.md" "gemm=$work/gemm.json"

run=$source_dir/tools/bench/run.sh
refused 2 "unknown flag '--fast'" "$run" --fast
refused 2 "unknown group 'games': expected some of gemm " "$run" gemm games
refused 2 "--out: expected a file" "$run" gemm --out
refused 2 "no such folder" "$run" --out "$work/none/report.md" gemm
refused 2 "expected NAME=COMMAND" "$source_dir/tools/bench/measure.py" alone
refused 2 "expected a build folder" "$source_dir/tools/bench/about.sh"
refused 1 "not a build folder" "$source_dir/tools/bench/about.sh" "$work"
