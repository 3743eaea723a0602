#!/usr/bin/env bash
# The recipes that the trainers know by name: each runs, keeps its name through a checkpoint, and is not another one.
source "$(dirname "${BASH_SOURCE[0]}")/trainers.sh"

recipes=$("$fixed" --help | tr -s '[:space:]' ' ' | sed -n 's/.*loss and optimizer: \([^[]*\) \[.*/\1/p' | tr -d ',')
[[ $recipes == *reference* ]] || fail "--help names no recipes: '$recipes'"

hashes=
for recipe in $recipes; do
    whole=$work/$recipe part=$work/$recipe.part
    train "$fixed" "$whole" --recipe "$recipe" --epochs 1
    [[ $(value "$whole/run.json" recipe) == "$recipe" ]] || fail "$recipe: run.json names another recipe"
    train "$fixed" "$part" --recipe "$recipe" --epochs 1 --max-steps 5
    train "$fixed" "$part" --resume "$part/checkpoint.safetensors" --epochs 1 --threads 2
    [[ $(hash_of "$whole") == "$(hash_of "$part")" ]] || fail "$recipe: other parameters after --resume"
    train "$float" "$work/$recipe.float" --recipe "$recipe" --epochs 1
    for other in $recipes; do
        [[ $other == "$recipe" ]] && continue
        must_fail "made with --recipe \"$recipe\", the command line says \"$other\"" \
            "$fixed" --data "$optdigits" --resume "$part/checkpoint.safetensors" --recipe "$other" --quiet
    done
    hashes+="$(hash_of "$whole")"$'\n'
done
[[ $(sort <<<"$hashes" | uniq -d | grep -c . || true) == 0 ]] || fail "two recipes give the same parameters"
