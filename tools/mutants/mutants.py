"""Mutants of the headers: a list of small faults, and a copy of the headers that holds all of them, one at a time on."""
import re


class SiteError(Exception):
    """A site that does not fit the headers."""


class Mutant:
    """One fault: in `header`, text[begin:end] becomes `mutated`."""

    def __init__(self, number, header, kind, needs, begin, end, original, mutated, line):
        self.number = number
        self.header = header
        self.kind = kind
        self.needs = needs  # the instruction set, or None
        self.begin = begin
        self.end = end
        self.original = original
        self.mutated = mutated
        self.line = line

    def place(self):
        return f"{self.header}:{self.line}"

    def what(self):
        return f"{self.original} -> {self.mutated or '(nothing)'}".replace("\n", " ")


SITE = re.compile(r"    (\w+)(?: @(\w+))?: (?:#(\d+) )?(.*)$")
MARK = re.compile(r"`(.*?) ~> ?(.*?)`", re.DOTALL)


def _place(text, piece, occurrence, where):
    places = [match.start() for match in re.finditer(re.escape(piece), text)]
    if not places:
        raise SiteError(f"{where}: the header has no '{piece}'")
    if occurrence is None and len(places) > 1:
        raise SiteError(f"{where}: the header has {len(places)} times '{piece}', expected once or a number before it")
    if occurrence is not None and occurrence > len(places):
        raise SiteError(f"{where}: the header has {len(places)} times '{piece}', expected {occurrence}")
    return places[(occurrence or 1) - 1]


def read_sites(path, include):
    """The mutants of a list, numbered from 1 in its order."""
    mutants = []
    header, text, header_needs = None, None, None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{path.name}:{number}"
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            header, _, header_needs = line.strip().partition(" @")
            if not (include / header).is_file():
                raise SiteError(f"{where}: no header '{header}'")
            text = (include / header).read_text()
            continue
        match = SITE.fullmatch(line)
        marks = list(MARK.finditer(line))
        if not match or header is None or len(marks) != 1:
            raise SiteError(f"{where}: expected 'kind: text with one `original ~> mutated`' under a header")
        kind, occurrence, piece = match[1], match[3] and int(match[3]), match[4].replace("\\n", "\n")
        mark = MARK.search(piece)
        before, original, after = piece[: mark.start()], mark[1].strip(" "), piece[mark.end():]
        start = _place(text, before + original + after, occurrence, where)
        begin = start + len(before)
        mutants.append(Mutant(len(mutants) + 1, header, kind, match[2] or header_needs or None, begin,
                              begin + len(original), original, mark[2].strip(" "), text.count("\n", 0, begin) + 1))
    return mutants


def _on(number):
    return f"(!std::is_constant_evaluated() && ::fxp::mutant::active == {number})"


def _render(text, begin, end, mutants):
    """text[begin:end] with its mutants; those of one place in a chain, those inside another one's within its original."""
    out = []
    at = begin
    rest = sorted(mutants, key=lambda m: (m.begin, -m.end, m.number))
    while rest:
        outer = [m for m in rest if (m.begin, m.end) == (rest[0].begin, rest[0].end)]
        inner = [m for m in rest if m not in outer and m.begin < outer[0].end]
        if any(m.end > outer[0].end for m in inner):
            raise SiteError(f"{outer[0].place()}: two mutants overlap without one being inside the other")
        rest = [m for m in rest if m not in outer and m not in inner]
        out.append(text[at:outer[0].begin])
        original = _render(text, outer[0].begin, outer[0].end, inner)
        for mutant in reversed(outer):
            if mutant.original.endswith(";"):
                original = f"if {_on(mutant.number)} {{ {mutant.mutated} }} else {{ {original} }}"
            else:
                original = f"({_on(mutant.number)} ? ({mutant.mutated}) : ({original}))"
        out.append(original)
        at = outer[0].end
    out.append(text[at:end])
    return "".join(out)


# Where loops are compiled for each instruction set. Once does here, in a third of the time: they are the same source.
DISPATCH = "#ifdef FXP_X86_DISPATCH\n    switch (active_isa()) {"

SWITCH = """#pragma once
#include <cstdlib>
#include <type_traits>
namespace fxp::mutant {
inline const int active = [] {
    const char* number = std::getenv("FXP_MUTANT");
    return number == nullptr ? 0 : std::atoi(number);
}();
} // namespace fxp::mutant
"""


def write_headers(mutants, include, target):
    """A copy of the folder `include` in which the environment's FXP_MUTANT chooses the fault; 0, or none, for none."""
    for header in sorted(include.rglob("*.hpp")):
        name = header.relative_to(include).as_posix()
        text = header.read_text()
        here = [m for m in mutants if m.header == name]
        if here:
            text = _render(text, 0, len(text), here)
        if name == "kernels/dispatch.hpp":
            if DISPATCH not in text:
                raise SiteError(f"{name}: no '{DISPATCH}'")
            text = text.replace(DISPATCH, "#if 0\n    switch (active_isa()) {")
        if here:
            text = text.replace("#pragma once\n", '#pragma once\n#include "fxp/mutant.hpp"\n', 1)
        to = target / name
        to.parent.mkdir(parents=True, exist_ok=True)
        if not to.is_file() or to.read_text() != text: # keeps the time of what is as it was
            to.write_text(text)
    if not (target / "mutant.hpp").is_file():
        (target / "mutant.hpp").write_text(SWITCH)
