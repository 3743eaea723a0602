#!/usr/bin/env bash
# Valgrind's memcheck finds nothing in a short training of each recipe, by both twins, nor in what resumes and compares
# it: no read of uninitialized or foreign memory, no leak.
source "$(dirname "${BASH_SOURCE[0]}")/trainers.sh"
valgrind=$(command -v valgrind) || skip "no valgrind (Debian: valgrind)"
file=$(head -c 4096 "$fixed" | tr -d '\0') # sanitizers and valgrind exclude each other
for library in libasan libtsan; do [[ $file != *$library* ]] || skip "the trainers use $library"; done
! nm "$fixed" 2>/dev/null | grep -q '__[ast]san_init' || skip "the trainers are built with a sanitizer"

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
for isa in portable ''; do
    export FXP_ISA=$isa
    for recipe in q16 q8 reference reference-correctly-rounded; do
        for program in "$fixed" "$float"; do
            run=$work/$recipe.${program##*/}.$isa
            must_pass "${check[@]}" "$program" --data "$work/data" --out "$run" --recipe "$recipe" --batch 40 --hidden 4 \
                --max-steps 2 --quiet
        done
    done
    run=$work/more.$isa
    must_pass "${check[@]}" "$fixed" --data "$work/data" --out "$run" --batch 40 --hidden 4 --max-steps 2 --quiet \
        --threads 2 --model gru --layers 2 --bidirectional --shifts --clip 0.125 --weight-decay 0.01
    must_pass "${check[@]}" "$fixed" --data "$work/data" --out "$run" --resume "$run/checkpoint.safetensors" \
        --max-steps 3 --quiet --export-npy "$run.npy"
done
must_pass "${check[@]}" "$bin_dir/fxp_compare" "$work/q16.lstm_usps10." "$work/q16.lstm_usps10_float." --no-plots \
    --out "$work/compare"
