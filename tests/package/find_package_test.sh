#!/usr/bin/env bash
# The installed package: found, moved, bare, with its components, and clear about what is missing.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
source "$source_dir/tests/package/user.sh"

# install_library FLAGS...: into $prefix, by way of another folder, so that nothing may remember where it was installed.
prefix=$work/moved
install_library() {
    rm -rf "$work/library" "$prefix"
    must_pass cmake -S "$source_dir" -B "$work/library" -DCMAKE_CXX_COMPILER="$CXX" \
        -DFXP_BUILD_TESTS=OFF -DFXP_BUILD_EXAMPLES=OFF -DFXP_BUILD_TOOLS=OFF "$@"
    must_pass cmake --install "$work/library" --prefix "$work/installed"
    mv "$work/installed" "$prefix"
    rm -rf "$work/library"
}

install_library "${bare[@]}"
user_runs find_package -DCMAKE_PREFIX_PATH="$prefix" "${bare[@]}"
must_fail 'missing: float\. Component float needs Eigen' configure_user find_package -DCMAKE_PREFIX_PATH="$prefix" "${bare[@]}" -DFXP_COMPONENTS=float
must_fail 'missing: io\. .*component io needs nlohmann-json' configure_user find_package -DCMAKE_PREFIX_PATH="$prefix" "${bare[@]}" -DFXP_COMPONENTS=io
must_fail 'missing: odd\.' configure_user find_package -DCMAKE_PREFIX_PATH="$prefix" -DFXP_COMPONENTS=odd
must_fail 'compatible with requested version "0\.99"' configure_user find_package -DCMAKE_PREFIX_PATH="$prefix" -DFXP_VERSION=0.99

install_library
user_runs find_package -DCMAKE_PREFIX_PATH="$prefix" '-DFXP_COMPONENTS=float;io;compiled'
