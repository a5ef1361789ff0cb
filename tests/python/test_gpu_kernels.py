"""The GPU's kernels at sizes and layouts that the op table's samples do not reach, against the CPU.

Runs where there is a GPU, or the emulator of tests/cuda_host (PYTEN_GPU_LIBRARY names it).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import pyten as tf

pytestmark = [
    pytest.mark.skipif(
        not tf.config.list_physical_devices("GPU"), reason="neither a GPU nor its emulator"
    ),
    pytest.mark.usefixtures("nothing_falls_back"),
]
ml_dtypes = pytest.importorskip("ml_dtypes")

INTEGERS = "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()
FLOATS = "float16 bfloat16 float32 float64".split()
COMPLEXES = ["complex64", "complex128"]
RTOL = {
    "float16": 2e-3,
    "bfloat16": 2e-2,
    "float32": 2e-6,
    "float64": 1e-14,
    "complex64": 2e-6,
    "complex128": 1e-14,
}


def values(shape: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if dtype in INTEGERS:
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    x = rng.standard_normal(shape)
    if dtype in COMPLEXES:
        x = x + 1j * rng.standard_normal(shape)
    return x.astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


def on(device: str, f: Callable, *arrays: np.ndarray) -> np.ndarray | list[np.ndarray]:
    with tf.device(device):
        result = f(*[tf.constant(a) for a in arrays])
    several = isinstance(result, (list, tuple))
    for t in result if several else [result]:
        assert device in t.device
    return [t.numpy() for t in result] if several else result.numpy()


def wide(a: np.ndarray) -> np.ndarray:
    return a.astype(np.float64) if a.dtype == ml_dtypes.bfloat16 else a


def agree(f: Callable, *arrays: np.ndarray, exact: bool = False, factor: float = 1) -> None:
    got, want = on("GPU:0", f, *arrays), on("CPU:0", f, *arrays)
    for g, w in zip(got, want) if isinstance(got, list) else [(got, want)]:
        assert g.dtype == w.dtype and g.shape == w.shape
        if exact or w.dtype.name not in RTOL:
            np.testing.assert_array_equal(wide(g), wide(w))
        else:
            rtol = factor * RTOL[w.dtype.name]
            scale = np.max(np.abs(wide(w)), initial=0, where=np.isfinite(wide(w)))
            np.testing.assert_allclose(wide(g), wide(w), rtol, rtol * scale)


# -- Layouts ------------------------------------------------------------------------------------------
LAYOUTS: dict[str, Callable] = {
    "whole": lambda x: x,
    "from the second element": lambda x: x[1:],
    "every other": lambda x: x[::2],
    "reversed": lambda x: x[::-1],
    "columns": lambda x: tf.reshape(x[:4096], [64, 64])[:, 3:47],
    "transposed": lambda x: tf.transpose(tf.reshape(x[:4095], [65, 63])),
    "turned": lambda x: tf.transpose(tf.reshape(x[:3840], [4, 30, 32]), [2, 0, 1]),
    "five axes": lambda x: tf.transpose(tf.reshape(x[:3840], [4, 3, 4, 8, 10]), [4, 1, 3, 0, 2]),
    "one column": lambda x: tf.broadcast_to(tf.reshape(x[:60], [60, 1]), [60, 68]),
    "one row": lambda x: tf.broadcast_to(x[:68], [60, 68]),
    "one element": lambda x: tf.broadcast_to(x[:1], [1003]),
    "nothing": lambda x: x[:0],
}


@pytest.mark.parametrize("dtype", ["bool", "int16", "bfloat16", "float32", "float64", "complex128"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, dtype: str) -> None:
    view, x = LAYOUTS[layout], values((4099,), dtype)
    agree(lambda t: tf.identity(view(t)) if dtype == "bool" else -view(t), x, exact=True)
    agree(lambda t: tf.reshape(view(t), [-1]), x, exact=True)
    agree(lambda t: tf.cast(view(t), "float32"), x, exact=True)
    agree(lambda t: tf.cast(view(t), "int8" if dtype != "bool" else "complex64"), x, exact=True)
    agree(lambda t: tf.equal(view(t), view(tf.reverse(t, [0]))), x, exact=True)


@pytest.mark.parametrize("dtype", ["int8", "float16", "float32", "complex64"])
@pytest.mark.parametrize(
    "a, b",
    [((1000,), ()), ((), (1001,)), ((37, 64), (64,)), ((37, 64), (37, 1)), ((37, 63), (63,))]
    + [((5, 1, 16), (1, 7, 16)), ((4, 1, 3), (5, 1)), ((300, 260), (300, 260)), ((3, 0), (1,))],
)
def test_broadcasts(a: tuple[int, ...], b: tuple[int, ...], dtype: str) -> None:
    x, y = values(a, dtype, 1), values(b, dtype, 2)
    agree(lambda s, t: s + t, x, y, exact=True)
    agree(lambda s, t: s != t, x, y, exact=True)
    condition = np.broadcast_to(values(b, "bool", 3), np.broadcast_shapes(a, b))
    agree(lambda c, s, t: tf.where(c, s, t), condition, x, y, exact=True)
    agree(lambda c, s, t: tf.where(c, s, t), values((), "bool"), x, y, exact=True)


def test_casts_of_extremes() -> None:
    special = [0.0, -0.0, 1.5, -1.5, 127.6, 255.4, 3e9, -3e9, 1e19, -1e19, 2.0**63, 1e300, 65519.9]
    special += [np.inf, -np.inf, np.nan, 1e-40, 6e-8, 1 + 2.0**-11, 1 + 2.0**-8, -(2.0**31) - 1]
    sources: list[np.ndarray] = [np.array(special)]
    with np.errstate(all="ignore"):
        sources += [np.array(special, d) for d in ("float32", "float16", ml_dtypes.bfloat16)]
        sources += [np.array(special) * (1 + 0j), np.array([1j, 0, np.nan, -3 + 4j], "complex64")]
    for d in INTEGERS:
        i = np.iinfo(d)
        near = [i.min, i.min + 1, -1, 0, 1, 100, i.max // 2 + 1, i.max - 1, i.max]
        sources.append(np.array([n for n in near if i.min <= n], d))
    sources.append(np.array([True, False]))
    for x in sources:
        x = np.concatenate([np.ravel(x)] * 3)  # steps of eight, and what is left over
        for to in ["bool", *INTEGERS, *FLOATS, *COMPLEXES]:
            agree(lambda t, to=to: tf.cast(t, to), x, exact=True)


# -- Reductions -----------------------------------------------------------------------------------
SHAPES = [((7,), 0), ((1,), 0), ((0, 3), 0), ((3, 0), 0), ((100003,), 0), ((262144,), 0)]
SHAPES += [((3, 40000), 1), ((40000, 3), 0), ((5000, 70), 0), ((70, 5000), 1), ((4000, 5), 1)]
SHAPES += [((6, 500, 9), 1), ((2, 9000, 33), 1), ((513, 2, 2), 1), ((9, 64), 1), ((9, 1024), 1)]


@pytest.mark.parametrize("shape, axis", SHAPES)
@pytest.mark.parametrize("dtype", ["int8", "uint32", "float16", "float32", "float64", "complex64"])
def test_reductions(shape: tuple[int, ...], axis: int, dtype: str) -> None:
    x = values(shape, dtype)
    factor = 30  # sums in another order
    agree(lambda t: tf.reduce_sum(t, axis), x, factor=factor)
    agree(lambda t: tf.reduce_mean(t, axis), x, factor=factor)
    near_one = x if dtype in INTEGERS else (1 + x / 1000).astype(x.dtype)
    if dtype != "float16":
        agree(lambda t: tf.reduce_prod(t, axis), near_one, factor=1000)
    if dtype != "complex64":
        agree(lambda t: tf.reduce_max(t, axis), x, exact=True)
        agree(lambda t: tf.reduce_min(t, axis), x, exact=True)
        if shape[axis] > 0:
            agree(lambda t: tf.argmax(t, axis), x, exact=True)
            agree(lambda t: tf.argmin(t, axis), x, exact=True)


@pytest.mark.parametrize("shape, axis", SHAPES)
def test_any_and_all(shape: tuple[int, ...], axis: int) -> None:
    for share in (0.0, 1e-4, 1 - 1e-4, 1.0):
        x = np.random.default_rng(5).random(shape) < share
        agree(lambda t: tf.reduce_any(t, axis), x)
        agree(lambda t: tf.reduce_all(t, axis), x)


@pytest.mark.parametrize("n", [5, 700, 70000])
def test_the_first_extreme_and_the_first_nan(n: int) -> None:
    x = np.zeros(n, np.float32)
    x[n // 3 :: 5] = 7
    agree(lambda t: tf.argmax(t), x)
    x[n - 2 :] = np.nan
    agree(lambda t: [tf.argmax(t), tf.argmin(t), tf.reduce_max(t), tf.reduce_min(t)], x)
    agree(lambda t: tf.argmax(t, 0), np.stack([x, x[::-1], x * 0], 1))


# -- Rows -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(1000, 1), (300, 3), (77, 10), (40, 128), (9, 511), (5, 512)])
def test_short_softmax(shape: tuple[int, ...], dtype: str) -> None:
    agree(lambda t: [tf.nn.softmax(t), tf.nn.log_softmax(t)], 5 * values(shape, dtype), factor=4)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", [513, 4096, 8193, 20000])
def test_long_softmax(n: int, dtype: str) -> None:
    x = 5 * values((3, n), dtype)
    agree(lambda t: [tf.nn.softmax(t), tf.nn.log_softmax(t)], x, factor=10)


def test_softmax_of_infinities() -> None:
    for n in (6, 600):
        x = np.zeros((4, n), np.float32)
        x[0, 1] = np.inf
        x[1, :] = -np.inf
        x[2, 2] = -np.inf
        x[3, 3] = np.nan
        agree(lambda t: [tf.nn.softmax(t), tf.nn.log_softmax(t)], x)


# -- Scans ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["int8", "uint64", "float16", "float32", "complex128"])
@pytest.mark.parametrize(
    "shape, axis",
    [
        ((1,), 0),
        ((33,), 0),
        ((5000,), 0),
        ((300, 31), 1),
        ((2, 6000), 1),
        ((3000, 3), 0),
        ((0,), 0),
    ],
)
def test_scans(shape: tuple[int, ...], axis: int, dtype: str) -> None:
    x = values(shape, dtype)
    near_one = x if dtype in INTEGERS else (1 + x / 1000).astype(x.dtype)
    for exclusive in (False, True):
        for reverse in (False, True):
            agree(lambda t: tf.cumsum(t, axis, exclusive, reverse), x, factor=30)
            if dtype != "float16":
                agree(lambda t: tf.math.cumprod(t, axis, exclusive, reverse), near_one, factor=300)


# -- Places ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["bool", "int16", "float32", "int64", "complex128"])
@pytest.mark.parametrize("inner", [(), (3,), (8,), (5, 7)])
def test_gather(inner: tuple[int, ...], dtype: str) -> None:
    x, at = values((50, *inner), dtype), np.random.default_rng(1).integers(0, 50, (40, 9))
    agree(lambda t, i: tf.gather(t, i), x, at, exact=True)
    rows = np.broadcast_to(at[:, :, None] % 5, (40, 9, 2))
    agree(
        lambda t, i: tf.gather(t, i, axis=1, batch_dims=1),
        values((40, 5, *inner), dtype),
        np.ascontiguousarray(rows),
        exact=True,
    )


@pytest.mark.parametrize("dtype", ["int8", "int64", "float16", "float32", "complex64"])
@pytest.mark.parametrize("count", [1, 7, 900, 5000])
@pytest.mark.parametrize("inner", [(), (3,)])
def test_scatters_in_order(inner: tuple[int, ...], count: int, dtype: str) -> None:
    x, u = values((20, *inner), dtype), values((count, *inner), dtype, 7)
    at = np.random.default_rng(2).integers(0, 20, (count, 1))
    agree(lambda t, i, v: tf.tensor_scatter_nd_update(t, i, v), x, at, u, exact=True)
    agree(lambda t, i, v: tf.tensor_scatter_nd_add(t, i, v), x, at, u, exact=True)
    agree(lambda t, i, v: tf.tensor_scatter_nd_sub(t, i, v), x, at, u, exact=True)
    if dtype != "complex64":
        agree(lambda t, i, v: tf.tensor_scatter_nd_max(t, i, v), x, at, u, exact=True)


# -- Complex functions ----------------------------------------------------------------------------
COMPLEX_FUNCTIONS = "sqrt rsqrt exp expm1 log log1p sin cos tan asin acos atan".split()
COMPLEX_FUNCTIONS += "sinh cosh tanh asinh acosh atanh sigmoid".split()


@pytest.mark.parametrize("dtype", COMPLEXES)
@pytest.mark.parametrize("name", COMPLEX_FUNCTIONS)
def test_complex_functions(name: str, dtype: str) -> None:
    parts = [0.0, -0.0, 1e-9, 0.3, -0.3, 1.0, -1.0, 1.7, -2.5, 30.0]
    x = np.array([complex(a, b) for a in parts for b in parts], dtype)
    f = getattr(tf.math, name)
    agree(f, x, factor=20)
    agree(f, values((500,), dtype), factor=20)


@pytest.mark.parametrize("name", COMPLEX_FUNCTIONS)
def test_complex_functions_at_infinity(name: str) -> None:
    """Signs of results that the C standard leaves open aside."""
    parts = [0.0, 1.0, -1.0, np.inf, -np.inf, np.nan]
    x = np.array([complex(a, b) for a in parts for b in parts])
    got, want = (on(d, getattr(tf.math, name), x) for d in ("GPU:0", "CPU:0"))
    for part in (np.real, np.imag):
        g, w = np.abs(part(got)), np.abs(part(want))
        np.testing.assert_allclose(
            g, w, 1e-12, 1e-15, err_msg=str(x[~np.isclose(g, w, equal_nan=True)])
        )
