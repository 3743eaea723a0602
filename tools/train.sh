#!/usr/bin/env bash
# tools/train.sh [TRAINER FLAGS]: trains the LSTM for USPS10 wholly in fixed point, then its float twin, and compares them.
#
#   tools/train.sh                the recipe's own number of epochs
#   tools/train.sh --epochs 20    a short look; both twins get the flags
#
# TRAINER FLAGS: --recipe, --format, --epochs, --batch, --model, --hidden, --rank-w, --rank-u, --layers,
# also --bidirectional, --lr, --seed, --no-shuffle, --shifts, --threads, --max-steps, --quiet, which
# build/train/bin/lstm_usps10 --help explains.
# What says where data come from and results go is not taken.
#
# Installs and builds what is missing, fetches the data, and writes runs/fixed, runs/float and runs/compare. What is
# installed, fetched or built already is left as it is. FXP_DATA_MIRROR: a folder or address to get the data from first.
# Without any way to the data it trains on data/optdigits, which ships with the project, and says so.
set -euo pipefail
cd "$(dirname "$0")/.."

case " $* " in *" --help "* | *" -h "*) sed -n '2,/^set/{s/^# \{0,1\}//p}' "tools/${0##*/}"; exit 0 ;; esac

for flag in "$@"; do
    case ${flag%%=*} in
    --data | --out | --json | --export-npy | --export-logits | --resume | --init)
        echo "train.sh: ${flag%%=*} is not taken: both twins get the same flags, and the folders are set here; run the" \
            "trainers in build/train/bin (see tools/train.sh --help)" >&2
        exit 2
        ;;
    esac
done

tools/setup.sh train
cmake --preset train >/dev/null
cmake --build --preset train --parallel "$(nproc)"

data=data/usps10
status=0
data/setup_usps10.sh || status=$?
if [ "$status" -eq 3 ]; then
    data=data/optdigits
    echo
    echo "The USPS10 files are not here and cannot be fetched: no mirror, no network."
    echo "THIS IS NOT USPS10: training goes on with $data, the small set of digits that ships with the project."
    echo
elif [ "$status" -ne 0 ]; then
    exit "$status"
fi

bin=build/train/bin
"$bin/lstm_usps10" --data "$data" --out runs/fixed "$@"
"$bin/lstm_usps10_float" --data "$data" --out runs/float "$@"
"$bin/fxp_compare" runs/fixed runs/float --out runs/compare

echo
echo "Worth keeping (trained on $data):"
find runs/fixed runs/float runs/compare -type f | sort | sed 's/^/  /'
