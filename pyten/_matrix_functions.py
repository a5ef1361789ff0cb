"""Functions of matrices as power series have them: the exponential."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyten import _core
from pyten._matrices import matrix, square
from pyten._solvers import solve

__all__ = ["expm"]

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
