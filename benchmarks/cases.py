"""The work: what is computed, from which arrays, and the bars that pyten is to meet."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

Arrays = list[np.ndarray]


class Bar(NamedTuple):
    """pyten's time divided by that of `of` is to be at most `ratio`.

    `of` is a peer ("numpy"), one of its variants ("torch:eager"), "best" (the fastest of all
    peers), or "limit" (what the machine allows).
    """

    of: str
    ratio: float


class Work(NamedTuple):
    """What a case does at the least: floating-point operations, and elements moved from and to memory."""

    flops: float = 0.0
    reads: float = 0.0
    writes: float = 0.0
    dtype: str = "float32"


@dataclass(frozen=True)
class Case:
    """One row of the benchmark.

    Attributes:
      name: `group/what/size`, which `--only` is matched with.
      title: for people.
      work: the name of a method of the peers, or "op" for one of their operations.
      inputs: makes the arrays that the work starts from; the same in every process.
      bars: what pyten is to meet.
      options: further arguments of the work.
      needs: what the machine has to do for it at the least, where that can be said.
      calls: how many successive results are compared with the reference's.
      digest: what of the results is compared: "all", or a name in `checks.DIGESTS`.
      tolerance: the largest error allowed, relative to the largest element.
      subject: the variant of pyten that the bars are about; None for the fastest one.
    """

    name: str
    title: str
    work: str
    inputs: Callable[[], Arrays]
    bars: tuple[Bar, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    needs: Work | None = None
    calls: int = 1
    digest: str = "all"
    tolerance: float = 2e-5
    subject: str | None = None

    @property
    def group(self) -> str:
        return self.name.split("/")[0]


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _normal(*shapes: tuple[int, ...], scale: float = 1.0, dtype: str = "float32") -> Arrays:
    rng = _rng()
    return [(scale * rng.standard_normal(s)).astype(dtype) for s in shapes]


# -- One operation on few elements -------------------------------------------------------------------
_SMALL_SHAPES = {1: (1, 1), 10: (2, 5), 100: (10, 10), 1000: (10, 100)}
_SMALL_OPS = {
    "add": 2,
    "mul": 2,
    "exp": 1,
    "relu": 1,
    "sum": 1,
    "mean": 1,
    "where": 3,
    "slice": 1,
    "reshape": 1,
    "transpose": 1,
    "concat": 2,
}


def _operands(op: str, shape: tuple[int, ...]) -> Arrays:
    """As many arrays of that shape as the operation takes; the first is its condition for `where`."""
    count = {**_SMALL_OPS, **_ARRAY_OPS}[op]
    rng = _rng()
    if op == "log":
        return [rng.uniform(0.1, 4.0, shape).astype("float32")]
    if op == "where":
        x, y = (rng.standard_normal(shape).astype("float32") for _ in range(2))
        return [x > 0, x, y]
    return [rng.standard_normal(shape, dtype="float32") for _ in range(count)]


def _small() -> list[Case]:
    cases = [
        Case(
            f"small/{op}/{n}",
            f"{op}, {n} element{'s' if n > 1 else ''}",
            "op",
            lambda op=op, shape=shape: _operands(op, shape),
            (Bar("numpy", 0.5),),
            {"op": op},
        )
        for op in _SMALL_OPS
        for n, shape in _SMALL_SHAPES.items()
    ]
    cases.append(
        Case(
            "small/matmul/2x2",
            "matrix product, 2×2",
            "op",
            lambda: _normal((2, 2), (2, 2)),
            (Bar("numpy", 0.5),),
            {"op": "matmul"},
        )
    )
    for op, count in (("add", 2), ("mul", 2), ("relu", 1), ("matmul", 2), ("sum", 1)):
        cases.append(
            Case(
                f"small/variable-{op}/2x2",
                f"{op} of a Variable, 2×2",
                "op",
                lambda count=count: _normal(*[(2, 2)] * count),
                (Bar("numpy", 0.6),),
                {"op": op, "variable": True},
            )
        )
    return cases


# -- Derivatives -------------------------------------------------------------------------------------
def _tape() -> list[Case]:
    point = lambda: [np.float32(0.7), np.float32(0.4)]
    bar = (Bar("torch", 0.1),)
    return [
        Case("tape/square", "x * x and its gradient", "square", lambda: [np.float32(3.0)], bar),
        Case(
            "tape/second-order",
            "second derivative of 4.9 t²",
            "second_order",
            lambda: [np.float32(0.0)],
            bar,
        ),
        *(
            Case(
                f"tape/{what}",
                f"{title} of 20 operations on scalars",
                what.replace("-", "_"),
                point,
                bar,
                tolerance=1e-4,
            )
            for what, title in (
                ("expression", "value"),
                ("expression-gradient", "gradient"),
                ("expression-hessian", "Hessian"),
            )
        ),
    ]


#: (batch, sizes of the layers, with respect to what); batch times the last size is 500.
_JACOBIANS = [
    (1, [8, 32, 500], "input"),
    (1, [64, 128, 128, 500], "input"),
    (10, [16, 32, 50], "input"),
    (50, [8, 32, 10], "input"),
    (1, [8, 32, 500], "weights"),
    (10, [16, 32, 50], "weights"),
    (500, [2, 16, 1], "weights"),
]


def _layers(batch: int, sizes: list[int]) -> Arrays:
    rng = _rng()
    weights = [
        (rng.standard_normal((m, n)) / np.sqrt(m)).astype("float32")
        for m, n in itertools.pairwise(sizes)
    ]
    return [rng.standard_normal((batch, sizes[0])).astype("float32"), *weights]


def _jacobians() -> list[Case]:
    cases = []
    for batch, sizes, by in _JACOBIANS:
        name = f"jacobian/{batch}x{'-'.join(map(str, sizes))}/{by}"
        what = f"of 500 outputs by {by}, {batch}×{'-'.join(map(str, sizes))}"
        more: dict[str, Any] = {"options": {"by": by}, "tolerance": 1e-4}
        inputs = lambda batch=batch, sizes=sizes: _layers(batch, sizes)
        best = (Bar("best", 1.0),)
        cases.append(Case(name, f"Jacobian {what}", "jacobian", inputs, best, **more))
        # Without a bar: what the Jacobian is a multiple of.
        cases.append(
            Case(f"{name}/sum", f"gradient of the sum {what}", "sum_gradient", inputs, **more)
        )
    return cases


# -- Training steps ----------------------------------------------------------------------------------
def article() -> Arrays:
    """Two clouds of 500 points, their labels, and where the weights start."""
    rng = _rng()
    eye = np.eye(2)
    inputs = np.vstack(
        [rng.multivariate_normal([0, 3], eye, 500), rng.multivariate_normal([3, 0], eye, 500)]
    )
    targets = np.repeat([[0.0], [1.0]], 500, axis=0)
    return [a.astype("float32") for a in (inputs, targets, rng.uniform(size=(2, 1)))]


def network(batch: int, sizes: list[int], classes: bool) -> Arrays:
    """Inputs, targets (numbers of classes if so), then weights and biases layer by layer."""
    rng = _rng()
    x = rng.standard_normal((batch, sizes[0])).astype("float32")
    if classes:
        y = rng.integers(0, sizes[-1], batch)
    else:
        y = rng.standard_normal((batch, sizes[-1])).astype("float32")
    out = [x, y]
    for m, n in itertools.pairwise(sizes):
        out.append((rng.standard_normal((m, n)) / np.sqrt(m)).astype("float32"))
        out.append(np.zeros(n, "float32"))
    return out


def images(size: int, batch: int = 64, filters: tuple[int, int] = (16, 32)) -> Arrays:
    """Images (NHWC), labels, two kernels (HWIO) and a dense layer, each with its biases."""
    rng = _rng()
    a, b = filters
    half = size // 2
    shapes = [(3, 3, 1, a), (a,), (3, 3, a, b), (b,), (half * half * b, 10), (10,)]
    weights = [0.1 * rng.standard_normal(s).astype("float32") for s in shapes]
    x = rng.random((batch, size, size, 1)).astype("float32")
    return [x, rng.integers(0, 10, batch), *weights]


def block(d: int = 256, tokens: int = 128, batch: int = 8) -> Arrays:
    """A batch of tokens and the parameters of a transformer block, in the order it uses them."""
    rng = _rng()
    weight = lambda m, n: (rng.standard_normal((m, n)) / np.sqrt(m)).astype("float32")
    bias = lambda n: (0.1 * rng.standard_normal(n)).astype("float32")
    return [
        rng.standard_normal((batch, tokens, d)).astype("float32"),
        *(1 + bias(d), bias(d)),
        *(weight(d, 3 * d), bias(3 * d), weight(d, d), bias(d)),
        *(1 + bias(d), bias(d)),
        *(weight(d, 4 * d), bias(4 * d), weight(4 * d, d), bias(d)),
    ]


def _conv_flops(size: int, batch: int = 64) -> float:
    a, b, half = 16, 32, size // 2
    first, second = size * size * 9 * a, size * size * 9 * a * b
    dense = half * half * b * 10
    # Forward and two products backward, but no gradient for the images.
    return 2.0 * batch * (2 * first + 3 * second + 3 * dense)


def _training() -> list[Case]:
    best = lambda ratio: (Bar("best", ratio),)
    mnist = lambda: network(128, [784, 512, 10], classes=True)
    mnist_flops = 2.0 * 128 * (2 * 784 * 512 + 3 * 512 * 10)
    d, tokens, batch = 256, 128, 8
    block_flops = 3 * 2.0 * batch * tokens * (12 * d * d + 2 * tokens * d)
    step: dict[str, Any] = {"calls": 3, "tolerance": 2e-4}
    return [
        Case(
            "train/linear",
            "linear classifier, 1000×2, step",
            "linear_step",
            article,
            (Bar("numpy", 0.5), Bar("torch:eager", 0.1)),
            **step,
        ),
        Case(
            "train/mlp-tiny",
            "MLP 4-64-64-1 tanh, batch 32, step",
            "regression_step",
            lambda: network(32, [4, 64, 64, 1], classes=False),
            (Bar("torch:eager", 0.25), Bar("jax:jit", 0.7)),
            **step,
        ),
        *(
            Case(
                f"train/mlp-{optimizer}",
                f"MLP 784-512-10 relu, batch 128, {optimizer.upper() if optimizer == 'sgd' else 'Adam'} step",
                "classifier_step",
                mnist,
                best(0.8),
                {"optimizer": optimizer},
                Work(flops=mnist_flops),
                **step,
            )
            for optimizer in ("sgd", "adam")
        ),
        *(
            Case(
                f"train/cnn-{size}",
                f"CNN {size}×{size}, batch 64, step",
                "convolution_step",
                lambda size=size: images(size),
                best(1.0),
                needs=Work(flops=_conv_flops(size)),
                **step,
            )
            for size in (8, 28)
        ),
        Case(
            "train/transformer",
            "transformer block, forward and backward",
            "transformer",
            block,
            best(1.0),
            {"heads": 8},
            Work(flops=block_flops),
            digest="directional",
            tolerance=1e-3,
        ),
    ]


def _numerics() -> list[Case]:
    return [
        Case(
            f"numerics/{what}",
            f"{title}, checked for NaN and infinity",
            f"checked_{what}",
            inputs,
            (Bar("pyten:unchecked", 1.3),),
            tolerance=2e-4,
            subject="checked",
        )
        for what, title, inputs in (
            ("linear", "linear classifier's step", article),
            (
                "classifier",
                "MLP 784-512-10 SGD step",
                lambda: network(128, [784, 512, 10], classes=True),
            ),
            (
                "chain",
                "10 elementwise operations on 1,000,000",
                lambda: [_rng().uniform(0.5, 1.5, 1_000_000).astype("float32")],
            ),
        )
    ]


def _threads() -> list[Case]:
    return [
        Case(
            "threads/two-models",
            "two Python threads training two models, 10 steps",
            "side_by_side",
            lambda: network(128, [784, 512, 10], classes=True),
            (Bar("pyten:in turns", 0.7),),
            {"steps": 10},
            tolerance=1e-3,
            subject="threads",
        )
    ]


# -- Matrix products ---------------------------------------------------------------------------------
def _product(name: str, title: str, a: tuple, b: tuple, op: str, needs: Work, **more: Any) -> Case:
    dtype = needs.dtype
    bars = (Bar("best", 1.0),)
    if needs.flops >= 2 * 512**3:
        bars += (Bar("limit", 1.1),)
    return Case(
        f"matmul/{name}",
        title,
        "op",
        lambda: _normal(a, b, dtype=dtype),
        bars,
        {"op": op},
        needs,
        tolerance=2e-5 if dtype == "float32" else 1e-12,
        **more,
    )


def _matmul() -> list[Case]:
    cases = []
    for dtype in ("float32", "float64"):
        for n in (8, 16, 32, 64, 128, 256, 512, 1024, 2048):
            work = Work(flops=2.0 * n**3, dtype=dtype)
            title = f"{n}×{n}, {dtype}"
            cases.append(_product(f"{dtype}/{n}", title, (n, n), (n, n), "matmul", work))
    for n in (64, 512):
        work = Work(flops=2.0 * n**3)
        for op, sign in (("matmul_tn", "aᵀ b"), ("matmul_nt", "a bᵀ")):
            cases.append(_product(f"{op[-2:]}/{n}", f"{sign}, {n}×{n}", (n, n), (n, n), op, work))
    shapes = [
        ("article", "1000×2 · 2×1", (1000, 2), (2, 1), Work(flops=4e3)),
        (
            "mnist",
            "60000×784 · 784×10",
            (60000, 784),
            (784, 10),
            Work(flops=2.0 * 60000 * 784 * 10, reads=60000 * 784),
        ),
        (
            "vector",
            "2048×2048 · vector",
            (2048, 2048),
            (2048, 1),
            Work(flops=2.0 * 2048**2),
        ),
        (
            "batch",
            "1000 products 32×32",
            (1000, 32, 32),
            (1000, 32, 32),
            Work(flops=2.0 * 1000 * 32**3),
        ),
    ]
    for name, title, a, b, work in shapes:
        case = _product(name, title, a, b, "matmul", work)
        if name == "mnist":  # ten columns: memory is the limit, and the bar is the peers'
            case = Case(**{**case.__dict__, "bars": (Bar("best", 1.0),)})
        cases.append(case)
    return cases


# -- Large arrays ------------------------------------------------------------------------------------
_ARRAY_OPS = {
    "add": 2,
    "mul": 2,
    "relu": 1,
    "exp": 1,
    "log": 1,
    "tanh": 1,
    "sigmoid": 1,
    "sum": 1,
    "softmax": 1,
    "transposed": 1,
    "where": 3,
    "cumsum": 1,
    "argmax": 1,
    "sort": 1,
}
_AT_THE_LIMIT = ("add", "relu", "sum")
_REDUCING = ("sum", "argmax")


def _arrays() -> list[Case]:
    cases = []
    for label, side in (("16K", 128), ("16M", 4096)):
        for op, operands in _ARRAY_OPS.items():
            shape = (side, side) if op in ("softmax", "transposed") else (side * side,)
            large = label == "16M"
            n = side * side
            reads = 2.25 if op == "where" else operands  # a bool is a quarter of a float
            needs = Work(reads=reads * n, writes=0 if op in _REDUCING else n) if large else None
            bars = (Bar("best", 1.0),)
            if large and op in _AT_THE_LIMIT:
                bars += (Bar("limit", 1.15),)
            title = {"softmax": "softmax of rows", "transposed": "transpose, copied"}.get(op, op)
            cases.append(
                Case(
                    f"array/{op}/{label}",
                    f"{title}, {label}",
                    "op",
                    lambda op=op, shape=shape: _operands(op, shape),
                    bars,
                    {"op": op},
                    needs,
                    tolerance=1e-3 if op == "cumsum" else 2e-5,
                )
            )
    return cases


def _random() -> list[Case]:
    n = 4096 * 4096
    return [
        Case(
            f"random/{kind}",
            f"random {kind}, 16M, seeded",
            f"random_{kind}",
            lambda: [],
            (Bar("best", 1.0),),
            {"n": n},
            Work(writes=n),
            digest=kind,
            tolerance=1e-3,
        )
        for kind in ("normal", "uniform")
    ]


CASES: dict[str, Case] = {
    case.name: case
    for make in (
        _small,
        _tape,
        _jacobians,
        _training,
        _numerics,
        _threads,
        _matmul,
        _arrays,
        _random,
    )
    for case in make()
}

#: Steps whose resident growth is measured, and pyten's bar against the leanest peer.
MEMORY = {"memory/mlp": "train/mlp-sgd", "memory/cnn": "train/cnn-28"}
MEMORY_BAR = 0.8
IMPORT_BAR_MS = 30.0
WHEEL_BAR_BYTES = 5_000_000
BUSY_BAR = 1.6

#: One case or two of each kind: the README's picture.
PICTURE = [
    "small/add/10",
    "small/sum/1000",
    "tape/square",
    "tape/second-order",
    "tape/expression-hessian",
    "train/linear",
    "train/mlp-tiny",
    "train/mlp-sgd",
    "train/mlp-adam",
    "train/cnn-28",
    "train/transformer",
    "matmul/float32/32",
    "matmul/float32/512",
    "array/exp/16K",
    "array/add/16M",
    "array/softmax/16M",
    "array/sort/16M",
    "random/normal",
]


def selected(patterns: list[str]) -> list[Case]:
    """The cases whose name contains one of the regular expressions; all without any."""
    return [c for c in CASES.values() if chosen(c.name, patterns)]


def chosen(name: str, patterns: list[str]) -> bool:
    return not patterns or any(re.search(p, name) for p in patterns)
