"""Functions of matrices: exponential, logarithm, square root."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyten import _core
from pyten._custom_gradient import with_rule
from pyten._matrices import adjoint, by_numpy, matrix, square
from pyten._schur import logarithm, square_root, sylvester
from pyten._solvers import solve

__all__ = ["expm", "logm", "sqrtm"]

# Coefficients of the diagonal Padé approximants of exp, divided by the first, and the 1-norm up to
# which each is exact to rounding: N. J. Higham, "The scaling and squaring method for the matrix
# exponential revisited", SIAM J. Matrix Anal. Appl. 26 (2005), table 2.3.
_DEGREES = {"float32": 7, "complex64": 7, "float64": 13, "complex128": 13}
_LARGEST = {7: 3.925724783138660, 13: 5.371920351148152}


def _coefficients(degree: int) -> list[float]:
    values = [1.0]
    for k in range(1, degree + 1):
        values.append(values[-1] * (degree - k + 1) / (k * (2 * degree - k + 1)))
    return values


def expm(input: Any, name: str | None = None) -> Any:
    """The exponential of square matrices, the sum of input^k / k!.

    Args:
      input: a tensor [..., n, n], float32, float64 or complex.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype, by scaling, a Padé approximant and squaring (Higham,
      2005).

    Raises:
      InvalidArgumentError: the matrices are not square.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.expm([[0., 1.], [0., 0.]]).numpy()
      array([[1., 1.],
             [0., 1.]], dtype=float32)
    """
    x = matrix("expm", "input", input)
    square("expm", "input", x)
    if x.size == 0:
        return _core.identity(x)
    degree = _DEGREES[x.dtype.name]
    with _core._pause_tapes():
        size = np.abs(np.asarray(x)).sum(-2).max(-1).astype(np.float64)  # 1-norms
        finite = np.where(np.isfinite(size), size, 0)
        halvings = np.ceil(np.log2(np.maximum(finite / _LARGEST[degree], 1))).astype(int)
    scale = _core.cast(_core.convert(np.asarray(0.5**halvings)), x.dtype)
    a = x * scale[..., None, None]
    c = _coefficients(degree)
    one = _core.eye(x.shape[-1], dtype=x.dtype)
    square_of_a = a @ a
    power, even, odd = one, c[0] * one, c[1] * one
    for k in range(2, degree + 1, 2):
        power = square_of_a if k == 2 else power @ square_of_a
        even = even + c[k] * power if k <= degree else even
        odd = odd + c[k + 1] * power if k < degree else odd
    odd = a @ odd
    even, odd = _core.broadcast_to(even, x.shape), _core.broadcast_to(odd, x.shape)
    y = solve(even - odd, even + odd)
    for k in range(int(np.max(halvings))):
        squared = y @ y
        if np.all(halvings > k):
            y = squared
        else:  # some of the batch are done
            y = _core.select(_core.convert(halvings > k)[..., None, None], squared, y)
    return y


def logm(input: Any, name: str | None = None) -> Any:
    """The principal logarithm of square matrices: expm(logm(input)) = input.

    Args:
      input: a complex64 or complex128 tensor [..., n, n] without eigenvalues of 0.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype, NaN for singular matrices. By a Schur form and inverse
      scaling and squaring, in double precision.

    Raises:
      InvalidArgumentError: the matrices are not square.
      TypeError: input is not complex.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.logm(tf.cast([[1., 1.], [0., 1.]], tf.complex64)).numpy().real
      array([[0., 1.],
             [0., 0.]], dtype=float32)
    """
    x = matrix("logm", "input", input, ("complex64", "complex128"))
    square("logm", "input", x)
    y = by_numpy(logarithm, x)
    n = x.shape[-1]

    def rule(dy: Any) -> Any:
        # logm([[a, e], [0, a]]) has the derivative of logm at a along e in its corner.
        a = adjoint(x)
        with _core._pause_tapes():
            largest = float(np.max(np.abs(np.asarray(dy)), initial=0)) or 1.0
        top = _core.concat([a, dy / largest], -1)
        bottom = _core.concat([_core.zeros_like(a), a], -1)
        return logm(_core.concat([top, bottom], -2))[..., :n, n:] * largest

    return with_rule("logm", [x], [], y, rule)


def sqrtm(input: Any, name: str | None = None) -> Any:
    """The principal square root of square matrices: sqrtm(input) @ sqrtm(input) = input.

    Args:
      input: a tensor [..., n, n], float32, float64 or complex.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype, by a Schur form in double precision; NaN where a real
      matrix has no real root.

    Raises:
      InvalidArgumentError: the matrices are not square.

    Example:
      >>> import pyten as tf
      >>> tf.linalg.sqrtm([[4., 0.], [0., 9.]]).numpy()
      array([[2., 0.],
             [0., 3.]], dtype=float32)
    """
    x = matrix("sqrtm", "input", input)
    square("sqrtm", "input", x)
    y = by_numpy(square_root, x)

    def rule(out: Any, dy: Any) -> Any:
        return _sylvester(adjoint(out), dy)

    return with_rule("sqrtm", [x], [], y, rule, of_result=True)


def _sylvester(s: Any, c: Any) -> Any:
    """x with s @ x + x @ s = c."""

    def forward(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        x = sylvester(a, b)
        return x if a.dtype.kind == "c" else x.real

    y = by_numpy(forward, s, c)

    def rule(out: Any, dy: Any) -> Any:
        dc = _sylvester(adjoint(s), dy)
        x = adjoint(out)
        return -(dc @ x + x @ dc), dc

    return with_rule("sqrtm", [s, c], [], y, rule, of_result=True)
