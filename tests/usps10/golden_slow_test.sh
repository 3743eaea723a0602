#!/usr/bin/env bash
# 10 and 40 epochs on USPS10 give the published artifact's parameters, outputs and accuracies, bit for bit.
source "$(dirname "${BASH_SOURCE[0]}")/golden.sh"
for threads in 1 2; do
    for epochs in 10 40; do golden_epoch "$epochs" "$threads"; done
done
