"""What is compared with what, and the ratios that are required. Measurements are named "label:name": the label under
which report.py was given a file, and the name of a benchmark in it."""
from dataclasses import dataclass
from typing import Optional, Tuple

# The groups of a report, and the labels whose measurements they hold.
GROUPS = {
    "gemm": ("gemm", "peaks"),
    "activations": ("activations",),
    "step": ("step", "torch"),
    "elementwise": ("elementwise",),
    "compile": ("compile",),
    "memory": ("memory",),
    "build": ("O2", "O3-native"),
}


@dataclass(frozen=True)
class Rival:
    name: str
    keys: Tuple[str, ...] = ()  # the best of them counts
    constant: Optional[float] = None  # instead of keys: a figure in the unit of ours, not measured in this run
    installed_apart: bool = False  # by tools/bench/setup.sh


@dataclass(frozen=True)
class Row:
    group: str
    what: str
    ours: str
    rival: Rival
    required: Optional[float] = None  # of the ratio: how many times as good as the rival ours is
    peak: Optional[str] = None  # the instructions whose peak ours is a fraction of


LARGE = ("256", "512", "1024", "2048")
SHAPES = ("64", "96", "128", *LARGE, "40x128x14", "40x128x64")


def at(shapes, ratio):
    return {shape: ratio for shape in shapes}


# The peaks of products in AMX tiles, where bench_peaks found them.
TILE_PEAKS = {"vpdpbusd": "tdpbssd", "vpdpwssd": "4 tdpb", "fma double": None}

# Per kind of product: its peak instruction, its rivals and what is required against them, by shape.
PRODUCTS = {
    "int8": ("vpdpbusd", {"OpenBLAS float": at(LARGE, 4.0), "oneDNN u8s8": at(LARGE, 1.0), "gemmlowp u8": {}}),
    "int16 bounded": (
        "vpdpwssd",
        {"OpenBLAS float": at(LARGE, 2.0), "Eigen float": at(LARGE, 2.6) | at(("40x128x14", "40x128x64"), 1.7)},
    ),
    "int16 any": ("vpdpwssd", {"OpenBLAS float": at(LARGE, 1.0)}),
    "int32 bounded": ("fma double", {"OpenBLAS double": at(LARGE, 1.0)}),
    "int32": ("fma double", {"OpenBLAS double": at(LARGE, 1.0)}),
    "int32 <16,16>": ("fma double", {"OpenBLAS double": at(LARGE, 1.0)}),
}
CHECKING = at(LARGE, 1 / 1.05) | {"128": 1 / 1.15, "40x128x14": 1 / 1.20}


def gemm_rows(measured):
    shapes = list(SHAPES)
    for key in sorted(measured):
        kind, _, shape = key.removeprefix("gemm:").rpartition("/")
        if key.startswith("gemm:") and kind in PRODUCTS and shape not in shapes:
            shapes.append(shape)
    for kind, (peak, rivals) in PRODUCTS.items():
        if "peaks:tdpbssd/tile" in measured:
            peak = TILE_PEAKS[peak]  # words of 32 bits take as many as their bounds ask for
        for rival, required in rivals.items():
            for shape in shapes:
                against = Rival(rival, (f"gemm:{rival}/{shape}",), installed_apart=True)
                yield Row("gemm", f"{kind} {shape}", f"gemm:{kind}/{shape}", against, required.get(shape), peak)
    for kind in PRODUCTS:
        for shape in shapes:
            against = Rival("unchecked", (f"gemm:{kind} unchecked/{shape}",))
            yield Row("gemm", f"{kind} {shape}, checked", f"gemm:{kind}/{shape}", against, CHECKING.get(shape))
    limit = Rival("0.1 ns per multiply-add, required", constant=2 / 0.1e-9)
    yield Row("gemm", "FxpTensor<16,16> 96", "gemm:int32 <16,16>/96", limit, 1.0)


def activation_rows(measured):
    formats = {"<4,12>": 2.5, "<8,24>": None}
    for key in sorted(measured):
        words = key.removesuffix(", correctly rounded").split()
        if key.startswith("activations:tanh <") and len(words) == 2:
            int_bits, frac_bits = map(int, words[1].strip("<>").split(","))
            formats.setdefault(words[1], 2.5 if 8 < int_bits + frac_bits <= 16 else None)
    for format, required in formats.items():
        for function, rivals in {"sigmoid": ("tanh", "logistic"), "tanh": ("tanh",)}.items():
            ours = f"activations:{function} {format}, correctly rounded"
            for rival in rivals:
                name = f"float {rival}, Eigen for this processor"
                against = Rival(name, (f"activations:{name}",))
                yield Row("activations", f"{function} {format}", ours, against, required if rival == "tanh" else None)


def step_rows(_):
    artifact = Rival("the published artifact (its figure, not measured here)", constant=0.119)
    cell = Rival(
        "PyTorch, custom low-rank cell",
        ("torch:custom low-rank cell, eager", "torch:custom low-rank cell, script"),
        installed_apart=True,
    )
    library = Rival("PyTorch, nn.LSTM(16, 10)", ("torch:nn.LSTM(16, 10)",), installed_apart=True)
    large_library = Rival("PyTorch, nn.LSTM(16, 128)", ("torch:nn.LSTM(16, 128)",), installed_apart=True)
    def twin(model, recipe):
        return Rival("our float twin, for this processor", (f"step:{model}, float twin of {recipe}",))

    model = "reference epoch"
    for numbers, against in {
        "fixed": ((artifact, 300), (cell, None), (library, None), (twin(model, "fixed"), None)),
        "q16": ((artifact, None), (cell, 12.0), (library, None), (twin(model, "q16"), 1.5)),
        "q16 to nearest": ((cell, None), (twin(model, "q16"), None)),
        "float twin of q16": ((artifact, None), (cell, None), (library, None)),
    }.items():
        for rival, required in against:
            yield Row("step", f"reference step, {numbers}", f"step:{model}, {numbers}", rival, required)
    model = "hidden 128"
    for numbers, recipe, required in (("fixed", "fixed", None), ("q16", "q16", 2.5), ("q16 to nearest", "q16", None)):
        name = f"{model}, {numbers}"
        yield Row("step", name, f"step:{name}", large_library, required)
        yield Row("step", name, f"step:{name}", twin(model, recipe))
        if numbers != "q16 to nearest":
            one = Rival("1 thread", (f"step:{name}",))
            yield Row("step", f"{name}, 2 threads", f"step:{name}, 2 threads", one, 1.7)
    name = f"{model}, float twin of q16"
    yield Row("step", name, f"step:{name}", large_library)


def elementwise_rows(_):
    for operation in ("add", "mul"):
        rival = f"{operation} float, Eigen for this processor"
        for format in ("<4,12>", "<8,24>"):
            for count in ("4096", "1048576"):
                what = f"{operation} {format}/{count}"
                against = Rival(rival, (f"elementwise:{rival}/{count}",))
                yield Row("elementwise", what, f"elementwise:{what}", against)


def compile_rows(_):
    for quantity in ("time", "memory"):
        eigen = Rival("Eigen/Dense alone", (f"compile:Eigen/Dense alone, {quantity}",))
        for what in ("fxp/fxp.hpp alone", "examples/02_mlp.cpp"):
            yield Row("compile", f"{what}, {quantity}", f"compile:{what}, {quantity}", eigen)


def memory_rows(_):
    twin = Rival("our float twin", ("memory:lstm_usps10_float, memory",))
    yield Row("memory", "an epoch of lstm_usps10", "memory:lstm_usps10, memory", twin)


def build_rows(_):
    products = [f"{kind}/256" for kind in ("int8", "int16 bounded", "int16 any", "int32")]
    for name in (*products, "reference epoch, fixed"):
        yield Row("build", f"{name}, -O2", f"O2:{name}", Rival("-O3 -march=native", (f"O3-native:{name}",)), 0.95)


MAKERS = (gemm_rows, activation_rows, step_rows, elementwise_rows, compile_rows, memory_rows, build_rows)


def rows(measured):
    """Every row of a report; `measured`: the names of all measurements, some of which bring rows of their own."""
    return [row for maker in MAKERS for row in maker(measured)]
