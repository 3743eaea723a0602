#!/usr/bin/env bash
# Every kind of model in both twins: sizes, steps that follow each other, shifts, and runs that were stopped and resumed.
source "$(dirname "${BASH_SOURCE[0]}")/trainers.sh"

# above A B [MARGIN]: A is more than B + MARGIN.
above() { awk -v a="$1" -v b="$2" -v margin="${3:-0}" 'BEGIN { exit !(a > b + margin) }'; }
loss_of() { value "$1/run.json" test_loss; }

# A kind: its number of parameters on images of 8 rows of 8 pixels, and its flags.
lstm=$((4 * (7 * 8 + 7 * 7 + 7)))
gru=$((3 * (7 * 8 + 7 * 7 + 7) + 7))
kinds=(
    "$((lstm + 80)) --model lstm --rank-w 0 --hidden 7"
    "$((2 * lstm + 150)) --model lstm --rank-w 0 --hidden 7 --bidirectional"
    "$((lstm + 4 * (7 * 7 + 7 * 7 + 7) + 80)) --model lstm --rank-w 0 --hidden 7 --layers 2"
    "$((gru + 80)) --model gru --rank-w 0 --hidden 7"
    "$((2 * gru + 2 * (gru + 3 * 7 * 6) + 150)) --model gru --rank-w 0 --hidden 7 --bidirectional --layers 2"
    "$((4 * 8 + 3 * 7 + 3 * (7 * 4 + 7 * 3 + 7) + 7 + 80)) --model gru --rank-w 4 --rank-u 3 --hidden 7"
    "$((64 * 7 + 7 + 80)) --model mlp --hidden 7"
    "$((64 * 7 + 7 + 2 * (7 * 7 + 7) + 80)) --model mlp --hidden 7 --layers 3"
)
for kind in "${kinds[@]}"; do
    read -ra flags <<<"$kind"
    parameters=${flags[0]}
    flags=("${flags[@]:1}" --shifts --recipe reference)
    for twin in fixed float; do
        run=$work/$twin
        rm -rf "$run" "$run".*
        train "${!twin}" "$run.first" "${flags[@]}" --epochs 0
        train "${!twin}" "$run" "${flags[@]}" --epochs 3 --max-steps 30
        train "${!twin}" "$run.part" "${flags[@]}" --epochs 3 --max-steps 17 # in the middle of the second epoch
        train "${!twin}" "$run.part" --resume "$run.part/checkpoint.safetensors" --epochs 3 --max-steps 30 --threads 2
        [[ $(hash_of "$run") == "$(hash_of "$run.part")" ]] || fail "resumed, $twin is another run: ${flags[*]}"
        cmp "$run/test_logits.npy" "$run.part/test_logits.npy" || fail "resumed, $twin has other outputs: ${flags[*]}"
        above "$(loss_of "$run.first")" "$(loss_of "$run")" 0.5 || fail "$twin does not learn: ${flags[*]}"
        [[ $(value "$run/run.json" parameters) == "$parameters" ]] ||
            fail "$(value "$run/run.json" parameters) parameters, expected $parameters: ${flags[*]}"
        [[ $(value "$run/run.json" model) == "${flags[1]}" && $(value "$run/run.json" shifts) == true ]] ||
            fail "other settings in run.json: ${flags[*]}"
    done
    for pair in 'fixed float' 'float fixed'; do
        ! above "$(loss_of "$work/${pair% *}.first")" "$(loss_of "$work/${pair#* }.first")" 1e-3 ||
            fail "the twins begin with other losses: ${flags[*]}"
    done
done

# Shifts change the training and not the tests.
for twin in fixed float; do
    for shifts in '' --shifts; do
        train "${!twin}" "$work/tested$shifts" --model mlp --hidden 7 --epochs 0 $shifts
        train "${!twin}" "$work/trained$shifts" --model mlp --hidden 7 --epochs 1 $shifts
    done
    cmp "$work/tested/test_logits.npy" "$work/tested--shifts/test_logits.npy" || fail "$twin: the test set is shifted"
    [[ $(hash_of "$work/trained") != "$(hash_of "$work/trained--shifts")" ]] || fail "$twin: --shifts shifts nothing"
    [[ $(value "$work/trained/run.json" shifts) == false ]] || fail "$twin: shifts without --shifts"
done

# The flags reach the run, and a perceptron learns.
for twin in fixed float; do
    train "${!twin}" "$work/learnt" --model mlp --hidden 32 --epochs 40
    above "$(value "$work/learnt/run.json" test_accuracy)" 0.9 || fail "$twin: a perceptron that does not learn"
    train "${!twin}" "$work/large" --hidden 256 --rank-w 0 --bidirectional --batch 8 --max-steps 2
    [[ $(value "$work/large/run.json" parameters) == "$((2 * 4 * 256 * (8 + 256 + 1) + 10 * 513))" ]] ||
        fail "$twin: another size of hidden 256"
    [[ $(value "$work/large/run.json" bidirectional),$(value "$work/large/run.json" layers) == true,1 ]] ||
        fail "$twin: other settings of hidden 256"
done
