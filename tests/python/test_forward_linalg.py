"""Forward mode through every rule of tf.linalg: all mixtures of the modes and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import test_decompositions as decompositions
from gradient_check import weighted_sum
from test_forward import derivative, mixtures

import pyten as tf
from pyten import linalg

CASES = {
    **decompositions.CASES,
    "adjoint": (linalg.adjoint, [(2, 3)]),
    "band_part": (lambda a: linalg.band_part(a, 1, 0), [(3, 4)]),
    "cross": (linalg.cross, [(2, 3), (2, 3)]),
    "diag": (lambda a: linalg.diag(a, k=1), [(2, 3)]),
    "diag_part": (lambda a: linalg.diag_part(a, k=(-1, 1)), [(3, 4)]),
    "set_diag": (lambda a, b: linalg.set_diag(a, b[..., 0]), [(2, 3, 3), (2, 3, 1)]),
    "tensor_diag": (linalg.tensor_diag, [(2, 2)]),
    "tensor_diag_part": (linalg.tensor_diag_part, [(3, 3)]),
    "trace": (linalg.trace, [(2, 3, 3)]),
    "matmul": (
        lambda a, b: linalg.matmul(a, b, transpose_a=True, adjoint_b=True),
        [(3, 2), (4, 3)],
    ),
    "matvec": (lambda a, b: linalg.matvec(a, b[..., 0]), [(2, 3, 4), (4, 1)]),
    "tensordot": (lambda a, b: linalg.tensordot(a, b, [[2, 0], [0, 1]]), [(2, 3, 4), (4, 2, 2)]),
    "einsum": (
        lambda a, b: linalg.einsum("...ij,jk,ki->...k", a, b, b @ a[0]),
        [(2, 3, 3), (3, 3)],
    ),
    "einsum, diagonals": (lambda a, b: linalg.einsum("iij,kj->ki", a, b), [(3, 3, 2), (4, 2)]),
    "norm": (lambda a: linalg.norm(a, axis=-1), [(3, 4)]),
    "norm of matrices": (lambda a: linalg.norm(a, 2, axis=(-2, -1)), [(2, 3, 4)]),
    "norm, 3": (lambda a: linalg.norm(a, 3, axis=0), [(3, 4)]),
    "normalize": (lambda a: [*linalg.normalize(a, axis=-1)], [(3, 4)]),
    "l2_normalize": (lambda a: linalg.l2_normalize(a, -1), [(3, 4)]),
}
REAL = {"diag_part", "set_diag", "norm, 3", "global_norm"}


def program(name, is_complex):
    """(function of one real vector, point, direction)."""
    f, shapes = CASES[name]
    arrays = decompositions.operands(shapes)
    if is_complex:
        rng = np.random.default_rng(7)
        arrays += [0.3 * rng.standard_normal(s) for s in shapes]
    sizes = [a.size for a in arrays]

    def of_vector(v):
        xs = [tf.reshape(p, a.shape) for p, a in zip(tf.split(v, sizes), arrays, strict=True)]
        if is_complex:
            half = len(xs) // 2
            xs = [tf.complex(a, b) for a, b in zip(xs[:half], xs[half:], strict=True)]
        return weighted_sum(decompositions.parts(f(*xs)))

    point = np.concatenate([a.ravel() for a in arrays])
    direction = np.random.default_rng(1).standard_normal(point.shape)
    return of_vector, tf.constant(point), tf.constant(direction)


def check(name, is_complex):
    f, x, t = program(name, is_complex)

    def along(g):
        """Of fourth order, for rules with large derivatives."""
        h = 2e-4
        at = [float(g(x + k * h * t)) for k in (-2, -1, 1, 2)]
        return (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * h)

    first = float(derivative(f, x, t, "r"))
    second = float(derivative(f, x, t, "rr"))
    assert float(derivative(f, x, t, "f")) == pytest.approx(first, rel=1e-10, abs=1e-10)
    for modes in mixtures(2):
        assert float(derivative(f, x, t, modes)) == pytest.approx(second, rel=1e-10, abs=1e-10)
    assert first == pytest.approx(along(f), rel=2e-6, abs=2e-6)
    want = along(lambda v: derivative(f, v, t, "f"))
    assert second == pytest.approx(want, rel=2e-5, abs=2e-5)


@pytest.mark.parametrize("name", CASES)
def test_real(name):
    check(name, False)


@pytest.mark.parametrize("name", CASES)
def test_complex(name):
    check(name, True)


@pytest.mark.parametrize("modes", ["f", "r"])
def test_global_norm_of_zeros(modes):
    x = tf.zeros([3], tf.float64)
    got = derivative(lambda v: linalg.global_norm([v, 2.0 * v]), x, tf.ones_like(x), modes)
    assert float(got) == 0.0
    y = tf.constant([3.0, 4.0], tf.float64)
    got = derivative(lambda v: linalg.global_norm([v]), y, tf.ones_like(y), modes)
    assert float(got) == pytest.approx(7.0 / 5.0)
