#!/usr/bin/env bash
# A run that was stopped, by --max-steps or a signal, and resumed is the run that was not: parameters, outputs and logs.
source "$(dirname "${BASH_SOURCE[0]}")/trainers.sh"

# 1438 training images make 12 batches of 128. At this rate forward operations overflow too, at tests as well.
settings=(--recipe reference --seed 3 --lr 8)
for program in "$fixed" "$float"; do
    kind=${program##*/}
    whole=$work/$kind
    train "$program" "$whole" "${settings[@]}" --epochs 3
    [[ $(value "$whole/run.json" steps) == 36 ]] || fail "$kind: 3 epochs are not 36 steps"
    [[ $(wc -l <"$whole/history.csv") == 4 ]] || fail "$kind: not a history of 3 epochs"

    for k in 0 1 5 11 12 13 24 35 36; do
        part=$work/$kind.stop$k
        train "$program" "$part" "${settings[@]}" --epochs 3 --max-steps "$k"
        [[ $(value "$part/run.json" steps) == "$k" ]] || fail "$kind: --max-steps $k did not stop after $k steps"
        train "$program" "$part" --resume "$part/checkpoint.safetensors" --epochs 3
        same_run "$whole" "$part"
    done

    chain=$work/$kind.chain
    train "$program" "$chain" "${settings[@]}" --epochs 3 --max-steps 7
    train "$program" "$chain" --resume "$chain/checkpoint.safetensors" --epochs 3 --max-steps 20 --threads 2
    train "$program" "$chain" --resume "$chain/checkpoint.safetensors" --epochs 2
    train "$program" "$chain" --resume "$chain/checkpoint.safetensors" --epochs 3 "${settings[@]}" --threads 3
    same_run "$whole" "$chain"

    for threads in 2 3; do
        train "$program" "$work/$kind.threads$threads" "${settings[@]}" --epochs 3 --threads "$threads"
        same_run "$whole" "$work/$kind.threads$threads"
    done
    train "$program" "$work/$kind.seed" --recipe reference --seed 4 --lr 8 --epochs 3
    [[ $(hash_of "$work/$kind.seed") != "$(hash_of "$whole")" ]] || fail "$kind: another seed, the same parameters"

    # The parameters alone, as a checkpoint and as .npy.
    train "$program" "$work/$kind.eval" --recipe reference --init "$whole/checkpoint.safetensors" --epochs 0 --export-npy "$work/$kind.npy"
    train "$program" "$work/$kind.npy_eval" --recipe reference --init "$work/$kind.npy" --epochs 0
    for run in "$work/$kind.eval" "$work/$kind.npy_eval"; do
        [[ $(hash_of "$run") == "$(hash_of "$whole")" ]] || fail "$kind: --init changed the parameters"
        cmp "$run/test_logits.npy" "$whole/test_logits.npy" || fail "$kind: --init gives other outputs"
        for key in test_accuracy test_correct test_loss; do
            [[ $(value "$run/run.json" $key) == "$(value "$whole/run.json" $key)" ]] ||
                fail "$kind: --init: another $key"
        done
    done
done
grep -q '^multiply_add,z,' "$work/lstm_usps10/overflow.csv" || fail "no overflow in the forward pass"

# A signal in the middle: 130 or 143, one line that tells how to go on, and a checkpoint to go on from.
for case in INT:130:fixed TERM:143:fixed INT:130:float; do
    IFS=: read -r signal code twin <<<"$case"
    program=${!twin}
    run=$work/$signal.$twin
    "$program" --data "$optdigits" --recipe reference --out "$run" --epochs 100000 --batch 32 >"$work/stdout" 2>"$work/stderr" &
    pid=$!
    for ((i = 0; i < 500; ++i)); do
        [[ ! -d $run ]] || break
        sleep 0.02
    done
    sleep 0.4
    kill -"$signal" $pid || true
    got=0
    wait $pid || got=$?
    [[ $got == "$code" ]] || { cat "$work/stderr"; fail "SIG$signal: exit code $got, expected $code"; }
    [[ $(wc -l <"$work/stderr") == 1 ]] || { cat "$work/stderr"; fail "SIG$signal: not one line on stderr"; }
    grep -qF -- "--resume $run/checkpoint.safetensors" "$work/stderr" || fail "SIG$signal: no word on how to go on"
    [[ -z $(find "$run" -name '*.tmp*') ]] || fail "SIG$signal: half-written files"
    steps=$(value "$run/run.json" steps)
    ((steps > 0)) || fail "SIG$signal: stopped before the first step"
    epochs=$(($(value "$run/run.json" epochs) + 2))
    train "$program" "$run" --resume "$run/checkpoint.safetensors" --epochs $epochs
    train "$program" "$run.whole" --recipe reference --epochs $epochs --batch 32
    same_run "$run.whole" "$run"
done

# Other sizes.
sizes() {
    local run=$work/sizes.$RANDOM$RANDOM
    train "$fixed" "$run" --epochs 1 "$@"
    train "$float" "$run.float" --epochs 1 "$@"
    for key in parameters steps hidden rank_w rank_u batch; do
        [[ $(value "$run/run.json" $key) == "$(value "$run.float/run.json" $key)" ]] || fail "twins of another $key: $*"
    done
    printf '%s %s\n' "$(value "$run/run.json" parameters)" "$(value "$run/run.json" steps)"
}
# Parameters: factors, 4 gates of W, U and b, and the outputs.
[[ $(sizes --hidden 7 --rank-w 0 --rank-u 3) == "$((3 * 7 + 4 * (7 * 8 + 7 * 3 + 7) + 10 * 8)) 12" ]] || fail "hidden 7"
[[ $(sizes --hidden 1 --rank-w 0) == "$((4 * (8 + 1 + 1) + 20)) 12" ]] || fail "hidden 1"
[[ $(sizes --hidden 3 --rank-w 9 --rank-u 5) == "$((72 + 15 + 4 * (27 + 15 + 3) + 40)) 12" ]] || fail "high ranks"
[[ $(sizes --batch 1000000) == "742 1" ]] || fail "one batch for all"
[[ $(sizes --batch 1437) == "742 2" ]] || fail "a last batch of one image"
[[ $(sizes --batch 1 --max-steps 5) == "742 5" ]] || fail "batches of one image"

# A run that was stopped after every step, for each recipe, with what its optimizer and the data can do besides.
for recipe in reference reference-correctly-rounded q16 q8; do
    settings=(--recipe "$recipe" --seed 5 --batch 240 --epochs 2 --bidirectional --shifts) # 12 steps
    [[ $recipe != q* ]] || settings+=(--weight-decay 0.01 --clip 0.125 --warmup 1)
    for program in "$fixed" "$float"; do
        whole=$work/$recipe.${program##*/}
        train "$program" "$whole" "${settings[@]}"
        train "$program" "$whole.steps" "${settings[@]}" --max-steps 1
        for ((k = 2; k <= 12; ++k)); do
            train "$program" "$whole.steps" --resume "$whole.steps/checkpoint.safetensors" --epochs 2 --max-steps $k
            [[ $(value "$whole.steps/run.json" steps) == "$k" ]] || fail "$recipe: not one step more than $((k - 1))"
        done
        same_run "$whole" "$whole.steps"
    done
done
