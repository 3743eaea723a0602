#!/usr/bin/env bash
# tools/seeds.sh [SEEDS] [TRAINER FLAGS]: trains both twins from SEEDS seeds (default 5), paired by initial values and
# batch order, and prints the table of the README: test accuracy averaged over the last 20 epochs of each run.
#
#   tools/seeds.sh 5 --recipe reference    the 300 epochs of that recipe (about ten minutes on one core)
#   tools/seeds.sh 3 --epochs 40           the default recipe
#
# Needs what tools/train.sh has built and fetched. Runs are kept in runs/seeds; one that is complete is not repeated.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in --help | -h) sed -n '2,/^set/{s/^# \{0,1\}//p}' "tools/${0##*/}"; exit 0 ;; esac
seeds=5
case ${1:-} in '' | -*) ;; *[!0-9]*) echo "seeds.sh: '$1': expected a number of seeds" >&2; exit 2 ;; *) seeds=$1; shift ;; esac

bin=build/train/bin
data=data/usps10
for needed in "$bin/lstm_usps10" "$bin/lstm_usps10_float" "$data/usps"; do
    [ -e "$needed" ] || { echo "seeds.sh: no $needed: run tools/train.sh once" >&2; exit 1; }
done

flags=$*
for ((seed = 0; seed < seeds; ++seed)); do
    for twin in fixed float; do
        out=runs/seeds/$twin-$seed
        if [ -f "$out/run.json" ] && [ "$(cat "$out/flags" 2>/dev/null)" = "$flags" ]; then continue; fi
        rm -f "$out/flags" # until the run is complete
        program=lstm_usps10$([ "$twin" = float ] && echo _float || true)
        "$bin/$program" --data "$data" --seed "$seed" --out "$out" "$@" >/dev/null
        printf '%s\n' "$flags" >"$out/flags"
    done
done

# value FILE KEY: a number of run.json.
value() { sed -n "s/^ *\"$2\": \([-0-9.e+]*\),\{0,1\}$/\1/p" "$1"; }

for ((seed = 0; seed < seeds; ++seed)); do
    fixed=runs/seeds/fixed-$seed/run.json
    float=runs/seeds/float-$seed/run.json
    echo "$seed $(value "$fixed" last20_test_accuracy_mean) $(value "$float" last20_test_accuracy_mean)" \
        "$(value "$fixed" test_accuracy) $(value "$float" test_accuracy)" \
        "$(value "$fixed" seconds_per_epoch) $(value "$float" seconds_per_epoch)"
done | awk '
    BEGIN { print "seed   fixed last-20   float last-20   difference   fixed last   float last   s/epoch fixed   float" }
    {
        printf "%4d %12.2f %% %13.2f %% %12.2f %10.2f %% %10.2f %% %15.3f %7.3f\n",
            $1, 100 * $2, 100 * $3, 100 * ($2 - $3), 100 * $4, 100 * $5, $6, $7
        n++; a += $2; b += $3; aa += $2 * $2; bb += $3 * $3; d += $2 - $3; dd += ($2 - $3) ^ 2
    }
    function spread(s, ss) { v = n > 1 ? (ss - s * s / n) / (n - 1) : 0; return 100 * sqrt(v > 0 ? v : 0) }
    END {
        printf "mean %12.2f %% %13.2f %% %12.2f\n", 100 * a / n, 100 * b / n, 100 * d / n
        printf "s.d. %12.2f   %13.2f   %12.2f\n", spread(a, aa), spread(b, bb), spread(d, dd)
    }'
