"""Decompositions, solvers and functions of matrices: against NumPy and SciPy, reconstruction,
gradients of first and second order against finite differences, real and complex."""

from __future__ import annotations

import numpy as np
import pytest
from gradient_check import check_gradients

import pyten as tf

linalg = tf.linalg
RNG = np.random.default_rng(3)
DTYPES = ["float32", "float64", "complex64", "complex128"]
TOLERANCE = {"float32": 3e-5, "complex64": 3e-5, "float64": 1e-11, "complex128": 1e-11}


def draw(*shape: int, dtype: str = "float64") -> np.ndarray:
    x = RNG.standard_normal(shape)
    if dtype.startswith("complex"):
        x = x + 1j * RNG.standard_normal(shape)
    return x.astype(dtype)


def hermitian(x: np.ndarray) -> np.ndarray:
    return np.conj(np.swapaxes(x, -1, -2))


def positive(*shape: int, dtype: str = "float64") -> np.ndarray:
    x = draw(*shape, dtype=dtype)
    return (x @ hermitian(x) + shape[-1] * np.eye(shape[-1])).astype(dtype)


def close(got: tf.Tensor, want: np.ndarray, dtype: str) -> None:
    want = np.asarray(want)
    assert got.shape == want.shape
    scale = max(1.0, float(np.abs(want).max())) if want.size else 1.0
    np.testing.assert_allclose(got.numpy(), want, atol=TOLERANCE[dtype] * scale, rtol=0)


# -- Values -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch", [(), (2,), (2, 3), (0,)])
def test_square_decompositions(dtype: str, batch: tuple[int, ...]) -> None:
    for n in (0, 1, 3, 20):
        a = positive(*batch, n, n, dtype=dtype)
        low = linalg.cholesky(a)
        assert low.dtype == dtype
        close(low @ linalg.adjoint(low), a, dtype)
        np.testing.assert_array_equal(low, np.tril(low))
        e, v = linalg.eigh(a)
        assert e.dtype == v.dtype == dtype
        close((v * e[..., None, :]) @ linalg.adjoint(v), a, dtype)
        close(linalg.eigvalsh(a), np.linalg.eigvalsh(a), dtype)
        general = draw(*batch, n, n, dtype=dtype)
        e, v = linalg.eig(general)
        assert e.dtype == v.dtype and e.dtype.is_complex
        close(tf.cast(general, v.dtype) @ v, v.numpy() * e.numpy()[..., None, :], dtype)
        sizes = np.sort(np.abs(linalg.eigvals(general)))
        np.testing.assert_allclose(sizes, np.sort(np.abs(e)), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (3, 5), (2, 4, 1), (0, 3), (3, 0), (0, 2, 3)])
@pytest.mark.parametrize("full", [False, True])
def test_rectangular_decompositions(dtype: str, shape: tuple[int, ...], full: bool) -> None:
    a = draw(*shape, dtype=dtype)
    m, n = shape[-2:]
    k = min(m, n)
    q, r = linalg.qr(a, full_matrices=full)
    assert q.shape[-2:] == (m, m if full else k) and r.shape[-2:] == (m if full else k, n)
    close(q @ r, a, dtype)
    close(
        linalg.adjoint(q) @ q,
        np.broadcast_to(np.eye(q.shape[-1]), (*shape[:-2], *[q.shape[-1]] * 2)),
        dtype,
    )
    np.testing.assert_array_equal(r, np.triu(r))
    s, u, v = linalg.svd(a, full_matrices=full)
    assert u.shape[-1] == (m if full else k) and v.shape[-1] == (n if full else k)
    assert s.dtype == {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)
    close((u[..., :k] * tf.cast(s, dtype)[..., None, :]) @ linalg.adjoint(v[..., :k]), a, dtype)
    close(
        linalg.adjoint(u) @ u,
        np.broadcast_to(np.eye(u.shape[-1]), (*shape[:-2], *[u.shape[-1]] * 2)),
        dtype,
    )
    close(linalg.svd(a, compute_uv=False), s.numpy(), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_solvers(dtype: str) -> None:
    for n in (1, 4, 40):
        a = draw(2, n, n, dtype=dtype) / n + 2 * np.eye(n, dtype=dtype)
        b = draw(2, n, 3, dtype=dtype)
        for lower in (True, False):
            triangle = np.tril(a) if lower else np.triu(a)
            for adjoint in (True, False):
                want = np.linalg.solve(hermitian(triangle) if adjoint else triangle, b)
                close(linalg.triangular_solve(a, b, lower=lower, adjoint=adjoint), want, dtype)
        spread = linalg.triangular_solve(a[0], b)
        close(spread, np.linalg.solve(np.tril(a[0])[None], b), dtype)
        p = positive(2, n, n, dtype=dtype)
        close(linalg.cholesky_solve(linalg.cholesky(p), b), np.linalg.solve(p, b), dtype)
    tall, wide = draw(2, 6, 3, dtype=dtype), draw(2, 3, 6, dtype=dtype)
    for a in (tall, wide):
        b = draw(2, a.shape[1], 2, dtype=dtype)
        for fast in (True, False):
            close(linalg.lstsq(a, b, fast=fast), np.linalg.pinv(a) @ b, dtype)
        h = hermitian(a)
        want = np.linalg.solve(h @ a + 0.5 * np.eye(a.shape[2]), h @ b)
        close(linalg.lstsq(a, b, l2_regularizer=0.5), want, dtype)
        close(linalg.pinv(a), np.linalg.pinv(a), dtype)
        assert linalg.matrix_rank(a).numpy().tolist() == [3, 3]
    deficient = np.array([[1, 2], [2, 4], [3, 6]], dtype)
    close(linalg.pinv(deficient), np.linalg.pinv(deficient, rcond=1e-5), dtype)
    assert linalg.matrix_rank(deficient).numpy() == 1
    assert linalg.matrix_rank(tall, tol=1e6).numpy().tolist() == [0, 0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_determinants(dtype: str) -> None:
    a = draw(3, 4, 4, dtype=dtype)
    sign, logarithm = linalg.slogdet(a)
    want = np.linalg.slogdet(a)
    close(sign, want[0], dtype)
    close(logarithm, want[1].astype(dtype), dtype)
    p = positive(3, 4, 4, dtype=dtype)
    close(linalg.logdet(p), np.linalg.slogdet(p)[1], dtype)
    assert linalg.slogdet(tf.zeros((2, 2), dtype)).log_abs_determinant.numpy() == -np.inf


@pytest.mark.parametrize("dtype", DTYPES)
def test_exponential(dtype: str) -> None:
    scipy_linalg = pytest.importorskip("scipy.linalg")
    for size in (1e-6, 0.3, 2.0, 9.0):
        a = (draw(5, 5, dtype=dtype) * size / 2).astype(dtype)
        want = scipy_linalg.expm(a.astype("complex128" if dtype[0] == "c" else "float64"))
        close(linalg.expm(a), want.astype(dtype), dtype)
    both = np.stack([np.zeros((3, 3)), draw(3, 3) * 8]).astype(dtype)
    close(linalg.expm(both)[1], linalg.expm(both[1]).numpy(), dtype)
    close(linalg.expm(both)[0], np.eye(3), dtype)
    assert linalg.expm(tf.zeros((2, 0, 0), dtype)).shape == (2, 0, 0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_logarithm_and_root(dtype: str) -> None:
    scipy_linalg = pytest.importorskip("scipy.linalg")
    for n in (1, 2, 5, 12):
        a = positive(2, n, n, dtype=dtype) + draw(2, n, n, dtype=dtype) * 0.5
        a = a.astype(dtype)
        wide = a.astype("complex128" if dtype[0] == "c" else "float64")
        root = linalg.sqrtm(a)
        assert root.dtype == dtype
        close(root, np.stack([scipy_linalg.sqrtm(m) for m in wide]).astype(dtype), dtype)
        if dtype[0] == "c":
            close(linalg.logm(a), np.stack([scipy_linalg.logm(m) for m in wide]), dtype)
    assert linalg.sqrtm(tf.zeros((0, 2, 2), dtype)).shape == (0, 2, 2)
    if dtype[0] == "c":
        turned = np.array([[-1, 2], [0, 4]], dtype)  # a negative eigenvalue, a repeated one
        close(linalg.expm(linalg.logm(turned)), turned, dtype)
        jordan = np.array([[2, 1, 0], [0, 2, 1], [0, 0, 2]], dtype)
        close(linalg.logm(jordan), scipy_linalg.logm(jordan.astype("complex128")), dtype)
        assert np.isnan(linalg.logm(tf.zeros((2, 2), dtype))).all()
    else:
        assert np.isnan(linalg.sqrtm(tf.constant([[-1, 0], [0, 4]], dtype))).all()
        rotation = np.array([[0, -1], [1, 0]], dtype)
        close(linalg.sqrtm(rotation) @ linalg.sqrtm(rotation), rotation, dtype)


@pytest.mark.parametrize("ord", ["fro", "euclidean", 1, 2, np.inf])
@pytest.mark.parametrize("axes", [(0, 1), (2, 0), (-1, -2)])
def test_matrix_norms(ord: object, axes: tuple[int, int]) -> None:
    for dtype in DTYPES:
        a = draw(2, 3, 4, dtype=dtype)
        order = "fro" if ord == "euclidean" else ord
        for keep in (False, True):
            want = np.linalg.norm(a, order, axes, keep)
            close(tf.norm(a, ord, axes, keep), want, dtype)
    check_gradients(lambda t: tf.norm(t, ord, axes), [draw(2, 3, 4)])


# -- Gradients --------------------------------------------------------------------------------------
def sym(a: tf.Tensor) -> tf.Tensor:
    return a + linalg.adjoint(a)


def gram(a: tf.Tensor) -> tf.Tensor:
    return a @ linalg.adjoint(a) + tf.eye(a.shape[-2], dtype=a.dtype)


def projector(v: tf.Tensor) -> tf.Tensor:
    """What of unit vectors does not depend on their phases: each one's v v^H."""
    return v[..., :, None, :] * tf.math.conj(v)[..., None, :, :]


def eigh_invariants(a: tf.Tensor) -> list[tf.Tensor]:
    e, v = linalg.eigh(sym(a))
    return [e, projector(v)]


def eig_invariants(a: tf.Tensor) -> list[tf.Tensor]:
    e, v = linalg.eig(a)
    return [tf.reduce_sum(e**3, -1), tf.einsum("...ij,...j->...i", projector(v)[..., 0, :], e**2)]


def svd_invariants(a: tf.Tensor, full: bool = False) -> list[tf.Tensor]:
    s, u, v = linalg.svd(a, full_matrices=full)
    k = s.shape[-1]
    out = [s, projector(u[..., :k]), projector(v[..., :k])]
    out.append(u[..., :, None, :k] * tf.math.conj(v[..., None, :, :k]))
    for side in (u, v):
        rest = side[..., k:]
        out.append(rest @ linalg.adjoint(rest))
    return out


def qr_full(a: tf.Tensor) -> list[tf.Tensor]:
    q, r = linalg.qr(a, full_matrices=True)
    k = a.shape[-1]
    rest = q[..., k:]
    return [q[..., :k], r, rest @ linalg.adjoint(rest)]


CASES = {
    "cholesky": (lambda a: linalg.cholesky(gram(a)), [(3, 3)]),
    "cholesky of a batch": (lambda a: linalg.cholesky(gram(a)), [(2, 2, 2)]),
    "cholesky_solve": (lambda a, b: linalg.cholesky_solve(a, b), [(3, 3), (2, 3, 2)]),
    "det": (lambda a: linalg.det(a), [(2, 3, 3)]),
    "eig": (eig_invariants, [(3, 3)]),
    "eigh": (eigh_invariants, [(3, 3)]),
    "eigh of a batch": (eigh_invariants, [(2, 2, 2)]),
    "eigvals": (lambda a: tf.reduce_sum(linalg.eigvals(a) ** 3, -1), [(3, 3)]),
    "eigvalsh": (lambda a: linalg.eigvalsh(sym(a)), [(3, 3)]),
    "expm": (linalg.expm, [(2, 3, 3)]),
    "inv": (linalg.inv, [(3, 3)]),
    "logdet": (lambda a: linalg.logdet(gram(a)), [(2, 3, 3)]),
    "logm": (
        lambda a: linalg.logm(a if a.dtype.is_complex else tf.cast(a, tf.complex128)),
        [(2, 2, 2)],
    ),
    "sqrtm": (linalg.sqrtm, [(2, 3, 3)]),
    "lstsq": (lambda a, b: linalg.lstsq(a, b, l2_regularizer=0.3), [(4, 2), (4, 2)]),
    "lstsq, wide": (lambda a, b: linalg.lstsq(a, b), [(2, 4), (2, 1)]),
    "lstsq, slow": (lambda a, b: linalg.lstsq(a, b, fast=False), [(4, 2), (4, 2)]),
    "pinv": (linalg.pinv, [(4, 2)]),
    "pinv, wide": (linalg.pinv, [(2, 4)]),
    "pinv of rank 1": (lambda a, b: linalg.pinv(a @ b), [(3, 1), (1, 3)]),
    "qr": (lambda a: [*linalg.qr(a)], [(3, 3)]),
    "qr, tall": (lambda a: [*linalg.qr(a)], [(4, 2)]),
    "qr, wide": (lambda a: [*linalg.qr(a)], [(2, 4)]),
    "qr, wide and full": (lambda a: [*linalg.qr(a, full_matrices=True)], [(2, 4)]),
    "qr, tall and full": (qr_full, [(4, 2)]),
    "slogdet": (lambda a: [*linalg.slogdet(a)], [(3, 3)]),
    "solve": (linalg.solve, [(3, 3), (3, 2)]),
    "svd": (svd_invariants, [(3, 3)]),
    "svd, tall": (svd_invariants, [(4, 2)]),
    "svd, wide": (svd_invariants, [(2, 4)]),
    "svd, tall and full": (lambda a: svd_invariants(a, True), [(4, 2)]),
    "svd, wide and full": (lambda a: svd_invariants(a, True), [(2, 5)]),
    "svd, values": (lambda a: linalg.svd(a, compute_uv=False), [(3, 4)]),
    "triangular_solve": (linalg.triangular_solve, [(3, 3), (2, 3, 1)]),
    "triangular_solve, broadcast": (
        lambda a, b: linalg.triangular_solve(a, b, lower=False, adjoint=True),
        [(2, 3, 3), (3, 2)],
    ),
}


def operands(shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Matrices with singular values that are apart, so that differences are accurate."""
    rng = np.random.default_rng(5)
    out = []
    for shape in shapes:
        spread = np.zeros(shape)
        k = min(shape[-2:])
        spread[..., range(k), range(k)] = 1.0 + 0.8 * np.arange(k)
        out.append(spread + 0.3 * rng.standard_normal(shape))
    return out


def parts(y: object) -> list[tf.Tensor]:
    """The real tensors that a result consists of."""
    flat = y if isinstance(y, list) else [y]
    return [
        p
        for t in flat
        for p in ((tf.math.real(t), tf.math.imag(t)) if t.dtype.is_complex else (t,))
    ]


@pytest.mark.parametrize("name", CASES)
def test_gradients(name: str) -> None:
    f, shapes = CASES[name]
    check_gradients(lambda *xs: parts(f(*xs)), operands(shapes), tolerance=2e-4)


@pytest.mark.parametrize("name", CASES)
def test_complex_gradients(name: str) -> None:
    f, shapes = CASES[name]
    imaginary = [0.3 * np.random.default_rng(7).standard_normal(s) for s in shapes]

    def of_parts(*xs: tf.Tensor) -> list[tf.Tensor]:
        half = len(xs) // 2
        return parts(f(*[tf.complex(a, b) for a, b in zip(xs[:half], xs[half:], strict=True)]))

    check_gradients(of_parts, operands(shapes) + imaginary, tolerance=2e-4)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: tf.reduce_sum(linalg.eigvalsh(a)),
        lambda a: tf.reduce_sum(linalg.eigh(a)[0]),
        lambda a: tf.reduce_sum(linalg.svd(a)[0]),
    ],
)
def test_sums_of_equal_values_have_a_gradient(f: object) -> None:
    x = tf.eye(3, dtype=tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    np.testing.assert_allclose(tape.gradient(y, x), np.eye(3), atol=1e-14)


def test_vectors_of_equal_values_have_none() -> None:
    x = tf.eye(2, dtype=tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(linalg.eigh(x)[1] * [[1.0, 2.0], [3.0, 4.0]])
    assert not np.isfinite(tape.gradient(y, x).numpy()).all()


@pytest.mark.parametrize(
    "f",
    [
        linalg.cholesky,
        linalg.eigvalsh,
        lambda a: linalg.svd(a)[0],
        linalg.expm,
        linalg.pinv,
        lambda a: linalg.qr(a).r,
    ],
)
def test_gradients_of_empty_matrices(f: object) -> None:
    for shape in ((0, 0), (0, 2, 2)):
        x = tf.zeros(shape)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        assert tape.gradient(y, x).shape == shape


def test_recordings_bear_the_names() -> None:
    x = tf.constant([[2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.cast(linalg.matrix_rank(x), "float32")
    with pytest.warns(UserWarning):
        assert tape.gradient(y, x) is None
    with tf.GradientTape() as outer:
        outer.watch(x)
        z = linalg.cholesky(x)
    assert outer.gradient(z, x).numpy() == pytest.approx(0.25 * 2**0.5, rel=1e-6)


# -- Mistakes ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: linalg.cholesky([[1.0, 2.0], [2.0, 1.0]]),
            "Cholesky: matrix is not positive definite",
        ),
        (lambda: linalg.cholesky(tf.ones((2, 3))), "cholesky: Input matrix must be square"),
        (lambda: linalg.cholesky([[1, 0], [0, 1]]), "cholesky: input must be one of .* got int32"),
        (lambda: linalg.eigh(tf.ones((2, 3))), "eigh: Input matrix must be square"),
        (lambda: linalg.eig(tf.ones(3)), "eig: tensor must have rank at least 2"),
        (lambda: linalg.qr(tf.ones(3)), "qr: input must have rank at least 2"),
        (lambda: linalg.svd(tf.ones(3)), "svd: tensor must have rank at least 2"),
        (lambda: linalg.expm(tf.ones((2, 3))), "expm: Input matrix must be square"),
        (lambda: linalg.lstsq([[1.0, 1.0], [1.0, 1.0]], [[1.0], [1.0]]), "must have full rank"),
        (lambda: linalg.lstsq(tf.ones((3, 2)), tf.ones((2, 1))), "same number of rows"),
        (lambda: linalg.triangular_solve(tf.ones((2, 2)), tf.ones((3, 1))), "same number of rows"),
        (
            lambda: linalg.triangular_solve(tf.ones((3, 2, 2)), tf.ones((4, 2, 1))),
            "compatible batch dimensions",
        ),
        (lambda: linalg.tensor_diag_part(tf.ones((2, 3))), "twice the same"),
        (lambda: linalg.cross([1.0, 2.0], [1.0, 2.0]), "only defined for 3-element vectors"),
        (lambda: linalg.pinv([[1, 2], [3, 4]]), "pinv: a must be one of .* got int32"),
    ],
)
def test_refusals(call: object, message: str) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        call()


def test_norm_refuses_axes_and_orders() -> None:
    for axis, ord, message in (
        ((0, 0), 2, "differ"),
        ((0, 1), 3, "must be one of"),
        ((0, 5), 2, "out of range"),
    ):
        with pytest.raises(ValueError, match=message):
            tf.norm(tf.ones((2, 2)), ord, axis)
