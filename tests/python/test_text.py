"""Text of tensors, tf.print, NumPy's members, copies and pickles."""

from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys
import weakref

import numpy as np
import pytest

import pyten as tf


@pytest.mark.parametrize(
    ("value", "representation", "text"),
    [
        (3.0, "shape=(), dtype=float32, numpy=3.0", "3.0, shape=(), dtype=float32"),
        (0.1, "shape=(), dtype=float32, numpy=0.10000000149011612", "0.1, shape=(), dtype=float32"),
        (True, "shape=(), dtype=bool, numpy=True", "True, shape=(), dtype=bool"),
        (
            [1, 2],
            "shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)",
            "[1 2], shape=(2,), dtype=int32",
        ),
        (
            [[1.0], [1.0]],
            "shape=(2, 1), dtype=float32, numpy=\narray([[1.],\n       [1.]], dtype=float32)",
            "\n[[1.]\n [1.]], shape=(2, 1), dtype=float32",
        ),
    ],
)
def test_repr_and_str(value: object, representation: str, text: str) -> None:
    t = tf.constant(value)
    assert repr(t) == f"<tf.Tensor: {representation}>"
    assert str(t) == f"tf.Tensor({text})"


def test_bfloat16_text() -> None:
    t = tf.constant([0.5, 2.0], tf.bfloat16)
    assert repr(t).startswith("<tf.Tensor: shape=(2,), dtype=bfloat16, numpy=array([0.5, 2")
    assert str(t).endswith("shape=(2,), dtype=bfloat16)")


def test_format() -> None:
    assert (
        f"{tf.constant(2.5):.4f}|{tf.constant(7):>4d}|{tf.constant(0.5):.1%}" == "2.5000|   7|50.0%"
    )
    assert (
        f"{tf.constant(0.1)}" == "0.10000000149011612" and f"{tf.constant([1.0, 2.0])}" == "[1. 2.]"
    )
    assert "%.2f %d" % (tf.constant(2.5), tf.constant(7)) == "2.50 7"  # noqa: UP031
    with pytest.raises(TypeError, match="unsupported format string passed to numpy.ndarray"):
        f"{tf.constant([1.0]):.2f}"


# -- tf.print -----------------------------------------------------------------------------------------
def printed(*values: object, **options: object) -> str:
    stream = io.StringIO()
    tf.print(*values, output_stream=stream, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (tf.constant([1, 2.5, 1 / 3]), "[1 2.5 0.333333343]"),
        (
            tf.constant([0.1, 1e-8, 1e10, 123456789.0, 123456.789]),
            "[0.1 1e-08 1e+10 123456792 123456.789]",
        ),
        (tf.constant([float("nan"), float("inf"), -0.0]), "[nan inf -0]"),
        (tf.constant(1 / 3, tf.float64), "0.33333333333333331"),
        (tf.constant([1 / 3], tf.bfloat16), "[0.333984375]"),
        (tf.constant([True, False]), "[1 0]"),
        (tf.range(10), "[0 1 2 ... 7 8 9]"),
        (
            tf.reshape(tf.range(16), (8, 2)),
            "[[0 1]\n [2 3]\n [4 5]\n ...\n [10 11]\n [12 13]\n [14 15]]",
        ),
        (tf.zeros((2, 2, 2)), "[[[0 0]\n  [0 0]]\n\n [[0 0]\n  [0 0]]]"),
        (tf.zeros((0, 3)), "[]"),
        (tf.Variable([1.0, 2.0]), "[1 2]"),
        ([1, {"k": tf.ones(2)}, (tf.constant(7),)], "[1, {'k': [1 1]}, (7,)]"),
        ("text", "text"),
        (["text", None], "['text', None]"),
        (tf.float32, "tf.float32"),
    ],
    ids=str,
)
def test_print(value: object, text: str) -> None:
    assert printed(value) == text + "\n"


def test_print_options(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(1, "a", sep="|", end="!") == "1|a!"
    assert printed(tf.range(5), summarize=1) == "[0 ... 4]\n"
    assert printed(tf.range(10), summarize=-1) == "[0 1 2 3 4 5 6 7 8 9]\n"
    tf.print("to stderr")
    tf.print("to stdout", output_stream=sys.stdout)
    assert capsys.readouterr() == ("to stdout\n", "to stderr\n")
    path = tmp_path / "log"
    tf.print(1, output_stream=f"file://{path}")
    tf.print(2, output_stream=f"file://{path}")
    assert path.read_text() == "1\n2\n"
    with pytest.raises(ValueError, match="unrecognized keyword arguments"):
        tf.print(1, foo=2)
    with pytest.raises(ValueError, match="output_stream must be"):
        tf.print(1, output_stream="foo")


# -- Objects ---------------------------------------------------------------------------------------------
def test_copies_and_pickles() -> None:
    t = tf.constant([[1.0, 2.0]])
    assert copy.copy(t) is t and copy.deepcopy([t])[0] is t
    for dtype in ("float32", "bfloat16", "bool", "uint64", "complex128"):
        t = tf.cast([1, 0, 3], dtype)
        again = pickle.loads(pickle.dumps(t))
        assert again.dtype == t.dtype and bool(tf.reduce_all(again == t))


def test_references_and_attributes() -> None:
    t = tf.constant(1)
    assert {t.ref(): 2}[t.ref()] == 2 and t.ref().deref() is t and t.ref() != tf.constant(1).ref()
    t.note = 3
    assert t.note == 3 and weakref.ref(t)() is t
    for name in ("name", "op", "graph"):
        with pytest.raises(AttributeError, match=f"Tensor.{name} is undefined when eager"):
            getattr(t, name)
    assert t.backing_device == t.device and t.cpu() is t and t.get_shape() == ()
    t.set_shape([])
    with pytest.raises(ValueError, match="not compatible with supplied shape"):
        t.set_shape([2])
    assert not hasattr(t, "values") and not hasattr(t, "to_numpy") and not hasattr(t, "foo")
    with pytest.raises(TypeError, match="takes no arguments"):
        tf.Tensor([1])


# -- NumPy's members ------------------------------------------------------------------------------------
X = np.array([[3.0, -1.0, 2.5], [0.5, 4.0, -2.0]], np.float32)
CALLS = {
    "T": lambda a: a.T,
    "mT": lambda a: a.mT,
    "reshape": lambda a: a.reshape(3, 2),
    "reshape of a tuple": lambda a: a.reshape((6,)),
    "transpose": lambda a: a.transpose(1, 0),
    "transpose without axes": lambda a: a.transpose(),
    "sum": lambda a: a.sum(),
    "sum of rows": lambda a: a.sum(axis=1, keepdims=True),
    "prod": lambda a: a.prod(axis=0),
    "mean": lambda a: a.mean(axis=-1),
    "std": lambda a: a.std(),
    "var with ddof": lambda a: a.var(axis=1, ddof=1),
    "min": lambda a: a.min(axis=0),
    "max": lambda a: a.max(),
    "any": lambda a: a.any(axis=1),
    "all": lambda a: a.all(),
    "argmax": lambda a: a.argmax(),
    "argmin of rows": lambda a: a.argmin(axis=1),
    "flatten": lambda a: a.flatten(),
    "ravel": lambda a: a.ravel(),
    "squeeze": lambda a: a.reshape(1, 6).squeeze(),
    "squeeze of an axis": lambda a: a.reshape(1, 6).squeeze(axis=0),
    "clip": lambda a: a.clip(-1, 2),
    "clip below": lambda a: a.clip(0),
    "round": lambda a: a.round(),
    "round to decimals": lambda a: (a / 3).round(2),
    "round to tens": lambda a: (a * 10).round(-1),
}


@pytest.mark.parametrize("name", CALLS)
def test_members_agree_with_numpy(name: str) -> None:
    if name == "mT" and not hasattr(X, "mT"):
        pytest.skip("NumPy 2 has mT")
    for t in (tf.constant(X), tf.Variable(X)):
        got, want = CALLS[name](t), CALLS[name](X)
        assert isinstance(got, tf.Tensor)
        np.testing.assert_allclose(got, want, rtol=1e-6)
        assert got.shape == want.shape


def test_members_of_integers_and_bools() -> None:
    t = tf.constant([1, 2])
    assert t.mean().dtype == tf.float64 and t.mean().numpy() == 1.5
    assert t.sum().dtype == tf.int32 and t.sum(dtype=tf.int64).dtype == tf.int64
    assert tf.constant([True, True]).sum().numpy() == 2
    assert t.astype(tf.float32).dtype == tf.float32 and t.astype(t.dtype) is t
    assert t.round(2).numpy().tolist() == [1, 2]
    assert (t.item(1), t.tolist(), t.size, t.itemsize, t.nbytes) == (2, [1, 2], 2, 4, 8)
    with pytest.raises(ValueError, match="mT"):
        _ = t.mT
    with pytest.raises(ValueError):
        t.item()


def test_members_are_differentiable() -> None:
    x = tf.Variable(X)
    with tf.GradientTape() as tape:
        y = (x.T.reshape(6).clip(-1, 3) ** 2).mean() + x.astype(tf.float64).sum().astype(tf.float32)
    assert tape.gradient(y, x).shape == X.shape


@pytest.mark.parametrize(
    "f",
    [np.sum, np.prod, np.mean, np.std, np.var, np.min, np.max, np.any, np.all, np.argmax, np.argmin]
    + [np.ravel, np.squeeze, np.transpose, np.round, np.sort, np.cumsum, lambda a: np.clip(a, 0, 1)]
    + [
        lambda a: np.reshape(a, (3, 2)),
        lambda a: np.transpose(a, (1, 0)),
        lambda a: np.sum(a, axis=1),
    ]
    + [lambda a: np.mean(a, axis=0, keepdims=True), np.exp, lambda a: np.maximum(a, 0)],
)
def test_functions_of_numpy_give_arrays(f: object) -> None:
    want = f(X)
    for t in (tf.constant(X), tf.Variable(X)):
        got = f(t)
        assert isinstance(got, (np.ndarray, np.generic))
        np.testing.assert_allclose(got, want, rtol=1e-6)


def test_builtins() -> None:
    t = tf.constant([0.5, 1.5, 2.5])
    assert round(t).numpy().tolist() == [0.0, 2.0, 2.0]
    assert round(tf.constant(1.256), 2).numpy() == np.float32(1.26)
    quotient, remainder = divmod(tf.constant(7), 2)
    assert (quotient.numpy(), remainder.numpy()) == (3, 1)
    assert complex(tf.constant(2.0)) == 2 + 0j
    with pytest.raises(TypeError):
        complex(t)


WITHOUT_ML_DTYPES = """
import copy, pickle, sys
sys.modules["ml_dtypes"] = None
import pyten as tf
t, v = tf.constant([0.1, 2.0], tf.bfloat16), tf.Variable(1.5, dtype=tf.bfloat16)
assert repr(t).endswith("numpy=array([0.10009766, 2.        ], dtype=bfloat16)>"), repr(t)
assert t.tolist() == [0.10009765625, 2.0] and v.item() == 1.5 and f"{v:.2f}" == "1.50"
assert pickle.loads(pickle.dumps(t)).dtype == copy.deepcopy(v).dtype == tf.bfloat16
tf.print(v, output_stream=sys.stdout)
for refused in (t.numpy, lambda: tf.bfloat16.as_numpy_dtype):
    try:
        refused()
    except TypeError as e:
        assert "pip install ml_dtypes" in str(e)
    else:
        raise AssertionError
"""


def test_bfloat16_without_ml_dtypes() -> None:
    run = subprocess.run([sys.executable, "-c", WITHOUT_ML_DTYPES], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "1.5\n"), run.stderr
