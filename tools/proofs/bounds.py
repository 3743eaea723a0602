"""Which sums fit which accumulator: the decisions of kernels/term.hpp, gemm/scheme.hpp and gemm/limb_product.hpp as
formulas over integers, for ints and for z3's; that they suffice is proven, that they are the code's is tested by asking
both (plans.cpp).
"""
import random

import z3

LIMIT = 1 << 127
SCHEMES = ["quads", "pairs", "flushed", "split", "bytes", "doubles", "words"]
PANEL_ROWS = 8


def _if(condition, yes, no):
    if isinstance(condition, bool):
        return yes if condition else no
    return z3.If(condition, yes, no)


def _and(*conditions):
    return all(conditions) if all(isinstance(c, bool) for c in conditions) else z3.And(*conditions)


def _or(*conditions):
    return any(conditions) if all(isinstance(c, bool) for c in conditions) else z3.Or(*conditions)


def _div(a, b):
    """Of numbers that are not negative."""
    return a / b if isinstance(a, z3.ExprRef) or isinstance(b, z3.ExprRef) else a // b


def _min(a, b):
    return _if(a < b, a, b)


def with_term(total, product, depth, shift, plain):
    """sum_bound after one more term, from that before; `product` of the operands' bounds, or the only one's bound. It
    stays at 2^127 once it is there: then nothing has wrapped either."""
    if not plain:
        beyond = _and(product >= 1 << 63, depth != 0, product > _div(LIMIT, _if(depth == 0, 1, depth)))
        size = product * depth
    else:
        beyond, size = product > LIMIT, product
    beyond = _or(beyond, size > LIMIT >> shift)
    size = size * (1 << shift)
    return _if(_or(total == LIMIT, beyond, size > LIMIT - total), LIMIT, total + size)


def sum_bound(terms):
    """terms: (plain, a, b, depth, shift)."""
    total = 0
    for plain, a, b, depth, shift in terms:
        total = with_term(total, a if plain else a * b, depth, shift, plain)
    return total


def sums_fit_int64(a_bytes, a, b_bytes, b, depth):
    def fits(byte_count, bound):
        return _if(byte_count == 8, bound < 1 << 31, bound <= 1 << 31)

    return _and(fits(a_bytes, a), fits(b_bytes, b),
                _or(a * b == 0, depth <= _div((1 << 63) - 1, _if(a * b == 0, 1, a * b))))


def choose_scheme(kernels, a_bytes, b_bytes, product, depth):
    """(condition, scheme, depth of a unit, steps of a block) of each way, in order: the first that holds is taken.
    kernels: booleans for quads, split, doubles. product: of the bounds."""
    quads, split, doubles = kernels
    largest = _if(product < 1, 1, product)
    narrow = _div((1 << 31) - 1, largest)
    double = _div(1 << 53, largest)

    def block(steps, unit):
        return _min(steps, 16384 // (PANEL_ROWS * unit))

    small = _and(a_bytes <= 2, b_bytes <= 2)
    return [
        (_and(quads, a_bytes == 1, b_bytes == 1, narrow >= depth), "quads", 4, block(depth, 4)),
        (_and(small, narrow >= depth), "pairs", 2, block(depth, 4)),
        (_and(small, narrow >= 48), "flushed", 2, block(_div(narrow, 2), 4)),
        (_and(small, split), "split", 2, 128),
        (small, "bytes", 2, 128),
        (_and(doubles, double >= _min(depth, 32)), "doubles", 1, _min(_min(double, depth), 128)),
        (True, "words", 1, _min(depth, 128)),
    ]


def limbs_suit(a_bytes, a, b_bytes, b, depth):
    return _and(_if(b_bytes == 8, b <= (1 << 31) - 1, b <= 1 << 31), sums_fit_int64(a_bytes, a, 4, (1 << 16) - 1, depth),
                sums_fit_int64(a_bytes, a, 4, _div(b, 1 << 16) + 1, depth))


# ---- what is proven --------------------------------------------------------------------------------------------------


def _monotone(count, most, largest):
    """What the solver would have to guess: count largest <= most when count <= most / largest; largest > 0."""
    quotient = most / largest
    return [quotient * largest <= most, z3.Implies(count <= quotient, count * largest <= quotient * largest)]


def proofs():
    """(name, bits, what, given, claim, variables). Names and what is proven of them come in groups."""
    total, product, depth = z3.Ints("total product depth")
    variables = {"total": total, "product": product, "depth": depth}
    result = []
    for plain in (True, False):
        for shift in range(0, 65):
            after = with_term(total, product, depth, shift, plain)
            size = (product if plain else product * depth) * (1 << shift)
            most = (1 << 64) - 1 if plain else ((1 << 64) - 1) ** 2
            given = [total >= 0, total <= LIMIT, product >= 0, product <= most, depth >= 0, depth < 1 << 64]
            if not plain: # the quotient that the code divides out
                given.append(z3.Implies(depth > 0, depth * (LIMIT / depth) <= LIMIT))
            claim = z3.And(after <= LIMIT, z3.Or(after == LIMIT, after == total + size))
            result.append((f"sum_bound, {'plain' if plain else 'products'}", "128",
                           "the sum of all magnitudes, or 2^127", given, claim, variables))
    for quads in (True, False):
        for split in (True, False):
            for doubles in (True, False):
                for a_bytes in (1, 2, 4):
                    for b_bytes in (1, 2, 4):
                        a_most, b_most = 1 << (8 * a_bytes - 1), 1 << (8 * b_bytes - 1)
                        given = [product >= 0, product <= a_most * b_most, depth >= 1, depth < 1 << 56,
                                 product * depth <= (1 << 63) - 1]
                        before = []
                        for condition, scheme, unit, steps in choose_scheme((quads, split, doubles), a_bytes, b_bytes,
                                                                            product, depth):
                            taken = z3.And(condition, *before)
                            before.append(z3.Not(condition))
                            if condition is False:
                                continue
                            hints = [hint for most in ((1 << 31) - 1, 1 << 53)
                                     for count in (depth, steps * unit)
                                     for hint in _monotone(count, most, z3.If(product < 1, 1, product))]
                            claim = _suffices(scheme, product, depth, unit, steps)
                            result.append(("choose_scheme", "8..32", "every sum of a block fits its accumulator",
                                           given + hints + [taken], claim, variables))
    a, b, value = z3.Ints("a b value")
    variables = {"a": a, "b": b, "depth": depth, "value": value}
    given = [a >= 0, b >= 0, depth >= 0, a <= 1 << 64, b <= 1 << 64,
             z3.Implies(a * b > 0, a * b * (((1 << 63) - 1) / (a * b)) <= (1 << 63) - 1)]
    for a_bytes in (4, 8):
        result.append(("sums_fit_int64", "32, 64", "depth products fit 64 bits",
                       given + [sums_fit_int64(a_bytes, a, a_bytes, b, depth)], a * b * depth <= (1 << 63) - 1, variables))
    high = value / (1 << 16)
    low = value % (1 << 16)
    result.append(("LimbProduct", "32", "limbs make the word and keep the bounds that are asked for",
                   [value >= -b, value <= b, b <= 1 << 31, b >= 0],
                   z3.And(high * (1 << 16) + low == value, low >= 0, low <= (1 << 16) - 1,
                          high <= b / (1 << 16) + 1, high >= -(b / (1 << 16) + 1), high >= -(1 << 15), high <= 1 << 15),
                   variables))
    return result


def _suffices(scheme, product, depth, unit, steps):
    """What a scheme's arithmetic needs of sums over `steps` steps of `unit` elements."""
    narrow = (1 << 31) - 1
    if scheme in ("quads", "pairs"):
        return depth * product <= narrow
    if scheme == "flushed":
        return z3.And(steps >= 1, steps * unit * product <= narrow)
    if scheme == "split":  # how far the estimate is off (see avx512::split)
        return z3.BoolVal(steps * unit * 128 * (32640 + (1 << 15)) <= narrow)
    if scheme == "bytes":
        return z3.BoolVal(steps * unit * max(255, 128) * (1 << 15) <= narrow)
    if scheme == "doubles":
        return z3.And(steps >= 1, steps * product <= 1 << 53)
    return depth * product <= (1 << 63) - 1


# ---- that the formulas are the code's --------------------------------------------------------------------------------


def _number(draw, most):
    """Every size is met, and so are powers of two, their neighbours and the ends."""
    size = draw.randrange(0, most.bit_length() + 1)
    value = draw.getrandbits(size) if size and draw.random() < 0.5 else (1 << size) + draw.randrange(-1, 2)
    return min(max(value, 0), most)


def questions(count, seed=1):
    """Lines for plans.cpp, and the answers that the formulas give."""
    draw = random.Random(seed)
    result = []
    for _ in range(count):
        terms = []
        for _ in range(draw.randrange(1, 9)):
            plain = draw.random() < 0.4
            terms.append((plain, _number(draw, (1 << 64) - 1), _number(draw, (1 << 64) - 1),
                          _number(draw, draw.choice([64, 1 << 20, (1 << 64) - 1])), draw.randrange(0, 65)))
        if draw.random() < 0.7:  # sums that stay below the limit
            terms = [(plain, a >> draw.randrange(64), b >> draw.randrange(64), depth >> 32, shift // 4)
                     for plain, a, b, depth, shift in terms[: draw.randrange(1, 9)]]
        bound = sum_bound(terms)
        words = " ".join(f"{int(not plain)} {a} {b} {depth} {shift}" for plain, a, b, depth, shift in terms)
        result.append((f"bound {len(terms)} {words}", f"{bound >> 64} {bound & ((1 << 64) - 1)}"))

        a_bytes, b_bytes = draw.choice([1, 2, 4, 8]), draw.choice([1, 2, 4, 8])
        a, b = _number(draw, 1 << (8 * a_bytes - 1)), _number(draw, 1 << (8 * b_bytes - 1))
        depth = _number(draw, 1 << 56)
        if a * b and draw.random() < 0.5:  # at the very border
            border = draw.choice([(1 << 31) - 1, (1 << 53), (1 << 63) - 1, 48 * a * b])
            depth = min(max(border // (a * b) + draw.randrange(-1, 2), 1), 1 << 56)
        operands = f"{a_bytes} {a} {b_bytes} {b} {depth}"
        result.append((f"fits {operands}", str(int(sums_fit_int64(a_bytes, a, b_bytes, b, depth)))))
        if b <= 1 << 31:
            result.append((f"limbs {operands}", str(int(limbs_suit(a_bytes, a, b_bytes, b, depth)))))
        if sums_fit_int64(a_bytes, a, b_bytes, b, depth) and depth >= 1:
            kernels = draw.randrange(8)
            ways = choose_scheme((bool(kernels & 1), bool(kernels & 2), bool(kernels & 4)), a_bytes, b_bytes, a * b, depth)
            _, scheme, unit, steps = next(way for way in ways if way[0])
            result.append((f"scheme {kernels} {operands}", f"{SCHEMES.index(scheme)} {unit} {steps}"))
    return result
