#!/usr/bin/env bash
# The tools that write files, on a full disk: one line that says so, exit code 1, and files as they were before.
source "$(dirname "${BASH_SOURCE[0]}")/../support/small_disk.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../usps10/trainers.sh"
source "$source_dir/tests/support/faults.sh"
for program in fxp_compare fxp_trace; do [[ -x $bin_dir/$program ]] || skip "$program is not built"; done
for twin in fixed float; do train "${!twin}" "$work/runs/$twin" --hidden 4 --max-steps 1; done
out=$work/disk/out

# Both without gnuplot, which would meet the faults, too.
compare=("$bin_dir/fxp_compare" "$work/runs/fixed" "$work/runs/float" --out "$out" --json "$work/disk/compare.json"
    --no-plots)
trace=(env PATH=/nowhere "$bin_dir/fxp_trace" --data "$optdigits" --hidden 4 --steps 1 --quiet --out "$out" --csv "$work/disk/trace.csv")

# as_before REASON: the last command ended in order, and all files of $work/disk are those of $work/before.
as_before() {
    [[ $code == 1 ]] || { cat "$work/stderr"; fail "exit code $code, expected 1"; }
    said "^fxp_(compare|trace): .*cannot (be written|write).*$1\$"
    diff -r "$work/before" "$work/disk" || fail "files are not as they were"
}

small_disk "$work/disk" 1M || mkdir -p "$work/disk"
for tool in compare trace; do
    declare -n command=$tool
    rm -rf "$work/disk"/* "$work/before"
    must_pass "${command[@]}"
    cp -r "$work/disk" "$work/before"

    # Every third operation on files; a command without faults is the end.
    for ((at = 1; ; at += 3)); do
        with_fault FULL $at "${command[@]}"
        [[ $code != 0 ]] || break
        as_before 'No space left on device'
    done
    ((at > 20)) || fail "$tool: only $at operations on files: the faults do not reach it"
    rm -rf "$work/before"
    cp -r "$work/disk" "$work/before"

    code=0
    message=$(ulimit -f 0; exec "${command[@]}" 2>&1 >/dev/null) || code=$? # a pipe is not limited
    printf '%s\n' "$message" >"$work/stderr"
    as_before 'File too large'

    code=0
    "${command[@]}" >/dev/full 2>"$work/stderr" || code=$?
    [[ $code == 1 ]] || fail "$tool >/dev/full: exit code $code, expected 1"
    said "^fxp_$tool: cannot write to standard output: "

    [[ -n $FXP_OWN_MOUNTS ]] || continue
    for room in 0 8; do
        fill_disk "$work/disk" $room
        code=0
        "${command[@]}" >"$work/stdout" 2>"$work/stderr" || code=$?
        rm "$work/disk/filler"
        as_before 'No space left on device'
    done
done

# A plot that was cut off is left out, as one that could not be drawn.
if [[ -n $FXP_OWN_MOUNTS ]] && command -v gnuplot >/dev/null; then
    left_out=0
    for ((room = 16; ; room += 16)); do
        rm -rf "$work/disk"/*
        fill_disk "$work/disk" $room
        "${compare[@]:0:${#compare[@]}-1}" >"$work/stdout" 2>"$work/stderr" || continue # no room for what is no plot
        while read -r plot; do
            [[ $plot == *.svg ]] && end='</svg>' || end=IEND
            tail -c 16 "$plot" | grep -qa "$end" || fail "$room KiB left: $plot is cut off"
        done < <(find "$work/disk" -name '*.svg' -o -name '*.png')
        [[ -s $work/stderr ]] || break
        said '^fxp_compare: plots skipped: gnuplot '
        [[ -z $(find "$work/disk" -name '*.svg' -o -name '*.png') ]] || fail "$room KiB left: some plots, not all"
        ((++left_out))
    done
    ((left_out > 0)) || fail "no plot was cut off"
fi
