"""Summaries: one CSV row per run, one table row per point with mean and standard deviation over seeds."""
import csv
import io
import math
import statistics

import grid

# 97.5 % quantiles of Student's t distribution, by degrees of freedom; beyond, the normal distribution's is near.
T_QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
               2.120, 2.110, 2.101, 2.093, 2.086)

RESULTS = ("test_accuracy", "last20_test_accuracy_mean", "test_loss", "train_accuracy", "train_loss", "overflow_events",
           "parameters", "epochs")


def confidence(values):
    """Half the width of the 95 % interval of a mean; None for fewer than two values."""
    if len(values) < 2:
        return None
    freedom = len(values) - 1
    quantile = T_QUANTILES[freedom - 1] if freedom <= len(T_QUANTILES) else 1.96 + 2.5 / freedom
    return quantile * statistics.stdev(values) / math.sqrt(len(values))


class Summary:
    """What the runs of a point came to. Accuracies in percent, of runs that are done."""

    def __init__(self, point, records):
        self.point = point
        done = [record["results"] for record in records if record["status"] == "done"]
        self.accuracies = [100 * results["test_accuracy"] for results in done]
        self.overflow_events = [results.get("overflow_events") or 0 for results in done]
        self.diverged = sum(record["status"] == "diverged" for record in records)
        self.failed = sum(record["status"] == "failed" for record in records)

    def mean(self):
        return statistics.fmean(self.accuracies) if self.accuracies else None

    def deviation(self):
        return statistics.stdev(self.accuracies) if len(self.accuracies) > 1 else None

    def cells(self):
        def number(value, form):
            return "-" if value is None else format(value, form)

        events = statistics.fmean(self.overflow_events) if self.overflow_events else None
        return [grid.label(self.point) or "as given", number(self.mean(), ".2f"), number(self.deviation(), ".2f"),
                str(len(self.accuracies)), str(self.diverged), str(self.failed), number(events, ".0f")]


def summaries(runs, records):
    """One Summary for each point, in the order of runs; records[i] is that of runs[i]."""
    of_point = {}
    for run, record in zip(runs, records):
        of_point.setdefault(grid.label(run.point), (run.point, []))[1].append(record)
    return [Summary(point, found) for point, found in of_point.values()]


def results_csv(runs, records):
    names = list(dict.fromkeys(name for run in runs for name in run.point))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*names, "seed", "status", *RESULTS, "seconds", "message"])
    for run, record in zip(runs, records):
        results = record["results"] or {}
        found = ["" if results.get(name) is None else results[name] for name in RESULTS]
        writer.writerow([*(run.point.get(name, "") for name in names), run.seed, record["status"], *found,
                         record["seconds"], record["message"]])
    return out.getvalue()


def is_number(cell):
    return cell == "-" or cell.lstrip("+-").replace(".", "", 1).isdecimal()


def table(header, rows):
    """A Markdown table whose columns line up, those of numbers to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    numeric = [all(is_number(row[i]) for row in rows) for i in range(len(header))]

    def line(cells):
        aligned = (cell.rjust(width) if right else cell.ljust(width)
                   for cell, width, right in zip(cells, widths, numeric))
        return "| " + " | ".join(aligned) + " |\n"

    rule = "|" + "|".join("-" * (width + 1) + (":" if right else "-") for width, right in zip(widths, numeric)) + "|\n"
    return line(header) + rule + "".join(line(row) for row in rows)


def points_table(found):
    header = ["settings", "test accuracy %", "s.d.", "n", "diverged", "failed", "overflow events"]
    return table(header, [summary.cells() for summary in found])
