#!/usr/bin/env bash
# fxp_compare end to end on run folders whose figures are known: a fixed-point run and its float twin, 3 classes and
# 6 images.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
compare=$bin_dir/fxp_compare
[[ -x $compare ]] || skip "fxp_compare is not built"

# le WIDTH NUMBER...: each as WIDTH bytes, little-endian.
le() {
    local width=$1 number i
    shift
    for number in "$@"; do
        for ((i = 0; i < width; ++i)); do printf "\\x$(printf %02x $((number >> (8 * i) & 255)))"; done
    done
}

# npy FILE DTYPE SHAPE NUMBER...: values of the type's bytes; floats are given as their bits.
npy() {
    local file=$1 width=${2: -1} header
    header="{'descr': '$2', 'fortran_order': False, 'shape': $3, }"
    shift 3
    { printf '\x93NUMPY\x01\x00'; le 2 118; printf '%-117s\n' "$header"; le "$width" "$@"; } >"$file"
}

# checkpoint FILE HEADER NUMBER...: 32-bit values.
checkpoint() {
    local file=$1 header=$2
    shift 2
    { le 8 ${#header}; printf %s "$header"; le 4 "$@"; } >"$file"
}

one=$((0x3f800000))
nan=$((0x7fc00000))
q=$((1 << 24))
two_floats='{"__metadata__":{"role.w":"weight"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'

# The SHA-256 of A's parameters: the name, a zero byte, the elements.
sha256=$({ printf 'w\0'; le 4 $q $((q / 2)); } | sha256sum | cut -d' ' -f1)

# A is right on images 0-4; image 0 is a tie that the first class wins. Its moments are no parameters.
make_fixed() {
    mkdir -p "$1"
    cat >"$1/run.json" <<EOF
{"program": "test", "arithmetic": "fixed", "recipe": "tiny", "dataset": "digits", "seed": 7, "epochs": 2,
 "test_correct": 5, "test_count": 6, "test_loss": 0.5, "train_loss": 0.25, "seconds": 8, "seconds_per_epoch": 4,
 "overflow_events": 3, "parameters_sha256": "$sha256"}
EOF
    printf '%s\n' epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds,overflow_events \
        1,1.5,0.5,1.25,0.5,4,3 2,0.25,1,0.5,0.8333,4,0 >"$1/history.csv"
    printf '%s\n' tensor,largest_magnitude,integer_bits w,1.75,8 hidden,130.5,9 >"$1/ranges.csv"
    printf '%s\n' operation,tensor,first_step,last_step,count,worst_value add,hidden,1,2,1,-129 \
        matmul,w,4,9,2,130.5 >"$1/overflow.csv"
    npy "$1/test_logits.npy" '<i4' '(3, 6)' $q 0 0 $q 0 $q  $q $q 0 0 $q 0  0 0 $q 0 0 0
    npy "$1/test_labels.npy" '<i4' '(6,)' 0 1 2 0 1 2
    local metadata='"role.w":"weight","format.w":"8.24","role.adam.m.w":"moment","format.adam.m.w":"8.24"'
    local w='"w":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}'
    local m='"adam.m.w":{"dtype":"I32","shape":[2],"data_offsets":[8,16]}'
    checkpoint "$1/checkpoint.safetensors" "{\"__metadata__\":{$metadata},$w,$m}" $q $((q / 2)) 1 1
}

# B is right on images 0, 1, 3. Keys that are optional are absent.
make_float() {
    mkdir -p "$1"
    printf '%s\n' '{"arithmetic": "float", "dataset": "digits", "seed": 7, "seconds_per_epoch": 2}' >"$1/run.json"
    printf '%s\n' epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds,overflow_events \
        1,1.5,0.5,1.5,0.5,2,0 2,0.25,1,,,2,0 >"$1/history.csv"
    npy "$1/test_logits.npy" '<f4' '(3, 6)' $one 0 0 $one 0 $one  0 $one $one 0 0 0  0 0 0 0 $one 0
    npy "$1/test_labels.npy" '<i4' '(6,)' 0 1 2 0 1 2
    checkpoint "$1/checkpoint.safetensors" "$two_floats" $one $((0x3e800000))
}

# make_words FOLDER BYTES INT.FRACTION[:RANGE] W0 W1: as A, in words of 1 or 2 bytes.
make_words() {
    local header='{"__metadata__":{"role.w":"weight","format.w":"'$3'"},"w":{"dtype":"I'$((8 * $2))'","shape":[2],"data_offsets":[0,'$((2 * $2))']}}'
    make_fixed "$1"
    npy "$1/test_logits.npy" "$([[ $2 == 1 ]] && echo '|i1' || echo '<i2')" '(3, 6)' 1 -128 -1 1 0 1  1 127 -1 0 1 0  0 0 1 0 -128 -1
    { le 8 ${#header}; printf %s "$header"; le "$2" "$4" "$5"; } >"$1/checkpoint.safetensors"
    sed -i "s/$sha256/$({ printf 'w\0'; le "$2" "$4" "$5"; } | sha256sum | cut -d' ' -f1)/" "$1/run.json"
}

# expect_line REGEX FILE
expect_line() { grep -Eq -- "$1" "$2" || { cat "$2"; fail "no line '$1'"; }; }

# refused CODE REGEX ARGUMENT...: exit code, one line that matches, and nothing written.
refused() {
    local code=$1 pattern=$2 got=0
    shift 2
    (cd "$work" && find . | sort) >"$work.before"
    "$compare" "$@" >"$work.stdout" 2>"$work.stderr" || got=$?
    (cd "$work" && find . | sort) >"$work.after"
    [[ $got == "$code" ]] || { cat "$work.stderr"; fail "exit code $got, expected $code: $*"; }
    [[ $(wc -l <"$work.stderr") == 1 && ! -s $work.stdout ]] || fail "not one line on stderr: $*"
    expect_line "^fxp_compare: .*$pattern" "$work.stderr"
    cmp -s "$work.before" "$work.after" || fail "something was written: $*"
}
trap 'rm -rf "$work" "$work".{before,after,stdout,stderr}' EXIT

a=$work/runs/fixed
b=$work/runs/float
make_fixed "$a"
make_float "$b"

# Known figures; the default folder; a slash at the end.
"$compare" "$a/" "$b/" --no-plots --json "$work/copy.json" >"$work/stdout"
out=$work/runs/compare
cmp "$work/stdout" "$out/comparison.txt" || fail "comparison.txt is not what was printed"
cmp "$work/copy.json" "$out/compare.json" || fail "--json is not compare.json"
! grep -q $'\033' "$work/stdout" || fail "escape sequences outside a terminal"
expect_line '^ +A: fixed +B: float +A - B$' "$work/stdout"
expect_line '^ +data set +digits +digits +same$' "$work/stdout"
expect_line '^ +recipe +tiny +-$' "$work/stdout"
expect_line '^ +test accuracy \(%\) +83\.333 +50\.000 +\+33\.333$' "$work/stdout"
expect_line '^ +correct / total +5 / 6 +3 / 6 +\+2$' "$work/stdout"
expect_line '^ +time per epoch +4 s +2 s +A/B 2\.00$' "$work/stdout"
expect_line '^ +parameters SHA-256 +'"${sha256:0:12}"' +-$' "$work/stdout"
expect_line '^ +predictions differ +2 +33\.333 %$' "$work/stdout"
expect_line '^ +both right +3 ' "$work/stdout"
expect_line '^ +only A right +2 ' "$work/stdout"
expect_line '^ +only B right +0 ' "$work/stdout"
expect_line '^ +both wrong +1 ' "$work/stdout"
expect_line 'p = 0\.5$' "$work/stdout"
expect_line '^ +w +8\.24 +F32 +2 +2\.500e-01 +1\.768e-01 +24\.254 % +4194304\.0 +2965820\.8$' "$work/stdout"
expect_line '^ +hidden +130\.5 +- +9 +-$' "$work/stdout"
expect_line '^Overflow in B: none recorded$' "$work/stdout"
expect_line '"disagree": 2,' "$out/compare.json"
expect_line '"max_ulp": 4194304.0,' "$out/compare.json"
[[ $(grep -A2 operation "$work/stdout" | tail -1) == *matmul* ]] || fail "overflow rows are not sorted by count"
! grep -q 'adam' "$out/divergence.csv" || fail "a moment was compared"
[[ $(<"$out/confusion_a.csv") == $'truth/prediction,0,1,2\n0,2,0,0\n1,0,2,0\n2,1,0,1' ]] || fail "confusion_a.csv"
[[ $(<"$out/confusion_b.csv") == $'truth/prediction,0,1,2\n0,2,0,0\n1,0,1,1\n2,1,1,0' ]] || fail "confusion_b.csv"
[[ $(<"$out/disagreement.csv") == $'a/b,0,1,2\n0,3,0,0\n1,0,1,1\n2,0,1,0' ]] || fail "disagreement.csv"
[[ $(tail -1 "$out/curves.csv") == 2,0.25,1,0.5,0.8333,0.25,1,, ]] || fail "curves.csv"
[[ -z $(find "$work" -name '*.svg' -o -name '*.partial' -o -name '*.tmp*') ]] || fail "plots or leftovers"
! grep -rqF "$work" "$out" || fail "a machine path in the results"

# A run against itself: nothing differs.
must_pass "$compare" "$a" "$a" --out "$work/same"
expect_line '^ +predictions differ +0 +0\.000 %$' "$work/same/comparison.txt"
expect_line '^ +w +8\.24 +8\.24 +2 +0\.000e\+00 +0\.000e\+00 +0\.000 % +0\.0 +0\.0$' "$work/same/comparison.txt"

# Words of 8 and 16 bits: the same predictions and, but for one number, parameters; the lowest number of a full range.
make_words "$work/words16" 2 4.12 4096 2048
make_words "$work/words8" 1 3.5:full -128 16
must_pass "$compare" "$a" "$work/words16" --out "$work/words16.out" --no-plots
must_pass "$compare" "$work/words8" "$work/words16" --out "$work/words8.out" --no-plots
for words in words16 words8; do
    expect_line '^ +predictions differ +0 +0\.000 %$' "$work/$words.out/comparison.txt"
    expect_line '^ +both right +5 ' "$work/$words.out/comparison.txt"
done
expect_line '^ +w +8\.24 +4\.12 +2 +0\.000e\+00 +0\.000e\+00 ' "$work/words16.out/comparison.txt"
expect_line '^ +w +3\.5:full +4\.12 +2 +5\.000e\+00 ' "$work/words8.out/comparison.txt"

# Hostile folder names reach gnuplot only as harmless text; files of an older comparison are replaced.
if command -v gnuplot >/dev/null; then
    hostile=$work/'x $(touch pwned) `touch pwned` "y'\'' \'
    make_fixed "$hostile"
    mkdir -p "$work/plots $(printf '\047')"
    echo old >"$work/plots '/accuracy.svg"
    (cd "$work" && "$compare" "$hostile" "$b" --out "$work/plots '") >"$work/stdout" 2>"$work/stderr"
    [[ ! -s $work/stderr ]] || { cat "$work/stderr"; fail "a word on stderr although gnuplot is here"; }
    for plot in accuracy loss confusion divergence; do
        grep -q '</svg>' "$work/plots '/$plot.svg" || fail "no $plot.svg"
    done
    [[ -z $(find "$work" "$PWD" -maxdepth 2 -name pwned) ]] || fail "a folder name was executed"

    # A run that diverged or ended at once still gives plots of the rest.
    make_float "$work/diverged"
    sed -i '2,$d' "$work/diverged/history.csv"
    npy "$work/diverged/test_logits.npy" '<f4' '(3, 6)' $nan $nan $nan $nan $nan $nan 0 0 0 0 0 0 0 0 0 0 0 0
    checkpoint "$work/diverged/checkpoint.safetensors" "$two_floats" $nan 0
    "$compare" "$a" "$work/diverged" --out "$work/diverged/out" >"$work/stdout" 2>"$work/stderr"
    [[ ! -s $work/stderr && -f $work/diverged/out/loss.svg ]] || { cat "$work/stderr"; fail "a diverged run"; }
    expect_line 'note: B: logits are NaN on 6 test images' "$work/stdout"
    expect_line '^ +w +8\.24 +F32 +2 +nan +nan +nan ' "$work/stdout"
    expect_line '"max_abs": null' "$work/diverged/out/compare.json"
fi

# Without gnuplot, and with one that fails: one line, exit 0, no plots.
mkdir "$work/none" "$work/broken"
printf '#!/bin/sh\necho "no such terminal" >&2\necho half >accuracy.svg\nexit 3\n' >"$work/broken/gnuplot"
chmod +x "$work/broken/gnuplot"
for kind in none broken; do
    PATH=$work/$kind:/bin-that-is-not-there "$compare" "$a" "$b" --out "$work/$kind/out" >/dev/null 2>"$work/stderr"
    expect_line '^fxp_compare: plots skipped: (no gnuplot.*gnuplot-nox|.*no such terminal)' "$work/stderr"
    [[ -f $work/$kind/out/accuracy.gp && ! -f $work/$kind/out/accuracy.svg ]] || fail "$kind: half-written plots"
done

# The plots of an older comparison do not stay next to new figures.
echo old | tee "$work/none/out/accuracy.svg" >"$work/none/out/my_own.svg"
must_pass "$compare" "$a" "$b" --out "$work/none/out" --no-plots
[[ ! -f $work/none/out/accuracy.svg && -f $work/none/out/my_own.svg ]] ||
    fail "an outdated plot is left, or a foreign file is not"

# Refusals.
refused 1 'no such run folder' "$work/nowhere" "$b" --out "$work/no"
refused 2 'RUN_B' "$a" --out "$work/no"
refused 2 '.' "$a" "$b" --no-such-flag
refused 2 'run folder' "$a" "$b" --out "$b/"
echo file >"$work/file"
refused 1 'not a folder' "$a" "$b" --out "$work/file"

# broken_b REGEX COMMAND...: B as COMMAND leaves it is refused with exit code 1.
broken_b() {
    local pattern=$1
    shift
    rm -rf "$work/bad"
    make_float "$work/bad"
    (cd "$work/bad" && "$@")
    refused 1 "$pattern" "$a" "$work/bad" --out "$work/no"
}
# shape NAME SIZES: a checkpoint of one float tensor with two elements.
shape() {
    local tensor='{"dtype":"F32","shape":['$2'],"data_offsets":[0,8]}'
    checkpoint checkpoint.safetensors '{"__metadata__":{"role.'"$1"'":"weight"},"'"$1"'":'"$tensor"'}' 0 0
}
broken_b 'different data: test label 5 is 2 in A and 1 in B' npy test_labels.npy '<i4' '(6,)' 0 1 2 0 1 1
broken_b 'not below the number of classes' npy test_labels.npy '<i4' '(6,)' 0 1 2 0 1 3
broken_b '5 labels' npy test_labels.npy '<i4' '(5,)' 0 1 2 0 1
broken_b 'logits' npy test_logits.npy '<f4' '(18,)' 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
broken_b 'test_logits' truncate -s 150 test_logits.npy
broken_b 'checkpoint' truncate -s -1 checkpoint.safetensors
broken_b 'checkpoint' rm checkpoint.safetensors
broken_b "'w' is \\(2\\) in A and \\(2, 1\\) in B" shape w 2,1
broken_b "'w' is in A but not in B" shape v 2
broken_b 'bad: no run.json, .*--resume' rm run.json
broken_b "checkpoint.*SHA-256 [0-9a-f]{64}, run.json is about others with $sha256: expected the files of one run" \
    sed -i 's/{/{"parameters_sha256": "'"$sha256"'", /' run.json
broken_b 'not valid JSON' truncate -s 20 run.json
broken_b 'history.csv: .*no column' sed -i 1s/test_loss/x/ history.csv
broken_b "history.csv: .*'abc' is not a number" sed -i 2s/1.5/abc/ history.csv
broken_b 'history.csv: line 3' sed -i '3s/$/,1/' history.csv

# Help teaches.
"$compare" --help >"$work/stdout"
for word in RUN_A RUN_B --out --json --no-plots Example 'Exit codes'; do expect_line "$word" "$work/stdout"; done
