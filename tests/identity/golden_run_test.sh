#!/usr/bin/env bash
# The trainings of golden_run end in the state that golden_run.sha256 says, for every number of threads and instruction
# set of this machine. tools/identity.sh compares compilers and other machines.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
golden_run=$bin_dir/golden_run
[[ -x $golden_run ]] || skip "golden_run is not built"
here=$source_dir/tests/identity
optdigits=$source_dir/data/optdigits
expected=$here/golden_run.sha256

# compare EXPECTED THREADS ISA: ISA is one of FXP_ISA, or nothing for all that the processor has.
compare() { THREADS=$2 "$here/hashes.sh" env "FXP_ISA=$3" "$golden_run" | diff "$1" -; }

# A wrong hash, a missing case and a case too many are seen.
for edit in '2s/^../zz/' 2d '2p'; do
    sed "$edit" "$expected" >"$work/wrong"
    must_fail '^[0-9]' compare "$work/wrong" 1 portable
done

for isa in portable avx2 avx512 amx ''; do
    if said=$(FXP_ISA=$isa "$golden_run" "$optdigits" q16 2>&1 >/dev/null); then
        for threads in 1 2 7; do
            compare "$expected" "$threads" "$isa" || fail "FXP_ISA=$isa, $threads threads: another state"
        done
    else
        [[ $said == *FXP_ISA*" on this processor" ]] || fail "FXP_ISA=$isa: $said"
    fi
done

# Trained at once, in threads of one process, they are what each is alone.
TOGETHER=1 THREADS=3 "$here/hashes.sh" "$golden_run" | diff "$expected" - || fail "another state beside the others"

# The cases are not one another, and their states not empty.
[[ $(cut -d' ' -f1 "$expected" | sort | uniq -d | wc -l) == 0 ]] || fail "two cases end in the same state"
grep -q '^overflow ' < <("$golden_run" "$optdigits" reference) || fail "no overflow in the state of reference"
grep -q '^adam.m.Wl 0 ' < <("$golden_run" "$optdigits" q8) || fail "no moments in the state of q8"

must_fail "usage" "$golden_run"
must_fail "case 'q17', expected one of --list" "$golden_run" "$optdigits" q17
must_fail "threads '0', expected a number from 1 on" "$golden_run" "$optdigits" q16 --threads 0
must_fail "nowhere: .*, expected a folder" "$golden_run" "$work/nowhere" q16
