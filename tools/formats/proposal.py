"""Proposals: formats for a word size from what the float twin recorded, each with its reason.

A role's integer bits hold what its tensors reached, with headroom; the rest of the word is its fraction.

- What may be clipped (activations and errors) holds all elements of each tensor but a share of 1e-4: a cell's state
  ends in a tanh, which is flat there, and an error at the end of its range is a gradient clipped by element.
- Sums of gates are wanted only as far as the sigmoid is not flat: until it is within two steps of its end.
- Logits hold twice what was seen, since they grow as long as a training lasts.
- Weights and biases hold 1.25 times what was seen: an overflow there is an update lost for good.
- Errors of logits, softmax(z) - t, are at most one, whatever was seen.
- Moments have wide words of their own, whatever the network's. They hold 4 times the largest mean gradient of a
  batch, and its square, which Adam fits into their formats before it averages.
"""
import math
from collections import namedtuple

import distributions
import program

CLIPPED_SHARE = 1e-4
LOGIT_HEADROOM = 2.0
WEIGHT_HEADROOM = 1.25
GRADIENT_HEADROOM = 4.0
MOMENT_WORDS = {"moment": 48, "second_moment": 64}
NETWORK_ROLES = ("activation", "logit", "weight", "bias", "error", "loss")

Choice = namedtuple("Choice", "role word fraction rounding largest headroom why")


def text_of(choice):
    """As in a recipe file."""
    rounding = f":{choice.rounding}" if choice.rounding else ""
    return f"{choice.word}.{choice.fraction}{rounding}"


def is_gate_sum(name):
    """What a cell puts into sigmoid and tanh alone: z of an LSTM, rz.sum and n.sum of a GRU."""
    return name == "z" or name.endswith(".sum")


def sigmoid_bits(word):
    """Fewest integer bits beyond which the sigmoid is within two steps of its end."""
    bits = 2
    while bits < word and 1 / (1 + math.exp(2.0 ** (bits - 1))) > 2 * 2.0 ** (bits - word):
        bits += 1
    return bits


def power(value):
    return f"2^{math.log2(value):.1f}"


def percent(share):
    return "0 %" if share == 0 else f"{100 * share:.2g} %"


class Proposal:
    """Formats of all roles for a word size. `learning_rate`, `schedule` and `batch` are those of the
    trainings recorded."""

    def __init__(self, tensors, word, learning_rate, schedule, batch):
        self.word = word
        self.batch = batch
        self.tensors = tensors
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.choices = {}
        for role in NETWORK_ROLES:
            if not self.of_role(role):
                continue
            self.choices[role] = getattr(self, f"propose_{role}")(role, self.of_role(role))
        for role, moment_word in MOMENT_WORDS.items():
            if self.of_role(role):
                self.choices[role] = self.propose_moment(role, self.of_role(role), moment_word)
        missing = [role for role in NETWORK_ROLES if role not in self.choices]
        if missing:
            raise program.Failure(f"the float twin recorded no tensor of the role {missing[0]}, expected some of "
                                  f"each of {', '.join(NETWORK_ROLES)}")

    def of_role(self, role):
        return [tensor for tensor in self.tensors.values() if tensor.role == role]

    def choose(self, role, int_bits, rounding, tensors, headroom, why, word=None):
        word = word or self.word
        largest = max(tensors, key=lambda tensor: tensor.largest)
        return Choice(role, word, word - int_bits, rounding, f"{largest.largest:.3g} ({largest.name})", headroom, why)

    def propose_activation(self, role, tensors):
        gates = [tensor for tensor in tensors if is_gate_sum(tensor.name)]
        others = [tensor for tensor in tensors if not is_gate_sum(tensor.name)]
        flat = sigmoid_bits(self.word)
        bits = {tensor.name: tensor.int_bits(CLIPPED_SHARE) for tensor in others}
        bits.update({tensor.name: min(tensor.int_bits(CLIPPED_SHARE), flat) for tensor in gates})
        decides = max(bits, key=bits.get)
        chosen = max(bits[decides], 2)
        share = self.tensors[decides].share_beyond(chosen - 1)
        why = f"{percent(share)} of {decides} lies beyond {2.0 ** (chosen - 2):g}"
        clipped = [t for t in tensors if t.share_beyond(chosen) > 0]
        if clipped:
            why += "; clipped: " + ", ".join(f"{percent(t.share_beyond(chosen))} of {t.name}" for t in clipped)
            why += f", where sigmoid and tanh are flat (beyond {2 ** (chosen - 1)})"
        return self.choose(role, chosen, "nearest_even", tensors, f"all but {CLIPPED_SHARE:g}", why)

    def propose_error(self, role, tensors):
        chosen = max(tensor.int_bits(CLIPPED_SHARE) for tensor in tensors)
        clipped = distributions.pooled(tensors).share_beyond(chosen)
        why = f"{percent(clipped)} clipped, by element" if clipped else "none clipped"
        return self.choose(role, chosen, "stochastic", tensors, f"all but {CLIPPED_SHARE:g}",
                           f"{why}; {self.lost(tensors, chosen)}")

    def propose_loss(self, role, tensors):
        return self.choose(role, 2, "stochastic", tensors, "bound of 1",
                           f"softmax(z) - t is at most one; {self.lost(tensors, 2)}")

    def lost(self, tensors, int_bits):
        """What rounding to nearest would do to small elements."""
        share = distributions.pooled(tensors).share_below(int_bits - self.word - 1)
        return f"to nearest, {percent(share)} of the nonzero ones would be lost"

    def propose_logit(self, role, tensors):
        return self.with_headroom(role, tensors, LOGIT_HEADROOM, "they grow as long as the training lasts")

    def propose_weight(self, role, tensors):
        tensors = self.learnt(tensors)
        choice = self.with_headroom(role, tensors, WEIGHT_HEADROOM, "must not overflow")
        return choice._replace(**self.update_rounding(choice, tensors))

    def propose_bias(self, role, tensors):
        return self.with_headroom(role, self.learnt(tensors), WEIGHT_HEADROOM,
                                  "must not overflow; rounded as weights are")

    def learnt(self, tensors):
        """Those that an optimizer keeps moments of; the others are their copies side by side."""
        return [tensor for tensor in tensors if f"adam.m.{tensor.name}" in self.tensors] or tensors

    def propose_moment(self, role, tensors, word):
        gradient = max(tensor.largest for tensor in self.of_role("gradient")) / self.batch
        power, name = (1, "gradient") if role == "moment" else (2, "gradient's square")
        needed = (GRADIENT_HEADROOM * gradient) ** power
        return self.choose(role, distributions.integer_bits(needed), None, tensors,
                           f"gradient x {GRADIENT_HEADROOM:g}" + (", squared" if power == 2 else ""),
                           f"a wide word of its own: must hold the mean {name}, seen up to {gradient ** power:.3g}",
                           word)

    def with_headroom(self, role, tensors, factor, why):
        largest = max(tensor.largest for tensor in tensors)
        return self.choose(role, distributions.integer_bits(factor * largest), None, tensors, f"x {factor:g}", why)

    def update_rounding(self, choice, tensors):
        """The rounding of weights, from the size of a typical step of Adam: rate * median |m| / sqrt(median n)."""
        m = distributions.pooled(self.tensors[f"adam.m.{t.name}"] for t in tensors
                                 if f"adam.m.{t.name}" in self.tensors).median()
        n = distributions.pooled(self.tensors[f"adam.n.{t.name}"] for t in tensors
                                 if f"adam.n.{t.name}" in self.tensors).median()
        if not m or not n:
            return {"rounding": "stochastic", "why": choice.why + "; no moments were recorded, so to be safe"}
        step = self.learning_rate * m / math.sqrt(n)
        lsb = 2.0 ** -choice.fraction
        share = self.share_of_small_steps(lsb / 2 / step)
        why = (f"{choice.why}; a typical update is {power(step)}, {step / lsb:.2g} steps of the format, at the "
               "highest rate")
        if share == 0:
            return {"rounding": "nearest_even", "why": why + " and never below half a step: nearest does"}
        return {"rounding": "stochastic",
                "why": f"{why}, and below half a step, where nearest forgets it, in {100 * share:.0f} % of the "
                       "training"}

    def share_of_small_steps(self, ratio):
        """Share of a training in which the learning rate is below `ratio` times its highest."""
        if ratio >= 1:
            return 1.0
        if self.schedule == "cosine":
            return 1 - math.acos(2 * ratio - 1) / math.pi
        return 0.0

    def shifted(self, role, bits):
        """The same with `bits` more integer bits in a role, and as many fewer in its fraction."""
        other = object.__new__(Proposal)
        other.__dict__.update(self.__dict__)
        choice = self.choices[role]
        text = "widened" if bits > 0 else "narrowed"
        other.choices = {**self.choices,
                         role: choice._replace(fraction=choice.fraction - bits,
                                               why=f"{choice.why}; {text} by {abs(bits)} bit after training")}
        return other

    def flags(self):
        """The trainer's arguments."""
        return [word for role, choice in self.choices.items() for word in ("--format", f"{role}={text_of(choice)}")]

    def recipe(self, notes):
        """What a recipe file holds."""
        return {"recipe": "q16", "formats": {role: text_of(choice) for role, choice in self.choices.items()},
                "notes": notes}
