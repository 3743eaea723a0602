# Sourced by the golden tests: runs of the published artifact's LSTM on USPS10, compared bit for bit with its results.
source "$(dirname "${BASH_SOURCE[0]}")/trainers.sh"
golden=$source_dir/tests/golden/usps10_seed0
[[ -d $golden ]] || fail "no golden data in $golden"
parameters=(Wr {W,U,b}{f,i,o,c} Wl bl)

usps10=$source_dir/data/usps10
if [[ ! -f $usps10/usps || ! -f $usps10/usps.t ]]; then
    usps10=$work/usps10
    code=0
    said=$("$source_dir/data/setup_usps10.sh" "$usps10" 2>&1) || code=$?
    [[ $code != 3 ]] || skip "no USPS10: $said"
    [[ $code == 0 ]] || fail "$said"
fi

# golden_run THREADS MAX-EPOCHS [--max-steps N]: the run as the artifact did it, into $work/run.
golden_run() {
    rm -rf "$work/run"
    must_pass "$fixed" --data "$usps10" --recipe reference --no-shuffle --init "$golden/init" --threads "$1" \
        --epochs "${@:2}" --export-npy "$work/run" --export-logits "$work/run/test_logits.npy" --json "$work/run.json"
}

# same_bytes NAME FILE...: the last run wrote what the golden folder NAME holds.
same_bytes() {
    local folder=$golden/$1 file
    shift
    for file; do
        [[ -f $folder/$file ]] || fail "no golden $folder/$file"
        cmp "$work/run/$file" "$folder/$file" || fail "$file is not the golden one of ${folder##*/}"
    done
}

golden_step() { # golden_step STEPS THREADS
    golden_run "$2" 1 --max-steps "$1"
    same_bytes "step$1" "${parameters[@]/%/.npy}"
    [[ $(value "$work/run.json" steps) == "$1" ]] || fail "not $1 steps"
}

golden_epoch() { # golden_epoch EPOCHS THREADS
    golden_run "$2" "$1"
    same_bytes "epoch$1" "${parameters[@]/%/.npy}" test_logits.npy
    local key expected
    for key in test_accuracy test_correct; do
        expected=$(grep -A2 "\"epoch\": $1,\$" "$golden/meta.json" | sed -nE "s/^ *\"$key\": ([0-9.]+),?\$/\1/p")
        [[ -n $expected ]] || fail "no $key of epoch $1 in meta.json"
        [[ $(value "$work/run.json" "$key") == "$expected" ]] ||
            fail "$key is $(value "$work/run.json" "$key") after epoch $1, expected $expected"
    done
}
