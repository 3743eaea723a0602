#!/usr/bin/env bash
# data/setup_mnist.sh refuses what is not MNIST and leaves nothing half-done.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
setup=$source_dir/data/setup_mnist.sh

ends() { # ends CODE WORDS ARGUMENT...: without npm
    local code=0
    PATH=$work/bin "$setup" "${@:3}" >"$work/out" 2>"$work/err" || code=$?
    [[ $code == "$1" && $(wc -l <"$work/err") == 1 ]] || { cat "$work/err"; fail "exit code $code, expected $1: ${*:3}"; }
    grep -qF -- "$2" "$work/err" || fail "'$(cat "$work/err")' does not say '$2'"
}
mkdir "$work/bin" "$work/mirror"
for tool in bash env dirname sha256sum mktemp mkdir rm cp gzip find mv cat tar timeout; do
    ln -s "$(command -v $tool)" "$work/bin/$tool"
done

ends 2 "--folder: no such flag" --folder
ends 2 "2 arguments, expected at most a folder" a b
ends 3 "npm has not brought it" "$work/new"
printf 'not a digit' >"$work/mirror/train-images-idx3-ubyte"
FXP_DATA_MIRROR=$work/mirror ends 1 "another SHA-256 than expected" "$work/new"
[[ -z $(ls -A "$work/new") ]] || fail "something was left: $(ls -A "$work/new")"
: >"$work/file"
ends 1 "is not a folder" "$work/file"
must_pass "$setup" --help
