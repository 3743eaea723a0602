#!/usr/bin/env bash
# The Debian package: what is in it, and that it installs, is found and leaves nothing behind. All of it below a root of
# its own, with its own database of packages: no rights are needed, and the machine's packages are not touched.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
source "$source_dir/tests/package/user.sh"
PATH=$PATH:/usr/sbin:/sbin # where dpkg looks for its helpers
command -v dpkg >/dev/null && command -v dpkg-deb >/dev/null || skip "there is no dpkg"

must_pass cmake -S "$source_dir" -B "$work/library" -DCMAKE_CXX_COMPILER="$CXX" \
    -DFXP_BUILD_TESTS=OFF -DFXP_BUILD_EXAMPLES=OFF -DFXP_BUILD_TOOLS=OFF
(umask 077 && must_pass cmake --build "$work/library" --target package)
version=$(sed -n 's/^project(fxp VERSION \([0-9.]*\) .*/\1/p' "$source_dir/CMakeLists.txt")
deb=$work/library/libfxp-dev_${version}_all.deb
[ -f "$deb" ] || fail "there is no ${deb##*/} among: $(cd "$work/library" && echo *.deb)"

# field NAME EXPECTED
field() {
    local said
    said=$(dpkg-deb --field "$deb" "$1")
    [ "$said" = "$2" ] || fail "the field $1 is '$said', expected '$2'"
}
field Package libfxp-dev
field Version "$version"
field Architecture all
field Section libdevel
field Depends ""
for package in libeigen3-dev libssl-dev nlohmann-json3-dev; do
    [[ $(dpkg-deb --field "$deb" Recommends) == *"$package"* ]] || fail "$package is not recommended"
done
[[ $(dpkg-deb --field "$deb" Maintainer) == ?* ]] || fail "there is no maintainer"
description=$(dpkg-deb --field "$deb" Description)
[[ ${description%%$'\n'*} =~ ^[A-Z].{10,78}[^.]$ ]] || fail "the synopsis is '${description%%$'\n'*}'"
awk 'length > 80 { exit 1 }' <<<"$description" || fail "the description has lines of more than 80 characters"

# Every header and what finds them, and nothing else; readable by all, written by none but root.
expected() {
    (cd "$source_dir/include" && find fxp -name '*.hpp' -printf './usr/include/%p\n')
    printf './usr/share/cmake/fxp/%s\n' fxp{Config,ConfigVersion,Targets}.cmake FxpCompiled.cmake kernels.cpp
    printf './usr/share/doc/libfxp-dev/%s\n' README.md copyright
}
dpkg-deb --contents "$deb" >"$work/contents"
diff <(expected | sort) <(awk '!/^d/ { print $6 }' "$work/contents" | sort) || fail "other files than expected (<)"
odd=$(grep -Ev '^(drwxr-xr-x|-rw-r--r--) root/root ' "$work/contents") &&
    fail "not everyone's to read and root's to write: $odd"

root=$work/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
touch "$root/var/lib/dpkg/status"
in_root() { dpkg --root="$root" --log="$work/dpkg.log" --force-not-root "$@"; }
files() { (cd "$root" && find . -mindepth 1 -path ./var -prune -o -print); }

must_pass in_root --install "$deb"
status=$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Status}' libfxp-dev)
[ "$status" = installed ] || fail "the package's status is '$status'"
must_pass grep -q 'Permission is hereby granted' "$root/usr/share/doc/libfxp-dev/copyright"
user_runs find_package -DCMAKE_PREFIX_PATH="$root/usr" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
if grep -q '^if(ON)' "$root/usr/share/cmake/fxp/fxpConfig.cmake"; then
    must_pass grep -q -- -fopenmp "$work/build/compile_commands.json"
fi
grep -q "^fxp_DIR:.*=$root/usr/share/cmake/fxp$" "$work/build/CMakeCache.txt" || fail "another fxp was found"

# One package for every compiler, also for those without OpenMP.
must_pass configure_user find_package -DCMAKE_PREFIX_PATH="$root/usr" -DCMAKE_DISABLE_FIND_PACKAGE_OpenMP=ON

must_pass in_root --purge libfxp-dev
[ -z "$(files)" ] || fail "left behind: $(files | tr '\n' ' ')"
must_fail 'fxpConfig\.cmake' configure_user find_package -DCMAKE_PREFIX_PATH="$root/usr" \
    -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF
