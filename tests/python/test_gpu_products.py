"""The GPU's products, windows, sorts, random streams and optimizer steps, against the CPU's.

Runs where there is a GPU, or the emulator of tests/cuda_host (PYTEN_GPU_LIBRARY names it).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pyten as tf
from pyten import _core

pytestmark = [
    pytest.mark.skipif(
        not tf.config.list_physical_devices("GPU"), reason="neither a GPU nor its emulator"
    ),
    pytest.mark.usefixtures("nothing_falls_back"),
]

FLOATS = ("float16", "bfloat16", "float32", "float64")
# Of sums of at most some hundreds of terms of order 1, whose orders differ.
ATOL = {
    "float16": 2e-1,
    "bfloat16": 1.5,
    "float32": 5e-4,
    "float64": 1e-11,
    "complex64": 5e-4,
    "complex128": 1e-11,
}


def tensors(device: str, arrays: tuple[Any, ...], dtype: str) -> list[Any]:
    with tf.device("CPU:0"):
        made = [tf.cast(tf.constant(a), dtype) for a in arrays]
    with tf.device(device):
        return [tf.identity(t) for t in made]


def plain(t: Any) -> np.ndarray:
    return np.asarray(tf.cast(t, "float32") if t.dtype == tf.bfloat16 else t)


def agree(f: Callable[..., Any], *arrays: Any, dtype: str, exact: bool = False) -> None:
    """f of the arrays, as tensors of the dtype, is the same on both; f gives a list of tensors."""
    results = []
    for device in ("CPU:0", "GPU:0"):
        with tf.device(device):
            results.append(f(*tensors(device, arrays, dtype)))
        assert all(device in t.device for t in results[-1])
    for host, gpu in zip(*results, strict=True):
        assert host.dtype == gpu.dtype
        assert host.shape == gpu.shape
        if exact:
            np.testing.assert_array_equal(plain(gpu), plain(host))
        else:
            np.testing.assert_allclose(
                plain(gpu), plain(host), rtol=1e-2 if "16" in dtype else 1e-4, atol=ATOL[dtype]
            )


# -- Products -----------------------------------------------------------------------------------------

PRODUCTS = [
    ((3, 4), (4, 5)),
    ((1, 7), (7, 1)),
    ((70, 33), (33, 65)),
    ((130, 1), (1, 3)),
    ((1, 64), (64, 64)),
    ((2, 3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (5, 4, 2)),
    ((2, 3, 4), (4, 5)),
    ((3, 1, 1), (1, 4)),
    ((0, 3), (3, 2)),
    ((3, 0), (0, 2)),
]


@pytest.mark.parametrize("dtype", [*FLOATS, "complex64", "complex128", "int32", "int64"])
@pytest.mark.parametrize("shapes", PRODUCTS, ids=str)
def test_matmul(shapes: Any, dtype: str) -> None:
    rng = np.random.default_rng(1)
    a, b = (np.round(3 * rng.standard_normal(s), 3) for s in shapes)
    if dtype.startswith("complex"):
        a, b = a + 1j * rng.standard_normal(a.shape), b - 1j * rng.standard_normal(b.shape)
    for ta in (False, True):
        for tb in (False, True):
            x = np.swapaxes(a, -1, -2).copy() if ta else a
            y = np.swapaxes(b, -1, -2).copy() if tb else b
            agree(
                lambda p, q, ta=ta, tb=tb: [tf.matmul(p, q, ta, tb)],
                x,
                y,
                dtype=dtype,
                exact=dtype.startswith("int"),
            )


@pytest.mark.parametrize(
    "cut",
    [
        lambda a, b: (a[::2, 1:7], b[1:7, ::2]),
        lambda a, b: (a[:, 2:6], b[2:6, 3:8]),
        lambda a, b: (a[::-1, ::-1], b),
        lambda a, b: (tf.broadcast_to(a[:1], (4, 8)), b),
        lambda a, b: (tf.transpose(tf.transpose(a)), tf.transpose(b[:8, :8])),
    ],
)
def test_matmul_of_views(cut: Callable[..., Any]) -> None:
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((6, 8)), rng.standard_normal((8, 9))
    agree(lambda x, y: [tf.matmul(*cut(x, y))], a, b, dtype="float32")


def test_the_products_again_by_cublas() -> None:
    """The emulator stands in for cuBLAS, with its conventions, where PYTEN_CUBLAS names it."""
    library = os.environ.get("PYTEN_GPU_LIBRARY", "")
    if not os.path.exists(library) or os.environ.get("PYTEN_CUBLAS") == library:
        pytest.skip("no emulator, or in its test")
    names = [f"{__file__}::test_matmul", f"{__file__}::test_matmul_of_views"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *names],
        env={**os.environ, "PYTEN_CUBLAS": library},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]


# -- Windows ------------------------------------------------------------------------------------------


def geometry(rng: np.random.Generator) -> tuple[list[int], ...]:
    """Image, kernel, strides, dilations, pads and result of 1 to 3 axes."""
    axes = int(rng.integers(1, 4))
    image, kernel, strides, dilations, pads = (
        [int(v) for v in rng.integers(low, high, axes)]
        for low, high in ((1, 8), (1, 4), (1, 4), (1, 4), (0, 3))
    )
    places = [
        max(0, (i + 2 * p - (k - 1) * d - 1) // s + 1)
        for i, p, k, d, s in zip(image, pads, kernel, dilations, strides, strict=True)
    ]
    return image, kernel, strides, dilations, pads, places


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_convolutions(seed: int, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    image, kernel, strides, dilations, pads, places = geometry(rng)
    groups = int(rng.choice([1, 1, 2, 3]))
    inputs, outputs, n = (int(v) for v in rng.integers(1, (20, 20, 4)))
    draw = lambda shape: np.round(3 * rng.standard_normal(shape))
    x = draw([n, *image, inputs * groups])
    f = draw([*kernel, inputs, outputs * groups])
    dy = draw([n, *places, outputs * groups])
    for op, a, b, sizes in (
        (_core._conv, x, f, places),
        (_core._conv_input_gradient, dy, f, image),
        (_core._conv_filter_gradient, x, dy, kernel),
    ):
        agree(
            lambda p, q, op=op, sizes=sizes: [op(p, q, strides, dilations, pads, sizes, groups)],
            a,
            b,
            dtype=dtype,
            exact=True,  # sums of integers
        )


@pytest.mark.parametrize(
    ("x", "f", "stride"),
    [
        ((8, 20, 20, 16), (3, 3, 16, 24), 1),  # the filter's gradient in parts
        ((4, 21, 21, 130), (3, 3, 130, 64), 2),  # tiles that are not full, phases
        ((1, 7, 7, 256), (3, 3, 256, 16), 1),  # few places, a long sum in parts
        ((2, 8, 8, 16), (1, 1, 16, 24), 1),  # a plain product
    ],
)
def test_large_convolutions_by_the_tape(x: Any, f: Any, stride: int) -> None:
    rng = np.random.default_rng(3)

    def gradients(a: Any, b: Any) -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch([a, b])
            y = tf.nn.conv2d(a, b, stride, "SAME")
            s = tf.reduce_sum(y * y)
        return [y, *tape.gradient(s, [a, b])]

    agree(gradients, rng.standard_normal(x), rng.standard_normal(f) / 30, dtype="float64")


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("multiplier", [1, 2])
def test_depthwise_convolutions_by_the_tape(multiplier: int, dtype: str) -> None:
    rng = np.random.default_rng(4)

    def gradients(a: Any, b: Any) -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch([a, b])
            y = tf.nn.depthwise_conv2d(a, b, [1, 2, 2, 1], "SAME")
            s = tf.reduce_sum(y)
        return [y, *tape.gradient(s, [a, b])]

    shapes = (1, 33, 33, 20), (3, 3, 20, multiplier)
    agree(gradients, *(rng.standard_normal(s) / 4 for s in shapes), dtype=dtype)


POOLED = "float16 float32 float64 int8 int16 int32 int64 uint8 uint16".split()


@pytest.mark.parametrize("seed", range(25))
def test_pooling(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image, kernel, strides, dilations, pads, places = geometry(rng)
    n, channels = (int(v) for v in rng.integers(1, (4, 6)))
    rest = (kernel, strides, dilations, pads)
    x = np.abs(np.round(5 * rng.standard_normal([n, *image, channels])))
    for dtype in POOLED:
        y = np.where(rng.random(x.shape) < 0.1, np.nan, x) if dtype.startswith("f") else x
        agree(lambda t: _core._max_pool(t, *rest, places), y, dtype=dtype, exact=True)
    dy = rng.standard_normal([n, *places, channels])
    for dtype in ("float32", "float64"):
        agree(lambda t: [_core._average_pool(t, *rest, places)], x, dtype=dtype, exact=True)
        agree(
            lambda t: [_core._average_pool_gradient(t, *rest, image)], dy, dtype=dtype, exact=True
        )


def test_max_pools_gradient_adds_up_overlaps_in_order() -> None:
    rng = np.random.default_rng(5)

    def gradient(a: Any) -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch(a)
            y = tf.nn.max_pool2d(a, 3, 1, "SAME")
            s = tf.reduce_sum(y * y * 0.1)
        return [tape.gradient(s, a)]

    agree(gradient, rng.standard_normal((3, 9, 11, 4)), dtype="float32", exact=True)


# -- Order --------------------------------------------------------------------------------------------

SORTED = (
    "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64".split()
)


@pytest.mark.parametrize("dtype", SORTED)
@pytest.mark.parametrize(
    "shape",
    [(1,), (0,), (3, 0), (3, 1), (4, 7), (300, 9), (3, 2048), (2, 2049), (5, 2500)],
    ids=str,
)
def test_sorts(shape: tuple[int, ...], dtype: str) -> None:
    rng = np.random.default_rng(6)
    x = np.round(100 * rng.standard_normal(shape))
    if dtype.startswith("u"):
        x = np.abs(x)
    elif "f" in dtype:  # few values, so that most have equals
        x = np.round(x / 20)
        for i, special in enumerate((np.nan, -0.0, np.inf, -np.inf)):
            x[rng.integers(0, 12, shape) == i] = special
    for direction in ("ASCENDING", "DESCENDING"):
        agree(
            lambda t, d=direction: [tf.sort(t, direction=d), tf.argsort(t, direction=d)],
            x,
            dtype=dtype,
            exact=True,
        )
    if shape[-1] > 3:
        agree(lambda t: list(tf.math.top_k(t, 3)), x, dtype=dtype, exact=True)


# -- Random streams -----------------------------------------------------------------------------------


def same_numbers(draw: Callable[[], Any], rtol: float = 0.0) -> None:
    drawn = []
    for device in ("CPU:0", "GPU:0"):
        with tf.device(device):
            drawn.append(draw())
        assert device in drawn[-1].device
    np.testing.assert_allclose(plain(drawn[1]), plain(drawn[0]), rtol=rtol, atol=rtol)


COUNTS = (0, 1, 3, 4, 5, 1000, 10001)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", COUNTS)
def test_random_floats(n: int, dtype: str) -> None:
    r = tf.random
    same_numbers(lambda: r.stateless_uniform([n], [1, 2], dtype=dtype))
    same_numbers(lambda: r.stateless_uniform([n], [1, 2], -2.5, 3.7, dtype))
    # float's functions are made of products that are fused or not; rounded to 16 bits, that may
    # show as a unit in the last place.
    rtol = {"float16": 1e-3, "bfloat16": 8e-3, "float32": 1e-6, "float64": 1e-13}[dtype]
    same_numbers(lambda: r.stateless_normal([n], [1, 2], dtype=dtype), rtol)
    same_numbers(lambda: r.stateless_truncated_normal([n], [1, 2], dtype=dtype), rtol)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint32", "uint64"])
@pytest.mark.parametrize("n", COUNTS)
def test_random_integers(n: int, dtype: str) -> None:
    same_numbers(lambda: tf.random.stateless_uniform([n], [1, 2], None, None, dtype))
    if not dtype.startswith("u"):
        same_numbers(lambda: tf.random.stateless_uniform([n], [1, 2], 3, 1000, dtype))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 10, 100, 1023, 1024, 1025, 5000])
def test_shuffles(n: int) -> None:
    same_numbers(lambda: _core.random_shuffle_order((1, n), (5, 6, 7, 8), n))


# -- Optimizers ---------------------------------------------------------------------------------------

O = tf.optimizers
METHODS: dict[str, Callable[[], Any]] = {
    "sgd": lambda: O.SGD(0.1),
    "momentum": lambda: O.SGD(0.1, momentum=0.9),
    "nesterov": lambda: O.SGD(0.1, momentum=0.9, nesterov=True),
    "decay": lambda: O.SGD(0.1, weight_decay=0.1),
    "schedule": lambda: O.Adam(O.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "adam": lambda: O.Adam(0.1),
    "amsgrad": lambda: O.Adam(0.1, amsgrad=True),
    "adamw": lambda: O.AdamW(0.1),
    "rmsprop": lambda: O.RMSprop(0.1),
    "centered": lambda: O.RMSprop(0.1, centered=True),
    "rmsprop with momentum": lambda: O.RMSprop(0.1, momentum=0.9),
    "all of rmsprop": lambda: O.RMSprop(0.1, momentum=0.9, centered=True),
    "adagrad": lambda: O.Adagrad(0.1),
    "adadelta": lambda: O.Adadelta(0.1),
    "adamax": lambda: O.Adamax(0.1),
    "nadam": lambda: O.Nadam(0.1),
    "lion": lambda: O.Lion(0.1),
    "ftrl": lambda: O.Ftrl(0.1),
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("method", METHODS)
def test_optimizer_steps(method: str, dtype: str) -> None:
    rng = np.random.default_rng(7)
    for n in (1, 7, 1000):
        start, *steps = rng.standard_normal((4, n))
        ends = []
        for device in ("CPU:0", "GPU:0"):
            with tf.device(device):
                v = tf.Variable(tf.cast(tf.constant(start), dtype))
                optimizer = METHODS[method]()
                for g in steps:
                    optimizer.apply_gradients([(tf.cast(tf.constant(g), dtype), v)])
            assert device in v.device
            ends.append(plain(v.read_value()))
        rtol = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 1e-5, "float64": 1e-12}[dtype]
        np.testing.assert_allclose(ends[1], ends[0], rtol=rtol, atol=rtol)
