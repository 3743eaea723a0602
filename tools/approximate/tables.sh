#!/usr/bin/env bash
# tools/approximate/tables.sh [FOLDER]: generates the tables of include/fxp/math/tables, or puts them into FOLDER.
# Takes fxp_approximate from FXP_BIN_DIR (default: build/release/bin). The same sources give the same bytes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin_dir=$(cd "${FXP_BIN_DIR:-$root/build/release/bin}" && pwd)
folder=${1:-$root/include/fxp/math/tables}
mkdir -p "$folder"
cd "$folder" # so that the headers name no path

# table NAME RANGE ARGUMENT_BITS FRAC_BITS: the error is at most 2 steps of 2^-FRAC_BITS.
table() {
    "$bin_dir/fxp_approximate" --function "$1" --range "$2" --degree 5 --argument-bits "$3" --frac-bits "$4" \
        --error "1.5*2^-$4" --namespace fxp::math::tables --name "$1" --header "$1.hpp"
}

table sigmoid 0:32 31 38
table exp2 0:1 31 37
table log2 1:2 31 37
table rsqrt 1:4 30 38
table reciprocal 1:2 31 37
