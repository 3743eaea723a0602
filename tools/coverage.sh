#!/usr/bin/env bash
# tools/coverage.sh [--report [FILE]]: which lines of include/fxp the tests run. Builds the preset coverage (g++, no
# optimisation), runs the fast tests of its groups and the trainings of golden_run, in the processor's widest
# instruction set and in each narrower one, and prints line coverage by folder and file, and the lines that nothing
# ran. Exit code 1 below 95 %, or when a test fails; 2 for wrong usage.
#
#   --report  only the report, from what gcovr left in FILE (default: build/coverage/coverage.json)
#
# A line of a template counts once, as run if it ran in any instantiation. What the preprocessor or the compiler leaves
# out does not count: kernels for other processors (NEON), and functions that no test instantiates; headers without any
# line are named. Kernels that this processor cannot run (AMX) count as not run. Takes 25 minutes of two cores; needs gcovr.
set -euo pipefail
cd "$(dirname "$0")/.."

least=95
build=build/coverage
report() {
    python3 - "$1" "$least" <<'END'
import json, os, sys
from collections import defaultdict

data, least = sys.argv[1], float(sys.argv[2])
with open(data) as source:
    lines = {entry["file"]: {line["line_number"]: line["count"] for line in entry["lines"]
                             if not line.get("gcovr/noncode")}
             for entry in json.load(source)["files"]}
lines = {name: counts for name, counts in lines.items() if name.startswith("include/fxp/") and counts}
if not lines:
    sys.exit(f"coverage: {data}: no lines of include/fxp, expected some")

def row(name, counts):
    ran = sum(count > 0 for count in counts)
    print(f"{name:<48} {ran:6} of {len(counts):6} {100 * ran / len(counts):7.2f} %")
    return 100 * ran / len(counts)

folders = defaultdict(list)
for name, counts in sorted(lines.items()):
    folders[os.path.dirname(name)] += counts.values()
for folder, counts in sorted(folders.items()):
    row(folder + "/", counts)
print()
for name, counts in sorted(lines.items()):
    row(name, counts.values())

print("\nnever run:")
for name, counts in sorted(lines.items()):
    spans = []
    for number in sorted(counts):
        if counts[number]:
            spans.append(None) # a line between that did run
        elif spans and spans[-1]:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    texts = [f"{a}-{b}" if a < b else str(a) for a, b in filter(None, spans)]
    if texts:
        print(f"{name}: {', '.join(texts)}")
bare = [os.path.join(folder, name) for folder, _, names in os.walk("include/fxp") for name in names]
bare = sorted(name for name in bare if name not in lines)
if bare:
    print("\nno lines in: " + ", ".join(bare))

print()
if row("include/fxp", [count for counts in lines.values() for count in counts.values()]) < least:
    sys.exit(f"coverage: expected at least {least:g} % of the lines of include/fxp")
END
}

case ${1:-} in
    "") ;;
    --help | -h) sed -n '2,/^set/{s/^# \{0,1\}//p}' "tools/${0##*/}"; exit 0 ;;
    --report) report "${2:-$build/coverage.json}"; exit ;;
    *) echo "coverage.sh: '$1', expected nothing or --report" >&2; exit 2 ;;
esac
command -v gcovr >/dev/null || { echo "coverage: there is no gcovr (Debian: gcovr)" >&2; exit 1; }

cmake --preset coverage
cmake --build --preset coverage --parallel "$(nproc)"
find "$build" -name '*.gcda' -delete

# run ISA PROGRAM: what it says if it fails.
run() {
    local isa=$1 program=$2 said
    if [[ $program == golden_run ]]; then
        said=$(THREADS=2 FXP_ISA=$isa tests/identity/hashes.sh "$build/bin/golden_run" |
            diff tests/identity/golden_run.sha256 -)
    else
        said=$(cd "$build/tests" && FXP_ISA=$isa "./$program" '~[slow]' 2>&1)
    fi || { printf '%s\n' "$said" "coverage: FAILED: $program${isa:+ in $isa}" | tail -n 40 >&2; return 1; }
    printf '%s%s\n' "$program" "${isa:+ in $isa}"
}
export -f run
export build

programs=(test_kernels test_math golden_run) # the longest begin
for path in "$build"/tests/test_*; do
    [[ ! -x $path || ! -f $path || $path =~ /test_(kernels|math)$ ]] || programs+=("${path##*/}")
done
runs=()
for isa in "" avx2 portable; do
    if ! said=$(FXP_ISA=$isa "$build/bin/golden_run" data/optdigits q16 2>&1 >/dev/null) &&
        [[ $said == *FXP_ISA*" on this processor" ]]; then
        continue
    fi
    for program in "${programs[@]}"; do
        # What narrower kernels take is in these.
        [[ -z $isa || $program =~ ^(golden_run|test_(autograd|kernels|math|optim|tensor))$ ]] || continue
        runs+=("$isa" "$program")
    done
done
status=0
printf '%s\0' "${runs[@]}" | xargs -0 -n 2 -P "$(nproc)" bash -c 'run "$@"' run || status=1

gcovr --root . --object-directory "$build" --filter 'include/fxp/' --json "$build/coverage.json" "$build"
report "$build/coverage.json" || status=1
exit $status
