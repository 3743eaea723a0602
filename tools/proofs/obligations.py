"""What is to be proven of functions.cpp by a solver: for each row of the table its cases, and for a case the formulas that
no input may satisfy.
"""
import z3

import llvm_ir
from specification import POLICIES, RANGES, ROUNDINGS, Fitted, clamped, number, requantized, rounded, signed

MAX_SHIFT = 250  # fxp::max_shift


class Case:
    """No input may satisfy `given` and one of `wrong`."""

    def __init__(self, given, wrong, inputs):
        self.given = given
        self.wrong = wrong  # (what, condition)
        self.inputs = inputs


class Row:
    """A line of the table: a property, and its cases, each as a label and what makes it of the functions."""

    def __init__(self, name, bits, words, domain, cases, quick):
        self.name = name
        self.bits = bits
        self.words = words
        self.domain = domain
        self.cases = cases
        self.quick = quick


def _inputs(**bits):
    return {name: z3.BitVec(name, size) for name, size in bits.items()}


def _execute(functions, name, *values):
    """The paths of a function. A wide value is passed in pieces, the low one first, of the bits of the arguments."""
    function = functions[name]
    sizes = [bits for _, bits in function.arguments]
    passed = []
    for value in values:
        at = 0
        while at < value.size():
            bits = min(sizes[len(passed)], value.size() - at)
            passed.append(z3.simplify(z3.Extract(at + bits - 1, at, value)))
            at += bits
    return llvm_ir.execute(function, passed)


def _event(condition):
    return z3.If(condition, number(1, 64), number(0, 64))


def _traps(paths):
    return [(path.trap, path.condition) for path in paths if path.trap]


def _each(paths, what, wrong):
    """`wrong` of the memory at the end of every path."""
    return [(what, z3.And(path.condition, wrong(path.memory))) for path in paths if not path.trap]


def _wide_result(memory, width):
    if width == 256:
        return z3.Concat(memory["out_high"], memory["out_low"])
    return z3.Extract(width - 1, 0, memory["out_low"])


def _merged(paths, name):
    """What a global holds at the end, whichever path is taken."""
    ends = [path for path in paths if not path.trap]
    result = ends[-1].memory[name]
    for path in reversed(ends[:-1]):
        result = z3.If(path.condition, path.memory[name], result)
    return z3.simplify(result)


def _least(bits):
    return 1 << (bits - 1)


def _magnitude(value):
    return z3.If(value < 0, -value, value)


# ---- core ------------------------------------------------------------------------------------------------------------


def fit(functions, width, word_bits):
    x = _inputs(value=width, range=8, policy=8)
    paths = _execute(functions, f"fit_{width}", x["value"], number(word_bits, 32), x["range"], x["policy"])
    wide = signed(x["value"], max(width, 64) + 2)
    expected = Fitted(wide, number(word_bits, 32), x["range"], x["policy"])
    wrong = _traps(paths)
    wrong += _each(paths, "value", lambda m: signed(m["out"], wide.size()) != expected.value)
    wrong += _each(paths, "count", lambda m: m["out_count"] != _event(expected.event))
    wrong += _each(paths, "worst",
                   lambda m: m["out_worst"] != z3.If(expected.event, clamped(wide, 128), number(0, 128)))
    return Case([z3.ULT(x["range"], len(RANGES)), z3.ULT(x["policy"], len(POLICIES))], wrong, x)


def round_shift(functions, width, rule, shift):
    x = _inputs(value=width, word=32)
    paths = _execute(functions, f"round_shift_{width}_{rule}", x["value"], number(shift, 32), x["word"])
    expected = rounded(rule, signed(x["value"], width + 3), shift, x["word"])
    wrong = _traps(paths)
    wrong += _each(paths, "value", lambda m: signed(_wide_result(m, width), width + 3) != expected)
    return Case([x["value"] != number(_least(width), width)], wrong, x)


def requantize(functions, width, rule, shift):
    """By what is proven of fit and round_shift where these are composed, else from the definition."""
    x = _inputs(value=width, word=32, word_bits=32, range=8, policy=8)
    passed = x["value"], number(shift, 32), x["word"], x["word_bits"], x["range"], x["policy"]
    paths = _execute(functions, f"requantize_{width}_{rule}", *passed)
    given = [x["value"] != number(_least(width), width), x["word_bits"] >= 2, x["word_bits"] <= 64,
             z3.ULT(x["range"], len(RANGES)), z3.ULT(x["policy"], len(POLICIES))]
    wrong = _traps(paths)
    names = ["out", "out_count", "out_worst"]
    if 0 <= shift < width - 1:
        rounds = _execute(functions, f"round_shift_{width}_{rule}", *passed[:3])
        halves = {name: _merged(rounds, name) for name in (["out_low", "out_high"] if width == 256 else ["out_low"])}
        fits = _execute(functions, f"fit_{width}", _wide_result(halves, width), *passed[3:])
        for name in names:
            expected = _merged(fits, name)
            wrong += _each(paths, name, lambda m, n=name, e=expected: m[n] != e)
    elif shift < 0 and rule != ROUNDINGS[0]:  # nothing is rounded: the code of all rules is one
        other = _execute(functions, f"requantize_{width}_{ROUNDINGS[0]}", *passed)
        for name in names:
            expected = _merged(other, name)
            wrong += _each(paths, name, lambda m, n=name, e=expected: m[n] != e)
    else:
        exact, expected = requantized(rule, x["value"], shift, x["word"], *passed[3:])
        wrong += _each(paths, "value", lambda m: signed(m["out"], exact.size()) != expected.value)
        wrong += _each(paths, "count", lambda m: m["out_count"] != _event(expected.event))
        wrong += _each(paths, "worst",
                       lambda m: m["out_worst"] != z3.If(expected.event, clamped(exact, 128), number(0, 128)))
    return Case(given, wrong, x)


def events(functions, name):
    """Two events counted: their number, and the one of larger magnitude, of equals the positive one."""
    x = _inputs(first=128, second=128)
    paths = _execute(functions, name, x["first"], x["second"])
    first, second = signed(x["first"], 130), signed(x["second"], 130)

    def worse(a, b):
        return z3.If(z3.Or(_magnitude(b) > _magnitude(a), z3.And(_magnitude(b) == _magnitude(a), b > 0)), b, a)

    expected = worse(worse(number(0, 130), first), second)
    wrong = _traps(paths)
    wrong += _each(paths, "count", lambda m: m["out_count"] != number(2, 64))
    wrong += _each(paths, "worst", lambda m: signed(m["out_worst"], 130) != expected)
    return Case([], wrong, x)


def wide_arithmetic(functions, name, shift=None):
    x = _inputs(a=256, b=256)
    expected = {"add_256": x["a"] + x["b"], "negate_256": -x["a"], "shift_left_256": x["a"] << (shift or 0),
                "shift_right_256": z3.LShR(x["a"], number(shift or 0, 256))}[name]
    more = [x["b"]] if name == "add_256" else [number(shift, 32)] if shift is not None else []
    paths = _execute(functions, name, x["a"], *more)
    return Case([], _traps(paths) + _each(paths, "value", lambda m: _wide_result(m, 256) != expected), x)


# ---- kernels ---------------------------------------------------------------------------------------------------------


def lanes(functions, width, rule, shift):
    x = _inputs(value=width, word=32)
    paths = _execute(functions, f"lanes_{width}_{rule}", x["value"], number(shift, 32), x["word"])
    wide = signed(x["value"], width + 3)
    room = _magnitude(wide) + (1 << shift) <= (1 << (width - 1)) - 1
    expected = rounded(rule, wide, shift, x["word"])
    return Case([room], _traps(paths) + _each(paths, "value", lambda m: signed(m["out"], 80) != signed(expected, 80)), x)


def _max_raw(word_bits, bits):
    return number((1 << (word_bits - 1)) - 1, bits)


def _min_raw(most, full):
    return z3.If(full == 1, -most - 1, -most)


def _kept(paths, exact, least, most):
    """What is not reported as outside is exact and in range."""
    bits = exact.size()
    inside = z3.And(exact <= most, exact >= least)
    return _traps(paths) + _each(paths, "value",
                                 lambda m: z3.And(z3.Extract(0, 0, m["out_outside"]) == 0,
                                                  z3.Not(z3.And(inside, signed(m["out"], max(bits, 64)) == signed(exact, max(bits, 64))))))


def add_element(functions, width, word_bits, negate_a, negate_b):
    x = _inputs(a=width, b=width, full=1)
    most = _max_raw(word_bits, width)
    least = _min_raw(most, x["full"])
    paths = _execute(functions, f"add_element_{width}", x["a"], number(negate_a, 1), x["b"], number(negate_b, 1),
                     least, most)
    a, b = signed(x["a"], width + 3), signed(x["b"], width + 3)
    exact = (-a if negate_a else a) + (-b if negate_b else b)
    return Case([], _kept(paths, exact, signed(least, width + 3), signed(most, width + 3)), x)


def convert_element(functions, source, width, word_bits, negate):
    x = _inputs(a=source, full=1)
    most = _max_raw(word_bits, width)
    least = _min_raw(most, x["full"])
    paths = _execute(functions, f"convert_element_{source}_{width}", x["a"], number(negate, 1), least, most)
    value = signed(x["a"], width + 3)
    exact = -value if negate else value
    return Case([], _kept(paths, exact, signed(least, width + 3), signed(most, width + 3)), x)


def offset_element(functions, width, word_bits, negate):
    x = _inputs(constant=width, x=width, full=1)
    most = _max_raw(word_bits, width + 3)
    constant, value = signed(x["constant"], width + 3), signed(x["x"], width + 3)
    least = _min_raw(most, x["full"])
    low = clamped(constant - most if negate else least - constant, width)
    high = clamped(constant - least if negate else most - constant, width)
    paths = _execute(functions, f"offset_element_{width}", x["constant"], number(negate, 1), x["x"], low, high)
    return Case([x["constant"] >= 0], _kept(paths, constant - value if negate else constant + value, least, most), x)


def _room(total, width):
    return total <= (1 << (width - 1)) - 1


def plain_step(functions, width, source, shift, negate):
    """One more addend, when all magnitudes together fit."""
    x = _inputs(sum=width, value=source)
    paths = _execute(functions, f"plain_step_{width}_{source}", x["sum"], x["value"], number(shift, 32), number(negate, 1))
    bits = width + source + shift + 4
    total, value = signed(x["sum"], bits), signed(x["value"], bits)
    given = [_room(_magnitude(total) + (_magnitude(value) << shift), width)]
    exact = total + ((-value if negate else value) << shift)
    wrong = _each(paths, "value", lambda m: signed(_wide_result(m, width), bits) != exact)
    return Case(given, _traps(paths) + wrong, x)


def _resized(value, bits):
    return signed(value, bits) if bits > value.size() else z3.Extract(bits - 1, 0, value)


def _replace_products(term, a, b, product):
    """Products of a and b, in any number of bits, as that many low bits of one number: then no solver multiplies."""
    known, pairs = set(), []

    def visit(node):
        if node.get_id() in known:
            return
        known.add(node.get_id())
        for child in node.children():
            visit(child)
        if z3.is_app_of(node, z3.Z3_OP_BMUL):
            bits = node.size()
            factors = [z3.simplify(_resized(f, bits)) for f in (a, b)]
            if node.num_args() == 2 and sorted(f.get_id() for f in factors) == sorted(c.get_id() for c in node.children()):
                pairs.append((node, _resized(product, bits)))

    visit(term)
    return z3.substitute(term, *pairs) if pairs else term


def product_step(functions, width, source, shift):
    """One more product, when all magnitudes together fit. The exact product is any number that one can be."""
    x = _inputs(sum=width, a=source, b=source, product=2 * source)
    paths = _execute(functions, f"product_step_{width}_{source}", x["sum"], x["a"], x["b"], number(shift, 32))
    bits = max(width, 2 * source + shift) + 4
    total, product = signed(x["sum"], bits), signed(x["product"], bits)
    given = [_room(_magnitude(total) + (_magnitude(product) << shift), width),
             x["product"] <= 1 << (2 * source - 2), x["product"] >= -(1 << (2 * source - 2))]
    exact = total + (product << shift)
    wrong = _traps(paths) + _each(paths, "value", lambda m: signed(_wide_result(m, width), bits) != exact)
    wrong = [(what, _replace_products(z3.simplify(condition), x["a"], x["b"], x["product"]))
             for what, condition in wrong]
    return Case(given, wrong, x)


# ---- the table -------------------------------------------------------------------------------------------------------


def _cases(make, *lists):
    cases = [()]
    for values in lists:
        cases = [case + (value,) for case in cases for value in values]
    return [(make, case) for case in cases]


def rows():
    every_word = range(2, 65)
    result = []

    def row(name, bits, words, domain, cases, quick=()):
        result.append(Row(name, bits, words.replace("*", str(bits)), domain, cases, list(quick)))

    for width in (64, 128, 256):
        row("fit", width, "* -> 2..64", "all values, words, ranges and policies", _cases(fit, [width], every_word),
            _cases(fit, [width], [2, 33, 64]) if width < 256 else _cases(fit, [width], [32]))
    row("events", 128, "*", "record and merge, all pairs", _cases(events, ["record_two", "merge_two"]))
    for width in (64, 128, 256):
        for rule in ROUNDINGS:
            shifts = range(0, min(width - 1, MAX_SHIFT + 1))
            row(f"round_shift {rule}", width, "*", f"all values, shifts 0..{shifts[-1]}",
                _cases(round_shift, [width], [rule], shifts),
                _cases(round_shift, [width], [rule], [1, 31, 62] if width == 64 else [120] if width == 128 else []))
    for width in (64, 128, 256):
        for rule in ROUNDINGS:
            shifts = range(-MAX_SHIFT, MAX_SHIFT + 1)
            row(f"requantize {rule}", width, "* -> 2..64", "all values, words, ranges, policies, shifts -250..250",
                _cases(requantize, [width], [rule], shifts),
                _cases(requantize, [width], [rule], [] if width > 64 else [20, 70] if rule == ROUNDINGS[0] else [20]))
    row("256-bit + and -", 256, "*", "all values", _cases(wide_arithmetic, ["add_256", "negate_256"]),
        _cases(wide_arithmetic, ["add_256", "negate_256"]))
    for name in ("shift_left_256", "shift_right_256"):
        row(f"256-bit {'<<' if 'left' in name else '>>'}", 256, "*", "all values, shifts 0..255",
            _cases(wide_arithmetic, [name], range(256)), _cases(wide_arithmetic, [name], [0, 1, 127, 128, 129]))
    for width in (32, 64):
        for rule in ROUNDINGS:
            first = 1 if "stochastic" in rule else 0
            row(f"RoundInLanes {rule}", width, "*", f"all values with room for a unit, shifts {first}..{width - 2}",
                _cases(lanes, [width], [rule], range(first, width - 1)),
                _cases(lanes, [width], [rule], [1, 17, 30] if width == 32 else []))
    for width in (8, 16, 32, 64):
        words = range(2, width + 1)
        row("add_elements", width, "2..* in *", "all values, signs and formats of both ranges",
            _cases(add_element, [width], words, [0, 1], [0, 1]),
            _cases(add_element, [width], [7, width], [0], [0, 1]) if width <= 32 else [])
        row("offset", width, "2..* in *", "all values, constants and formats of both ranges",
            _cases(offset_element, [width], words, [0, 1]), _cases(offset_element, [width], [7, width], [0, 1]) if width <= 32 else [])
    for source, width in ((8, 16), (8, 32), (16, 32), (32, 64)):
        row("convert_elements", width, f"{source} -> 2..*", "all values, signs and formats of both ranges",
            _cases(convert_element, [source], [width], range(2, width + 1), [0, 1]),
            _cases(convert_element, [source], [width], [3, width], [0, 1]))
    for width, source in ((32, 32), (64, 32), (64, 64), (128, 64)):
        shifts = range(0, min(width - 1, 65))
        row("accumulate plain", width, f"{source} into *", f"every step that a bound allows, shifts 0..{shifts[-1]}",
            _cases(plain_step, [width], [source], shifts, [0, 1]), _cases(plain_step, [width], [source], [0, 7], [1]))
    for width, source in ((32, 32), (64, 32), (64, 64), (128, 64)):
        shifts = range(0, min(width - 1, 65))
        row("accumulate product", width, f"{source} into *", f"every step that a bound allows, shifts 0..{shifts[-1]}",
            _cases(product_step, [width], [source], shifts), _cases(product_step, [width], [source], [0, 7]))
    return result
