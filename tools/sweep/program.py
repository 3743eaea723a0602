"""What the programs that drive the trainers share: how they fail, where trainers are, files that appear whole."""
import argparse
import json
import os
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TRAINERS = {"fixed": "lstm_usps10", "float": "lstm_usps10_float"}


class UsageError(Exception):
    """A wrong command line: exit code 2."""


class Failure(Exception):
    """What goes wrong at run time: exit code 1."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise UsageError(f"{message} (see {self.prog} --help)")


def run(name, main):
    """Ends the process by what main() returns; an error is one line on stderr."""
    try:
        code = main()
    except UsageError as error:
        code = report(name, error, 2)
    except Failure as error:
        code = report(name, error, 1)
    except OSError as error:
        code = report(name, f"{error.filename}: {error.strerror}", 1)
    sys.exit(code)


def report(name, message, code):
    print(f"{name}: {message}", file=sys.stderr)
    return code


def trainers(folder, kinds):
    """The path of each kind of trainer in a folder, or, without one, in the first build folder that has them."""
    places = [folder] if folder else [os.path.join(SOURCE, "build", preset, "bin") for preset in ("train", "release")]
    for place in places:
        found = {kind: os.path.join(place, TRAINERS[kind]) for kind in kinds}
        if all(os.access(path, os.X_OK) for path in found.values()):
            return found
    names = " and ".join(TRAINERS[kind] for kind in kinds)
    raise Failure(f"no {names} in {' or '.join(places)}: build them with tools/train.sh or name "
                  "their folder with --bin")


def parse_seeds(text):
    """[0, 1, 2, 5] of "0-2,5"."""
    seeds = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
            raise UsageError(f"--seeds {text}: expected numbers and ranges, as in 0-4 or 0,3,7")
        seeds += range(int(first), int(last) + 1)
    if len(seeds) != len(set(seeds)):
        raise UsageError(f"--seeds {text}: a seed twice, expected each once")
    return seeds


def parse_jobs(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}', expected a number from 1")
    return int(text)


def write(path, text):
    """The whole file or none."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def read_json(path):
    """What a JSON file holds; Failure when it is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except ValueError as error:
        raise Failure(f"{path}: not JSON: {error}") from error
