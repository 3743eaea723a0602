#!/usr/bin/env bash
# tools/mutate with five faults that one small test catches, one that none can, and lists that do not fit.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"

cat >"$work/sites" <<'END'
core/rounding.hpp
    shift: half = Unsigned{1} << `(shift - 1) ~> shift`;
    comparison: return `remainder + (quotient & Unsigned{1}) > half ~> remainder + (quotient & Unsigned{1}) >= half`;
    rounding: remainder + (`quotient & Unsigned{1} ~> Unsigned{1}`) > half
    sign: static_cast<Wide>(`negative ? Unsigned{0} - rounded : rounded ~> rounded`)
    rounding: return `false ~> true`;
    comparison: negative = `value < 0 ~> !(value >= 0 && true)`;
END
cat >"$work/test.cpp" <<'END'
#include "support/catch.hpp"

#include <fxp/core/rounding.hpp>

TEST_CASE("quarters") {
    CHECK(fxp::round_shift<fxp::Rounding::nearest_even>(2L, 2) == 0);
    CHECK(fxp::round_shift<fxp::Rounding::nearest_even>(-3L, 2) == -1);
    CHECK(fxp::round_shift<fxp::Rounding::nearest_even>(5L, 2) == 1);
    CHECK(fxp::round_shift<fxp::Rounding::toward_zero>(-3L, 2) == 0);
}
END
: >"$work/survivors"
mutate() {
    "$source_dir/tools/mutate" "$@" --out "$work/out" --sites "$work/sites" --survivors "$work/survivors" \
        --tests "$work/test.cpp"
}

must_fail "SURVIVED, not explained .* 5 of 6 faults caught, 83.3 %; 1 survived, 0 of them explained" mutate
printf 'core/rounding.hpp: value < 0 -> !(value >= 0 && true)\n    The same condition,\n    in other words.\n' \
    >"$work/survivors"
mutate --least 80 >"$work/table" || { cat "$work/table"; fail "what is explained is a failure"; }
grep -qE '^   1 core/rounding.hpp:[0-9]+ +shift +\(shift - 1\) -> shift$' "$work/table" || fail "no line of a fault"
[[ $(grep -c 'test.cpp: quarters$' "$work/table") == 5 ]] || { cat "$work/table"; fail "not five caught by the test"; }
grep -A1 '^survived: ' "$work/table" | grep -q '  The same condition, in other words.$' || fail "no reason"
must_fail "5 of 6 faults caught, 83.3 %" mutate # fewer than 95 %
must_pass mutate 1-5

# A reason for what is caught, faults that are not in the headers any more, and wrong numbers are errors.
printf 'core/rounding.hpp: false -> true\n    Wrong.\n' >"$work/survivors"
must_fail "although survivors.txt says that none can" mutate 5
printf 'core/rounding.hpp: gone -> lost\n    Nothing.\n' >"$work/survivors"
must_fail "mutate: survivors:1: 'core/rounding.hpp: gone -> lost' is no fault of the list" mutate
: >"$work/survivors"
must_fail "mutate: MUTANT is '7', expected a number from 1 to 6" mutate 7
printf 'core/rounding.hpp\n    sign: `this is not there ~> gone`\n' >"$work/sites"
must_fail "mutate: sites:2: the header has no 'this is not there'" mutate
printf 'core/rounding.hpp\n    sign: `Unsigned{1} ~> Unsigned{0}`\n' >"$work/sites"
must_fail "mutate: sites:2: the header has [0-9]+ times 'Unsigned\{1\}', expected once" mutate

# A test that fails without a fault, and the shipped list.
printf 'core/rounding.hpp\n    rounding: return `false ~> true`;\n' >"$work/sites"
sed -i 's/(5L, 2) == 1/(5L, 2) == 2/' "$work/test.cpp"
must_fail "mutate: .*test.cpp fails without a fault: quarters" mutate
[[ $("$source_dir/tools/mutate" --list | wc -l) -ge 100 ]] || fail "fewer than 100 faults"
