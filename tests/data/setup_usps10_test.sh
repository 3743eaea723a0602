#!/usr/bin/env bash
# Tests data/setup_usps10.sh without the network: a copy that expects the checksums of two tiny files goes through every
# way to succeed and to fail. With FXP_DATA_MIRROR set, the script itself fetches the real files from there too.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
original=$here/../../data/setup_usps10.sh
real_mirror=${FXP_DATA_MIRROR:-}
unset FXP_DATA_MIRROR http_proxy https_proxy all_proxy

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
cases=0

die() {
    printf 'FAILED: %s\n' "$*"
    printf '  exit code %s, output: %s\n' "${status-}" "$(cat -- "$scratch/out" "$scratch/err" 2>/dev/null)"
    exit 1
}

# run CODE COMMAND...: it must end with CODE; stderr must be one line of the script, or nothing with code 0.
run() {
    local expected=$1
    shift
    status=0
    "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
    [[ $status == "$expected" ]] || die "$*: expected exit code $expected"
    if [[ $expected == 0 ]]; then
        [[ ! -s $scratch/err ]] || die "$*: expected nothing on stderr"
    else
        [[ $(wc -l <"$scratch/err") == 1 ]] || die "$*: expected one line on stderr"
        grep -q '^setup_usps10.sh: ' "$scratch/err" || die "$*: expected the script's name first"
    fi
    cases=$((cases + 1))
}

says() { # says FILE TEXT...: each text is in what the last run wrote
    local file=$scratch/$1 text
    shift
    for text in "$@"; do grep -qF -- "$text" "$file" || die "expected '$text' in the output"; done
}

holds() { # holds FOLDER NAME...: these files and no others, hidden ones included
    local folder=$1
    shift
    [[ $(find "$folder" -mindepth 1 -printf '%P\n' | sort | tr '\n' ' ') == "$(printf '%s ' "$@")" ]] ||
        die "expected only $* in $folder, found $(find "$folder" -mindepth 1 | tr '\n' ' ')"
}

sha() { sha256sum <"$1" | cut -d' ' -f1; }

# The copy, two tiny files, and a mirror that holds them.
mirror=$scratch/mirror
mkdir "$mirror"
printf '1 1:0.5\n' >"$scratch/usps"
printf '2 2:-0.5\n' >"$scratch/usps.t"
for name in usps usps.t; do bzip2 -c "$scratch/$name" >"$mirror/$name.bz2"; done
copy=$scratch/setup_usps10.sh
sed -E \
    -e "/^declare.*text_sha/,/^\)/ s/(\[usps\])=.*/\1=$(sha "$scratch/usps")/" \
    -e "/^declare.*text_sha/,/^\)/ s/(\[usps\.t\])=.*/\1=$(sha "$scratch/usps.t")/" \
    -e "/^declare.*bz2_sha/,/^\)/ s/(\[usps\])=.*/\1=$(sha "$mirror/usps.bz2")/" \
    -e "/^declare.*bz2_sha/,/^\)/ s/(\[usps\.t\])=.*/\1=$(sha "$mirror/usps.t.bz2")/" \
    -e "s/^(declare.*bz2_bytes=).*/\1([usps]=$(wc -c <"$mirror/usps.bz2") [usps.t]=$(wc -c <"$mirror/usps.t.bz2"))/" \
    "$original" >"$copy"
chmod +x "$copy"

# A PATH without curl and wget, one with a curl that finds no host, one with a curl that serves the mirror.
for bin in offline no_host served; do
    mkdir "$scratch/$bin"
    for tool in bash env cat cp mv rm rmdir mkdir mktemp dirname wc sha256sum bzip2; do
        ln -s "$(command -v "$tool")" "$scratch/$bin/$tool"
    done
done
printf '#!/usr/bin/env bash\nexit 6\n' >"$scratch/no_host/curl"
cat >"$scratch/served/curl" <<'CURL'
#!/usr/bin/env bash
while (($# > 1)); do
    [[ $1 != --output ]] || output=$2
    shift
done
[[ -n ${SERVE:-} && -f $SERVE/${1##*/} ]] || exit 22
cp -- "$SERVE/${1##*/}" "$output"
CURL
chmod +x "$scratch"/{no_host,served}/curl
offline=(env "PATH=$scratch/offline")

# Usage.
run 0 "$copy" --help
says out "usage: setup_usps10.sh" "FXP_DATA_MIRROR" "Exit codes"
run 2 "$copy" --nonsense
says err "'--nonsense'" "expected --help or a folder"
run 2 "$copy" "$scratch/a" "$scratch/b"
says err "more than one folder" "expected one"
run 2 "$copy" ""
says err "empty"

# Nowhere to take the files from: exit code 3, and no folder is left behind.
run 3 "${offline[@]}" "$copy" "$scratch/t"
says err "usps.bz2" "neither curl nor wget" "apt-get install curl" "www.csie.ntu.edu.tw"
[[ ! -e $scratch/t ]] || die "expected no folder"
run 3 env "PATH=$scratch/no_host" "$copy" "$scratch/t"
says err "its host is not known"
run 3 "${offline[@]}" FXP_DATA_MIRROR="$scratch/absent" "$copy" "$scratch/t"
says err "$scratch/absent: no such folder"
mkdir "$scratch/empty"
run 3 "${offline[@]}" FXP_DATA_MIRROR="$scratch/empty" "$copy" "$scratch/t"
says err "$scratch/empty: no usps.bz2 in this folder"
[[ ! -e $scratch/t ]] || die "expected no folder"

# Damaged files in the mirror: exit code 1, nothing half-written.
bad=$scratch/bad
cp -r "$mirror" "$bad"
head -c 20 "$mirror/usps.t.bz2" >"$bad/usps.t.bz2"
run 1 "${offline[@]}" FXP_DATA_MIRROR="$bad" "$copy" "$scratch/t"
says err "$bad/usps.t.bz2" "SHA-256 is $(sha "$bad/usps.t.bz2")" "expected $(sha "$mirror/usps.t.bz2")" \
    "20 bytes, expected $(wc -c <"$mirror/usps.t.bz2")"
[[ ! -e $scratch/t ]] || die "expected no folder"
cp "$mirror/usps.bz2" "$bad/usps.t.bz2"
run 1 "${offline[@]}" FXP_DATA_MIRROR="$bad" "$copy" "$scratch/t"
says err "SHA-256 is $(sha "$mirror/usps.bz2")" "expected $(sha "$mirror/usps.t.bz2")"
run 1 env "PATH=$scratch/served" SERVE="$bad" "$copy" "$scratch/t"
says err "https://www.csie.ntu.edu.tw" "usps.t.bz2" "expected $(sha "$mirror/usps.t.bz2")"

# A .bz2 that has the expected checksum and is truncated all the same.
sed "s/$(sha "$mirror/usps.t.bz2")/$(head -c 20 "$mirror/usps.t.bz2" | sha256sum | cut -d' ' -f1)/" "$copy" \
    >"$scratch/trusting.sh"
head -c 20 "$mirror/usps.t.bz2" >"$bad/usps.t.bz2"
mkdir "$scratch/trusting"
mv "$scratch/trusting.sh" "$scratch/trusting/setup_usps10.sh"
run 1 "${offline[@]}" FXP_DATA_MIRROR="$bad" bash "$scratch/trusting/setup_usps10.sh" "$scratch/t"
says err "cannot decompress usps.t.bz2"
[[ ! -e $scratch/t ]] || die "expected no folder"

# A missing tool, and a folder that cannot be made.
rm "$scratch/no_host/bzip2"
run 1 env "PATH=$scratch/no_host" FXP_DATA_MIRROR="$mirror" "$copy" "$scratch/t"
says err "bzip2 is not installed" "apt-get install bzip2"
run 1 "${offline[@]}" FXP_DATA_MIRROR="$mirror" "$copy" "$scratch/usps/t"
says err "cannot create the folder $scratch/usps/t"

# A good mirror: as a folder, as a file URL, as the public site; after a mirror that is not there.
run 0 "${offline[@]}" FXP_DATA_MIRROR="$mirror/" "$copy" "$scratch/t/"
says out "$scratch/t has usps" "verified"
holds "$scratch/t" usps usps.t
for name in usps usps.t; do cmp "$scratch/t/$name" "$scratch/$name" || die "expected the same text"; done
run 0 "${offline[@]}" FXP_DATA_MIRROR="file://$mirror" "$copy" "$scratch/t2"
holds "$scratch/t2" usps usps.t
run 0 env "PATH=$scratch/served" SERVE="$mirror" FXP_DATA_MIRROR="$scratch/absent" "$copy" "$scratch/t3"
holds "$scratch/t3" usps usps.t
run 0 env "PATH=$scratch/served" SERVE="$mirror" FXP_DATA_MIRROR=https://mirror.invalid/x "$copy" "$scratch/t4"
holds "$scratch/t4" usps usps.t

# A second run does nothing and needs nothing.
before=$(stat -c '%i %y' "$scratch/t/usps" "$scratch/t/usps.t")
run 0 env "PATH=$scratch/no_host" "$copy" "$scratch/t"
says out "nothing to do"
[[ $(stat -c '%i %y' "$scratch/t/usps" "$scratch/t/usps.t") == "$before" ]] || die "expected untouched files"

# A text file that was changed is replaced; if it cannot be, it stays as it is.
printf 'x' >>"$scratch/t/usps"
run 3 "${offline[@]}" "$copy" "$scratch/t"
holds "$scratch/t" usps usps.t
run 0 "${offline[@]}" FXP_DATA_MIRROR="$mirror" "$copy" "$scratch/t"
cmp "$scratch/t/usps" "$scratch/usps" || die "expected the original text"

# Compressed files in the folder itself are used and kept; a damaged one is named. The default folder is usps10.
mkdir "$scratch/usps10"
cp "$mirror"/*.bz2 "$scratch/usps10"
run 0 "${offline[@]}" "$copy"
holds "$scratch/usps10" usps usps.bz2 usps.t usps.t.bz2
rm "$scratch/usps10/usps"
printf 'BZh' >"$scratch/usps10/usps.bz2"
run 1 "${offline[@]}" FXP_DATA_MIRROR="$mirror" "$copy"
says err "$scratch/usps10/usps.bz2" "3 bytes, expected"
holds "$scratch/usps10" usps.bz2 usps.t usps.t.bz2

# The script itself, with the real files.
if [[ -n $real_mirror ]]; then
    run 0 env FXP_DATA_MIRROR="$real_mirror" "$original" "$scratch/real"
    holds "$scratch/real" usps usps.t
    [[ $(wc -l <"$scratch/real/usps") == 7291 && $(wc -l <"$scratch/real/usps.t") == 2007 ]] || die "expected USPS10"
    run 0 "${offline[@]}" "$original" "$scratch/real"
    says out "nothing to do"
else
    printf 'not tested: the real files, as FXP_DATA_MIRROR is not set\n'
fi
printf 'passed: %d runs\n' "$cases"
