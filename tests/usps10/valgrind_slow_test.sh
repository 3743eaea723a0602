#!/usr/bin/env bash
# Valgrind's memcheck finds nothing in a short training of each recipe, by both twins, nor in what resumes and compares
# it: no read of uninitialized or foreign memory, no leak.
source "$(dirname "${BASH_SOURCE[0]}")/trainers.sh"
valgrind=$(command -v valgrind) || skip "no valgrind (Debian: valgrind)"
! grep -q '__[at]san_init' < <(nm "$fixed") || skip "sanitizers and valgrind exclude each other"

# OpenMP keeps its threads' memory until the end, where only indirect pointers lead to it.
check=("$valgrind" --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
    --show-leak-kinds=definite)

# Errors are seen.
cat >"$work/planted.cpp" <<'END'
int main(int count, char**) {
    int* const values = new int[2];
    const int read = values[count - 1];
    delete[] values;
    return read == 7 ? 3 : 0;
}
END
must_pass "$CXX" -O0 -g -o "$work/planted" "$work/planted.cpp"
must_fail 'uninitialised' "${check[@]}" "$work/planted"

# A few images are enough.
mkdir "$work/data"
head -n 100 "$optdigits/digits.csv" >"$work/data/digits.csv"
# short RUN PROGRAM FLAG...
short() {
    local run=$1
    shift
    must_pass "${check[@]}" "$1" --data "$work/data" --out "$run" --batch 40 --hidden 4 --max-steps 2 --quiet "${@:2}"
}
for recipe in q16 q8 reference reference-correctly-rounded; do
    for isa in portable ''; do FXP_ISA=$isa short "$work/$recipe$isa" "$fixed" --recipe $recipe; done
done
for recipe in q16 reference; do short "$work/$recipe.float" "$float" --recipe $recipe; done
run=$work/more
short "$run" "$fixed" --model gru --layers 2 --bidirectional --shifts --clip 0.125 --weight-decay 0.01 --threads 2
must_pass "${check[@]}" "$fixed" --data "$work/data" --out "$run" --resume "$run/checkpoint.safetensors" --max-steps 3 \
    --quiet --export-npy "$run.npy"
[[ ! -x $bin_dir/fxp_compare ]] ||
    must_pass "${check[@]}" "$bin_dir/fxp_compare" "$work/q16" "$work/q16.float" --no-plots --out "$work/compare"
