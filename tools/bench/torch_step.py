#!/usr/bin/env python3
"""tools/bench/torch_step.py [--repetitions N] [--steps N]: what a training step costs in PyTorch, on one thread.

Batches of 128 sequences of 16 rows of 16 numbers, 10 classes, Adam, cross-entropy smoothed by 0.05: the work of q16
in bench_reference_epoch. Each repetition times STEPS steps of every variant, in random order. Prints JSON in the shape
of Google Benchmark's: per repetition the seconds a step took.

Exit codes: 0 done, 1 no PyTorch, 2 wrong usage.
"""
import argparse
import json
import os
import random
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
try:
    import torch
except ImportError:
    sys.exit("torch_step.py: PyTorch is not installed (tools/bench/setup.sh)")
from torch import nn

BATCH, ROWS, INPUTS, CLASSES = 128, 16, 16, 10


class LowRankLstm(nn.Module):
    """The reference model: x passes through a matrix of rank 4; the gates of a step are one matrix product. What
    depends on x alone is computed for all rows at once."""

    def __init__(self, hidden: int = 10, rank: int = 4):
        super().__init__()
        self.hidden = hidden
        self.wr = nn.Parameter(0.1 * torch.randn(INPUTS, rank))
        self.w = nn.Parameter(0.1 * torch.randn(rank, 4 * hidden))
        self.u = nn.Parameter(0.1 * torch.randn(hidden, 4 * hidden))
        self.b = nn.Parameter(torch.zeros(4 * hidden))
        self.output = nn.Linear(hidden, CLASSES)

    def forward(self, x):  # (rows, batch, inputs)
        z = torch.addmm(self.b, x.reshape(-1, x.size(2)) @ self.wr, self.w).view(x.size(0), x.size(1), -1)
        h = torch.zeros(x.size(1), self.hidden)
        c = torch.zeros(x.size(1), self.hidden)
        for row in z.unbind(0):
            gates = torch.addmm(row, h, self.u)
            f, i, o = torch.sigmoid(gates[:, : 3 * self.hidden]).chunk(3, 1)
            c = f * c + i * torch.tanh(gates[:, 3 * self.hidden :])
            h = o * torch.tanh(c)
        return self.output(h)


class LibraryLstm(nn.Module):
    """PyTorch's own LSTM and a linear layer on its last output."""

    def __init__(self, hidden: int):
        super().__init__()
        self.lstm = nn.LSTM(INPUTS, hidden)
        self.output = nn.Linear(hidden, CLASSES)

    def forward(self, x):
        return self.output(self.lstm(x)[1][0][0])


def trainer(model):
    """A function that trains `model` for so many steps."""
    x = torch.rand(ROWS, BATCH, INPUTS) * 2 - 1
    labels = torch.arange(BATCH) % CLASSES
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, foreach=True)

    def train(steps):
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(model(x), labels, label_smoothing=0.05).backward()
            optimizer.step()

    return train


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--steps", type=int, default=57)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    trainers = {
        "custom low-rank cell, eager": trainer(LowRankLstm()),
        "custom low-rank cell, script": trainer(torch.jit.script(LowRankLstm())),
        "nn.LSTM(16, 10)": trainer(LibraryLstm(10)),
        "nn.LSTM(16, 128)": trainer(LibraryLstm(128)),
    }
    for train in trainers.values():
        train(5)
    runs = []
    for repetition in range(options.repetitions):
        for name in random.sample(list(trainers), len(trainers)):
            begin = time.perf_counter()
            trainers[name](options.steps)
            seconds = (time.perf_counter() - begin) / options.steps
            runs.append({"run_name": name, "run_type": "iteration", "repetition_index": repetition, "s/step": seconds})
    json.dump({"context": {"torch": torch.__version__}, "benchmarks": runs}, sys.stdout, indent=1)
    print()


main()
