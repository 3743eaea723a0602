#!/usr/bin/env bash
# tools/bench/setup.sh: installs what the benchmarks compare with, Google Benchmark, and GNU time. As root, or through
# sudo if that needs no password; without these rights it says what is needed.
set -euo pipefail

wanted=(libbenchmark-dev libeigen3-dev libopenblas-dev libdnnl-dev libgemmlowp-dev python3-torch time)

if ! command -v dpkg-query >/dev/null; then
    echo "setup: this is not a Debian system, so nothing is installed. Needed are, by their Debian names: ${wanted[*]}"
    exit 0 # what is not there is left out of the comparison
fi
installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "${wanted[@]}" 2>/dev/null || true)"
missing=()
for package in "${wanted[@]}"; do
    [[ $installed == *" installed:$package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=(env)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n env)
else
    echo "setup: run as root: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
"${as_root[@]}" apt-get update -q
"${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
