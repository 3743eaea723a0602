# Sourced by the package tests, after harness.sh.
[ -f "$source_dir/include/fxp/fxp.hpp" ] || skip "there is no fxp/fxp.hpp yet"

# A machine that has only a compiler.
bare=(-DCMAKE_DISABLE_FIND_PACKAGE_{OpenMP,Eigen3,nlohmann_json,OpenSSL}=ON)

# configure_user WAY FLAGS...: configures tests/package/WAY in a fresh build folder. What is built runs for a moment only.
configure_user() {
    rm -rf "$work/build"
    cmake -S "$source_dir/tests/package/$1" -B "$work/build" -DCMAKE_CXX_COMPILER="$CXX" \
        -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 "${@:2}"
}

# user_runs WAY FLAGS...: the program is configured, built, and says what it should.
user_runs() {
    must_pass configure_user "$@"
    must_pass cmake --build "$work/build"
    local said
    said=$("$work/build/user") || fail "the user's program failed"
    [ -n "$said" ] || fail "the user's program said nothing"
}
