#!/usr/bin/env python3
"""undocumented.py XML_FOLDER: names of the public interface that Doxygen found no comment for, one a line, with place.

Public is what namespace fxp holds, but for namespaces named detail and fxp::kernels, and in classes what is public. A
name is documented when one of its declarations is: overloads and specializations are one name. What has no meaning of
its own needs no words: defaulted and deleted functions, destructors, and a class's operators and conversions, which do
what the class says; but for calls and subscripts. Exit code 1 when a name is not documented.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

SCOPES = ("namespace", "class", "struct", "union", "concept")


def is_public(name):
    parts = re.sub(r"<.*", "", name).split("::")
    return parts[0] == "fxp" and "detail" not in parts and parts[1:2] != ["kernels"] and "@" not in name


def has_words(node):
    return any("".join(node.find(part).itertext()).strip() for part in ("briefdescription", "detaileddescription"))


def needs_words(member, scope):
    name = member.findtext("name")
    arguments = (member.findtext("argsstring") or "").replace(" ", "")
    if arguments.endswith(("=default", "=delete")) or name.startswith("~"):
        return False
    return scope == "namespace" or not name.startswith("operator") or name in ("operator()", "operator[]")


def declarations(folder):
    """(name, place, documented) of each."""
    for path in sorted(folder.glob("*.xml")):
        for compound in ElementTree.parse(path).getroot().iter("compounddef"):
            scope, scope_name = compound.get("kind"), compound.findtext("compoundname")
            if scope not in SCOPES or compound.get("prot", "public") != "public" or not is_public(scope_name):
                continue
            yield scope_name, compound.find("location"), has_words(compound)
            for member in compound.iter("memberdef"):
                name = f"{scope_name}::{member.findtext('name')}"
                if member.get("prot") != "public" or not is_public(name) or not needs_words(member, scope):
                    continue
                yield name, member.find("location"), has_words(member)
                for value in member.iter("enumvalue"):
                    yield f"{name}::{value.findtext('name')}", member.find("location"), has_words(value)


def main():
    if len(sys.argv) != 2:
        print("usage: undocumented.py XML_FOLDER", file=sys.stderr)
        return 2
    places, documented = {}, set()
    for name, location, has in declarations(pathlib.Path(sys.argv[1])):
        name = re.sub(r"\s*<.*?>(?=::|$)", "", name)
        places.setdefault(name, location)
        if has:
            documented.add(name)
    if not places:
        print(f"undocumented.py: {sys.argv[1]}: no public names, expected Doxygen's XML", file=sys.stderr)
        return 1
    missing = sorted((place.get("file"), int(place.get("line")), name) for name, place in places.items()
                     if name not in documented)
    for file, line, name in missing:
        print(f"{file}:{line}: {name} is not documented")
    print(f"{len(places) - len(missing)} of {len(places)} public names are documented")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
