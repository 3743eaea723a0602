# Sourced by the crash tests: runs that are killed, stopped or left without room end as one that was not.
source "$(dirname "${BASH_SOURCE[0]}")/../support/small_disk.sh"
source "$(dirname "${BASH_SOURCE[0]}")/trainers.sh"

# Three steps an epoch, a checkpoint after each: much of the time goes into writing.
settings=(--recipe q16 --seed 3 --hidden 4 --batch 480 --epochs 4 --save-every 0)
RANDOM=20 # the seed of the moments

source "$source_dir/tests/support/faults.sh"

# kept RUN BEFORE: a checkpoint that was there before, if BEFORE says yes, still is.
kept() { [[ $2 == no || -e $1/checkpoint.safetensors ]] || fail "${1##*/}: the checkpoint is gone"; }
has_checkpoint() { [[ -e $1/checkpoint.safetensors ]] && echo yes || echo no; }

# digest_of FOLDER: of what same_run compares, in fewer processes.
digest_of() {
    {
        cat "$1"/{test_logits.npy,test_labels.npy,overflow.csv,ranges.csv} || echo "$1"
        cut -d, -f1-5,7 "$1/history.csv"
        sed -E '/"(seconds|seconds_per_epoch|threads)":/d' "$1/run.json"
    } | sha256sum
}

# whole_run TWIN: trains $whole as it should be, and takes its digest, and the time that a run has, $longest in
# microseconds.
whole_run() {
    program=${!1}
    whole=$work/$1.whole
    local begin
    begin=$(date +%s%N)
    train "$program" "$whole" "${settings[@]}"
    longest=$((($(date +%s%N) - begin) / 1000))
    whole_digest=$(digest_of "$whole")
}

# arguments_of RUN: sets `arguments` so that a run begins, or goes on from its checkpoint.
arguments_of() {
    arguments=(--data "$optdigits" --quiet --out "$1")
    if [[ -e $1/checkpoint.safetensors ]]; then
        arguments+=(--resume "$1/checkpoint.safetensors" --save-every 0)
    else
        arguments+=("${settings[@]}")
    fi
}

# finish RUN: the run ends as $whole did, and nothing half-written is left.
finish() {
    arguments_of "$1"
    must_pass "$program" "${arguments[@]}"
    [[ $(digest_of "$1") == "$whole_digest" ]] || { same_run "$whole" "$1"; fail "${1##*/}: another end than $whole"; }
    ! compgen -G "$1/*.tmp*" >/dev/null || { ls "$1"; fail "${1##*/}: half-written files"; }
}

# random_moment: seconds within the time that a run has.
random_moment() {
    local us=$((RANDOM * longest / 32768))
    printf '%d.%06d' $((us / 1000000)) $((us % 1000000))
}

# strike RUN SIGNAL...: begins or goes on with a run and sends the first signal at a random moment, others at most 29 ms
# after the one before. Sets `code` to its exit code.
strike() {
    local run=$1 signal pid before
    shift
    before=$(has_checkpoint "$run")
    arguments_of "$run"
    env --default-signal=INT "$program" "${arguments[@]}" >"$work/stdout" 2>"$work/stderr" &
    pid=$!
    # Before exec it is a copy of this shell, which would clean up after the test when a signal ends it.
    until [[ ! -e /proc/$pid/exe || /proc/$pid/exe -ef $program ]]; do :; done
    sleep "$(random_moment)"
    for signal in "$@"; do
        kill -"$signal" $pid 2>/dev/null || true
        [[ $# == 1 ]] || sleep "0.0$((RANDOM % 3))$((RANDOM % 10))"
    done
    code=0
    wait $pid 2>/dev/null || code=$?
    kept "$run" "$before"
}

# trials N TWIN CODE SIGNAL...: N runs that the signals end with exit code CODE, most of them after a checkpoint, every
# other one twice. Then each ends as $whole did. A run that was done before the signal is no trial.
trials() {
    local count=$1 twin=$2 expected=$3 hits=0 after_checkpoint=0 begun=0 run code
    shift 3
    while ((hits < count)); do
        ((++begun <= 20 * count + 20)) || fail "$twin, $*: only $hits of $count runs were hit, $begun were begun"
        run=$work/$twin.$*.$begun
        strike "$run" "$@"
        if ((code != 0 && hits % 2)); then strike "$run" "$@"; fi
        if ((code == 0)); then
            longest=$((longest * 9 / 10)) # the signal came too late
            finish "$run"
            rm -rf "$run"
            continue
        fi
        [[ $code == "$expected" ]] || { cat "$work/stderr"; fail "$twin: exit code $code after $*, expected $expected"; }
        ((++hits))
        longest=$((longest * 20 / 19))
        if [[ -e $run/checkpoint.safetensors ]]; then ((++after_checkpoint)); fi
        [[ ! -s $work/stderr ]] || said "^lstm_usps10.*: stopped by signal $((expected - 128)) after step [0-9]+; .* --resume $run/"
        finish "$run"
        rm -rf "$run"
    done
    ((after_checkpoint > 0)) || fail "$twin, $*: no run was hit after its first checkpoint"
    echo "$twin, $*: $hits of $begun runs were hit, $after_checkpoint after a checkpoint; all ended as the whole run"
}

# every_moment TWIN KIND CODE STEP [FOLDER]: KIND at the first operation on files and at every STEP-th after it, until a
# run has no more. Runs go on from a copy of FOLDER for two steps, or begin. Each ends with exit code CODE, and then as
# $whole did.
every_moment() {
    local twin=$1 kind=$2 expected=$3 step=$4 at=1 run code before
    for (( ; ; at += step)); do
        run=$work/$twin.$kind.at$at
        [[ -z ${5:-} ]] || cp -r "$5" "$run"
        before=$(has_checkpoint "$run")
        arguments_of "$run"
        with_fault "$kind" $at "$program" "${arguments[@]}" --max-steps 3
        [[ $code != 0 ]] || break
        [[ $code == "$expected" ]] || { cat "$work/stderr"; fail "$twin, $kind at $at: exit code $code, expected $expected"; }
        kept "$run" "$before"
        case $kind in
            FULL) told "$run" 'No space left on device' ;;
            INT | TERM) said "^lstm_usps10.*: stopped by signal $((expected - 128)) after step [0-3]; .* --resume $run/" ;;
        esac
        finish "$run"
        rm -rf "$run"
    done
    ((at > 20)) || { cat "$work/stderr"; fail "$twin, $kind: only $at operations on files: the faults do not reach the program"; }
    echo "$twin, $kind: at $(((at - 1) / step)) of $((at - 1)) operations on files; all ended as the whole run"
}

# told RUN REASON: the last run said in one line what it could not write and why, and left nothing half-written.
told() {
    said "^lstm_usps10.*: cannot .*: $2\$"
    [[ ! -d $1 || -z $(find "$1" -name '*.tmp*') ]] || { ls "$1"; fail "${1##*/}: half-written files"; }
}

# too_full ROOM REASON COMMAND...: COMMAND, which goes on with $run, ends in order with ROOM KiB left.
too_full() {
    local room=$1 reason=$2 code=0 message # through a pipe, which is not limited
    shift 2
    message=$("$@" 2>&1 >/dev/null) || code=$?
    printf '%s\n' "$message" >"$work/stderr"
    [[ $code == 1 ]] || { cat "$work/stderr"; fail "$room KiB left: exit code $code, expected 1"; }
    told "$run" "$reason"
    diff -r "$before" "$run" || fail "$room KiB left: the folder is not as it was"
}

limited() { (ulimit -f "$1"; exec "${@:2}"); }

# full_disk TWIN: a limit of file sizes, then the disk, leaves no room for the checkpoint of a run that goes on.
full_disk() {
    local before=$work/$1.before run=$work/$1.limit room
    train "$program" "$before" "${settings[@]}" --max-steps 2
    for room in 0 1 4; do
        cp -r "$before" "$run"
        arguments_of "$run"
        too_full $room 'File too large' limited $room "$program" "${arguments[@]}"
        finish "$run"
        rm -rf "$run"
    done
    small_disk "$work/$1.disk" 1M || return 0
    run=$work/$1.disk/run
    for room in 0 4 8; do
        cp -r "$before" "$run"
        arguments_of "$run"
        fill_disk "$work/$1.disk" $room
        too_full $room 'No space left on device' "$program" "${arguments[@]}"
        rm "$work/$1.disk/filler"
        finish "$run"
        rm -rf "$run"
    done
}
