#!/usr/bin/env bash
# Formats chosen at run time: the same bits as those chosen at compile time, whatever stores them; files; refusals.
source "$(dirname "${BASH_SOURCE[0]}")/trainers.sh"

# results FOLDER: what a run computed, whatever words hold its parameters.
results() { for key in test_loss train_loss test_accuracy overflow_events; do value "$1/run.json" $key; echo; done; }

steps=(--epochs 2 --max-steps 9 --hidden 8 --seed 3)
train "$fixed" "$work/q16" --recipe q16 "${steps[@]}"
train "$fixed" "$work/words16" --recipe q16 "${steps[@]}" --format weight=16.12
[[ $(hash_of "$work/words16") == "$(hash_of "$work/q16")" ]] || fail "q16's own formats, said at run time, give other parameters"
# A bias of 17 bits puts everything into words of 32; it is never near its range.
train "$fixed" "$work/words32" --recipe q16 "${steps[@]}" --format bias=17.12
[[ $(results "$work/words32") == "$(results "$work/q16")" ]] || fail "other words, other results: $(results "$work/words32")"

printf '%s' '{"recipe": "q16", "formats": {"weight": "12.9:stochastic", "activation": "12.8"}, "why": "a test"}' >"$work/r.json"
train "$fixed" "$work/file" --recipe "$work/r.json" "${steps[@]}"
train "$fixed" "$work/flags" --recipe q16 "${steps[@]}" --format weight=12.9:stochastic --format activation=12.8
[[ $(hash_of "$work/file") == "$(hash_of "$work/flags")" ]] || fail "a recipe file and its flags differ"
[[ $(hash_of "$work/file") != "$(hash_of "$work/q16")" ]] || fail "12 bits do what 16 do: the formats are not read"
grep -q '"weight=12.9:stochastic"' "$work/file/run.json" || fail "run.json does not say the formats"

# A checkpoint knows its formats.
train "$fixed" "$work/part" --recipe "$work/r.json" --epochs 2 --max-steps 4 --hidden 8 --seed 3
train "$fixed" "$work/part" --resume "$work/part/checkpoint.safetensors" --max-steps 9
[[ $(hash_of "$work/part") == "$(hash_of "$work/file")" ]] || fail "resuming with formats of its own gives other parameters"

# A full range: what flags and files say of it, in any order; other parameters than the symmetric one's, of which it has
# all numbers; and a checkpoint is resumed with its own range only.
bytes=(--format activation=8.5 --format error=8.6 --format weight=8.7)
fuller=(--format activation=8.5:full --format error=8.6:full:stochastic --format weight=8.7:stochastic:full)
train "$fixed" "$work/symmetric" --recipe q16 "${steps[@]}" "${bytes[@]}"
train "$fixed" "$work/full" --recipe q16 "${steps[@]}" "${fuller[@]}"
[[ $(hash_of "$work/full") != "$(hash_of "$work/symmetric")" ]] || fail "a full range does what a symmetric one does"
grep -q '"weight=8.7:full:stochastic"' "$work/full/run.json" || fail "run.json does not say the range"
grep -q '"weight=8.7:stochastic"' "$work/symmetric/run.json" || fail "run.json says a range that is none of the default"
printf '%s' '{"recipe": "q16", "formats": {"weight": "8.7:full", "activation": "8.5:full", "error": "8.6:full"}}' >"$work/full.json"
train "$fixed" "$work/full_part" --recipe "$work/full.json" --epochs 2 --max-steps 4 --hidden 8 --seed 3
code=0
"$fixed" --data "$optdigits" --quiet --resume "$work/full_part/checkpoint.safetensors" --recipe q16 "${bytes[@]}" 2>"$work/err" || code=$?
[[ $code -eq 1 && $(wc -l <"$work/err") -eq 1 ]] || fail "exit $code and '$(cat "$work/err")' for a resume with another range"
grep -q 'made with formats .*"weight=8.7:full:stochastic".*, the command line says .*"weight=8.7:stochastic"' "$work/err" ||
    fail "'$(cat "$work/err")' does not say which formats differ"
code=0
"$fixed" --data "$optdigits" --quiet --init "$work/full_part/checkpoint.safetensors" --hidden 8 --epochs 1 "${bytes[@]}" 2>"$work/err" || code=$?
[[ $code -eq 1 ]] && grep -q "format 1.7:full stored as I16, expected 1.7 stored as I16" "$work/err" ||
    fail "exit $code and '$(cat "$work/err")' for parameters of another range"
train "$fixed" "$work/full_part" --resume "$work/full_part/checkpoint.safetensors" --max-steps 9
[[ $(hash_of "$work/full_part") == "$(hash_of "$work/full")" ]] || fail "resumed with a full range, other parameters"

refuse() {
    local code=0
    "$fixed" --data "$optdigits" --epochs 1 --quiet "${@:2}" >"$work/out" 2>"$work/err" || code=$?
    [[ $code -eq 2 && $(wc -l <"$work/err") -eq 1 ]] || fail "exit $code and '$(cat "$work/err")': ${*:2}"
    grep -qF -- "$1" "$work/err" || fail "'$(cat "$work/err")' does not say '$1': ${*:2}"
}
refuse "format 'weights=16.13', expected ROLE=WORD.FRACTION" --format weights=16.13
refuse "format 'weight=16', expected a word of 2 to 32 bits" --format weight=16
refuse "format 'weight=40.13', expected a word of 2 to 32 bits" --format weight=40.13
refuse "format 'weight=16.13:up', expected toward_zero" --format weight=16.13:up
refuse "format 'weight=8.6:half', expected toward_zero" --format weight=8.6:half
refuse "format 'weight=8.6:full:symmetric', expected toward_zero" --format weight=8.6:full:symmetric
refuse "format 'logit=16.10:floor', expected no rounding for this role" --format logit=16.10:floor
refuse "format activation=16.15:nearest_even, expected one that holds the number one" --format activation=16.15
refuse "recipe reference has formats of its own" --recipe reference --format weight=16.13
