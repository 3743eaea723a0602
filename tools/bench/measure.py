#!/usr/bin/env python3
"""tools/bench/measure.py [--repetitions N] NAME=COMMAND...: wall time and peak memory of commands.

Each repetition runs every command once. Prints JSON in the shape of Google Benchmark's, with the benchmarks
"NAME, time" in seconds and "NAME, memory" in bytes, of the largest process that the command starts. Commands see no
shell; their output is dropped unless they fail. Needs GNU time: Python's own figure of a child is never below Python's.

Exit codes: 0 done, 1 a command failed, 2 wrong usage.
"""
import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time


def run(command):
    """Seconds and bytes that a command takes."""
    with tempfile.NamedTemporaryFile("r") as size, tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        try:
            code = subprocess.call(["/usr/bin/time", "-q", "-f", "%M", "-o", size.name, *command],
                                   stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        except OSError:
            sys.exit("measure.py: GNU time is not installed (tools/bench/setup.sh)")
        seconds = time.perf_counter() - begin
        if code != 0:
            said.seek(0)
            sys.stderr.buffer.write(said.read())
            sys.exit(f"measure.py: exit code {code}: {shlex.join(command)}")
        return seconds, int(size.read()) * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("commands", metavar="NAME=COMMAND", nargs="+")
    options = parser.parse_args()
    commands = [named.partition("=") for named in options.commands]
    for name, _, command in commands:
        if not name or not command:
            parser.exit(2, f"measure.py: '{name}': expected NAME=COMMAND\n")
    runs = []
    for repetition in range(options.repetitions):
        for name, _, command in commands:
            seconds, size = run(shlex.split(command))
            common = {"run_type": "iteration", "repetition_index": repetition}
            runs.append({"run_name": f"{name}, time", **common, "s": seconds})
            runs.append({"run_name": f"{name}, memory", **common, "bytes": size})
    json.dump({"context": {}, "benchmarks": runs}, sys.stdout, indent=1)
    print()


main()
