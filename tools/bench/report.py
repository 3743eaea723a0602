#!/usr/bin/env python3
"""tools/bench/report.py [--about FILE] --out FILE LABEL=JSON...: makes the tables of tools/bench/run.sh.

JSON: what Google Benchmark writes, with its repetitions; several files of one label are taken together. Medians and
extremes are of repetitions. LABELs and comparisons are those of rows.py. --about: Markdown to stand before the tables.

Exit codes: 0 done, 1 a file cannot be read or written, 2 wrong usage; then nothing is written.
"""
import argparse
import json
import math
import os
import statistics
import sys
from collections import namedtuple

sys.dont_write_bytecode = True  # no folder beside the sources
import rows as comparisons

Unit = namedtuple("Unit", "name scale larger_is_better")
# By counter. Without one of these, a benchmark's figure is its time.
UNITS = {
    "op/s": Unit("GOP/s", 1e-9, True),
    "elem/s": Unit("Gelem/s", 1e-9, True),
    "s/number": Unit("ns", 1e9, False),
    "s/step": Unit("ms", 1e3, False),
    "s": Unit("s", 1, False),
    "bytes": Unit("MB", 1e-6, False),
}
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
COLUMNS = ("what", "ours", "rival", "ratio", "required", "of the peak")


class Failure(Exception):
    """What ends the program with exit code 1."""


class Measurement:
    def __init__(self, unit):
        self.unit = unit
        self.values = []

    def median(self):
        return statistics.median(self.values)

    def __str__(self):
        median, least, most = (self.number(v) for v in (self.median(), min(self.values), max(self.values)))
        return f"{median} {self.unit.name} [{least}-{most}]"

    def number(self, value):
        value *= self.unit.scale
        return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def better(unit, a, b):
    """How many times as good as b the figure a is."""
    return a / b if unit.larger_is_better else b / a


def read(label, path, measured):
    """Adds the repetitions in a file to `measured`, by "label:name"."""
    try:
        with open(path, encoding="utf-8") as file:
            benchmarks = json.load(file)["benchmarks"]
        for run in benchmarks:
            if run.get("run_type", "iteration") != "iteration" or run.get("error_occurred"):
                continue
            counter = next((name for name in UNITS if name in run), None)
            value = run[counter] if counter else run["real_time"] * SECONDS[run["time_unit"]]
            name = run["run_name"].removesuffix("/manual_time").removesuffix("/real_time")
            measurement = measured.setdefault(f"{label}:{name}", Measurement(UNITS[counter or "s"]))
            if measurement.unit is not UNITS[counter or "s"]:
                raise Failure(f"{path}: {name}: two units")
            if not (math.isfinite(value) and value > 0):
                raise Failure(f"{path}: {name}: {value} is no measurement")
            measurement.values.append(value)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Failure(f"{path}: not what Google Benchmark writes") from error


def best(keys, measured):
    """The best measurement of several, or none."""
    found = [measured[key] for key in keys if key in measured]
    return max(found, key=lambda m: better(m.unit, m.median(), found[0].median()), default=None)


def cells(row, measured):
    """A row's text by column, and whether its requirement is met: None without an answer."""
    texts = {"what": row.what, "ours": "not measured", "rival": row.rival.name}
    ours = measured.get(row.ours)
    rival = best(row.rival.keys, measured)
    rival_figure = row.rival.constant
    if ours:
        texts["ours"] = str(ours)
    if rival:
        texts["rival"] += f": {rival}"
        rival_figure = rival.median()
    elif row.rival.constant is not None:
        if ours:
            texts["rival"] += f": {ours.number(row.rival.constant)} {ours.unit.name}"
    else:
        texts["rival"] += ": not installed (tools/bench/setup.sh)" if row.rival.installed_apart else ": not measured"
    met = None
    if ours and rival_figure is not None:
        ratio = better(ours.unit, ours.median(), rival_figure)
        texts["ratio"] = f"{ratio:.3g}x"
        met = None if row.required is None else ratio >= row.required
    if row.required is not None:
        texts["required"] = f"{row.required:.3g}x" + {True: ", met", False: ", **short of**", None: ", open"}[met]
    peaks = [m for key, m in measured.items() if row.peak and key.startswith(f"peaks:{row.peak}/")]
    if ours and peaks:
        texts["of the peak"] = f"{100 * ours.median() / max(m.median() for m in peaks):.0f} % of {row.peak}"
    return texts, met


def table(columns, lines):
    text = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    text += [f"| {' | '.join(line.get(column, '') for column in columns)} |" for line in lines]
    return "\n".join(text) + "\n"


def report(about, labels, measured):
    groups = [group for group, of in comparisons.GROUPS.items() if set(of) & labels]
    rows = [row for row in comparisons.rows(measured) if row.group in groups]
    answers = [(row, *cells(row, measured)) for row in rows]
    required = [met for row, _, met in answers if row.required is not None]
    parts = [f"# Benchmarks\n\n{about}" if about else "# Benchmarks\n"]
    parts.append("Figures are medians [least-most] of repetitions. "
                 "A ratio says how many times as good as the rival we are.\n")
    if required:
        parts.append(f"Required ratios: {required.count(True)} met, {required.count(False)} short of, "
                     f"{required.count(None)} open, since something was not measured.\n")
    for group in groups:
        lines = [texts for row, texts, _ in answers if row.group == group]
        columns = [column for column in COLUMNS if any(column in line for line in lines)]
        parts.append(f"## {group}\n\n{table(columns, lines)}")
        used = {key for row in rows for key in (row.ours, *row.rival.keys)}
        of_group = tuple(f"{label}:" for label in comparisons.GROUPS[group])
        rest = [{"also measured": key.partition(":")[2], "figure": str(m)}
                for key, m in sorted(measured.items()) if key.startswith(of_group) and key not in used]
        if rest:
            parts.append(table(("also measured", "figure"), rest))
    return "\n".join(parts)


def write(path, text):
    """The whole file or none."""
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise Failure(f"{path}: {error.strerror}") from error


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"{self.prog}: {message}\n")


def main():
    parser = Parser(prog="report.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--about", metavar="FILE")
    parser.add_argument("--out", metavar="FILE", required=True)
    parser.add_argument("files", metavar="LABEL=JSON", nargs="+")
    options = parser.parse_args()
    files = [file.partition("=") for file in options.files]
    known = [label for labels in comparisons.GROUPS.values() for label in labels]
    for label, equals, _ in files:
        if not equals or label not in known:
            parser.error(f"'{label}{equals}': expected LABEL=JSON, a label of {', '.join(known)}")
    try:
        measured = {}
        for label, _, path in files:
            read(label, path, measured)
        about = ""
        if options.about:
            with open(options.about, encoding="utf-8") as file:
                about = file.read()
        write(options.out, report(about, {label for label, _, _ in files}, measured))
    except (Failure, OSError) as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
