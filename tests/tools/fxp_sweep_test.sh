#!/usr/bin/env bash
# fxp_sweep with a trainer that trains nothing: what it runs, what it keeps, how it goes on, what it refuses. Then, where
# the trainers are built, with them.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
command -v python3 >/dev/null || skip "there is no python3"
sweep=$source_dir/tools/sweep/fxp_sweep
mkdir "$work/bin"
calls=$work/calls
export calls

# Accuracy: half, a hundredth for each fraction bit, a thousandth for each seed. 5 fraction bits diverge, 6 fail while
# there is $calls.broken, 7 take until they are stopped while there is $calls.slow.
cat >"$work/bin/lstm_usps10" <<'END'
#!/usr/bin/env bash
echo "${0##*/} $*" >>"$calls"
bits=0 loss=0.25
while [ $# -gt 0 ]; do
    case $1 in
    --format) bits=${2##*.} bits=${bits%%:*} ;;
    --seed) seed=$2 ;;
    --json) json=$2 ;;
    esac
    shift
done
[ "$bits" != 6 ] || [ ! -e "$calls.broken" ] || { echo "lstm_usps10: out of memory" >&2; exit 1; }
[ "$bits" != 7 ] || [ ! -e "$calls.slow" ] || exec sleep 60
[ "$bits" != 5 ] || loss=null
printf '{"test_accuracy": 0.%d, "test_loss": %s, "overflow_events": %d}\n' $((500 + 10 * bits + seed)) $loss $bits >"$json"
[ "$bits" != 5 ] || { echo "lstm_usps10: the training diverged: the test loss is nan" >&2; exit 1; }
END
chmod +x "$work/bin/lstm_usps10"
cp "$work/bin/lstm_usps10" "$work/bin/lstm_usps10_float"

# run CODE ARGUMENT...: a sweep that has to end so; what it says is in $work/said and $work/complaint.
run() {
    local code=$1 got=0
    shift
    "$sweep" --bin "$work/bin" "$@" >"$work/said" 2>"$work/complaint" || got=$?
    [[ $got == "$code" ]] || { cat "$work/said" "$work/complaint"; fail "exit code $got, expected $code: $*"; }
}
# called NUMBER: so many trainings since the last time.
called() {
    local got=0
    [[ ! -e $calls ]] || got=$(wc -l <"$calls")
    [[ $got == "$1" ]] || { cat "$calls"; fail "$got trainings, expected $1"; }
    rm -f "$calls"
}
# refused CODE REGEX ARGUMENT...: one line on stderr, no training, nothing written.
refused() {
    local code=$1 pattern=$2
    shift 2
    run "$code" --out "$work/refused" "$@"
    [[ $(wc -l <"$work/complaint") == 1 && ! -s $work/said ]] || fail "not one line on stderr: $*"
    grep -Eq -- "$pattern" "$work/complaint" || { cat "$work/complaint"; fail "no '$pattern': $*"; }
    called 0
    [[ ! -e $work/refused ]] || fail "something was written: $*"
}

# A grid: what is run, in which order it is shown, and nothing on stderr, which is no terminal.
out=(--out "$work/grid" --seeds 0-1)
grid=(--grid format.weight=16.8..16.9,16.4 --grid rounding.weight=nearest_even,stochastic)
run 0 "${out[@]}" "${grid[@]}" --jobs 2 -- --recipe q16 --epochs 3
[[ ! -s $work/complaint ]] || fail "something on stderr"
grep -q "lstm_usps10 --recipe q16 --epochs 3 --format weight=16.8:stochastic --seed 1 --quiet --json " "$calls" ||
    fail "the trainer was called otherwise"
called 12
diff - "$work/grid/table.md" <<'END' || fail "not the expected table"
| settings                                        | test accuracy % | s.d. | n | diverged | failed | overflow events |
|-------------------------------------------------|----------------:|-----:|--:|---------:|-------:|----------------:|
| format.weight=16.8 rounding.weight=nearest_even |           58.05 | 0.07 | 2 |        0 |      0 |               8 |
| format.weight=16.8 rounding.weight=stochastic   |           58.05 | 0.07 | 2 |        0 |      0 |               8 |
| format.weight=16.9 rounding.weight=nearest_even |           59.05 | 0.07 | 2 |        0 |      0 |               9 |
| format.weight=16.9 rounding.weight=stochastic   |           59.05 | 0.07 | 2 |        0 |      0 |               9 |
| format.weight=16.4 rounding.weight=nearest_even |           54.05 | 0.07 | 2 |        0 |      0 |               4 |
| format.weight=16.4 rounding.weight=stochastic   |           54.05 | 0.07 | 2 |        0 |      0 |               4 |
END
[[ $(wc -l <"$work/grid/results.csv") == 13 ]] || fail "not a row for each run"
grep -q '^16.9,stochastic,1,done,0.591,,0.25,,,9,,,' "$work/grid/results.csv" || fail "not the expected row"
if command -v gnuplot >/dev/null; then
    [[ -s $work/grid/weight.svg && -s $work/grid/weight.png ]] || fail "no plot"
fi
python=$(python3 -c "import sys; print(sys.executable)")
PATH=$work/none "$python" "$sweep" --bin "$work/bin" "${out[@]}" "${grid[@]}" -- --recipe q16 --epochs 3 >"$work/said" ||
    fail "failed without gnuplot in reach"
grep -q "gnuplot is not installed" "$work/said" || fail "not said why there are no plots"
called 0

# Ranges, before roundings whatever the order of the axes.
run 0 --out "$work/ranges" --seeds 0 --grid format.weight=8.6 --grid rounding.weight=floor --grid range.weight=symmetric,full \
    --grid format.logit=8.3 --grid range.logit=full -- --epochs 3
grep -q -- "--format weight=8.6:full:floor --format logit=8.3:full --seed 0" "$calls" || fail "the range is not passed on"
grep -q -- "--format weight=8.6:symmetric:floor --format logit=8.3:full --seed 0" "$calls" || fail "no symmetric range"
called 2

# It goes on: nothing is repeated; new seeds, values and flags are run.
run 0 "${out[@]}" "${grid[@]}" -- --recipe q16 --epochs 3
called 0
run 0 --out "$work/grid" --seeds 0-2 "${grid[@]}" -- --recipe q16 --epochs 3
called 6
run 0 "${out[@]}" --grid format.weight=16.8 --grid rounding.weight=stochastic -- --recipe q16 --epochs 4
called 2

# Divergence is a result; a failure is recorded, reported and tried again.
touch "$calls.broken"
run 1 --out "$work/bad" --seeds 0 --grid format.error=16.5..16.8
called 4
[[ $(wc -l <"$work/complaint") == 1 ]] || fail "not one line on stderr"
grep -q 'fxp_sweep: 1 of 4 runs failed, the first, format.error=16.6 seed=0, with exit code 1: .*out of memory' \
    "$work/complaint" || { cat "$work/complaint"; fail "the failure is not named"; }
grep -q '^16.5,0,diverged,0.55,' "$work/bad/results.csv" || fail "the divergence is not on record"
grep -q '^16.6,0,failed,,.*out of memory$' "$work/bad/results.csv" || fail "the failure is not on record"
grep -Eq '^\| format.error=16.5 \| +- \| +- \| 0 \| +1 \| +0 ' "$work/bad/table.md" || fail "no row for the divergence"
rm "$calls.broken"
run 0 --out "$work/bad" --seeds 0 --grid format.error=16.5..16.8
called 1

# Signals: runs are stopped, what is done is kept, nothing else stays; the same command goes on.
for number in 2 15; do
    touch "$calls.slow"
    "$sweep" --bin "$work/bin" --out "$work/stopped$number" --seeds 0 --grid format.bias=16.8,16.7,16.9 --jobs 1 \
        >"$work/said" 2>"$work/complaint" &
    process=$!
    for ((i = 0; i < 500; ++i)); do
        [[ -e $calls && $(wc -l <"$calls") == 2 ]] && break
        sleep 0.02
    done
    kill -"$number" "$process"
    code=0
    wait "$process" || code=$?
    [[ $code == $((128 + number)) ]] || fail "exit code $code after signal $number"
    grep -q "stopped by signal $number with 1 of 3 runs on record; the same command goes on" "$work/complaint" ||
        { cat "$work/complaint"; fail "not said how to go on"; }
    [[ $(find "$work/stopped$number" -type f | wc -l) == 1 ]] || fail "more is left than a record"
    rm "$calls.slow"
    called 2
    run 0 --out "$work/stopped$number" --seeds 0 --grid format.bias=16.8,16.7,16.9 --jobs 1
    called 2
done

# Twins, and flags that take no value.
run 0 --out "$work/twins" --seeds 3 --grid arithmetic=fixed,float --grid shifts=yes,no --grid hidden=8..9 -- --epochs 2
grep -q -- '^lstm_usps10_float --epochs 2 --shifts --hidden 9 --seed 3 --quiet' "$calls" || fail "no twin was called"
called 8

# The plan: 11 formats of 6 roles, weights in two roundings, and two runs to compare with.
run 0 --out "$work/plan" --plan roles --seeds 0,4 --dry-run -- --hidden 16 --epochs 5
[[ $(wc -l <"$work/said") == 158 && ! -e $work/plan ]] || fail "not the runs of the plan"
grep -Fxq "lstm_usps10 --recipe q16 --rank-w 0 --hidden 16 --epochs 5 --format weight=16.14:stochastic --seed 4" \
    "$work/said" || fail "not the expected run"

# Refusals.
refused 2 "expected --grid NAME=VALUES or --plan" --seeds 0
refused 2 "expected --grid NAME=VALUES or --plan" --plan roles --grid hidden=3
refused 2 "plan.*'all'.*roles" --plan all
refused 2 "format.weigth=16.4: expected a role of activation, " --grid format.weigth=16.4
refused 2 "format.weight=12: expected WORD.FRACTION" --grid format.weight=12
refused 2 "'16.4..12.8', expected a range upwards with one word" --grid format.weight=16.4..12.8
refused 2 "'16.8..16.4', expected a range upwards" --grid format.weight=16.8..16.4
refused 2 "'a..b', expected a range" --grid hidden=a..b
refused 2 "rounding.weight: no format to round to" --grid rounding.weight=floor
refused 2 "rounding.bias=floor: expected a role of activation, weight" --grid rounding.bias=floor
refused 2 "rounding.weight=up: expected one of toward_zero" --grid rounding.weight=up
refused 2 "range.weight: no format to have it" --grid range.weight=full
refused 2 "range.weight=half: expected one of symmetric, full" --grid format.weight=8.6 --grid range.weight=half
refused 2 "range.weigth=full: expected a role of activation, " --grid range.weigth=full
refused 2 "arithmetic=double: expected fixed or float" --grid arithmetic=double
refused 2 "shifts=on: expected yes or no" --grid shifts=on
refused 2 "hidden=: expected a value" --grid hidden=
refused 2 "hidden: expected NAME=VALUES" --grid hidden
refused 2 "hidden=3,3: a value twice" --grid hidden=3,3
refused 2 "hidden: given twice" --grid hidden=3 --grid hidden=4
refused 2 "seed=1: .* seeds by --seeds" --grid seed=1
refused 2 "seeds 3-1: expected numbers and ranges" --grid hidden=3 --seeds 3-1
refused 2 "seeds 1,1: a seed twice" --grid hidden=3 --seeds 1,1
refused 2 "jobs: '0', expected a number from 1" --grid hidden=3 --jobs 0
refused 2 "hidden after --: the grid varies it" --grid hidden=3 -- --hidden 4
refused 2 "seed after --: expected --seeds" --grid hidden=3 -- --seed 4
refused 1 "no lstm_usps10 in $work/none: build them" --grid hidden=3 --bin "$work/none"
echo "{" >"$(find "$work/bad/runs" -name '*16.8*.json')"
run 1 --out "$work/bad" --seeds 0 --grid format.error=16.5..16.8
grep -q "16.8.*: not JSON" "$work/complaint" || fail "a damaged record was taken"
echo "# Another build." >>"$work/bin/lstm_usps10"
run 1 "${out[@]}" "${grid[@]}" -- --recipe q16 --epochs 3
grep -q "weight=16.8.*: made by another build of lstm_usps10, expected this one's runs" "$work/complaint" ||
    fail "runs of another build were taken"
called 0

# The trainers themselves.
if [[ -x $bin_dir/lstm_usps10 && -x $bin_dir/lstm_usps10_float ]]; then
    must_pass "$sweep" --bin "$bin_dir" --out "$work/real" --seeds 0 --grid format.weight=16.2,16.13 \
        --grid arithmetic=fixed -- --recipe q16 --epochs 2 --data "$source_dir/data/optdigits"
    grep -Eq '^16.13,fixed,0,done,0\.[0-9]+' "$work/real/results.csv" || fail "no result of the trainer"
fi
