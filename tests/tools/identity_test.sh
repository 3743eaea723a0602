#!/usr/bin/env bash
# tools/identity.sh with compilers that are scripts: what it says of builds that agree, differ, fail or cannot be made.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"

tree=$work/tree
mkdir -p "$tree"/{tools,include,examples/usps10,tests/identity} "$work/bin"
cp "$source_dir/tools/identity.sh" "$tree/tools/"
cp "$source_dir/tests/identity/hashes.sh" "$tree/tests/identity/"
for tool in bash awk cat cp cut diff dirname env find grep head mkdir mktemp rm sed sha256sum touch tr wc; do
    ln -s "$(command -v $tool)" "$work/bin/"
done

# Two cases; a processor without avx512, amx and neon.
cat >"$work/golden_run" <<'END'
#!/usr/bin/env bash
[[ $1 != --list ]] || { echo first; echo second; exit; }
[[ ! ${FXP_ISA:-} =~ ^(avx512|amx|neon)$ ]] || { echo "FXP_ISA is '$FXP_ISA', expected portable or avx2 on this processor" >&2; exit 1; }
echo "the state of $2"
END
# A compiler that "compiles" it.
cat >"$work/bin/g++" <<'END'
#!/usr/bin/env bash
while [[ $1 != -o ]]; do shift; done
cp "$GOLDEN_RUN" "$2"
END
printf '#!/usr/bin/env bash\necho "ld: error: no -lgomp" >&2; exit 1\n' >"$work/bin/arm-linux-gnueabihf-g++"
chmod +x "$work/golden_run" "$work/bin/g++" "$work/bin/arm-linux-gnueabihf-g++"
export GOLDEN_RUN=$work/golden_run PATH=$work/bin
"$tree/tests/identity/hashes.sh" "$work/golden_run" >"$tree/tests/identity/golden_run.sha256"

identity() { "$tree/tools/identity.sh" "$@"; }
# rows REGEX COUNT: so many lines of the table match.
rows() { [[ $(grep -cE -- "$1" "$work/table") == "$2" ]] || { cat "$work/table"; fail "not $2 rows of '$1'"; }; }

identity g++-O0 >"$work/table" || { cat "$work/table"; fail "equal states, and yet a failure"; }
rows '^build +ISA +threads +first +second$' 1
rows '^g\+\+-O0 +(portable|avx2) +[127]  same +same$' 6
rows '^g\+\+-O0 +(avx512|amx|neon) +not on this processor$' 9
rows . 16

# Without a row, those that cannot run are named and left out.
identity >"$work/table" || { cat "$work/table"; fail "rows that cannot run are a failure"; }
rows '^clang\+\+-O[023].* not run: no clang\+\+ \(Debian: clang libomp-dev\)$' 3
rows '^s390x .* not run: no s390x-linux-gnu-g\+\+ \(Debian: g\+\+-s390x-linux-gnu\)$' 1
rows '^armv7 .* not run: arm-linux-gnueabihf-g\+\+ links no OpenMP programs .*: ld: error: no -lgomp' 1
must_fail 'no clang\+\+' identity clang++-O2

# Sources that change are compiled again; a state that differs, a run and a build that fail are failures.
cp "$work/golden_run" "$work/other" # as executable as it is
sed 's/state of \$2/state of first/' "$work/golden_run" >"$work/other"
export GOLDEN_RUN=$work/other
identity g++-O0 >"$work/table" || fail "built again without need"
touch -d "1 minute" "$tree/include/source.hpp"
if identity g++-O0 >"$work/table"; then fail "another state is not seen"; fi
rows '^g\+\+-O0 +(portable|avx2) +[127]  same +[0-9a-f]{12}$' 6
sed 's/^echo "the.*/echo "no such file" >\&2; exit 1/' "$work/golden_run" >"$work/other"
must_fail 'g\+\+-O0 portable FAILED: no such file' identity g++-O0
sed 's/ echo second;//' "$work/golden_run" >"$work/other"
must_fail 'g\+\+-O0 portable FAILED: other cases than in .*: < second' identity g++-O0
sed -i 's/^cp .*/[[ $2 == *empty ]] || { echo "file.cpp: error: unknown word" >\&2; exit 1; }/' "$work/bin/g++"
must_fail 'g\+\+-O0 FAILED to compile: file.cpp: error: unknown word' identity g++-O0

[[ $(identity --list | wc -l) == 11 ]] || fail "--list: not eleven rows"
code=0
said=$(identity g++-O1 2>&1) || code=$?
[[ $code == 2 && $said == "identity.sh: row 'g++-O1', expected one of --list" ]] || fail "exit code $code: $said"
