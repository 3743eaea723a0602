#!/usr/bin/env bash
# tools/prove: proves its sample, and finds faults that are planted in copies of the headers; its definitions are right.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"

prove=$source_dir/tools/prove
code=0
said=$("$prove" --list 2>&1) || code=$?
[[ $code != 77 ]] || skip "$said"
[[ $code == 0 ]] || fail "--list: $said"
grep -qx "round_shift nearest_even" <<<"$said" || fail "--list without round_shift nearest_even: $said"

# The definitions for the solver say the same as rational arithmetic.
python=python3
"$python" -c "import z3" 2>/dev/null || python=/usr/bin/python3
PYTHONPATH=$source_dir/tools/proofs "$python" - <<'END' || fail "the definitions"
from fractions import Fraction
from math import floor

import z3
from specification import POLICIES, RANGES, ROUNDINGS, Fitted, clamped, number, rounded


def expected(rule, value, shift, word):
    exact = Fraction(value, 2**shift)
    if rule == "floor":
        return floor(exact)
    if rule == "toward_zero":
        return int(exact)
    if rule == "nearest_up":
        return floor(exact + Fraction(1, 2))
    if rule == "nearest_even":
        return round(exact)
    if rule == "pseudo_stochastic":
        size, lost = divmod(abs(value), 2**shift)
        upper, lower = divmod(lost, 2 ** (shift // 2))
        size += upper > lower * (2 if shift % 2 else 1)
        return -size if value < 0 else size
    uniform = Fraction(floor(Fraction(word, 2 ** (32 - shift)) if shift < 32 else word * 2 ** (shift - 32)), 2**shift)
    return floor(exact + uniform)


def value_of(term):
    return z3.simplify(term).as_signed_long()


checked = 0
for rule in ROUNDINGS:
    for shift in (0, 1, 2, 3, 4, 5, 33):
        for value in list(range(-70, 71, 1 if shift < 6 else 23)) + [2**35 + 2**32, -(2**35) - 2**32, 2**34 - 1]:
            for word in (0, 2**32 - 1, 2**31 + 12345) if rule == "stochastic" else (0,):
                got = value_of(rounded(rule, number(value, 44), shift, number(word, 32)))
                assert got == expected(rule, value, shift, word), (rule, value, shift, word, got)
                checked += 1
for word_bits in (2, 3, 5):
    most = 2 ** (word_bits - 1) - 1
    for policy, name in enumerate(POLICIES):
        for extent, range_name in enumerate(RANGES):
            least = -most - (range_name == "full")
            for value in range(-40, 41):
                fit = Fitted(number(value, 40), number(word_bits, 32), number(extent, 8), number(policy, 8))
                clipped = min(max(value, least), most)
                wrapped = (value + most + 1) % 2**word_bits - most - 1
                right = wrapped if name == "wrap" and clipped != value else clipped
                assert value_of(fit.value) == right, (word_bits, name, range_name, value)
                assert z3.is_true(z3.simplify(fit.event)) == (right != value), (word_bits, name, range_name, value)
                checked += 1
    for value in range(-40, 41):
        assert value_of(clamped(number(value, 12), word_bits)) == min(max(value, -most - 1), most)
        checked += 1
assert checked > 1000
END

"$prove" --quick --jobs 2 >"$work/table" || { cat "$work/table"; fail "something is not proven"; }
grep -q "^[0-9]* rows proven, 0 not, in" "$work/table" || { cat "$work/table"; fail "no sum"; }

# fault HEADER OLD NEW ROW REGEX: with OLD replaced in the header, ROW is not proven, and REGEX is said of it.
fault() {
    rm -rf "$work/include"
    cp -r "$source_dir/include" "$work/include"
    grep -qF -- "$2" "$work/include/fxp/$1" || fail "$1 has no '$2'"
    OLD=$2 NEW=$3 perl -pi -e 's/\Q$ENV{OLD}\E/$ENV{NEW}/' "$work/include/fxp/$1"
    must_fail "NOT PROVEN: .*$5" "$prove" --quick --include "$work/include" "$4"
}
fault core/rounding.hpp "(quotient & Unsigned{1}) > half" "(quotient & Unsigned{1}) >= half" \
    "round_shift nearest_even" "round_shift 64 nearest_even [0-9]+: wrong value at value = -?[0-9]+, word = "
fault core/requantize.hpp "if (shift >= value_bits<Wide>)" "if (shift >= 2 * value_bits<Wide>)" \
    "requantize toward_zero" "requantize 64 toward_zero 70: wrong .*shift out of bounds.* at value = "
fault kernels/round_lanes.hpp "bias += half - 1" "bias += half" "RoundInLanes nearest_even" "lanes 32 .*: wrong value at"
fault core/overflow.hpp "return clamped < 0 ? limits.min_raw" "return clamped < 0 ? -limits.max_raw" \
    "fit" "fit 64 2: wrong value at value = -[0-9]+, range = 1, policy = [01] "
fault kernels/elements.hpp "!allowed.includes({least, largest})" "!allowed.includes({least, static_cast<T>(largest - 1)})" \
    "add_elements" "add_element .*: wrong value at a = "
fault kernels/gemm/scheme.hpp "narrow_depth / 2" "narrow_depth" "bounds' formulas" "'scheme .*': the code says"

must_fail "prove: no row is named nothing, expected one of --list" "$prove" --quick nothing
must_fail "error: --jobs is 0, expected 1 or more" "$prove" --jobs 0
