#!/usr/bin/env bash
# fxp_trace end to end, on the digits that ship with the sources.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
trace=$bin_dir/fxp_trace
[[ -x $trace ]] || skip "fxp_trace is not built"
data=$source_dir/data/optdigits

# run NAME FLAG...: $work/NAME.txt and $work/NAME.csv.
run() {
    local name=$1
    shift
    must_pass "$trace" --data "$data" --csv "$work/$name.csv" --quiet "$@"
    "$trace" --data "$data" --quiet "$@" >"$work/$name.txt" 2>"$work/stderr"
    [[ ! -s $work/stderr ]] || { cat "$work/stderr"; fail "a word on stderr: $*"; }
}

# holds NAME PROGRAM: awk's program ends with exit code 0 on the CSV of a run.
holds() { awk -F, "$2" "$work/$1.csv" || fail "$1.csv: $2"; }

# expect_line REGEX NAME
expect_line() { grep -Eq -- "$1" "$work/$2.txt" || { cat "$work/$2.txt"; fail "no line '$1'"; }; }

columns='step,tensor,occurrence,ulp,max_error,max_error_ulp,relative_error,approximation_error_ulp,number_error_ulp'
for recipe in reference q16; do
    run $recipe --recipe $recipe --steps 2
    [[ $(head -1 "$work/$recipe.csv") == "$columns" ]] || fail "the columns of $recipe.csv"
    expect_line '^Fixed point \(recipe '$recipe'\) against float: lstm on optdigits .*, seed 0, 2 steps, running free$' \
        $recipe
    expect_line '^tensor +ULP +error \(ULP\) +relative +approximation +number system +beyond$' $recipe
    expect_line '^First beyond 64 ULP: tensor ' $recipe
    # The start is the same for all; pixels differ by their rounding alone; z comes at each of eight time steps.
    holds $recipe 'NR > 1 && $1 == 0 { n += 1; bad += $5 } END { exit !(n == 15 && bad == 0) }'
    holds $recipe '$2 == "x" { n += 1; bad += $6 > 0.5 || $8 != 0 } END { exit !(n == 16 && bad == 0) }'
    holds $recipe '$2 == "z" && $1 == 2 { n += 1; bad += $3 != n } END { exit !(n == 8 && bad == 0) }'
    # An error is at most the sum of its parts.
    holds $recipe 'NR > 1 { bad += $6 > ($8 + $9) * (1 + 1e-9) } END { exit bad > 0 }'
    # Equal flags, equal bytes.
    cp "$work/$recipe.csv" "$work/first.csv"
    cp "$work/$recipe.txt" "$work/first.txt"
    run $recipe --recipe $recipe --steps 2
    cmp "$work/first.csv" "$work/$recipe.csv" && cmp "$work/first.txt" "$work/$recipe.txt" || fail "$recipe: not the same"
done

# What is correctly rounded adds nothing to the error of a first pass; the reference's tables are most of it.
holds q16 '$1 == 1 && $2 ~ /^(C|H|Wl.x.b)$/ { n += 1; bad += !($8 < 1e-6) } $1 == 1 && $2 == "loss" { bad += $8 > 1 }
    END { exit !(n > 0 && bad == 0) }'
holds reference '$1 == 1 && $2 ~ /^(C|H)$/ && $3 > 2 { n += 1; bad += !($8 > 100 && $9 < 16) }
    END { exit !(n > 0 && bad == 0) }'

# Free running, errors add up; step by step they do not.
run free --recipe reference --steps 12
run together --recipe reference --steps 12 --synchronize
expect_line '12 steps, each from the state of fixed point$' together
growth='$2 == "Wl" && $1 == 1 { first = $5 } $2 == "Wl" && $1 == 12 { last = $5 }'
holds free "$growth END { exit !(last > 3 * first) }"
holds together '$2 ~ /^(W|U|b|W U)$/ { n += 1; bad += $5 } END { exit !(n == 48 && bad == 0) }'
holds together "$growth END { exit !(last < 3 * first) }"

# A planted error is found where it is.
for name in Uc bl; do
    run planted --recipe q16 --steps 1 --plant $name=100
    expect_line "^First beyond 64 ULP: tensor $name, occurrence 1 in step 0, element 0: .* \\(100 ULP, " planted
done

# From a trained model.
if [[ -x $bin_dir/lstm_usps10 ]]; then
    must_pass "$bin_dir/lstm_usps10" --data "$data" --recipe q16 --epochs 1 --max-steps 3 --quiet --out "$work/trained"
    checkpoint=$work/trained/checkpoint.safetensors
    run trained --recipe q16 --steps 1 --init "$checkpoint"
    holds trained 'NR > 1 && $1 == 0 { bad += $5 } END { exit bad != 0 }'
    ! cmp -s "$work/trained.csv" "$work/planted.csv" || fail "--init changes nothing"
    must_fail 'checkpoint.safetensors: .*' "$trace" --data "$data" --recipe reference --steps 1 --init "$checkpoint"
fi
must_fail 'cannot read .*/nowhere' "$trace" --data "$data" --steps 1 --init "$work/nowhere"

# The other models, and a relative bound.
run gru --recipe q16 --steps 1 --model gru --hidden 5 --rank-w 0 --bidirectional --layers 2 --relative-bound 1e9
run mlp --recipe reference --steps 1 --model mlp --hidden 12 --batch 20 --seed 3 --relative-bound 1e9 --bound 1e12
expect_line '^No tensor is beyond a relative 1e\+?0?9\.$' gru
expect_line '^No tensor is beyond 1e\+?12 ULP or a relative 1e\+?0?9\.$' mlp
expect_line 'mlp on optdigits .*, seed 3, 1 steps' mlp

# A folder with the same text and lines, and a plot where gnuplot is; a full epoch and its end lie behind.
"$trace" --data "$data" --recipe q16 --steps 5 --batch 1200 --out "$work/out" --csv "$work/out.csv" >"$work/out.txt" \
    2>"$work/stderr"
cmp "$work/out.txt" "$work/out/trace.txt" && cmp "$work/out.csv" "$work/out/trace.csv" || fail "--out is not what was shown"
if command -v gnuplot >/dev/null; then
    [[ ! -s $work/stderr ]] || { cat "$work/stderr"; fail "a word on stderr although gnuplot is here"; }
    grep -q '</svg>' "$work/out/trace.svg" || fail "no trace.svg"
fi
PATH=/bin-that-is-not-there "$trace" --data "$data" --steps 1 --out "$work/out" >/dev/null 2>"$work/stderr"
grep -Eq '^fxp_trace: plot skipped: no gnuplot' "$work/stderr" || { cat "$work/stderr"; fail "no word of the plot"; }
[[ -f $work/out/trace.gp && ! -f $work/out/trace.svg ]] || fail "a plot of an older trace is left"

# refused CODE REGEX FLAG...: exit code, one line that matches, and nothing written.
refused() {
    local code=$1 pattern=$2 got=0
    shift 2
    "$trace" --data "$data" --quiet "$@" >"$work/refused.txt" 2>"$work/stderr" || got=$?
    [[ $got == "$code" ]] || { cat "$work/stderr"; fail "exit code $got, expected $code: $*"; }
    [[ $(wc -l <"$work/stderr") == 1 && ! -s $work/refused.txt ]] || fail "not one line on stderr: $*"
    grep -Eq "^fxp_trace: .*$pattern" "$work/stderr" || { cat "$work/stderr"; fail "no '$pattern': $*"; }
    [[ ! -e $work/no.csv ]] || fail "something was written: $*"
}
refused 2 'no-such-flag' --no-such-flag
refused 2 'expected reference or q16' --recipe q8
refused 2 'expected an integer from 1 to' --steps 0
refused 2 'expected a number from 0 to' --bound nan
refused 2 'expected a number from 0 to' --relative-bound -1
refused 2 'expected neither --rank-w' --model mlp --rank-w 2
refused 2 'no such parameter, expected one of Wr, Wf' --steps 1 --csv "$work/no.csv" --plant nothing=1
refused 2 'expected PARAMETER=ULPS' --plant Wf
refused 2 'expected PARAMETER=ULPS' --plant Wf=1.5
refused 2 'no room in its format' --recipe q16 --plant Wf=40000
data=$work refused 1 'no data set in this folder' --steps 1
refused 1 'cannot write' --steps 1 --csv "$work/nowhere/no.csv"

# Help teaches.
"$trace" --help >"$work/help.txt"
for word in --synchronize --relative-bound --csv --plant 'Step 0' Examples 'Exit codes'; do expect_line "$word" help; done
