"""Discrete Fourier and cosine transforms: NumPy's, in double precision and rounded once.

The transforms are linear, so the gradient rule of each is the transposed one, again an op here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pyten import _core
from pyten._custom_gradient import with_rule
from pyten._matrices import by_numpy, complex_dtype, real_dtype
from pyten.errors import InvalidArgumentError, InvalidDTypeError

REAL = ("float32", "float64")
COMPLEX = ("complex64", "complex128")


def tensor(op: str, value: Any, rank: int, dtypes: tuple[str, ...]) -> Any:
    """The argument as a tensor of one of the dtypes and of this rank or more."""
    # Numbers and lists become what the transform takes; arrays and tensors keep their dtype.
    plain = isinstance(value, (int, float, complex, list, tuple))
    x = _core.convert(value, hint=dtypes[0] if plain else None)
    if x.dtype.name not in dtypes:
        raise InvalidDTypeError(
            f"{op}: {op.upper()} requires {' or '.join(dtypes)} inputs, got {x.dtype.name}; use "
            f"tf.cast(x, tf.{dtypes[0]})"
        )
    if x.ndim < rank:
        raise InvalidArgumentError(
            f"{op}: Input must have rank of at least {rank} but got shape {x.shape}"
        )
    return x


def lengths(op: str, fft_length: Any, count: int) -> list[int]:
    """fft_length as integers, one for each transformed axis."""
    values = np.asarray(_core.convert(fft_length)).reshape(-1).tolist()
    if len(values) != count:
        raise InvalidArgumentError(
            f"{op}: fft_length must have shape [{count}], got fft_length={fft_length}"
        )
    for i, n in enumerate(values):
        if not isinstance(n, int):
            raise InvalidDTypeError(f"{op}: fft_length must hold integers, got {fft_length}")
        if n < 0:
            raise InvalidArgumentError(f"{op}: fft_length[{i}] must >= 0, but got: {n}")
    return values


def resized(x: Any, axes: Sequence[int], sizes: Sequence[int]) -> Any:
    """x cut off or padded with zeros at the end of these axes."""
    begin, size, more = [0] * x.ndim, list(x.shape), [[0, 0] for _ in x.shape]
    for axis, n in zip(axes, sizes, strict=True):
        size[axis] = min(size[axis], n)
        more[axis][1] = max(n - x.shape[axis], 0)
    if size != list(x.shape):
        x = _core.slice(x, begin, size)
    return _core.pad(x, more) if any(after for _, after in more) else x


def _count(x: Any, axes: Sequence[int]) -> int:
    n = 1
    for axis in axes:
        n *= x.shape[axis]
    return n


def _wide(a: np.ndarray) -> np.ndarray:
    return a.astype(np.complex128 if a.dtype.kind == "c" else np.float64)


def fft(op: str, x: Any, axes: Sequence[int], inverse: bool) -> Any:
    """The complex transform; the inverse one is divided by the number of points."""
    if x.size == 0:
        return _core.identity(x)
    f = np.fft.ifftn if inverse else np.fft.fftn
    y = by_numpy(lambda a: f(_wide(a), axes=axes), x)
    n = _count(x, axes)

    def rule(dy: Any) -> Any:
        dx = fft(op, dy, axes, not inverse)
        return dx / n if inverse else dx * n

    return with_rule(op, [x], [], y, rule)


def rfft(op: str, x: Any, axes: Sequence[int]) -> Any:
    """The transform of real numbers: n // 2 + 1 bins on the last of the axes."""
    last = axes[-1]
    n = x.shape[last]
    dtype = complex_dtype(x.dtype)
    if x.size == 0:
        sizes = list(x.shape)
        sizes[last] = n // 2 + 1 if n else 0
        return _core.zeros(sizes, dtype)
    y = by_numpy(lambda a: np.fft.rfftn(_wide(a), axes=axes), x, dtypes=[dtype])

    def rule(dy: Any) -> Any:
        full = fft(op, resized(dy, [last], [n]), axes, True)
        return _core.real(full) * _count(x, axes)

    return with_rule(op, [x], [], y, rule)


def irfft(op: str, x: Any, axes: Sequence[int], n: int) -> Any:
    """The real signal, n long on the last of the axes, whose first n // 2 + 1 bins are x."""
    last = axes[-1]
    dtype = real_dtype(x.dtype)
    sizes = list(x.shape)
    sizes[last] = n
    if x.size == 0 or n == 0:
        return _core.zeros(sizes, dtype)
    shape = [sizes[a] for a in axes]
    y = by_numpy(lambda a: np.fft.irfftn(_wide(a), shape, axes=axes), x, dtypes=[dtype])
    # All bins but the first, and the middle one of an even n, stand for their mirror images too.
    weights = np.full(n // 2 + 1, 2.0)
    weights[0] = 1.0
    if n % 2 == 0:
        weights[-1] = 1.0
    weights = weights / _count(y, axes)

    def rule(dy: Any) -> Any:
        along = [1] * x.ndim
        along[last] = len(weights)
        factor = _core.cast(_core.convert(weights.reshape(along)), x.dtype)
        return rfft(op, dy, axes) * factor

    return with_rule(op, [x], [], y, rule)


# -- Cosine transforms -----------------------------------------------------------------------------
def _cosine(a: np.ndarray, kind: int) -> np.ndarray:
    """The unscaled transform of this type, along the last axis, by a Fourier transform."""
    n = a.shape[-1]
    k = np.arange(n)
    turn = np.exp(-0.5j * np.pi * k / n)
    if kind == 1:
        even = np.concatenate([a, a[..., -2:0:-1]], -1)
        return np.fft.rfft(even).real
    if kind == 2:
        both = np.concatenate([a, a[..., ::-1]], -1)
        return (np.fft.rfft(both)[..., :n] * turn).real
    if kind == 3:
        terms = a * np.conj(turn) * np.where(k == 0, 1, 2)
        return (np.fft.ifft(terms, 2 * n)[..., :n] * (2 * n)).real
    return (
        2 * (np.fft.fft(a * turn, 2 * n)[..., :n] * np.exp(-0.25j * np.pi * (2 * k + 1) / n)).real
    )


def dct(op: str, x: Any, kind: int) -> Any:
    """The unscaled cosine transform of type 1 to 4 along the last axis."""
    if x.size == 0:
        return _core.identity(x)
    y = by_numpy(lambda a: _cosine(_wide(a), kind), x)
    n = x.shape[-1]

    def ends(first: float, middle: float, last: float) -> Any:
        values = np.full(n, middle)
        values[-1] = last
        values[0] = first
        return _core.convert(values, x.dtype.name)

    def rule(dy: Any) -> Any:
        if kind == 1:
            weights = ends(1.0, 2.0, 1.0)
            return dct(op, dy / weights, 1) * weights
        if kind == 2:
            return dct(op, dy * ends(2.0, 1.0, 2.0 if n == 1 else 1.0), 3)
        if kind == 3:
            return dct(op, dy, 2) * ends(0.5, 1.0, 0.5 if n == 1 else 1.0)
        return dct(op, dy, 4)

    return with_rule(op, [x], [], y, rule)
