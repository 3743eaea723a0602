#!/usr/bin/env bash
# Fetches and verifies USPS10; see --help. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nowhere to take it from.
set -euo pipefail

readonly program=${0##*/}
readonly site=https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass
readonly names=(usps usps.t)

# Of each file: SHA-256 of the text, SHA-256 of its .bz2, bytes of its .bz2.
declare -rA text_sha=(
    [usps]=f887a33d18f08b03d7e3e33a36aa73c01429a057351d22de9439786666e2fec0
    [usps.t]=3839faa29aa5f6bfa0516cdd599fae8ad59b7a3777d09f7ca971d9f1cd8b6c6b
)
declare -rA bz2_sha=(
    [usps]=3771e9dd6ba685185f89867b6e249233dd74652389f263963b3b741e994b034f
    [usps.t]=a9c0164e797d60142a50604917f0baa604f326e9a689698763793fa5d12ffc4e
)
declare -rA bz2_bytes=([usps]=6579383 [usps.t]=1831726)

usage() {
    cat <<END
usage: $program [--help] [FOLDER]

Leaves the USPS10 training set (usps, 7291 samples) and test set (usps.t, 2007 samples) in FOLDER, by default usps10
beside this script. Every file is verified by its SHA-256; nothing half-written is ever left behind.

The files are taken from the first of these that has them:
  1. FOLDER itself: usps and usps.t (then there is nothing to do), or usps.bz2 and usps.t.bz2
  2. the folder or URL in the environment variable FXP_DATA_MIRROR, which holds usps.bz2 and usps.t.bz2
  3. $site

Exit codes: 0 done; 1 failed (wrong checksum, missing tool, folder not writable); 2 wrong usage;
3 neither files, nor a mirror, nor the network had them.
END
}

# fail CODE MESSAGE: one line on stderr, then exit.
fail() {
    printf '%s: %s\n' "$program" "$2" >&2
    exit "$1"
}

need() { # need TOOL PACKAGE
    command -v "$1" >/dev/null || fail 1 "$1 is not installed, expected it in PATH: apt-get install $2"
}

sha_of() {
    local line
    line=$(sha256sum <"$1") || fail 1 "cannot read $1"
    printf '%s' "${line%% *}"
}

is_verified() { [[ -f $folder/$1 && $(sha_of "$folder/$1") == "${text_sha[$1]}" ]]; }

# check FILE SOURCE EXPECTED-SHA [EXPECTED-BYTES]
check() {
    local sha bytes hint=""
    sha=$(sha_of "$1")
    [[ $sha == "$3" ]] && return
    bytes=$(wc -c <"$1")
    if [[ -n ${4:-} && $bytes -ne $4 ]]; then hint=" ($bytes bytes, expected $4)"; fi
    fail 1 "$2: SHA-256 is $sha, expected $3$hint"
}

# download URL FILE: 0 if FILE is there, else `reason` says why not.
download() {
    local code=0
    if command -v curl >/dev/null; then
        curl --fail --silent --location --connect-timeout 10 --speed-limit 1000 --speed-time 30 --max-time 600 \
            --output "$2" "$1" 2>/dev/null || code=$?
        reason="curl ended with exit code $code"
        case $code in
            5 | 6) reason="its host is not known here" ;;
            7 | 28) reason="no connection" ;;
            22) reason="the server does not have it" ;;
        esac
    elif command -v wget >/dev/null; then
        wget --quiet --tries=1 --connect-timeout=10 --dns-timeout=10 --read-timeout=30 --output-document="$2" "$1" \
            2>/dev/null || code=$?
        reason="wget ended with exit code $code"
        case $code in
            4) reason="no connection" ;;
            8) reason="the server does not have it" ;;
        esac
    else
        code=1
        reason="neither curl nor wget is installed (apt-get install curl)"
    fi
    return "$code"
}

# obtain NAME: puts a verified NAME.bz2 into $work.
obtain() {
    local file=$1.bz2 mirror=${FXP_DATA_MIRROR:-} tried="" place reason=""
    if [[ -e $folder/$file ]]; then
        check "$folder/$file" "$folder/$file" "${bz2_sha[$1]}" "${bz2_bytes[$1]}"
        cp -- "$folder/$file" "$work/$file" || fail 1 "cannot copy $folder/$file to $work"
        return
    fi
    mirror=${mirror#file://}
    for place in ${mirror:+"${mirror%/}"} "$site"; do
        if [[ $place == http://* || $place == https://* ]]; then
            if download "$place/$file" "$work/$file"; then
                check "$work/$file" "$place/$file" "${bz2_sha[$1]}" "${bz2_bytes[$1]}"
                return
            fi
        elif [[ ! -d $place ]]; then
            reason="no such folder"
        elif [[ ! -f $place/$file ]]; then
            reason="no $file in this folder"
        else
            check "$place/$file" "$place/$file" "${bz2_sha[$1]}" "${bz2_bytes[$1]}"
            cp -- "$place/$file" "$work/$file" || fail 1 "cannot copy $place/$file to $work"
            return
        fi
        tried+="; $place: $reason"
    done
    fail 3 "cannot get $file, expected it in $folder, FXP_DATA_MIRROR or at the public site$tried"
}

clean_up() {
    if [[ -n $work ]]; then rm -rf -- "$work"; fi
    if [[ -n $created ]]; then rmdir -- "$created" 2>/dev/null || true; fi
}

folder=""
for argument in "$@"; do
    case $argument in
        -h | --help) usage && exit 0 ;;
        -*) fail 2 "unknown option '$argument', expected --help or a folder" ;;
        "") fail 2 "the folder's name is empty, expected a folder" ;;
        *)
            [[ -z $folder ]] || fail 2 "more than one folder: '$folder' and '$argument', expected one"
            folder=$argument
            ;;
    esac
done
folder=${folder:-$(dirname -- "${BASH_SOURCE[0]}")/usps10}
folder=${folder%/}
folder=${folder:-/}

need sha256sum coreutils
missing=()
for name in "${names[@]}"; do is_verified "$name" || missing+=("$name"); done
if ((${#missing[@]} == 0)); then
    printf '%s: %s has usps and usps.t, verified: nothing to do\n' "$program" "$folder"
    exit 0
fi
need bzip2 bzip2

work="" created=""
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if [[ ! -d $folder ]]; then
    mkdir -p -- "$folder" 2>/dev/null || fail 1 "cannot create the folder $folder"
    created=$folder
fi
work=$(mktemp -d -- "$folder/.setup_usps10.XXXXXX" 2>/dev/null) || fail 1 "cannot write in the folder $folder"

for name in "${missing[@]}"; do
    if [[ -d $folder/$name ]]; then fail 1 "$folder/$name is a folder, expected a file or nothing"; fi
    obtain "$name"
    bzip2 -dc -- "$work/$name.bz2" >"$work/$name" 2>/dev/null || fail 1 "cannot decompress $name.bz2 into $folder"
    check "$work/$name" "$name as decompressed" "${text_sha[$name]}"
done
for name in "${missing[@]}"; do
    mv -f -- "$work/$name" "$folder/$name" || fail 1 "cannot write $folder/$name"
done
printf '%s: %s has usps (7291 training samples) and usps.t (2007 test samples), verified\n' "$program" "$folder"
