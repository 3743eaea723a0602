#!/usr/bin/env bash
# fxp_formats with trainers that train nothing: what it proposes for known distributions and why, what it makes of results
# and overflows, what it refuses. Then, where the trainers are built, with them.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
command -v python3 >/dev/null || skip "there is no python3"
formats=$source_dir/tools/formats/fxp_formats
mkdir "$work/bin"
calls=$work/calls
export calls

# The float twin: 90 % whatever the seed. Its distributions are those of $calls.distributions and $calls.ranges.
cat >"$work/bin/lstm_usps10_float" <<'END'
#!/usr/bin/env bash
echo "${0##*/} $*" >>"$calls"
while [ $# -gt 0 ]; do
    case $1 in --json) json=$2 ;; --out) out=$2 ;; esac
    shift
done
mkdir -p "$out"
cp "$calls.distributions" "$out/distributions.csv"
cp "$calls.ranges" "$out/ranges.csv"
printf '{"test_accuracy": 0.9, "test_loss": 0.5, "learning_rate": 0.01, "schedule": "cosine", "epochs": 30, "batch": 128,
    "overflow_events": 0}\n' >"$json"
END
# The fixed one: as many percent as $calls.accuracy says, and a thousandth less for each seed; weights of more than
# $calls.bits fraction bits overflow, and as many errors as $calls.clipped says.
cat >"$work/bin/lstm_usps10" <<'END'
#!/usr/bin/env bash
echo "${0##*/} $*" >>"$calls"
while [ $# -gt 0 ]; do
    case $1 in
    --json) json=$2 ;;
    --out) out=$2 ;;
    --seed) seed=$2 ;;
    weight=*) bits=${1#*.} bits=${bits%%:*} ;;
    esac
    shift
done
mkdir -p "$out"
echo operation,tensor,first_step,last_step,count,worst_value >"$out/overflow.csv"
echo "d_mul,C,1,2,$(cat "$calls.clipped"),-8" >>"$out/overflow.csv"
[ "${bits:-0}" -le "$(cat "$calls.bits")" ] || echo adam.w,adam.Wf,1,2,5,4.25 >>"$out/overflow.csv"
accuracy=$(cat "$calls.accuracy")
printf '{"test_accuracy": 0.%d, "test_loss": 0.5, "overflow_events": 8}\n' $((accuracy * 10 - seed)) >"$json"
END
chmod +x "$work"/bin/*
cat >"$calls.distributions" <<'END'
tensor,role,exponent,count
Wf,weight,-2,100
Wf,weight,0,100
W U,weight,0,200
bf,bias,-3,10
x,activation,,50000
x,activation,-1,50000
C,activation,-5,99990
C,activation,3,10
z,activation,0,90000
z,activation,4,10000
Wl.x+b,logit,2,5
loss,probability,-1,5
dWl.x+b,loss,-1,5
dWl.x+b,loss,-20,5
dC,error,-20,99
dC,error,-1,99800
dC,error,2,100
dC,error,5,1
dWf,gradient,8,3
adam.m.Wf,moment,-6,3
adam.n.Wf,second_moment,-12,3
END
printf '%s\n' tensor,largest_magnitude,integer_bits Wf,1.9,2 "W U,1.9,2" bf,0.15,-1 x,1,2 C,9,5 z,17,6 Wl.x+b,5,4 loss,0.9,1 \
    dWl.x+b,0.9,1 dC,40,7 dWf,256,10 adam.m.Wf,0.02,-4 adam.n.Wf,0.0003,-10 >"$calls.ranges"
echo 90 >"$calls.accuracy"
echo 30 >"$calls.bits"
echo 3 >"$calls.clipped"

# run CODE ARGUMENT...: it has to end so; what it says is in $work/said and $work/complaint.
run() {
    local code=$1 got=0
    shift
    "$formats" --bin "$work/bin" "$@" >"$work/said" 2>"$work/complaint" || got=$?
    [[ $got == "$code" ]] || { cat "$work/said" "$work/complaint"; fail "exit code $got, expected $code: $*"; }
}
# says REGEX: in the report.
says() { grep -Eq -- "$1" "$work/said" || { cat "$work/said"; fail "not said: $1"; }; }
# called NUMBER: so many trainings since the last time.
called() {
    local got=0
    [[ ! -e $calls ]] || got=$(wc -l <"$calls")
    [[ $got == "$1" ]] || { cat "$calls"; fail "$got trainings, expected $1"; }
    rm -f "$calls"
}
# proposes FOLDER ROLE=FORMAT...
proposes() {
    local folder=$1 one
    shift
    for one in "$@"; do
        grep -Fq "\"${one%%=*}\": \"${one#*=}\"" "$folder/recipe.json" || { cat "$folder/recipe.json"; fail "no $one"; }
    done
}

# 16 bits. C: a share of 1e-4 may be clipped. z: clipped where the sigmoid is flat. dC: 1e-3 are from 4 to 8.
# Wf: 1.25 * 1.9 > 2. Gradients: 4 * 256 / 128 = 8 and its square. A step: 0.01 * 2^-5.5 / 2^-5.75.
run 0 --out "$work/a" --seeds 0-2 -- --epochs 30
proposes "$work/a" activation=16.12:nearest_even logit=16.11 weight=16.13:stochastic bias=16.17 error=16.12:stochastic \
    loss=16.14:stochastic moment=48.43 second_moment=64.56
called 6
says 'clipped: 0.01 % of C, 10 % of z, where sigmoid and tanh are flat \(beyond 8\)'
says 'update is 2\^-6.4, 97 steps of the format, at the highest rate, and below half a step, .* 5 % of the training'
says 'to nearest, 0.099 % of the nonzero ones would be lost'
says '^\| mean +\| +89.90 \| +90.00 \| +-0.10 \|$'
says '^Against the float twin: -0.10 \(95 % interval \+- 0.25\) points\.$'
says '^Overflow events, all seeds: error 9\.$'
says '^Proven: .*the interval reaches beyond'
diff "$work/said" "$work/a/report.md" || fail "the report is not what was printed"

# It goes on, also to compare with q16.
run 0 --out "$work/a" --seeds 0-2 --against -- --epochs 30
called 3
says '^Against q16: \+0.00 \(95 % interval \+- 0.00\) points\.$'

# Other words.
run 0 --out "$work/a" --word 8 --seeds 0 -- --epochs 30
proposes "$work/a" activation=8.5:nearest_even weight=8.5:stochastic bias=8.9 error=8.4:stochastic loss=8.6:stochastic \
    moment=48.43
run 0 --out "$work/a" --word 24 --seeds 0 -- --epochs 30
proposes "$work/a" weight=24.21:stochastic

# Weights that overflow are widened once; twice would be needed: not proven.
echo 12 >"$calls.bits"
run 0 --out "$work/b" --seeds 0
says '^Not proven: weight overflowed'
says '^Shifted weight by \+1 integer bit:'
proposes "$work/b" weight=16.12:stochastic
echo 11 >"$calls.bits"
run 1 --out "$work/c" --seeds 0
says '^Not proven: weight overflowed'
grep -q '"proven": false' "$work/c/recipe.json" || fail "the recipe does not say that it is not proven"
[[ ! -s $work/complaint ]] || fail "something on stderr"

# Accuracy that is lost: with few errors clipped for lack of resolution; with many, these are widened.
echo 30 >"$calls.bits"
echo 85 >"$calls.accuracy"
run 1 --out "$work/d" --seeds 0-1
says '^Not proven: the mean loses 5.05 points, tolerated are 0.3\.$'
says '^Shifted activation by -1 integer bit, error by -1 integer bit, logit by -1 integer bit, weight by -1 integer bit:'
run 0 --out "$work/d" --seeds 0-1 --tolerance 6
echo 300 >"$calls.clipped"
run 1 --out "$work/e" --seeds 0-1
says '^Shifted error by \+1 integer bit:'

# Refusals: one line on stderr, nothing on stdout.
refused() {
    local code=$1 pattern=$2
    shift 2
    run "$code" --out "$work/refused" "$@"
    [[ $(wc -l <"$work/complaint") == 1 && ! -s $work/said ]] || fail "not one line on stderr: $*"
    grep -Eq -- "$pattern" "$work/complaint" || { cat "$work/complaint"; fail "no '$pattern': $*"; }
}
refused 2 "word 7: expected 8 to 32 bits" --word 7
refused 2 "word 1.6: expected 8 to 32 bits" --word 1.6
refused 2 "tolerance -1: expected 0 to 100 points" --tolerance -1
refused 2 "seeds a: expected numbers" --seeds a
refused 2 "recipe after --: expected none" -- --recipe q16
refused 2 "unrecognized arguments: --epochs" --epochs 3
[[ ! -e $work/refused ]] || fail "something was written"
refused 1 "no lstm_usps10 .* in $work/none" --bin "$work/none"
sed -i s/^C,9,5/C,,/ "$calls.ranges"
refused 1 "ranges.csv: C became infinite" --seeds 0
grep -v error "$calls.distributions" >"$calls.less" && mv "$calls.less" "$calls.distributions"
sed -i s/^C,,/C,9,5/ "$calls.ranges"
refused 1 "recorded no tensor of the role error" --seeds 1

# The trainers themselves: the recipe file gives the parameters that were proven.
if [[ -x $bin_dir/lstm_usps10 && -x $bin_dir/lstm_usps10_float ]]; then
    flags=(--epochs 2 --data "$source_dir/data/optdigits")
    must_pass "$formats" --bin "$bin_dir" --out "$work/real" --seeds 0 --tolerance 100 -- "${flags[@]}"
    must_pass "$bin_dir/lstm_usps10" --recipe "$work/real/recipe.json" "${flags[@]}" --seed 0 --quiet \
        --json "$work/again.json"
    hash=$(sed -n 's/.*"parameters_sha256": "\(.*\)".*/\1/p' "$work/again.json")
    grep -q "$hash" "$work"/real/runs/arithmetic=fixed*.json || fail "the recipe file trains otherwise"
fi
