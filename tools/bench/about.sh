#!/usr/bin/env bash
# tools/bench/about.sh BUILD_DIR [PYTHON]: what the figures of a benchmark run depend on, as a Markdown list: date,
# sources, machine, compiler and flags of the build, versions of the rivals (PYTHON: one that has PyTorch).
set -euo pipefail

case ${1:-} in
    --help | -h) sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    '') echo "about.sh: expected a build folder" >&2; exit 2 ;;
esac
build=$1
python=${2:-}
[ -f "$build/CMakeCache.txt" ] || { echo "about.sh: $build: not a build folder" >&2; exit 1; }

# cached NAME: a variable of the build.
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

# cpu KEY: what /proc/cpuinfo says of the first processor.
cpu() { sed -n "s/^$1[[:space:]]*: //p" /proc/cpuinfo 2>/dev/null | head -n 1; }

# version PACKAGE: of a Debian package.
version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || echo "not installed"; }

sets=""
for flag in avx2 fma avx512f avx512bw avx512dq avx512vl avx512ifma avx512_vnni avx_vnni amx_int8; do
    [[ " $(cpu flags) " != *" $flag "* ]] || sets+=" $flag"
done
source=$(cached CMAKE_HOME_DIRECTORY)
commit=$(git -C "$source" rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git -C "$source" status --porcelain --untracked-files=no 2>/dev/null)" ] || commit+=" with changes"
compiler=$(cached CMAKE_CXX_COMPILER)
read -ra flags <<<"$(cached CMAKE_CXX_FLAGS) $(cached CMAKE_CXX_FLAGS_RELEASE)"
torch="not installed"
[ -z "$python" ] || torch=$("$python" -c 'import torch; print(torch.__version__)')
openblas="OpenBLAS $(version libopenblas-dev)${OPENBLAS_CORETYPE:+ as $OPENBLAS_CORETYPE}"
rivals="Eigen $(version libeigen3-dev), $openblas, oneDNN $(version libdnnl-dev), PyTorch $torch"

cat <<END
- date: $(date -u '+%Y-%m-%d %H:%M UTC'), load $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || echo unknown)
- sources: $commit
- machine: $(cpu 'model name'), $(nproc) cores;${sets:- no vector instructions that matter}
- compiler: $("$compiler" --version | head -n 1), ${flags[*]}
- rivals: $rivals
END
