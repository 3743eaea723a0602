#!/usr/bin/env bash
# tests/fuzz/coverage.sh: the lines of each reader that the corpora of the fuzz targets reach; exit code 1 if it is not more
# than 90 % of each. Builds in build/fuzz-coverage, by clang++; needs llvm-profdata and llvm-cov (Debian: llvm).
set -euo pipefail
cd "$(dirname "$0")/../.."

readers=(include/fxp/data/{csv_digits,folder,idx,libsvm,text_lines}.hpp
    include/fxp/io/{array_bytes,npy,safetensors,tensor_files}.hpp include/fxp/recipes/format_table.hpp
    examples/usps10/recipe_file.hpp tools/compare/csv.cpp)
for program in clang++ llvm-profdata llvm-cov; do
    command -v "$program" >/dev/null || { echo "coverage: there is no $program (Debian: clang, llvm)" >&2; exit 1; }
done

build=build/fuzz-coverage
names=()
for source in tests/fuzz/*_fuzz.cpp; do
    name=$(basename "$source" _fuzz.cpp)
    case $name in requantize | tensor_program) ;; *) names+=("$name") ;; esac # these read nothing
done
cmake -B "$build" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug -DCMAKE_MESSAGE_LOG_LEVEL=WARNING \
    -DCMAKE_CXX_FLAGS='-fprofile-instr-generate -fcoverage-mapping' -DFXP_TEST_GROUPS=fuzz -DFXP_OPENMP=OFF \
    -DFXP_BUILD_EXAMPLES=OFF -DFXP_BUILD_TOOLS=OFF -DFXP_CHECK_HEADERS=OFF >/dev/null
cmake --build "$build" --parallel "$(nproc)" --target "${names[@]/#/fuzz_}" >/dev/null

programs=()
profiles=()
for name in "${names[@]}"; do
    profiles+=("$build/$name.profraw")
    LLVM_PROFILE_FILE=$build/$name.profraw "$build/bin/fuzz_$name" "tests/fuzz/corpus/$name" >/dev/null
    programs+=(-object "$build/bin/fuzz_$name")
done
llvm-profdata merge -sparse -o "$build/all.profdata" "${profiles[@]}"
# It warns of functions that each program has of its own, such as its target.
llvm-cov report "${programs[@]:1}" -instr-profile "$build/all.profdata" >"$build/report.txt" \
    2> >(grep -v 'functions have mismatched data' >&2)
for reader in "${readers[@]}"; do
    awk -v name="$reader" '
        substr($1, length($1) - length(name) + 1) == name {
            printf "%-38s %4d lines, %3d not reached: %6.2f %%\n", name, $8, $9, 100 * ($8 - $9) / $8
            enough = 100 * ($8 - $9) > 90 * $8
        }
        END { exit !enough }' "$build/report.txt" || { echo "$reader: not more than 90 %" >&2; status=1; }
done
exit "${status:-0}"
