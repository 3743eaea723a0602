"""LLVM's intermediate code of small functions, executed on z3's bit vectors: every path through a function, with its
condition, what it leaves in the global variables, or the undefined behaviour that it runs into.

The code is what clang makes with -fsanitize=undefined -fsanitize-trap=undefined: before whatever C++ leaves undefined it
asks whether it is about to happen and then calls llvm.ubsantrap. A function is free of undefined behaviour when no path
to such a call is possible.
"""
import re

import z3

# What clang's checks are numbered (clang/lib/CodeGen/CodeGenFunction.h, LIST_SANITIZER_CHECKS).
TRAPS = {0: "add overflow", 1: "builtin unreachable", 3: "division by zero", 10: "load of an invalid value",
         12: "multiplication overflow", 13: "negation overflow", 18: "index out of bounds", 19: "pointer overflow",
         20: "shift out of bounds", 21: "subtraction overflow", 22: "type mismatch"}


class IrError(Exception):
    """Code that is not understood here."""


class Path:
    """One way through a function: its condition, and either its results or a trap."""

    def __init__(self, condition, memory=None, trap=None):
        self.condition = condition
        self.memory = memory
        self.trap = trap


class Function:
    def __init__(self, name, arguments, entry, blocks):
        self.name = name
        self.arguments = arguments  # (name, bits)
        self.entry = entry
        self.blocks = blocks


def _bits(text):
    match = re.fullmatch(r"i(\d+)", text)
    if not match:
        raise IrError(f"type '{text}', expected an integer")
    return int(match[1])


def parse(text):
    """The functions of a module, by name."""
    functions = {}
    for match in re.finditer(r"^define [^@]*@(\w+)\((.*?)\)[^\n]*\{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
        name, parameters, body = match.groups()
        arguments = []
        for parameter in filter(None, parameters.split(", ")):
            words = parameter.split()
            arguments.append((words[-1], _bits(words[0])))
        entry = f"%{len(arguments)}"
        blocks, label = {entry: []}, entry
        body = re.sub(r"\[\n(.*?)\n\s*\]", lambda m: "[" + " ".join(m[1].split()) + "]", body, flags=re.DOTALL)
        for line in body.splitlines():
            line = re.sub(r"(, ![\w.]+ !\d+)+$", "", line.split(" ; ")[0].split(";  ")[0].rstrip())
            line = line.strip()
            if not line:
                continue
            head = re.fullmatch(r"([\w.]+):.*", line)
            if head:
                label = f"%{head[1]}"
                blocks[label] = []
            else:
                blocks[label].append(line)
        functions[name] = Function(name, arguments, entry, blocks)
    return functions


def _flag(condition):
    return z3.If(condition, z3.BitVecVal(1, 1), z3.BitVecVal(0, 1))


BINARY = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "and": lambda a, b: a & b,
    "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b, "shl": lambda a, b: a << b, "lshr": z3.LShR,
    "ashr": lambda a, b: a >> b, "udiv": z3.UDiv, "urem": z3.URem, "sdiv": lambda a, b: a / b, "srem": z3.SRem,
}
COMPARE = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "ugt": z3.UGT, "uge": z3.UGE, "ult": z3.ULT, "ule": z3.ULE,
    "sgt": lambda a, b: a > b, "sge": lambda a, b: a >= b, "slt": lambda a, b: a < b, "sle": lambda a, b: a <= b,
}


def _wide(signed, by):
    return (lambda a: z3.SignExt(by, a)) if signed else (lambda a: z3.ZeroExt(by, a))


def _with_overflow(signed, operation, a, b):
    """The result modulo the word, and whether the exact one, which twice the bits hold, is another."""
    bits = a.size()
    extra = bits if operation == "mul" else 1
    wide = _wide(signed, extra)
    exact = BINARY[operation](wide(a), wide(b))
    result = BINARY[operation](a, b)
    return result, _flag(exact != wide(result))


def _leading_zeros(a):
    result = z3.BitVecVal(a.size(), a.size())
    for bit in range(a.size()):
        result = z3.If(z3.Extract(bit, bit, a) == 1, z3.BitVecVal(a.size() - 1 - bit, a.size()), result)
    return result


def _intrinsic(name, arguments):
    match = re.fullmatch(r"llvm\.([us])(add|sub|mul)\.with\.overflow\.i\d+", name)
    if match:
        return _with_overflow(match[1] == "s", match[2], *arguments)
    operation = re.sub(r"\.i\d+$", "", name.removeprefix("llvm."))
    a, b = arguments[0], arguments[1] if len(arguments) > 1 else None
    if operation in ("umin", "umax", "smin", "smax"):
        less = z3.ULT(a, b) if operation[0] == "u" else a < b
        return z3.If(less, a, b) if operation.endswith("min") else z3.If(less, b, a)
    if operation == "abs":
        return z3.If(a < 0, -a, a)
    if operation == "ctlz":
        return _leading_zeros(a)
    if operation in ("fshl", "fshr"):
        shift = z3.ZeroExt(a.size(), z3.URem(arguments[2], z3.BitVecVal(a.size(), a.size())))
        both = z3.Concat(a, b)
        return z3.Extract(2 * a.size() - 1, a.size(), both << shift) if operation == "fshl" else \
            z3.Extract(a.size() - 1, 0, z3.LShR(both, shift))
    if operation == "usub.sat":
        return z3.If(z3.ULT(a, b), z3.BitVecVal(0, a.size()), a - b)
    raise IrError(f"intrinsic '{name}'")


class _Machine:
    """The state of one path: names and globals, both copied where the path forks."""

    def __init__(self, values, memory, conditions):
        self.values = values
        self.memory = memory
        self.conditions = conditions

    def fork(self, condition):
        return _Machine(dict(self.values), dict(self.memory), self.conditions + [condition])

    def value(self, text, bits):
        if text.startswith("%"):
            return self.values[text]
        if text in ("true", "false"):
            return z3.BitVecVal(int(text == "true"), 1)
        if re.fullmatch(r"-?\d+", text):
            return z3.BitVecVal(int(text), bits)
        raise IrError(f"operand '{text}'")

    def load(self, name, bits):
        if name not in self.memory:
            raise IrError(f"'{name}' is read before it is written")
        return self.memory[name]


_ASSIGNMENT = re.compile(r"(%[\w.]+) = (.*)")
_BINARY = re.compile(r"(add|sub|mul|and|or|xor|shl|lshr|ashr|udiv|urem|sdiv|srem) (?:nuw |nsw |exact )*(i\d+) (\S+), (\S+)")
_COMPARE = re.compile(r"icmp (\w+) (i\d+) (\S+), (\S+)")
_SELECT = re.compile(r"select i1 (\S+), (i\d+) (\S+), i\d+ (\S+)")
_CAST = re.compile(r"(zext|sext|trunc) (i\d+) (\S+) to (i\d+)")
_CALL = re.compile(r"(?:tail )?call (?:noundef )?(?:[^@]*) @([\w.]+)\((.*)\)(?: #\d+)?")
_EXTRACT = re.compile(r"extractvalue \{.*?\} (\S+), (\d+)")
_INSERT = re.compile(r"insertvalue \{ (i\d+), (i\d+) \} (.*?), i\d+ (\S+), (\d+)")
_LOAD = re.compile(r"load (i\d+), i\d+\* @([\w.]+), align \d+")
_STORE = re.compile(r"store (i\d+) (\S+), i\d+\* @([\w.]+), align \d+")
_PHI = re.compile(r"phi (i\d+|\{.*?\}) (.*)")


def _evaluate(machine, text):
    match = _BINARY.fullmatch(text)
    if match:
        bits = _bits(match[2])
        return BINARY[match[1]](machine.value(match[3], bits), machine.value(match[4], bits))
    match = _COMPARE.fullmatch(text)
    if match:
        bits = _bits(match[2])
        return _flag(COMPARE[match[1]](machine.value(match[3], bits), machine.value(match[4], bits)))
    match = _SELECT.fullmatch(text)
    if match:
        bits = _bits(match[2])
        return z3.If(machine.value(match[1], 1) == 1, machine.value(match[3], bits), machine.value(match[4], bits))
    match = _CAST.fullmatch(text)
    if match:
        by, to = _bits(match[2]), _bits(match[4])
        value = machine.value(match[3], by)
        if match[1] == "trunc":
            return z3.Extract(to - 1, 0, value)
        return z3.ZeroExt(to - by, value) if match[1] == "zext" else z3.SignExt(to - by, value)
    match = _EXTRACT.fullmatch(text)
    if match:
        return machine.values[match[1]][int(match[2])]
    match = _INSERT.fullmatch(text)
    if match:
        index = int(match[5])
        bits = [_bits(match[1]), _bits(match[2])]
        if match[3].startswith("%"):
            fields = list(machine.values[match[3]])
        else:
            fields = [None if part.endswith("undef") else machine.value(part.split()[-1], size)
                      for part, size in zip(match[3].strip("{} ").split(","), bits)]
            fields = fields if len(fields) == 2 else [None, None]
        fields[index] = machine.value(match[4], bits[index])
        return tuple(fields)
    match = _LOAD.fullmatch(text)
    if match:
        return machine.load(match[2], _bits(match[1]))
    match = _CALL.fullmatch(text)
    if match:
        arguments = []
        for argument in match[2].split(", "):
            words = argument.split()
            arguments.append(machine.value(words[-1], _bits(words[0])))
        return _intrinsic(match[1], arguments)
    if text.startswith("freeze "):
        _, kind, value = text.split()
        return machine.value(value, _bits(kind))
    raise IrError(f"instruction '{text}'")


def _simple(value):
    if isinstance(value, tuple):
        return tuple(None if field is None else z3.simplify(field) for field in value)
    return z3.simplify(value)


def execute(function, arguments, memory=None, limit=4000):
    """Every path of a function; a branch that the arguments decide is no fork. At most `limit` of them."""
    values = {name: arguments[k] for k, (name, bits) in enumerate(function.arguments)}
    for name, bits in function.arguments:
        if values[name].size() != bits:
            raise IrError(f"{function.name}: argument {name} has {values[name].size()} bits, expected {bits}")
    paths = []
    work = [(function.entry, None, _Machine(values, dict(memory or {}), []))]
    while work:
        label, before, machine = work.pop()
        if len(paths) + len(work) > limit:
            raise IrError(f"{function.name}: more than {limit} paths")
        instructions = function.blocks[label]
        merged = {}  # all phis of a block read what was before
        for text in instructions:
            assignment = _ASSIGNMENT.fullmatch(text)
            phi = assignment and _PHI.fullmatch(assignment[2])
            if not phi:
                machine.values.update(merged)
                merged = {}
            if phi:
                value = re.search(r"\[ ([^\]]*?), " + re.escape(before) + r" \]", phi[2])[1]
                merged[assignment[1]] = (machine.values[value] if phi[1].startswith("{")
                                         else machine.value(value, _bits(phi[1])))
            elif assignment:
                machine.values[assignment[1]] = _simple(_evaluate(machine, assignment[2]))
            elif text.startswith("store "):
                match = _STORE.fullmatch(text)
                if not match:
                    raise IrError(f"{function.name}: '{text}'")
                machine.memory[match[3]] = machine.value(match[2], _bits(match[1]))
            elif "@llvm.ubsantrap(" in text:
                number = int(re.search(r"@llvm\.ubsantrap\(i8 (\d+)\)", text)[1])
                paths.append(Path(z3.And(machine.conditions), trap=TRAPS.get(number, f"check {number}")))
                break
            elif text == "unreachable":
                raise IrError(f"{function.name}: an unreachable place without a check")
            elif text.startswith("ret"):
                paths.append(Path(z3.And(machine.conditions), memory=machine.memory))
                break
            elif text.startswith("br label "):
                work.append((text.removeprefix("br label "), label, machine))
                break
            elif text.startswith("br i1 "):
                match = re.fullmatch(r"br i1 (\S+), label (\S+), label (\S+)", text)
                condition = z3.simplify(machine.value(match[1], 1) == 1)
                if z3.is_true(condition):
                    work.append((match[2], label, machine))
                elif z3.is_false(condition):
                    work.append((match[3], label, machine))
                else:
                    work.append((match[2], label, machine.fork(condition)))
                    work.append((match[3], label, machine.fork(z3.Not(condition))))
                break
            elif text.startswith("switch "):
                match = re.fullmatch(r"switch (i\d+) (\S+), label (\S+) \[(.*)\]", text)
                bits = _bits(match[1])
                value = machine.value(match[2], bits)
                others = []
                for number, target in re.findall(r"i\d+ (-?\d+), label (%[\w.]+)", match[4]):
                    condition = z3.simplify(value == z3.BitVecVal(int(number), bits))
                    others.append(z3.Not(condition))
                    if not z3.is_false(condition):
                        work.append((target, label, machine.fork(condition)))
                default = z3.simplify(z3.And(others))
                if not z3.is_false(default):
                    work.append((match[3], label, machine.fork(default)))
                break
            elif "@llvm.assume(" in text or "@llvm.experimental.noalias.scope.decl(" in text:
                pass
            else:
                raise IrError(f"{function.name}: '{text}'")
    return paths
