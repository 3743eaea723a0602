# Sourced by the tests of the trainers: the harness, the programs, and what their results say.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
fixed=$bin_dir/lstm_usps10
float=$bin_dir/lstm_usps10_float
optdigits=$source_dir/data/optdigits
for program in "$fixed" "$float"; do [[ -x $program ]] || skip "${program##*/} is not built"; done

# value FILE KEY: what a JSON file of the trainers holds under a key of its first level.
value() {
    local found
    found=$(sed -nE 's/^  "'"$2"'": ("?)(.*[^",])\1,?$/\2/p' "$1")
    [[ -n $found ]] || fail "no '$2' in $1"
    printf '%s' "$found"
}

# hash_of FOLDER: of the parameters of a run.
hash_of() { value "$1/run.json" parameters_sha256; }

# same_run A B: everything but the times.
same_run() {
    local file
    [[ $(hash_of "$1") == "$(hash_of "$2")" ]] || fail "${2##*/}: other parameters than ${1##*/}"
    for file in test_logits.npy test_labels.npy overflow.csv ranges.csv; do
        cmp "$1/$file" "$2/$file" || fail "${2##*/}: another $file than ${1##*/}"
    done
    cmp <(cut -d, -f1-5,7 "$1/history.csv") <(cut -d, -f1-5,7 "$2/history.csv") ||
        fail "${2##*/}: another history.csv than ${1##*/}"
    cmp <(sed -E '/"(seconds|seconds_per_epoch|threads)":/d' "$1/run.json") \
        <(sed -E '/"(seconds|seconds_per_epoch|threads)":/d' "$2/run.json") || fail "${2##*/}: another run.json"
}

# train PROGRAM FOLDER ARGUMENT...: a run on optdigits that has to pass and say nothing.
train() {
    local program=$1 folder=$2 said
    shift 2
    said=$("$program" --data "$optdigits" --out "$folder" --quiet "$@" 2>&1) ||
        { printf '%s\n' "$said"; fail "this should have passed: ${program##*/} $*"; }
    [[ -z $said ]] || fail "--quiet, and yet '$said': ${program##*/} $*"
}

# poke FILE OFFSET BYTES: writes over some bytes, given as for printf %b.
poke() { printf %b "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
