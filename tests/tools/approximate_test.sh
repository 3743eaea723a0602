#!/usr/bin/env bash
# fxp_approximate end to end: its files, its figures, and every request that makes no sense.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
approximate=$bin_dir/fxp_approximate
[[ -x $approximate ]] || skip "fxp_approximate is not built"
trap 'rm -rf "$work" "$work".{before,after,stdout,stderr}' EXIT
cd "$work"

# expect_line REGEX FILE
expect_line() { grep -Eq -- "$1" "$2" || { cat "$2"; fail "no line '$1'"; }; }

# refused CODE REGEX ARGUMENT...: exit code, one line that matches, and nothing written.
refused() {
    local code=$1 pattern=$2 got=0
    shift 2
    find . | sort >"$work.before"
    "$approximate" "$@" >"$work.stdout" 2>"$work.stderr" || got=$?
    find . | sort >"$work.after"
    [[ $got == "$code" ]] || { cat "$work.stderr"; fail "exit code $got, expected $code: $*"; }
    [[ $(wc -l <"$work.stderr") == 1 && ! -s $work.stdout ]] || { cat "$work.stderr"; fail "not one line on stderr: $*"; }
    expect_line "^fxp_approximate: .*$pattern" "$work.stderr"
    cmp -s "$work.before" "$work.after" || fail "something was written: $*"
}

# ---- both methods side by side ---------------------------------------------------------------------------------------

"$approximate" --function tanh --format 4.12 --degree 3 --error-ulp 0.0625 --compare --header tanh.hpp --json tanh.json \
    >stdout 2>stderr
[[ ! -s stderr ]] || { cat stderr; fail "a word on stderr"; }
expect_line '^segments +1[0-9] in (32|64|128) cells, [0-9]+ bytes$' stdout
expect_line '^error +at most [0-9.]+ steps of 2\^-20, wanted 16; measured at every argument$' stdout
expect_line '^in format 4\.12 +65535 inputs, every one compared, of both signs$' stdout
expect_line '^tanh\(x\) in 4\.12 +minimax +gpc$' stdout
expect_line '^multiplications per value +3 +3$' stdout
expect_line '^1 ULP off or more +0 +0$' stdout
expect_line '^max error, ULP +0\.5[0-5][0-9]* +0\.5[0-5][0-9]*$' stdout
read -r minimax gpc < <(awk '$1 == "segments" && NF == 3 { print $2, $3 }' stdout)
((minimax >= 8 && minimax <= gpc && gpc <= 20)) || fail "minimax needs $minimax segments and gpc $gpc"
expect_line '"max_error_ulp": 0\.5' tanh.json
[[ $(grep -c '"method"' tanh.json) == 2 ]] || fail "tanh.json lacks a method"

# ---- the header compiles and holds the function; its command makes it again --------------------------------------------

cat >program.cpp <<'EOF'
#include "tanh.hpp"
#include <cmath>
#include <cstdio>
int main() {
    constexpr const auto& table = tanh_table;
    static_assert(table.degree == 3 && table.symmetry == fxp::kernels::Symmetry::odd && table.frac_bits == 20);
    static_assert(table.end() == 16 << table.argument_bits);
    static_assert(fxp::kernels::piecewise_value(table, table.end()) == 1 << 20);
    double worst = 0;
    for (std::int64_t x = table.begin; x <= table.end(); ++x) {
        const double value = static_cast<double>(fxp::kernels::piecewise_value(table, x));
        worst = std::fmax(worst, std::fabs(value - std::ldexp(std::tanh(std::ldexp(static_cast<double>(x), -16)), 20)));
    }
    std::printf("%.3f of %d\n", worst, static_cast<int>(table.error));
    return worst <= static_cast<double>(table.error) && worst > 1 ? 0 : 1;
}
EOF
must_pass "$CXX" -std=c++20 -O1 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I "$source_dir/include" program.cpp \
    -o program
must_pass ./program
if awk 'length > 120 && !/^\/\/     fxp_approximate/' tanh.hpp | grep -q .; then fail "a line of more than 120 columns"; fi
command=$(sed -n 's/^\/\/     fxp_approximate //p' tanh.hpp)
mkdir again
(cd again && eval "'$approximate' $command" >../stdout_again)
cmp tanh.hpp again/tanh.hpp || fail "the same command gave another header"
cmp tanh.json again/tanh.json || fail "the same command gave another JSON"
cmp stdout stdout_again || fail "the same command said something else"
! grep -qF "$work" tanh.hpp tanh.json || fail "a machine path in the results"

# ---- every symmetry in the hands of fxp::tabulated ---------------------------------------------------------------------

# evaluated FORMAT TABLE EXACT ARGUMENT...: the table's header joins program.cpp, which compares fxp::tabulated with libm's
# EXACT(x) at every input of the format to the promised bound; and its size.
evaluated() {
    local format=$1 table=$2 exact=$3
    shift 3
    "$approximate" --format "$format" --degree 3 --error-ulp 0.0625 --header "$table.hpp" --json "$table.json" "$@" \
        >stdout 2>stderr || { cat stderr; fail "no $table"; }
    echo "#include \"$table.hpp\"" >>includes
    cat >>calls <<EOF
    right &= keeps_its_word<${format/./, }, $table>([](double x) { return $exact; });
    right &= sizeof($table) == $(sed -n 's/^  "bytes": \([0-9]*\),$/\1/p' "$table.json");
EOF
}

evaluated 4.12 bell 'std::exp(-x * x)' --expression 'exp(-x^2)' --range 0:4 --symmetry even --name bell # as in README.md
evaluated 4.12 tanh_table 'std::tanh(x)' --function tanh
evaluated 6.10 sigmoid_table '1 / (1 + std::exp(-x))' --function sigmoid
evaluated 12.4 gelu_table 'x / 2 * std::erfc(-x / std::sqrt(2.0))' --function gelu
expect_line '^  monotone +-$' stdout
expect_line '"monotone": null' gelu_table.json
evaluated 10.6 softplus_table 'std::log1p(std::exp(x))' --function softplus
expect_line '^  monotone +yes$' stdout
evaluated 4.10 table 'std::exp2(x) / 64' --expression '2^x/64' --range -8:8
expect_line '^in format 4\.10 +16383 inputs, every one compared$' stdout
evaluated 4.10 cubic 'x * x * x / 64' --expression 'x^3/64' --range 0:8 --symmetry odd --name cubic

cat - calls >program.cpp <<EOF
#include <fxp/fxp.hpp>

$(cat includes)

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

template <int int_bits, int frac_bits, const auto& table, class Exact>
bool keeps_its_word(Exact exact) {
    using Tensor = fxp::FxpTensor<int_bits, frac_bits>;
    const std::int64_t most = (std::int64_t{1} << (int_bits + frac_bits - 1)) - 1;
    std::vector<double> inputs;
    for (std::int64_t raw = -most; raw <= most; ++raw) inputs.push_back(std::ldexp(static_cast<double>(raw), -frac_bits));
    const Tensor all = Tensor::from_real({static_cast<std::int64_t>(inputs.size())}, inputs);
    const Tensor y = fxp::tabulated<table>(all);
    const double bound = std::ldexp(0.5 + 0.0625 + 1e-6, -frac_bits);
    double worst = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        worst = std::fmax(worst, std::fabs(std::ldexp(static_cast<double>(y.data()[i]), -frac_bits) - exact(inputs[i])));
    }
    std::printf("%zu bytes, error %g of at most %g\n", sizeof(table), worst, bound);
    return worst <= bound;
}

int main() {
    bool right = true;
EOF
printf '    return right ? 0 : 1;\n}\n' >>program.cpp
must_pass "$CXX" -std=c++20 -O1 -I "$source_dir/include" program.cpp -o program
must_pass ./program

# ---- expressions, names, quotes ----------------------------------------------------------------------------------------

"$approximate" --expression 'exp(-x^2)' --range 0:8 --symmetry even --frac-bits 20 --error 2^-15 --name bell \
    --namespace my::tables --header "it's a bell.hpp" >stdout 2>stderr
expect_line "fxp_approximate --expression 'exp\(-x\^2\)' --range 0:8 .* --header 'it'.*s a bell\.hpp'$" "it's a bell.hpp"
expect_line '^namespace my::tables \{$' "it's a bell.hpp"
tr -d '\n' <"it's a bell.hpp" | sed 's|///||g' >flat
expect_line 'Arguments beyond the range may be clamped to it, .*: proven for all reals up to 2\^46 in magnitude\.' flat
expect_line '^inline constexpr fxp::kernels::PiecewisePolynomial<5, [0-9]+, [0-9]+> bell\{$' "it's a bell.hpp"
expect_line '\.symmetry = fxp::kernels::Symmetry::even,' "it's a bell.hpp"
must_pass "$CXX" -std=c++20 -fsyntax-only -x c++ -I "$source_dir/include" "it's a bell.hpp"

# A far segment that has to be made constant is announced, in one line.
"$approximate" --expression 'exp(-x^2)' --range 0:8 --symmetry even --degree 8 --frac-bits 40 --argument-bits 30 --error 2^-20 \
    --method gpc >stdout 2>stderr
expect_line '^fxp_approximate: gpc: the segment \[.*\] was not constant' stderr
[[ $(wc -l <stderr) == 1 ]] || fail "more than a line"

# ---- plots ---------------------------------------------------------------------------------------------------------------

if command -v gnuplot >/dev/null; then
    "$approximate" --function exp2 --format 2.14 --degree 2 --error-ulp 0.125 --plot exp2.svg >stdout 2>stderr
    grep -q '</svg>' exp2.svg || fail "no picture"
    "$approximate" --expression 'x^2*2^x+x-1' --range -1:1 --frac-bits 16 --error 2^-12 --plot x.png >stdout 2>stderr
    [[ $(head -c 4 x.png | tail -c 3) == PNG ]] || fail "no PNG"
fi
mkdir none broken
printf '#!/bin/sh\necho "no such terminal" >&2\nexit 3\n' >broken/gnuplot
chmod +x broken/gnuplot
plot=(--function exp2 --frac-bits 16 --error 2^-12 --header no.hpp --plot no.svg)
PATH=$work/none:/bin-that-is-not-there "$approximate" "${plot[@]}" >stdout 2>stderr && fail "a plot without gnuplot"
expect_line 'no gnuplot on PATH' stderr
PATH=$work/broken "$approximate" "${plot[@]}" >stdout 2>stderr && fail "a plot by a broken gnuplot"
expect_line 'no such terminal' stderr
[[ ! -e no.hpp && ! -e no.svg ]] || fail "half of the files were written"

# ---- refusals ------------------------------------------------------------------------------------------------------------

good=(--frac-bits 20 --error 2^-12)
sigmoid=(--function sigmoid "${good[@]}" --header no.hpp --json no.json)
refused 2 '--range -1:1: .*finite.*\[-1, ' --function log2 --range -1:1 "${good[@]}" --header no.hpp
refused 2 '--range 0:4: .*finite.*\[0, ' --function rsqrt --range 0:4 "${good[@]}" --header no.hpp
refused 2 '1/\(x-1\).*\[.*, 1\]' --expression '1/(x-1)' --range 0:4 "${good[@]}"
refused 2 'finite' --expression 'sqrt(x-1)' --range 0:4 "${good[@]}"
refused 2 'finite' --expression 'tan(x)' --range 0:4 "${good[@]}"
refused 2 '--error 2\^-30: .*half a step.*2\^-21.*frac-bits' --function sigmoid --frac-bits 20 --error 2^-30
refused 2 '4096 cells.*degree 2 does not reach.*expected a higher --degree' \
    --function sigmoid --degree 2 --frac-bits 20 --argument-bits 20 --error '0.55*2^-20'
refused 2 '4096 cells.*too steep near x = 0 .*it changes by' --expression 'sqrt(x)' --range 0:4 --format 8.24 --error-ulp 0.0625
refused 2 '4096 cells.*too steep near x = 0 ' --expression 'sqrt(x)' --range 0:4 --format 8.24 --error-ulp 0.0625 --degree 1
refused 2 '4096 cells.*too steep near x = ' --expression 'sin(1000*x)' --range 0:4 --format 8.24 --error-ulp 0.0625
refused 2 'at x = 2 the function is 5.83.*e\+702, which does not fit 64 bits' --expression 'exp(exp(exp(x)))' --range 0:2 --format 8.24 --error-ulp 0.0625
refused 2 'at x = 0 the function is 1e\+07, which does not fit 64 bits with 46 fraction bits' \
    --expression '10^7+0*x' --range 0:2 --frac-bits 46 --error 2^-40
refused 2 'argument grid.*--argument-bits' --function exp2 --frac-bits 40 --argument-bits 3 --error 2^-36
refused 2 '4096 cells' --expression 'exp(x)' --range 0:0.12506103515625 --frac-bits 46 --error '0.51*2^-46' --degree 1
refused 2 '--error -1: expected a positive' --function exp2 --frac-bits 16 --error -1
refused 2 '--error abc: expected' --function exp2 --frac-bits 16 --error abc
refused 2 '--error nan: expected' --function exp2 --frac-bits 16 --error nan
refused 2 '--error-ulp 1e400: expected a finite number' --function exp2 --format 2.14 --error-ulp 1e400
refused 2 '--error 2\^50: expected a finite number' --function exp2 --frac-bits 16 --error 2^50
refused 2 'no error target' --function sigmoid --frac-bits 20
refused 2 '--error 2\^-12 and --error-ulp 1: expected one' --function sigmoid --format 4.12 --error 2^-12 --error-ulp 1
refused 2 '--error-ulp 1: expected --format' --function sigmoid --frac-bits 20 --error-ulp 1
refused 2 'no --frac-bits' --function sigmoid --error 2^-12
refused 2 '--degree 0: expected 1 to 12' "${sigmoid[@]}" --degree 0
refused 2 '--degree 40: expected 1 to 12' "${sigmoid[@]}" --degree 40
refused 2 '--degree = abc' "${sigmoid[@]}" --degree abc
refused 2 '--format 8.0: expected' --function sigmoid --format 8.0 --error 2^-4
refused 2 '--format 0.8: expected' --function sigmoid --format 0.8 --error 2^-4
refused 2 '--format 20.20: expected' --function sigmoid --format 20.20 --error 2^-4
refused 2 '--format 8: expected' --function sigmoid --format 8 --error 2^-4
refused 2 '--frac-bits 100: expected 1 to 46' --function sigmoid --frac-bits 100 --error 2^-4
refused 2 '--frac-bits 10: expected 12 to 46' --function sigmoid --format 4.12 --frac-bits 10 --error 2^-4
refused 2 '--argument-bits 10: expected 12 to 31' --function sigmoid --format 4.12 --argument-bits 10 --error 2^-4
refused 2 '--frac-bits 47: expected 1 to 46' --function sigmoid --frac-bits 47 --error 2^-4
refused 2 '--argument-bits 32: expected 1 to 31' "${sigmoid[@]}" --argument-bits 32
refused 2 '--argument-bits 24: expected at most the 20 fraction bits of values, for symmetry ramp' \
    --function gelu "${good[@]}" --argument-bits 24
refused 2 '--guard-bits 35: expected 0 to 34' --function sigmoid --format 4.12 --guard-bits 35 --error 2^-4
refused 2 '--guard-bits -1: expected' --function sigmoid --format 4.12 --guard-bits -1 --error 2^-4
refused 2 'expected an expression in x' --expression 'exp(-x^2' --range 0:4 "${good[@]}" --header no.hpp
refused 2 "'y' is unknown" --expression 'exp(-y^2)' --range 0:4 "${good[@]}" --header no.hpp
refused 2 "'sinus' is unknown; expected the variable x, pi, exp, expm1, log, .*, erf, erfc" --expression 'sinus(x)' --range 0:4 "${good[@]}"
refused 2 'expected powers such as 10\^5 instead of 1e5' --expression '1e5*x' --range 0:4 "${good[@]}"
refused 2 "'bashexecute' is unknown" --expression 'x+bashexecute(1)' --range 0:4 "${good[@]}"
refused 2 'does not depend on x' --expression '3' --range 0:4 "${good[@]}"
refused 2 '--range \(none\): expected LO:HI' --expression 'exp(x)' "${good[@]}"
refused 2 'no/such/x.hpp: No such file' --function sigmoid "${good[@]}" --header no/such/x.hpp
refused 2 'not a regular file' --function sigmoid "${good[@]}" --header no.hpp --json "$work/none"
refused 2 '--plot x.pdf: expected' "${sigmoid[@]}" --plot x.pdf
refused 2 '--range 4:1: expected LO:HI with LO below HI' "${sigmoid[@]}" --range 4:1
refused 2 '--range 4:4: expected LO:HI with LO below HI' "${sigmoid[@]}" --range 4:4
refused 2 '--range 4: expected LO:HI' "${sigmoid[@]}" --range 4
refused 2 '--range 0:0.1: expected multiples of 2\^-16' "${sigmoid[@]}" --range 0:0.1
refused 2 '--range 0:1.5: expected an even number' --function tanh --range 0:1.5 --frac-bits 16 --argument-bits 1 --error 2^-12
refused 2 '--range 0:x: expected' "${sigmoid[@]}" --range 0:x
refused 2 '--range 0:2\^60: expected' "${sigmoid[@]}" --range 0:2^60
refused 2 '--function sigmoid and --expression "x"' "${sigmoid[@]}" --expression x
refused 2 'no function' "${good[@]}" --header no.hpp
refused 2 '--function sinus: expected one of sigmoid, tanh, rsqrt, exp2, log2, reciprocal, softplus, gelu, silu' \
    --function sinus "${good[@]}"
refused 2 '--method magic: expected minimax or gpc' "${sigmoid[@]}" --method magic
refused 2 '--distribution normal: expected' "${sigmoid[@]}" --method gpc --distribution normal
refused 2 '--distribution exponential:-1: expected' "${sigmoid[@]}" --method gpc --distribution exponential:-1
refused 2 '--distribution exponential:1000: .*at most 8' "${sigmoid[@]}" --method gpc --distribution exponential:1000
refused 2 '--distribution exponential:1: expected --method gpc' "${sigmoid[@]}" --distribution exponential:1
refused 2 '--symmetry weird: expected' "${sigmoid[@]}" --symmetry weird
refused 2 '--symmetry odd: expected f' "${sigmoid[@]}" --symmetry odd
refused 2 '--symmetry even: expected f' --expression 'sin(pi*x)' --range 0:8 --symmetry even "${good[@]}"
refused 2 '--symmetry none: expected ramp for --function gelu' --function gelu "${good[@]}" --symmetry none
refused 2 '--range 1:4: .*starts at 0' --function tanh "${good[@]}" --range 1:4
refused 2 'range is too short.*at 2\.' --function tanh "${good[@]}" --range 0:2
refused 2 'range is too short' --expression 'sin(x)' --range 0:4 --extend "${good[@]}"
refused 2 '--name a b: expected' "${sigmoid[@]}" --name 'a b'
refused 2 '--namespace a:b: expected' "${sigmoid[@]}" --namespace a:b
for name in int co_await a__b _A _a 1a a::b; do
    refused 2 "--name $name: expected a C\\+\\+ identifier" "${sigmoid[@]}" --name "$name" --namespace mine
done
for name in tanh exp2 main fxp; do
    refused 2 "--name $name: expected a name that the global namespace does not have" "${sigmoid[@]}" --name "$name"
done
for name_space in a::class ::a a:: a::::b a::_B std::a; do
    refused 2 "--namespace $name_space: expected names joined" "${sigmoid[@]}" --namespace "$name_space"
done
refused 2 'argument 2 "x\\x0a\+1": expected no control characters' --expression $'x\n+1' --range 0:4 "${good[@]}"
refused 2 'argument [0-9]+ "a\\x0db": expected no control characters' "${sigmoid[@]}" --name $'a\rb'
refused 2 'argument [0-9]+ "\\x1b\[2J": expected no control characters' --function exp2 "${good[@]}" --header $'\e[2J'
refused 2 'argument 1 "--no\\x0asuch": expected no control characters' $'--no\nsuch'
refused 2 '--compare: expected --format' "${sigmoid[@]}" --compare
refused 2 '--header no.hpp and --json no.hpp: expected different files' --function exp2 "${good[@]}" --header no.hpp --json no.hpp
refused 2 '--header both and --json ./both: expected different files' --function exp2 "${good[@]}" --header both --json ./both
refused 2 'expected different files' --function exp2 "${good[@]}" --header "$work/no.svg" --plot none/../no.svg
touch target.svg
ln -s target.svg link
refused 2 '--json link and --plot target.svg: expected different' --function exp2 "${good[@]}" --json link --plot target.svg
refused 2 '--range 10:12: expected inputs of the --format' --expression 'exp(-x)' --range 10:12 --format 4.12 --error 2^-12
refused 2 '--compare, gpc: .*4096 cells' --function exp2 --format 2.14 --guard-bits 8 --error '0.79*2^-22' --degree 3 --compare
refused 2 '--nosuch' "${sigmoid[@]}" --nosuch

# Help teaches.
"$approximate" --help >stdout
for word in --function --expression --range --degree --method --distribution --format --frac-bits --argument-bits --error \
    --error-ulp --symmetry --extend --header --json --plot --compare ramp gelu asinh 'at most 46' 'at most 31' _table Examples 'Exit codes'; do
    expect_line "$word" stdout
done
