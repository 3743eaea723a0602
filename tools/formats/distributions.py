"""Distributions: what trainings with --distributions recorded of their tensors, taken together."""
import csv
import math
import os

import program


class Tensor:
    """The elements of one named tensor over whole trainings."""

    def __init__(self, name, role):
        self.name = name
        self.role = role  # as in a recipe's formats
        self.largest = 0.0
        self.zeros = 0
        self.counts = {}  # of elements with 2^e <= |x| < 2^(e + 1), by e

    def add(self, other):
        self.largest = max(self.largest, other.largest)
        self.zeros += other.zeros
        for exponent, count in other.counts.items():
            self.counts[exponent] = self.counts.get(exponent, 0) + count

    def elements(self):
        return self.zeros + sum(self.counts.values())

    def share_beyond(self, int_bits):
        """Share of the elements that a symmetric format of so many integer bits, sign included, does not hold."""
        beyond = sum(count for exponent, count in self.counts.items() if exponent >= int_bits - 1)
        return beyond / max(self.elements(), 1)

    def share_below(self, exponent):
        """Share of the nonzero elements below 2^exponent."""
        nonzero = sum(self.counts.values())
        return sum(count for e, count in self.counts.items() if e < exponent) / max(nonzero, 1)

    def int_bits(self, share):
        """Fewest integer bits that hold all elements but a share."""
        bits = integer_bits(self.largest)
        while bits > -60 and self.share_beyond(bits - 1) <= share:
            bits -= 1
        return bits

    def median(self):
        """The geometric middle of the exponent that half of the nonzero elements reach; None when all are zero."""
        half = sum(self.counts.values()) / 2
        below = 0
        for exponent in sorted(self.counts):
            below += self.counts[exponent]
            if below >= half:
                return 2.0 ** (exponent + 0.5)
        return None


def integer_bits(magnitude):
    """Fewest integer bits, sign included, of a symmetric format that holds a magnitude; 1 for zero."""
    return 1 if magnitude == 0 else math.frexp(magnitude)[1] + 1


def pooled(tensors):
    """All elements of several tensors as one."""
    result = Tensor("", "")
    for tensor in tensors:
        result.add(tensor)
    return result


def rows(path, columns):
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames is None or not set(columns) <= set(reader.fieldnames):
            raise program.Failure(f"{path}: columns {reader.fieldnames}, expected {', '.join(columns)}")
        yield from reader


def read(folders):
    """The tensors of several run folders, by name."""
    tensors = {}
    for folder in folders:
        path = os.path.join(folder, "distributions.csv")
        try:
            for row in rows(path, ("tensor", "role", "exponent", "count")):
                tensor = tensors.setdefault(row["tensor"], Tensor(row["tensor"], row["role"]))
                if row["exponent"] == "":
                    tensor.zeros += int(row["count"])
                else:
                    exponent = int(row["exponent"])
                    tensor.counts[exponent] = tensor.counts.get(exponent, 0) + int(row["count"])
            path = os.path.join(folder, "ranges.csv")
            for row in rows(path, ("tensor", "largest_magnitude")):
                if row["tensor"] not in tensors:
                    continue
                if not row["largest_magnitude"]:
                    raise program.Failure(f"{path}: {row['tensor']} became infinite: the float twin diverged, expected "
                                          "a training that does not")
                tensor = tensors[row["tensor"]]
                tensor.largest = max(tensor.largest, float(row["largest_magnitude"]))
        except (ValueError, TypeError) as error:
            raise program.Failure(f"{path}: damaged: {error}") from error
    return tensors
