# Sourced by the *_test.sh scripts: where things are, a folder that cleans itself up, and the ways a test ends.
set -euo pipefail

source_dir=${FXP_SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
bin_dir=${FXP_BIN_DIR:-$source_dir/build/release/bin}
export CXX=${CXX:-c++}
read -r -a emulator <<<"${FXP_EMULATOR:-}" # what runs programs of another processor

# On a disk in memory, where there is one that has room and runs programs: ours wait until what they write is on the disk.
make_work() {
    local room
    room=$(df --output=avail -BM /dev/shm 2>/dev/null | tail -1 | tr -dc 0-9)
    if [[ -z ${TMPDIR:-} && -w /dev/shm && ${room:-0} -ge 4096 ]]; then
        work=$(mktemp -d -p /dev/shm)
        cp "$(type -P true)" "$work/true" && "$work/true" 2>/dev/null && rm "$work/true" && return
        rm -rf "$work"
    fi
    work=$(mktemp -d)
}
make_work
trap 'rm -rf "$work"' EXIT

fail() { printf 'FAILED: %s\n' "$*"; exit 1; }
skip() { printf 'SKIPPED: %s\n' "$*"; exit 77; }

# must_fail REGEX COMMAND...: the command has to fail and say something that matches, however it breaks its lines.
must_fail() {
    local pattern=$1 said
    shift
    if said=$("$@" 2>&1); then
        printf '%s\n' "$said"
        fail "this should have failed: $*"
    fi
    if ! grep -Eq -- "$pattern" < <(tr -s '[:space:]' ' ' <<<"$said"); then
        printf '%s\n' "$said"
        fail "failed, but without saying '$pattern': $*"
    fi
}

# must_pass COMMAND...: quiet when it does.
must_pass() {
    local said
    said=$("$@" 2>&1) || { printf '%s\n' "$said"; fail "this should have passed: $*"; }
}
