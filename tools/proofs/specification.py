"""What the core's functions are to compute, written from the definitions over z3's bit vectors that are wide enough for
every number in it: they are integers here. Nothing of the code is in it; tests/tools/prove_test.sh compares it with
rational arithmetic.
"""
import z3

ROUNDINGS = ["toward_zero", "floor", "nearest_up", "nearest_even", "pseudo_stochastic", "stochastic"]
RANGES = ["symmetric", "full"]  # as the values of fxp::Range
POLICIES = ["saturate", "throw_error", "wrap"]  # as the values of fxp::Overflow


def number(value, bits):
    return z3.BitVecVal(value, bits)


def signed(term, bits):
    """The same number in more bits."""
    return z3.SignExt(bits - term.size(), term)


def unsigned(term, bits):
    return z3.ZeroExt(bits - term.size(), term)


def _truth(condition, bits):
    return z3.If(condition, number(1, bits), number(0, bits))


def rounded(rule, value, shift, word):
    """value / 2^shift as the rule says; shift: an int from 0 on, less than the bits of value by three or more."""
    bits = value.size()
    if shift == 0:
        return value
    unit = number(1 << shift, bits)
    quotient = value >> shift  # rounds down
    rest = value - (quotient << shift)  # 0 <= rest < unit
    if rule == "floor":
        return quotient
    if rule == "toward_zero":
        return quotient + _truth(z3.And(value < 0, rest != 0), bits)
    if rule == "nearest_up":
        return quotient + _truth(2 * rest >= unit, bits)
    if rule == "nearest_even":
        return quotient + _truth(z3.Or(2 * rest > unit, z3.And(2 * rest == unit, quotient & 1 == 1)), bits)
    if rule == "pseudo_stochastic":
        magnitude = z3.If(value < 0, -value, value)
        below = magnitude & (unit - 1)
        upper = below >> (shift // 2)
        lower = (below & ((1 << shift // 2) - 1)) << (shift % 2)
        result = (magnitude >> shift) + _truth(upper > lower, bits)
        return z3.If(value < 0, -result, result)
    if rule == "stochastic":
        draw = unsigned(word, max(bits, 32 + shift))
        uniform = draw << (shift - 32) if shift >= 32 else draw >> (32 - shift)
        return (value + z3.Extract(bits - 1, 0, uniform)) >> shift
    raise ValueError(rule)


class Fitted:
    """A number brought into a format's range by a policy: what it becomes, and whether that is an event."""

    def __init__(self, value, word_bits, range_of, policy):
        bits = value.size()
        most = (number(1, bits) << unsigned(word_bits, bits)) / 2 - 1
        least = -most - _truth(range_of == RANGES.index("full"), bits)
        outside = z3.Or(value > most, value < least)
        unused = number(bits, bits) - unsigned(word_bits, bits)
        wrapped = (value << unused) >> unused
        wraps = policy == POLICIES.index("wrap")
        self.value = z3.If(outside, z3.If(wraps, wrapped, z3.If(value < 0, least, most)), value)
        self.event = z3.And(outside, z3.Or(z3.Not(wraps), wrapped != value))


def clamped(value, to):
    """The nearest number of `to` bits, two's complement."""
    bits = value.size()
    if bits <= to:
        return signed(value, to)
    most, least = (1 << (to - 1)) - 1, -(1 << (to - 1))
    return z3.Extract(to - 1, 0, z3.If(value > number(most, bits), number(most, bits),
                                       z3.If(value < number(least, bits), number(least, bits), value)))


def requantized(rule, value, shift, word, word_bits, range_of, policy):
    """The exact result before it is fitted, and that one fitted."""
    bits = max(value.size(), abs(shift), 64) + abs(shift) * (shift < 0) + 4
    wide = signed(value, bits)
    exact = wide << -shift if shift < 0 else rounded(rule, wide, shift, word)
    return exact, Fitted(exact, word_bits, range_of, policy)
