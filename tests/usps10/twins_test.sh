#!/usr/bin/env bash
# Both twins on optdigits: what their run folders and --json hold, what fxp_compare makes of them, where progress shows.
source "$(dirname "${BASH_SOURCE[0]}")/trainers.sh"
compare=$bin_dir/fxp_compare

for program in "$fixed" "$float"; do
    run=$work/${program##*/}
    "$program" --data "$optdigits" --recipe reference --epochs 4 --seed 5 --out "$run" --json "$run.json" >"$run.stdout" 2>"$run.stderr" ||
        { cat "$run.stderr"; fail "${program##*/} did not pass"; }
    [[ ! -s $run.stderr ]] || { cat "$run.stderr"; fail "progress outside a terminal"; }
    ! grep -q $'[\r\033]' "$run.stdout" || fail "control characters outside a terminal"
    grep -qF "$(value "$run.json" parameters_sha256)" "$run.stdout" || fail "no SHA-256 in the summary"

    [[ $(find "$run" -type f -printf '%f\n' | sort | tr '\n' ' ') == \
       "checkpoint.safetensors history.csv overflow.csv ranges.csv run.json test_labels.npy test_logits.npy " ]] ||
        fail "other files in the run folder: $(ls -A "$run")"
    header() { [[ $(head -1 "$run/$1") == "$2" ]] || fail "$1 begins with: $(head -1 "$run/$1")"; }
    header history.csv epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds,overflow_events
    header ranges.csv tensor,largest_magnitude,integer_bits
    header overflow.csv operation,tensor,first_step,last_step,count,worst_value
    [[ $(cut -d, -f1 "$run/history.csv" | tr '\n' ' ') == "epoch 1 2 3 4 " ]] || fail "history.csv has other epochs"
    [[ $(awk -F, '{ print NF }' "$run/history.csv" | sort -u) == 7 ]] || fail "history.csv has holes"
    for row in H C x loss; do grep -q "^$row," "$run/ranges.csv" || fail "no $row in ranges.csv"; done

    cmp "$run.json" "$run/run.json" || fail "--json is not run.json"
    for key in test_accuracy test_correct test_loss train_loss train_accuracy epochs seconds_per_epoch overflow_events \
        parameters_sha256 last20_test_accuracy_mean; do
        [[ $(value "$run.json" $key) != null ]] || fail "$key is null"
    done
    [[ $(value "$run.json" parameters_sha256) =~ ^[0-9a-f]{64}$ ]] || fail "not a SHA-256"
    [[ $(value "$run.json" epochs) == 4 && $(value "$run.json" seed) == 5 ]] || fail "other epochs or seed in --json"
    last=$(tail -1 "$run/history.csv")
    [[ $(value "$run.json" train_loss),$(value "$run.json" train_accuracy),$(value "$run.json" test_loss),$(value \
        "$run.json" test_accuracy) == "$(cut -d, -f2-5 <<<"$last")" ]] || fail "--json is not the end of history.csv"
    ! grep -rqF "$work" "$run" || fail "a machine path in the run folder"

    # --quiet: not a word, the same run.
    "$program" --data "$optdigits" --recipe reference --epochs 4 --seed 5 --quiet --json "$run.quiet.json" >"$run.stdout" 2>"$run.stderr"
    [[ ! -s $run.stdout && ! -s $run.stderr ]] || fail "--quiet is not quiet"
    [[ $(value "$run.quiet.json" parameters_sha256) == "$(value "$run.json" parameters_sha256)" ]] || fail "another run"

    # --distributions: the same run, its elements counted up to their largest magnitudes.
    counted=$run.counted
    train "$program" "$counted" --recipe reference --epochs 4 --seed 5 --distributions
    cmp "$run/ranges.csv" "$counted/ranges.csv" || fail "--distributions changes the run"
    [[ $(head -1 "$counted/distributions.csv") == tensor,role,exponent,count ]] || fail "not the columns of distributions"
    awk -F, 'NR == FNR { if ($3 != "") bits[$1] = $3 + 2; next }
        FNR > 1 && $2 > 0 && bits[$1] != $3 { print $1 ": " bits[$1] " bits, not " $3; bad = 1 } END { exit bad }' \
        "$counted/distributions.csv" "$counted/ranges.csv" || fail "distributions.csv and ranges.csv disagree"
done
elements() { awk -F, 'NR > 1 { n[$1 "," $2] += $4 } END { for (k in n) print k "," n[k] }' "$1/distributions.csv" | sort; }
diff <(elements "$work/lstm_usps10.counted") <(elements "$work/lstm_usps10_float.counted") ||
    fail "the twins count other tensors, roles or elements"
a=$work/lstm_usps10
b=$work/lstm_usps10_float
[[ $(value "$a.json" arithmetic) == fixed && $(value "$b.json" arithmetic) == float ]] || fail "wrong arithmetic"
[[ $(value "$b.json" overflow_events) == 0 && $(wc -l <"$b/overflow.csv") == 1 ]] || fail "the float twin overflows"
(($(value "$a.json" overflow_events) > 0 && $(wc -l <"$a/overflow.csv") > 1)) || fail "no overflow in fixed point"

# The same initial parameters.
for program in "$fixed" "$float"; do
    train "$program" "$work/first.${program##*/}" --recipe reference --epochs 0 --export-npy "$work/${program##*_}.npy"
done
if [[ -x $compare ]]; then
    must_pass "$compare" "$work/first.lstm_usps10" "$work/first.lstm_usps10_float" --no-plots --out "$work/first"
    worst=$(sed -nE 's/^ *"max_abs": ([0-9.e+-]+),?$/\1/p' "$work/first/compare.json" | sort -g | tail -1)
    [[ -n $worst ]] || fail "no max_abs in compare.json"
    awk -v worst="$worst" 'BEGIN { exit !(worst < 1e-6) }' || fail "initial parameters of the twins differ by $worst"

    "$compare" "$a" "$b" --out "$work/compared" >"$work/stdout" 2>"$work/stderr" ||
        { cat "$work/stderr"; fail "fxp_compare did not pass"; }
    grep -qE '^ +test accuracy \(%\) +[0-9.]+ +[0-9.]+ ' "$work/stdout" || fail "no table"
    ratio=$(sed -nE 's/^ *"disagreement_ratio": ([0-9.e-]+),?$/\1/p' "$work/compared/compare.json")
    [[ -n $ratio ]] || fail "no disagreement_ratio in compare.json"
    awk -v ratio="$ratio" 'BEGIN { exit !(ratio >= 0 && ratio <= 1) }' || fail "a disagreement ratio of $ratio"

    # A float run that diverged can still be compared.
    cp -r "$work/float.npy" "$work/diverged.npy"
    poke "$work/diverged.npy/Wl.npy" 128 '\xff\xff\x7f\x7f\xff\xff\x7f\x7f' # two of the largest floats
    must_fail "the training diverged" "$float" --data "$optdigits" --recipe reference --out "$work/diverged" --quiet \
        --init "$work/diverged.npy" --epochs 2
    ! grep -qE "null|nan|inf|,-[0-9]{3}" "$work"/diverged/{history,ranges}.csv || fail "odd numbers of a diverged run"
    must_pass "$compare" "$a" "$work/diverged" --no-plots --out "$work/diverged.compared"
else
    printf 'not tested: fxp_compare is not built\n'
fi

# On a terminal: bar, elapsed and remaining time; not with --quiet.
if command -v script >/dev/null; then
    for program in "$fixed" "$float"; do
        run="'$program' --data '$optdigits' --epochs 30"
        script -qec "$run" /dev/null </dev/null >"$work/terminal" || fail "${program##*/} did not pass on a terminal"
        grep -qE '\[[#.]{24}\] [0-9]+:[0-9]{2} elapsed, [0-9]+:[0-9]{2} remaining +loss [0-9.]+, train [0-9.]+ %' \
            "$work/terminal" || { cat -v "$work/terminal"; fail "no progress on a terminal"; }
        script -qec "$run --quiet" /dev/null </dev/null >"$work/terminal" || fail "--quiet did not pass on a terminal"
        [[ ! -s $work/terminal ]] || fail "--quiet is not quiet on a terminal"
    done
else
    printf 'not tested: progress on a terminal, as there is no script(1)\n'
fi
