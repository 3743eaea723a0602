#!/usr/bin/env bash
# What runs the corpora in the default tests, and what targets are checked by, see each kind of violation when it is
# planted.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"

# A target whose input says what goes wrong.
cat >"$work/planted.cpp" <<'E2'
#include "fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzz::text_of(data, size);
    const auto refuse = [](const std::string& message) {
        fuzz::require(!fuzz::accepted([&]() -> int { throw fxp::DataError(message); }), "a refusal is accepted");
    };
    if (input == "refused") refuse("file: 'x', expected y");
    if (input == "two lines") refuse("file: x\ny");
    if (input == "control") refuse("file: \x1b[31m");
    if (input == "bytes") refuse("file: \xff");
    if (input == "long") refuse(std::string(fuzz::longest_message + 1, 'x'));
    if (input == "foreign") fuzz::accepted([]() -> int { throw std::length_error("vector"); });
    if (input == "false") fuzz::require(false, "2 * 2 is 5");
    fuzz::require(fuzz::accepted([] { return 1; }) == 1, "an acceptance is refused");
    fuzz::Numbers numbers(data, size);
    const int first = numbers.between(3, 5);
    fuzz::require(first >= 3 && first <= 5, "a number out of its range");
    return 0;
}
E2
"$CXX" -std=c++20 -I "$source_dir/include" -I "$source_dir/tests" -o "$work/planted" "$work/planted.cpp" \
    "$source_dir/tests/fuzz/replay.cpp" || fail "the planted target does not compile"
replay() { ${emulator[@]+"${emulator[@]}"} "$work/planted" "$@"; }

input() { printf '%s' "$1" >"$work/inputs/$1"; }
mkdir "$work/inputs" "$work/nothing"
printf '' >"$work/inputs/empty"
input refused
input 'nothing wrong'
must_pass replay "$work/inputs"
must_fail 'unprintable character' replay <(printf 'two lines')
must_fail 'unprintable character' replay <(printf 'control')
must_fail 'a byte beyond ASCII' replay <(printf 'bytes')
must_fail 'too long' replay <(printf 'long')
must_fail 'vector' replay <(printf 'foreign')
input false
must_fail 'inputs/false: 2 \* 2 is 5' replay "$work/inputs"
must_fail 'no inputs' replay "$work/nothing"
must_fail 'no inputs' replay
must_fail 'absent: cannot be read' replay "$work/absent"
