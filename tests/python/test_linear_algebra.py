"""tf.linalg, tf.norm, tensordot, einsum: against NumPy, with gradients against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

import pyten as tf

RNG = np.random.default_rng(0)


def check_gradient(f: object, *xs: np.ndarray, order: int = 2, tol: float = 1e-6) -> None:
    """<v, vjp(u)> against central differences of <u, f(x + h v)>; then the same for the vjp."""
    tensors = [tf.constant(x) for x in xs]
    directions = [RNG.standard_normal(x.shape) for x in xs]
    u = tf.constant(RNG.standard_normal(tuple(f(*tensors).shape)))

    def scalar(*args: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(u * f(*args))

    def along(*args: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(args)
            s = scalar(*args)
        gs = tape.gradient(s, args, unconnected_gradients="zero")
        return tf.add_n([tf.reduce_sum(g * v) for g, v in zip(gs, directions, strict=True)])

    for g in (scalar, along)[:order]:
        h = 1e-5
        forward = g(*[x + h * v for x, v in zip(tensors, directions, strict=True)])
        backward = g(*[x - h * v for x, v in zip(tensors, directions, strict=True)])
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            s = g(*tensors)
        gs = tape.gradient(s, tensors, unconnected_gradients="zero")
        exact = sum(float(tf.reduce_sum(d * v)) for d, v in zip(gs, directions, strict=True))
        np.testing.assert_allclose(exact, float(forward - backward) / (2 * h), rtol=tol, atol=tol)


A = RNG.standard_normal((2, 3, 3)) + 3 * np.eye(3)
B = RNG.standard_normal((2, 3, 2))


# -- Inverses and determinants ------------------------------------------------------------------------
def test_against_numpy() -> None:
    np.testing.assert_allclose(tf.linalg.inv(A), np.linalg.inv(A))
    np.testing.assert_allclose(tf.linalg.inv(A, adjoint=True), np.linalg.inv(A.swapaxes(1, 2)))
    np.testing.assert_allclose(tf.linalg.det(A), np.linalg.det(A))
    np.testing.assert_allclose(tf.linalg.solve(A, B), np.linalg.solve(A, B))
    np.testing.assert_allclose(
        tf.linalg.solve(A, B, adjoint=True), np.linalg.solve(A.swapaxes(1, 2), B)
    )
    assert tf.linalg.inv(tf.eye(2, dtype=tf.float16)).dtype == tf.float16


@pytest.mark.parametrize(
    "f",
    [
        lambda a, b: tf.linalg.inv(a),
        lambda a, b: tf.linalg.inv(a, adjoint=True),
        lambda a, b: tf.linalg.det(a),
        tf.linalg.solve,
        lambda a, b: tf.linalg.solve(a, b, adjoint=True),
    ],
)
def test_gradients(f: object) -> None:
    check_gradient(f, A, B)


def test_determinant_of_singular_matrices() -> None:
    singular = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 5.0]])
    x = tf.constant(singular)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.linalg.det(x)
    adjugate = np.array([[14.0, -10.0, 2.0], [-7.0, 5.0, -1.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(tape.gradient(y, x), adjugate, atol=1e-12)
    check_gradient(tf.linalg.det, np.zeros((3, 3)) + np.diag([1.0, 0.0, 0.0]))


def test_complex_gradients_are_conjugated() -> None:
    a = (A[0] + 1j * A[1]).astype(np.complex128)
    x = tf.constant(a)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.math.real(tf.linalg.det(x))
    want = np.conj(np.linalg.det(a) * np.linalg.inv(a).T)
    np.testing.assert_allclose(tape.gradient(y, x), want)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tf.linalg.inv([[1.0, 2.0], [2.0, 4.0]]), "Input is not invertible"),
        (lambda: tf.linalg.solve([[1.0, 2.0], [2.0, 4.0]], [[1.0], [1.0]]), "is not invertible"),
        (lambda: tf.linalg.inv(tf.ones((2, 3))), "Input matrix must be square"),
        (lambda: tf.linalg.det(tf.ones((2, 3))), "Input matrix must be square"),
        (lambda: tf.linalg.inv(tf.ones(2)), "rank at least 2"),
        (lambda: tf.linalg.solve(tf.eye(2), tf.ones(2)), "rank at least 2"),
        (lambda: tf.linalg.solve(tf.eye(2), tf.ones((3, 1))), "same sizes"),
        (lambda: tf.linalg.inv([[1, 2], [3, 4]]), "inv: input must be one of .* got int32"),
    ],
)
def test_refusals(call: object, message: str) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        call()


# -- Diagonals ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("k", [-2, -1, 0, 1, 2])
def test_single_diagonals(k: int) -> None:
    x = RNG.standard_normal((2, 3, 4))
    want = np.stack([np.diagonal(m, k) for m in x])
    np.testing.assert_array_equal(tf.linalg.diag_part(x, k=k), want)
    d = RNG.standard_normal((2, 3))
    np.testing.assert_array_equal(tf.linalg.diag(d, k=k), np.stack([np.diag(v, k) for v in d]))
    check_gradient(lambda t: tf.linalg.diag_part(t, k=k) ** 2, x)
    check_gradient(lambda t: tf.linalg.diag(t, k=k) ** 2, d)


def test_bands() -> None:
    x = tf.reshape(tf.range(9.0), (3, 3))
    bands = tf.linalg.diag_part(x, k=(-1, 1), padding_value=9.0)
    assert bands.numpy().tolist() == [[9, 1, 5], [0, 4, 8], [3, 7, 9]]
    back = tf.linalg.diag(bands, k=(-1, 1))
    np.testing.assert_array_equal(back, tf.linalg.band_part(x, 1, 1))
    left = tf.linalg.diag_part(x, k=(-1, 1), align="LEFT_LEFT")
    assert left.numpy().tolist() == [[1, 5, 0], [0, 4, 8], [3, 7, 0]]
    wide = tf.linalg.diag([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], k=(-1, 0), padding_value=9.0)
    assert wide.numpy().tolist() == [[0, 9, 9], [3, 1, 9], [9, 4, 2]]
    assert tf.linalg.diag([1, 2], num_rows=2, num_cols=3).numpy().tolist() == [[1, 0, 0], [0, 2, 0]]
    assert tf.linalg.diag(tf.zeros((2, 0))).shape == (2, 0, 0)


def test_set_diag_and_others() -> None:
    x = tf.ones((2, 3))
    assert tf.linalg.set_diag(x, [5.0, 6.0]).numpy().tolist() == [[5, 1, 1], [1, 6, 1]]
    assert tf.linalg.set_diag(x, [5.0, 6.0], k=1).numpy().tolist() == [[1, 5, 1], [1, 1, 6]]
    assert tf.linalg.tensor_diag([[1, 2]]).shape == (1, 2, 1, 2)
    check_gradient(lambda a, d: tf.linalg.set_diag(a, d) ** 2, A, B[:, :, 0])
    for call, message in (
        (lambda: tf.linalg.set_diag(x, [1.0]), "diagonal must have shape"),
        (lambda: tf.linalg.diag_part(x, k=5), "is no diagonal"),
        (lambda: tf.linalg.diag([1.0, 2.0], num_rows=1), "too few"),
        (lambda: tf.linalg.diag_part(tf.ones(2)), "rank at least 2"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            call()


# -- Norms --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("order", [1, 2, 3, 0.5, np.inf, "euclidean"])
@pytest.mark.parametrize("axis", [None, 0, -1, [1]])
def test_vector_norms(order: object, axis: object) -> None:
    x = RNG.standard_normal((3, 4))
    flat = x.reshape(-1) if axis is None else x
    numpy_axis = 0 if axis is None else axis[0] if isinstance(axis, list) else axis
    want = np.linalg.norm(flat, 2 if order == "euclidean" else order, numpy_axis)
    np.testing.assert_allclose(tf.norm(x, order, axis), want)
    check_gradient(lambda t: tf.norm(t, order, axis, keepdims=True), x, tol=1e-5)


@pytest.mark.parametrize("order", [1, np.inf, "fro", "euclidean"])
def test_matrix_norms(order: object) -> None:
    x = RNG.standard_normal((2, 3, 4))
    want = np.linalg.norm(x, "fro" if order == "euclidean" else order, (1, 2), keepdims=True)
    np.testing.assert_allclose(tf.norm(x, order, axis=(1, 2), keepdims=True), want)
    np.testing.assert_allclose(tf.norm(x, order, axis=[-2, -1]), want[:, 0, 0])


def test_norm_at_zero_and_refusals() -> None:
    x = tf.Variable([0.0, 0.0])
    with tf.GradientTape() as tape:
        y = tf.norm(x)
    assert tape.gradient(y, x).numpy().tolist() == [0.0, 0.0]
    for order in ("foo", -1, "fro"):
        with pytest.raises(ValueError, match="norm: ord must be"):
            tf.norm(tf.ones((2, 2)), ord=order)
    with pytest.raises(
        TypeError, match="norm: tensor must be floating or complex, or integers .*, got int32"
    ):
        tf.norm([1, 2])


def test_products() -> None:
    np.testing.assert_allclose(tf.linalg.cross(A[0], A[1]), np.cross(A[0], A[1]))
    np.testing.assert_allclose(
        tf.linalg.normalize(A, axis=-1)[0], A / np.linalg.norm(A, axis=-1, keepdims=True)
    )
    assert tf.linalg.global_norm([tf.constant([3.0]), None, tf.constant([4.0])]).numpy() == 5.0
    np.testing.assert_array_equal(tf.linalg.adjoint(A + 1j), np.conj(A + 1j).swapaxes(1, 2))
    np.testing.assert_array_equal(tf.linalg.matrix_transpose(A), A.swapaxes(1, 2))


# -- tensordot --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shape_a", "shape_b", "axes"),
    [
        ((2, 3), (3, 4), 1),
        ((2, 3), (4, 5), 0),
        ((2, 3, 4), (3, 4, 5), 2),
        ((2, 3, 4), (4, 5, 2), [[0, 2], [2, 0]]),
        ((3,), (3,), 1),
        ((2, 3), (3, 2), (1, 0)),
        ((2, 3), (4, 3), [[-1], [-1]]),
        ((0, 3), (3, 2), 1),
    ],
)
def test_tensordot(shape_a: tuple, shape_b: tuple, axes: object) -> None:
    a, b = RNG.standard_normal(shape_a), RNG.standard_normal(shape_b)
    np.testing.assert_allclose(tf.tensordot(a, b, axes), np.tensordot(a, b, axes), atol=1e-12)
    if a.size:
        check_gradient(lambda x, y: tf.tensordot(x, y, axes), a, b)


def test_tensordot_refusals() -> None:
    a = tf.ones((2, 3))
    for axes in (1, 5, [[0], [0, 1]], [[7], [0]], [0]):
        with pytest.raises(ValueError, match="tensordot"):
            tf.tensordot(a, a, axes)


# -- einsum -----------------------------------------------------------------------------------------------------
SHAPES = {"i": 2, "j": 3, "k": 4, "b": 2, "l": 2}


@pytest.mark.parametrize(
    "equation",
    [
        "ij,jk->ik",
        "ij,jk",
        "ij->ji",
        "ij->",
        "ji",
        "ij,ij->ij",
        "i,j->ij",
        "bij,bjk->bik",
        "ij,kj->ik",
        "il->li",
        "ii->i",
        "ii",
        "iij->ij",
        "ij,jk,kb->ib",
        "i,ij,ijk->k",
        "bij,bkj->bik",
        "ij , jk -> ik",
        "ibl,ib->l",
    ],
)
def test_einsum(equation: str) -> None:
    operands = equation.replace(" ", "").split("->")[0].split(",")
    xs = [RNG.standard_normal([SHAPES[c] for c in part]) for part in operands]
    np.testing.assert_allclose(tf.einsum(equation, *xs), np.einsum(equation.replace(" ", ""), *xs))
    check_gradient(lambda *ts: tf.einsum(equation, *ts), *xs)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("...ij,...jk->...ik", [(5, 2, 3), (5, 3, 4)]),
        ("...ij,jk->...ik", [(5, 6, 2, 3), (3, 4)]),
        ("...ij,...jk->...ik", [(5, 1, 2, 3), (6, 3, 4)]),
        ("...ii->...i", [(5, 3, 3)]),
        ("i...->...", [(3, 2)]),
        ("...,...", [(2, 3), (3,)]),
        ("...i->i...", [(2, 3, 4)]),
        ("b...i,i->b...", [(2, 5, 3), (3,)]),
    ],
)
def test_einsum_with_an_ellipsis(equation: str, shapes: list) -> None:
    xs = [RNG.standard_normal(s) for s in shapes]
    np.testing.assert_allclose(tf.einsum(equation, *xs), np.einsum(equation, *xs))
    check_gradient(lambda *ts: tf.einsum(equation, *ts), *xs)


def test_einsum_of_lists_integers_and_empty_tensors() -> None:
    assert tf.einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1]).numpy().tolist() == [3, 7]
    assert (
        tf.einsum("ij,jk->ik", tf.zeros((2, 0)), tf.zeros((0, 3))).numpy().tolist()
        == [[0.0] * 3] * 2
    )
    assert tf.einsum("i->i", [1.0], optimize="greedy", name="x").numpy() == [1.0]


@pytest.mark.parametrize(
    ("equation", "shapes", "message"),
    [
        ("ij,jk->ik", [(2, 3)], "has 2 operands, got 1 inputs"),
        ("ijk->i", [(2, 3)], "does not fit a tensor of rank 2"),
        ("ij->iz", [(2, 3)], "'z' of the result stands in no operand"),
        ("ii->ii", [(2, 2)], "stands twice in the result"),
        ("i,i->", [(2,), (3,)], "Expected dimension 2 .* but got dimension 3"),
        ("ii->i", [(2, 3)], "stands for sizes 2 and 3"),
        ("i1->i", [(2, 3)], "invalid operand"),
        ("ij->i,j", [(2, 3)], "invalid result"),
        ("...i->i", [(4, 2, 3)], "Output contains 2 broadcasting dimension.s. but no ellipsis"),
    ],
)
def test_einsum_refusals(equation: str, shapes: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tf.einsum(equation, *[tf.ones(s) for s in shapes])
    with pytest.raises(TypeError, match="unexpected keyword argument 'foo'"):
        tf.einsum("i->i", [1.0], foo=1)
