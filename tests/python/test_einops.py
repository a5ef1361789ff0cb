"""einops on tensors and variables: results as on NumPy arrays, gradients through a tape."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from gradient_check import check_gradients

import pyten as tf

einops = pytest.importorskip("einops")
pytest.importorskip("einops.array_api")

X = np.arange(2 * 3 * 4 * 6, dtype=np.float32).reshape(2, 3, 4, 6) / 10
PATTERNS = [
    ("b c h w -> b h w c", {}),
    ("b c h w -> (b c) (h w)", {}),
    ("b c (h h2) (w w2) -> b (h2 w2 c) h w", {"h2": 2, "w2": 3}),
    ("b ... -> ... b", {}),
    ("b c h w -> w 1 (h b) c", {}),
]


@pytest.mark.parametrize(("pattern", "sizes"), PATTERNS)
def test_rearrange(pattern: str, sizes: dict[str, int]) -> None:
    expected = einops.rearrange(X, pattern, **sizes)
    for x in (tf.constant(X), tf.Variable(X)):
        y = einops.rearrange(x, pattern, **sizes)
        assert type(y) is tf.Tensor and y.dtype == tf.float32
        np.testing.assert_array_equal(y.numpy(), expected)
    listed = einops.rearrange(list(tf.constant(X)), pattern, **sizes)
    np.testing.assert_array_equal(listed.numpy(), expected)


@pytest.mark.parametrize("reduction", ["min", "max", "sum", "mean", "prod"])
def test_reduce(reduction: str) -> None:
    x = 1 + X / 10
    for pattern in ("b c h w -> b c", "b c (h 2) w -> h w b", "b c h w -> b c () ()", "b ... ->"):
        expected = einops.reduce(x, pattern, reduction)
        y = einops.reduce(tf.constant(x), pattern, reduction)
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-5)


def test_reduce_of_other_kinds() -> None:
    b = X.astype(int) % 3 == 0
    for reduction in ("any", "all"):
        y = einops.reduce(tf.constant(b), "b c h w -> b h", reduction)
        np.testing.assert_array_equal(y.numpy(), einops.reduce(b, "b c h w -> b h", reduction))
        y = einops.reduce(tf.constant(X), "b c h w -> b h", reduction)
        assert y.dtype == tf.bool
    y = einops.reduce(tf.constant(X), "b c h w -> w b", tf.reduce_logsumexp)
    np.testing.assert_allclose(y.numpy(), np.log(np.exp(X).sum((1, 2))).T, rtol=1e-5)
    z = einops.reduce(tf.cast(X, "bfloat16"), "b c h w -> b", "sum")
    assert z.dtype == tf.bfloat16
    with pytest.raises(NotImplementedError, match="reduce_mean is not available for non-floating"):
        einops.reduce(tf.range(4), "a -> ", "mean")


def test_repeat_and_shapes() -> None:
    for pattern, sizes in (
        ("b c h w -> b (c k) h w", {"k": 2}),
        ("b c h w -> k b c (h 2) (w j)", {"k": 3, "j": 2}),
    ):
        expected = einops.repeat(X, pattern, **sizes)
        y = einops.repeat(tf.constant(X), pattern, **sizes)
        np.testing.assert_array_equal(y.numpy(), expected)
    v = tf.Variable(X, shape=[None, 3, None, 6])
    assert einops.parse_shape(v, "b c _ w") == {"b": 2, "c": 3, "w": 6}
    assert einops.asnumpy(tf.constant(X)).tolist() == X.tolist()
    assert einops.asnumpy(tf.Variable(X)).tolist() == X.tolist()


def test_einsum_pack_unpack() -> None:
    a, b = X[:, 0], X[:, 1]
    expected = einops.einsum(a, b, "b i j, b k j -> b i k")
    y = einops.einsum(tf.constant(a), tf.Variable(b), "b i j, b k j -> b i k")
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-5)
    packed, shapes = einops.pack([tf.constant(a), tf.constant(X[:, :, :, 0])], "b *")
    assert packed.shape == (2, 36) and [tuple(s) for s in shapes] == [(4, 6), (3, 4)]
    first, second = einops.unpack(packed, shapes, "b *")
    np.testing.assert_array_equal(first.numpy(), a)
    np.testing.assert_array_equal(second.numpy(), X[:, :, :, 0])


def test_arrays_of_the_array_api() -> None:
    from pyten import array_api as xp

    a = xp.asarray(X)
    results = [
        (
            einops.rearrange(a, "b c h w -> (w b) 1 (c h)"),
            einops.rearrange(X, "b c h w -> (w b) 1 (c h)"),
        ),
        (
            einops.reduce([a, a], "n b c h w -> c n", "max"),
            einops.reduce([X, X], "n b c h w -> c n", "max"),
        ),
        (einops.repeat(a, "b c h w -> b c h w 2"), einops.repeat(X, "b c h w -> b c h w 2")),
        (einops.einsum(a, a, "b c h w, b d h w -> c d"), np.einsum("bchw,bdhw->cd", X, X)),
        (einops.pack([a, a], "b * w")[0], einops.pack([X, X], "b * w")[0]),
        (
            einops.array_api.rearrange(a, "b c h w -> (w b) (c h)"),
            einops.rearrange(X, "b c h w -> (w b) (c h)"),
        ),
    ]
    for ours, theirs in results:
        assert type(ours) is type(a)
        np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-5)
    results[0][0][0] = -1.0
    assert np.asarray(a).tolist() == X.tolist()


def test_errors_are_those_of_einops() -> None:
    with pytest.raises(einops.EinopsError, match="Wrong shape"):
        einops.rearrange(tf.constant(X), "a b -> b a")
    with pytest.raises(einops.EinopsError, match="can't divide axis of length 3 in chunks of 2"):
        einops.rearrange(tf.constant(X), "b (c k) h w -> b c k h w", k=2)


GRADIENTS = {
    "rearrange": lambda x: einops.rearrange(x, "b c (h k) w -> (b w) h c k", k=2),
    "mean": lambda x: einops.reduce(x, "b c h w -> c w", "mean"),
    "max": lambda x: einops.reduce(x, "b c h w -> c w", "max"),
    "prod": lambda x: einops.reduce(x + 1.0, "b c h w -> h w", "prod"),
    "repeat": lambda x: einops.repeat(x, "b c h w -> b c h (w k)", k=3),
    "einsum": lambda x: einops.einsum(x, x, "b c h w, b d h w -> c d"),
    "pack": lambda x: einops.pack([x, x * x], "b * w")[0],
    "unpack": lambda x: einops.unpack(x * x, [[1], [2]], "b * h w")[1],
    "list": lambda x: einops.rearrange([x, 2.0 * x], "n b c h w -> b (n c) h w"),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name: str) -> None:
    start = np.random.default_rng(1).normal(size=(2, 3, 4, 6))
    check_gradients(GRADIENTS[name], [start])


# -- How einops comes to know of pyten -----------------------------------------------------------------
def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


USE = "print(einops.rearrange(tf.ones((2, 3)), 'a b -> b a').shape)"


@pytest.mark.parametrize(
    "imports",
    [
        "import pyten as tf, einops",
        "import einops, pyten as tf",
        "import einops; einops.rearrange([[1]], 'a b -> b a') if 0 else None; import pyten as tf",
        "import pyten as tf; from einops import rearrange; import einops",
        "import pyten as tf; import einops._backends; import einops",
        "import numpy as np, einops; einops.rearrange(np.ones((1, 2)), 'a b -> b a'); import pyten as tf",
    ],
)
def test_in_any_order_of_imports(imports: str) -> None:
    assert python(f"{imports}; {USE}") == "(3, 2)"


def test_einops_is_not_imported_by_pyten() -> None:
    code = "import sys, pyten; print([m for m in sys.modules if 'einops' in m])"
    assert python(code) == "['pyten._einops_hook']"


def test_the_import_of_einops_is_as_without_us() -> None:
    code = (
        "import sys, pyten; waiting = [f for f in sys.meta_path if 'einops' in getattr(f, '_awaited', '')]\n"
        "import einops, inspect\n"
        "spec = einops._backends.__spec__\n"
        "print(len(waiting), waiting[0] in sys.meta_path, type(spec.loader).__module__.split('.')[0],"
        " einops._backends.__loader__ is spec.loader, len(inspect.getsource(einops._backends)) > 1000)"
    )
    assert python(code) == "1 False _frozen_importlib_external True True"


def test_another_einops_is_left_alone(tmp_path: Any) -> None:
    package = tmp_path / "einops"
    package.mkdir()
    (package / "__init__.py").write_text("from . import _backends\nanswer = 42\n")
    (package / "_backends.py").write_text("'Nothing that we know.'\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import pyten, einops; print(einops.answer)"
    assert python(code) == "42"
    (package / "_backends.py").write_text("1 / 0\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import pyten\n"
        "try: import einops\n"
        "except ZeroDivisionError: print('its own error')"
    )
    assert python(code) == "its own error"
