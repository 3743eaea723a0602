#!/usr/bin/env bash
# tools/docs.sh [--check]: builds the API reference by Doxygen, build/docs/html/index.html. Exit code 1, with a line for
# each, when a public name has no comment (tools/docs/undocumented.py says which are public) or Doxygen warns.
#   --check  looks for these only, and makes no HTML
set -euo pipefail
cd "$(dirname "$0")/.."

html=YES
case ${1:-} in
    "") ;;
    --help | -h) sed -n '2,/^set/{s/^# \{0,1\}//p}' "tools/${0##*/}"; exit 0 ;;
    --check) html=NO ;;
    *) echo "docs.sh: '$1', expected nothing or --check" >&2; exit 2 ;;
esac
command -v doxygen >/dev/null || { echo "docs: there is no doxygen (Debian: doxygen)" >&2; exit 1; }

out=build/docs
rm -rf "$out"
mkdir -p "$out"
{
    cat tools/docs/Doxyfile
    printf '%s\n' "OUTPUT_DIRECTORY = $out" "WARN_LOGFILE = $out/warnings" "GENERATE_HTML = $html"
} >"$out/Doxyfile"
doxygen "$out/Doxyfile" >"$out/log" 2>&1 || { cat "$out/log" >&2; exit 1; }

status=0
if [ -s "$out/warnings" ]; then
    sort -u "$out/warnings" | sed "s|^$PWD/||"
    status=1
fi
python3 tools/docs/undocumented.py "$out/xml" || status=1
[ "$html" = NO ] || echo "$out/html/index.html"
exit $status
