"""Every operation in every dtype: TensorFlow's result dtype, where TensorFlow has a result."""

from __future__ import annotations

import json
import pathlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pyten as tf

MATRIX = json.loads((pathlib.Path(__file__).parent / "parity" / "dtype_matrix.json").read_text())


def x_of(dtype: str, values: Any = (1, 2)) -> tf.Tensor:
    return tf.cast(list(values), dtype)


def matrix_of(dtype: str) -> tf.Tensor:
    return tf.cast([[2, 1], [1, 1]], dtype)


def gradient(x: tf.Tensor) -> tf.Tensor | None:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tape.gradient(y, x)


def find(path: str) -> Any:
    obj: Any = tf
    for part in path.split("."):
        obj = getattr(obj, part)
    return obj


# Those whose call is not f(x) or f(x, x).
CALLS: dict[str, Callable[[str], Any]] = {
    "op +": lambda d: x_of(d) + x_of(d),
    "op -": lambda d: x_of(d) - x_of(d),
    "op *": lambda d: x_of(d) * x_of(d),
    "op /": lambda d: x_of(d) / x_of(d),
    "op //": lambda d: x_of(d) // x_of(d),
    "op %": lambda d: x_of(d) % x_of(d),
    "op **": lambda d: x_of(d) ** x_of(d),
    "op <": lambda d: x_of(d) < x_of(d),
    "op ==": lambda d: x_of(d) == x_of(d),
    "op &": lambda d: x_of(d) & x_of(d),
    "op ^": lambda d: x_of(d) ^ x_of(d),
    "op ~": lambda d: ~x_of(d),
    "op neg": lambda d: -x_of(d),
    "op abs": lambda d: abs(x_of(d)),
    "op x*2": lambda d: x_of(d) * 2,
    "op x*2.5": lambda d: x_of(d) * 2.5,
    "op 2*x": lambda d: 2 * x_of(d),
    "op x*True": lambda d: x_of(d) * True,
    "op x*1j": lambda d: x_of(d) * 1j,
    "op x<1": lambda d: x_of(d) < 1,
    "op x==1": lambda d: x_of(d) == 1,
    "linalg.diag": lambda d: tf.linalg.diag(x_of(d)),
    "linalg.matmul": lambda d: tf.linalg.matmul(matrix_of(d), matrix_of(d)),
    "linalg.inv": lambda d: tf.linalg.inv(matrix_of(d)),
    "linalg.det": lambda d: tf.linalg.det(matrix_of(d)),
    "linalg.solve": lambda d: tf.linalg.solve(matrix_of(d), matrix_of(d)),
    "linalg.trace": lambda d: tf.linalg.trace(matrix_of(d)),
    "einsum": lambda d: tf.einsum("ij,jk->ik", matrix_of(d), matrix_of(d)),
    "tensordot": lambda d: tf.tensordot(x_of(d), x_of(d), 1),
    "range": lambda d: tf.range(x_of(d)[1]),
    "linspace": lambda d: tf.linspace(x_of(d)[0], x_of(d)[1], 3),
    "nn.moments": lambda d: tf.nn.moments(x_of(d), [0])[0],
    "nn.softmax_ce": lambda d: tf.nn.softmax_cross_entropy_with_logits(x_of(d), x_of(d)),
    "nn.sigmoid_ce": lambda d: tf.nn.sigmoid_cross_entropy_with_logits(x_of(d), x_of(d)),
    "nn.bias_add": lambda d: tf.nn.bias_add(matrix_of(d), x_of(d)),
    "gather": lambda d: tf.gather(x_of(d), [0]),
    "gather idx": lambda d: tf.gather([5, 6, 7], x_of(d)),
    "x[i] scalar idx": lambda d: tf.constant([5, 6, 7])[x_of(d)[0]],
    "concat": lambda d: tf.concat([x_of(d), x_of(d)], 0),
    "where": lambda d: tf.where([True, False], x_of(d), x_of(d)),
    "clip_by_value": lambda d: tf.clip_by_value(x_of(d), x_of(d), x_of(d)),
    "clip(x,0,1)": lambda d: tf.clip_by_value(x_of(d), 0, 1),
    "one_hot idx": lambda d: tf.one_hot(x_of(d), 3),
    "pad": lambda d: tf.pad(x_of(d), [[1, 1]]),
    "cast->f32": lambda d: tf.cast(x_of(d), tf.float32),
    "random.normal": lambda d: tf.random.normal((2,), dtype=d),
    "random.uniform": lambda d: tf.random.uniform((2,), maxval=3, dtype=d),
    "zeros": lambda d: tf.zeros((2,), d),
    "ones": lambda d: tf.ones((2,), d),
    "eye": lambda d: tf.eye(2, dtype=d),
    "Variable+assign_add": lambda d: tf.Variable(x_of(d)).assign_add(x_of(d)),
    "tape.gradient(x*x)": lambda d: gradient(x_of(d)),
}
UNARY = """abs negative sign square sqrt rsqrt exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh
asinh acosh atanh sigmoid log_sigmoid softplus erf erfc floor ceil round rint reciprocal is_nan is_inf
is_finite logical_not conj real angle reduce_sum reduce_mean reduce_max reduce_min reduce_prod reduce_std
reduce_variance reduce_logsumexp reduce_euclidean_norm reduce_any reduce_all argmax argmin count_nonzero
cumsum cumprod top_k l2_normalize lgamma digamma""".split()
BINARY = """add subtract multiply divide truediv floordiv floormod pow maximum minimum squared_difference
divide_no_nan multiply_no_nan atan2 xlogy equal not_equal less greater_equal logical_and""".split()
NN = """relu relu6 elu selu leaky_relu gelu silu softsign softmax log_softmax l2_loss""".split()
for _path in (
    [f"math.{name}" for name in UNARY]
    + [f"nn.{name}" for name in NN]
    + ["bitwise.invert", "sort", "argsort", "unique", "norm", "zeros_like", "ones_like", "identity"]
    + ["transpose"]
):
    CALLS[_path] = lambda d, path=_path: find(path)(x_of(d))
for _path in [f"math.{name}" for name in BINARY] + [
    "truncatediv",
    "truncatemod",
    "bitwise.bitwise_and",
    "bitwise.left_shift",
]:
    CALLS[_path] = lambda d, path=_path: find(path)(x_of(d), x_of(d))

# pyten differs on purpose: no bool beside numbers, no array that would lose a fraction.
DIFFERENT = {
    ("op x*2", "bool"),
    ("op 2*x", "bool"),
    ("op x*2.5", "bool"),
    ("op x*1j", "bool"),
    ("op x*True", "bool"),
    ("op *", "bool"),
    ("tape.gradient(x*x)", "bool"),
}


def outcome(name: str, dtype: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = CALLS[name](dtype)
    if result is None:
        return "None"
    if isinstance(result, tuple):
        return "/".join(part.dtype.name for part in result)
    return result.dtype.name


CASES = [
    (name, dtype)
    for name, row in MATRIX.items()
    if name in CALLS
    for dtype, want in row.items()
    if not want.startswith("!") and (name, dtype) not in DIFFERENT
]


@pytest.mark.parametrize(("name", "dtype"), CASES, ids=[f"{n}-{d}" for n, d in CASES])
def test_result_dtype(name: str, dtype: str) -> None:
    try:
        got = outcome(name, dtype)
    except AttributeError as e:
        if "has no attribute" in str(e):
            pytest.skip(str(e))
        raise
    assert got == MATRIX[name][dtype]


# Rows where TensorFlow lacks kernels that pyten has.
WIDER = {"math.rint", "math.pow", "op **", "math.squared_difference", "nn.moments"}
WIDER |= {"math.lgamma", "math.digamma"}  # bfloat16
WIDER |= {"op x*True", "op x<1", "op x==1"}
REFUSED = [
    (name, dtype)
    for name, row in MATRIX.items()
    if name.startswith(("math.", "op ", "nn.")) and name in CALLS and name not in WIDER
    for dtype, want in row.items()
    if want.startswith("!")
]


@pytest.mark.parametrize(("name", "dtype"), REFUSED, ids=[f"{n}-{d}" for n, d in REFUSED])
def test_refused(name: str, dtype: str) -> None:
    with pytest.raises((TypeError, ValueError, NotImplementedError, AttributeError)):
        outcome(name, dtype)


def test_numpy_operands_take_the_tensors_dtype() -> None:
    for dtype in ("float16", "float32", "int32", "complex64"):
        assert (x_of(dtype) * np.float64(2)).dtype == dtype
        assert (x_of(dtype) * np.ones(2)).dtype == dtype
