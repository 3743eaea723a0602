#!/usr/bin/env bash
# The first steps and epochs on USPS10 give the published artifact's parameters, outputs and accuracies, bit for bit.
source "$(dirname "${BASH_SOURCE[0]}")/golden.sh"
for threads in 1 2; do
    for steps in 1 2 10; do golden_step "$steps" "$threads"; done
    for epochs in 1 2 3; do golden_epoch "$epochs" "$threads"; done
done
