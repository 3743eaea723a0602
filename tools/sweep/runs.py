"""Runs: trainer processes side by side, each leaving one record, so that a sweep goes on where it stopped."""
import hashlib
import json
import math
import os
import re
import signal
import subprocess
import sys
import time

import program


class Run:
    """One training: a point of a grid and a seed. One that keeps its folder has the trainer's --out beside its
    record."""

    def __init__(self, point, seed, arguments, keeps_folder=False):
        self.point = point
        self.seed = seed
        self.arithmetic = point.get("arithmetic", "fixed")
        self.arguments = [*arguments, "--seed", str(seed)]
        self.keeps_folder = keeps_folder
        text = json.dumps([self.arithmetic, self.arguments])
        words = "_".join([*(f"{name}={value}" for name, value in point.items()), f"seed={seed}"])
        self.key = (re.sub(r"[^A-Za-z0-9.=_-]", "-", words)[:120] + "_" +
                    hashlib.sha256(text.encode()).hexdigest()[:12])

    def path(self, folder):
        return os.path.join(folder, f"{self.key}.json")

    def out(self, folder):
        return os.path.join(folder, self.key)

    def record(self, folder):
        """What the run left behind: its status is done, diverged or failed. None when there is nothing."""
        try:
            record = program.read_json(self.path(folder))
        except FileNotFoundError:
            return None
        if not isinstance(record, dict) or record.get("arguments") != self.arguments or "status" not in record:
            raise program.Failure(f"{self.path(folder)}: not the record of this run, expected one that fxp_sweep wrote")
        return record


class Process:
    """A run under way."""

    def __init__(self, run, trainer, build, folder):
        self.run = run
        self.build = build
        self.folder = folder
        self.start = time.monotonic()
        stem = os.path.join(folder, f".{run.key}.{os.getpid()}")
        self.results = f"{stem}.results"
        self.messages = f"{stem}.stderr"
        self.command = [trainer, *run.arguments, "--quiet", "--json", self.results]
        if run.keeps_folder:
            self.command += ["--out", run.out(folder)]
        with open(self.messages, "wb") as messages:
            # A session of its own: a Ctrl-C is for us, who then stop it.
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                            stderr=messages, start_new_session=True)

    def finish(self):
        """Writes the record of a process that has ended; returns its status."""
        record = {"point": self.run.point, "seed": self.run.seed, "arithmetic": self.run.arithmetic,
                  "arguments": self.run.arguments, "build": self.build, **self.outcome(),
                  "seconds": round(time.monotonic() - self.start, 3)}
        program.write(self.run.path(self.folder), json.dumps(record, indent=1) + "\n")
        self.clear()
        return record["status"]

    def outcome(self):
        with open(self.messages, encoding="utf-8", errors="replace") as file:
            lines = file.read().split("\n")
        message = next((line for line in reversed(lines) if line.strip()), "")
        code = self.process.returncode
        try:
            results = program.read_json(self.results)
        except (OSError, program.Failure):
            results = None
        if code == 0 and not (isinstance(results, dict) and "test_accuracy" in results):
            return {"status": "failed", "message": "the trainer wrote no results", "results": None}
        if code == 0:
            loss = results.get("test_loss")
            diverged = not isinstance(loss, (int, float)) or not math.isfinite(loss)
            return {"status": "diverged" if diverged else "done", "message": message, "results": results}
        if "diverged" in message and results:
            return {"status": "diverged", "message": message, "results": results}
        ending = f"signal {-code}" if code < 0 else f"exit code {code}"
        return {"status": "failed", "message": f"{ending}: {message}" if message else ending, "results": None}

    def stop(self):
        """Ends the process and leaves nothing of it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.clear()

    def clear(self):
        for path in (self.results, self.messages):
            if os.path.exists(path):
                os.remove(path)


class Progress:
    """A line on a terminal, nothing elsewhere."""

    def __init__(self, total, at_once):
        self.total = total
        self.at_once = at_once
        self.seconds = []
        self.done = 0
        self.bad = 0
        self.shown = sys.stderr.isatty()

    def ended(self, status, seconds):
        self.done += 1
        self.bad += status != "done"
        self.seconds.append(seconds)

    def show(self):
        if not self.shown:
            return
        text = f"{self.done}/{self.total} runs"
        if self.bad:
            text += f", {self.bad} diverged or failed"
        if self.seconds and self.done < self.total:
            left = sum(self.seconds) / len(self.seconds) * (self.total - self.done) / self.at_once
            text += f", {duration(left)} left"
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def close(self):
        if self.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def duration(seconds):
    seconds = math.ceil(seconds)
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h {seconds % 3600 // 60} min"


def build_of(trainer):
    """Tells one build of a trainer from another."""
    with open(trainer, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:16]


def missing(runs, builds, folder):
    """What is not on record as done or diverged. Failure when a record is that of another build: its result may be
    another, too."""
    found = []
    for run in runs:
        record = run.record(folder)
        if record is None or record["status"] == "failed":
            found.append(run)
        elif record.get("build") != builds[run.arithmetic]:
            raise program.Failure(f"{run.path(folder)}: made by another build of {program.TRAINERS[run.arithmetic]}, "
                                  "expected this one's runs: use another --out, or remove this one")
    return found


def perform(runs, trainers, folder, jobs):
    """Performs what is missing. Returns the signal that stopped it, or 0: then every run is on record."""
    os.makedirs(folder, exist_ok=True)
    builds = {kind: build_of(trainer) for kind, trainer in trainers.items()}
    waiting = missing(runs, builds, folder)
    progress = Progress(len(waiting), min(jobs, len(waiting)))
    caught = []
    handlers = {number: signal.signal(number, lambda number, _: caught.append(number))
                for number in (signal.SIGINT, signal.SIGTERM)}
    processes = []
    try:
        waiting.reverse()
        while (waiting or processes) and not caught:
            while waiting and len(processes) < jobs:
                run = waiting.pop()
                processes.append(Process(run, trainers[run.arithmetic], builds[run.arithmetic], folder))
            for process in [process for process in processes if process.process.poll() is not None]:
                progress.ended(process.finish(), time.monotonic() - process.start)
                processes.remove(process)
            progress.show()
            time.sleep(0.02)
    finally:
        for process in processes:
            process.stop()
        progress.close()
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return caught[0] if caught else 0
