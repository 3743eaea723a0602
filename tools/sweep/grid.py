"""Grids: what a sweep varies. A point is one choice of settings, by name:

    format.ROLE     a role's WORD.FRACTION
    range.ROLE      symmetric or full: whether it has the lowest number of two's complement
    rounding.ROLE   how values are rounded to it
    arithmetic      fixed or float: which trainer
    anything else   a flag of the trainers without its dashes; those that take no value have yes or no
"""
import itertools
import re

from program import UsageError

ROLES = ("activation", "logit", "weight", "bias", "error", "loss", "gradient", "moment", "second_moment")
ROLES_WITH_ROUNDING = ("activation", "weight", "error", "loss", "gradient")
ROUNDINGS = ("toward_zero", "floor", "nearest_up", "nearest_even", "pseudo_stochastic", "stochastic")
RANGES = ("symmetric", "full")
SWITCHES = ("bidirectional", "shifts", "no-shuffle")
# What is said of a format besides its bits, in the trainers' order, and what it would miss without one.
OF_FORMATS = {"range": "to have it", "rounding": "to round to"}
# What a sweep says itself: which run it is, and where its results go.
OWN_FLAGS = ("seed", "json", "out", "quiet", "format", "resume", "config", "export-npy", "export-logits")


def expand(name, item):
    """The values of "A..B": integers, or formats of one word; of anything else, itself."""
    match = re.fullmatch(r"(?:(\d+)\.)?(-?\d+)\.\.(?:(\d+)\.)?(-?\d+)", item)
    if not match:
        if ".." in item:
            raise UsageError(f"--grid {name}: '{item}', expected a range such as 16.4..16.14 or 8..32")
        return [item]
    word, first, other_word, last = match.groups()
    if word != other_word or int(first) > int(last):
        raise UsageError(f"--grid {name}: '{item}', expected a range upwards with one word, such as 16.4..16.14")
    return [f"{word}.{value}" if word else str(value) for value in range(int(first), int(last) + 1)]


def check(name, value):
    """Throws UsageError for a value that a name cannot have; flags of the trainers are theirs to check."""
    kind, dot, role = name.partition(".")

    def refuse(expected):
        raise UsageError(f"--grid {name}={value}: expected {expected}")

    if dot and kind == "format":
        if role not in ROLES:
            refuse(f"a role of {', '.join(ROLES)}")
        if not re.fullmatch(r"\d+\.-?\d+", value):
            refuse("WORD.FRACTION, as in 16.12")
    elif dot and kind == "range":
        if role not in ROLES:
            refuse(f"a role of {', '.join(ROLES)}")
        if value not in RANGES:
            refuse(f"one of {', '.join(RANGES)}")
    elif dot and kind == "rounding":
        if role not in ROLES_WITH_ROUNDING:
            refuse(f"a role of {', '.join(ROLES_WITH_ROUNDING)}")
        if value not in ROUNDINGS:
            refuse(f"one of {', '.join(ROUNDINGS)}")
    elif name == "arithmetic":
        if value not in ("fixed", "float"):
            refuse("fixed or float")
    elif name in SWITCHES:
        if value not in ("yes", "no"):
            refuse("yes or no")
    elif name in OWN_FLAGS or not re.fullmatch(r"[a-z][a-z-]*", name):
        refuse("format.ROLE, range.ROLE, rounding.ROLE, arithmetic or a trainer's flag such as hidden" +
               (", and seeds by --seeds" if name == "seed" else ""))
    elif not value:
        refuse("a value")


def parse_axis(text):
    """(name, values) of "NAME=VALUE,VALUE..VALUE,..."."""
    name, equals, values = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--grid {text}: expected NAME=VALUES, as in hidden=16,32")
    expanded = [value for item in values.split(",") for value in expand(name, item)]
    for value in expanded:
        check(name, value)
    if len(expanded) != len(set(expanded)):
        raise UsageError(f"--grid {text}: a value twice, expected each once")
    return name, expanded


def points(axes):
    """All combinations of the values of axes, as dictionaries from names to values."""
    names = [name for name, _ in axes]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"--grid {name}: given twice, expected all its values in one list")
        kind, _, role = name.partition(".")
        if kind in OF_FORMATS and f"format.{role}" not in names:
            raise UsageError(f"--grid {name}: no format {OF_FORMATS[kind]}, expected --grid format.{role}=... beside "
                             "it")
    return [dict(zip(names, values)) for values in itertools.product(*(values for _, values in axes))]


def roles_plan():
    """The acceptance sweep of the formats: the fraction bits of each role of a 16-bit word, all others those of q16;
    without any, q16 itself and its float twin."""
    chosen = [{"arithmetic": "fixed"}, {"arithmetic": "float"}]
    for role in ("activation", "weight", "bias", "error", "loss", "logit"):
        axes = [parse_axis(f"format.{role}=16.4..16.14")]
        if role == "weight":
            axes.append(parse_axis("rounding.weight=nearest_even,stochastic"))
        chosen += points(axes)
    return chosen


# The points of each plan, and the trainer's flags of all of them, for which the command line may have other values.
PLANS = {"roles": (roles_plan, {"recipe": "q16", "hidden": "32", "rank-w": "0"})}


def flag_names(arguments):
    """Names of the flags among a trainer's arguments."""
    return [argument[2:].partition("=")[0] for argument in arguments if argument.startswith("--")]


def arguments(point):
    """A trainer's arguments for a point."""
    result = []
    for name, value in point.items():
        kind, _, role = name.partition(".")
        if kind == "format":
            said = [point[f"{of}.{role}"] for of in OF_FORMATS if f"{of}.{role}" in point]
            result += ["--format", ":".join([f"{role}={value}", *said])]
        elif name in SWITCHES:
            result += [f"--{name}"] if value == "yes" else []
        elif kind not in OF_FORMATS and name != "arithmetic":
            result += [f"--{name}", value]
    return result


def label(point):
    return " ".join(f"{name}={value}" for name, value in point.items())
