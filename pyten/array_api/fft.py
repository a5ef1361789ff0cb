"""The array API's extension for Fourier transforms, computed in double precision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from pyten import _core, _fourier
from pyten._dtypes import as_dtype
from pyten.array_api._array import (
    array,
    axes_of,
    check_device,
    constant,
    elementwise,
    float_result,
    op,
)
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = [
    "fft",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfftn",
    "rfft",
    "rfftfreq",
    "rfftn",
]

Norm = Literal["backward", "ortho", "forward"]


# -- What the transforms share ---------------------------------------------------------------------
def _scale(name: str, norm: str, count: int, inverse: bool) -> float:
    """What the result of an unscaled forward, or a 1/n inverse transform is multiplied by."""
    if norm not in ("backward", "ortho", "forward"):
        raise ValueError(f"{name}: norm must be 'backward', 'ortho' or 'forward', got {norm!r}")
    exponent = {"backward": 0.0, "ortho": 0.5, "forward": 1.0}[norm]
    return math.pow(count, exponent if inverse else -exponent)


def _scaled(x: Any, factor: float) -> Any:
    x = _core._array(x)
    return x if factor == 1 else x * factor


def _complex(x: Any) -> Any:
    x = float_result(array(x))
    if x.dtype.is_complex:
        return x
    return op.cast(x, "complex128" if x.dtype == "float64" else "complex64")


def _real(name: str, x: Any) -> Any:
    x = float_result(array(x))
    if x.dtype.is_complex:
        raise InvalidDTypeError(f"{name}: x must be real, got {x.dtype.name}")
    return x if x.dtype in ("float32", "float64") else op.cast(x, "float32")


def _sizes(name: str, x: Any, s: Any, axes: Any) -> tuple[list[int], list[int]]:
    """The axes to transform, and how many points each has."""
    if axes is None:
        axes = range(x.ndim) if s is None else range(x.ndim - len(s), x.ndim)
    at = axes_of(name, tuple(axes), x.ndim)
    sizes = [x.shape[a] for a in at] if s is None else list(s)
    if len(sizes) != len(at):
        raise InvalidArgumentError(f"{name}: s and axes must have one length, got {s} and {axes}")
    sizes = [x.shape[a] if n == -1 else n for n, a in zip(sizes, at, strict=True)]
    if any(n < 1 for n in sizes):
        raise InvalidArgumentError(f"{name}: a transform must have at least 1 point, got {sizes}")
    return at, sizes


def _transform(name: str, x: Any, s: Any, axes: Any, norm: str, inverse: bool) -> Any:
    x = _complex(x)
    at, sizes = _sizes(name, x, s, axes)
    factor = _scale(name, norm, math.prod(sizes), inverse)
    if not at:
        return _core._array_handle(x)
    y = _fourier.fft(name, _fourier.resized(_core._array_value(x), at, sizes), at, inverse)
    return _scaled(y, factor)


def _from_real(name: str, x: Any, s: Any, axes: Any, norm: str) -> Any:
    x = _real(name, x)
    at, sizes = _sizes(name, x, s, axes)
    factor = _scale(name, norm, math.prod(sizes), False)
    y = _fourier.rfft(name, _fourier.resized(_core._array_value(x), at, sizes), at)
    return _scaled(y, factor)


def _to_real(name: str, x: Any, s: Any, axes: Any, norm: str) -> Any:
    x = _complex(x)
    at, sizes = _sizes(name, x, s, axes)
    if s is None or s[-1] == -1:
        sizes[-1] = 2 * (x.shape[at[-1]] - 1)
        if sizes[-1] < 1:
            raise InvalidArgumentError(f"{name}: x must have 2 bins or more, got {x.shape}")
    factor = _scale(name, norm, math.prod(sizes), True)
    bins = [*sizes[:-1], sizes[-1] // 2 + 1]
    y = _fourier.irfft(name, _fourier.resized(_core._array_value(x), at, bins), at, sizes[-1])
    return _scaled(y, factor)


def _one(n: int | None, axis: int) -> tuple[Any, tuple[int]]:
    return (None if n is None else (n,)), (axis,)


# -- Transforms along one axis ---------------------------------------------------------------------
def fft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Any:
    """The discrete Fourier transform along an axis.

    Args:
      x: an array; real numbers become complex.
      n: how many points: x is cut off or padded with zeros. None for all there are.
      axis: the axis.
      norm: where the factor 1/n is: "backward" in ifft, "forward" here, "ortho" shared.

    Returns:
      A complex Array with n bins along the axis.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.real(xp.fft.fft(xp.asarray([1., 0., 0., 0.])))
      Array([1., 1., 1., 1.], dtype=float64)
    """
    return _transform("fft", x, *_one(n, axis), norm, False)


def ifft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Any:
    """The inverse of fft.

    Args:
      x: an array; real numbers become complex.
      n: how many points: x is cut off or padded with zeros. None for all there are.
      axis: the axis.
      norm: as that of fft.

    Returns:
      A complex Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.real(xp.fft.ifft(xp.asarray([4., 0., 0., 0.])))
      Array([1., 1., 1., 1.], dtype=float64)
    """
    return _transform("ifft", x, *_one(n, axis), norm, True)


def rfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Any:
    """The transform of real numbers: the n // 2 + 1 bins of fft that do not follow from others.

    Args:
      x: an array of real numbers.
      n: how many points: x is cut off or padded with zeros. None for all there are.
      axis: the axis.
      norm: as that of fft.

    Returns:
      A complex Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.fft.rfft(xp.asarray([1., 0., 0., 0.])).shape
      (3,)
    """
    return _from_real("rfft", x, *_one(n, axis), norm)


def irfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Any:
    """The inverse of rfft.

    Args:
      x: an array of n // 2 + 1 bins along the axis.
      n: how many points the result has; None for 2 * (bins - 1).
      axis: the axis.
      norm: as that of fft.

    Returns:
      A real Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.fft.irfft(xp.asarray([4., 0., 0.]))
      Array([1., 1., 1., 1.], dtype=float64)
    """
    return _to_real("irfft", x, *_one(n, axis), norm)


_SWAPPED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def hfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Any:
    """The transform of a signal with Hermitian symmetry, given by its first half: a real spectrum.

    Args:
      x: an array of n // 2 + 1 points along the axis.
      n: how many bins the result has; None for 2 * (points - 1).
      axis: the axis.
      norm: as that of fft.

    Returns:
      A real Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.fft.hfft(xp.asarray([1., 0., 0.]))
      Array([1., 1., 1., 1.], dtype=float64)
    """
    back = _SWAPPED.get(norm, norm)
    return _to_real("hfft", elementwise.conj(_complex(x)), *_one(n, axis), back)


def ihfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Any:
    """The inverse of hfft: the first n // 2 + 1 points.

    Args:
      x: an array of real numbers.
      n: how many points: x is cut off or padded with zeros. None for all there are.
      axis: the axis.
      norm: as that of fft.

    Returns:
      A complex Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.real(xp.fft.ihfft(xp.asarray([4., 0., 0., 0.])))
      Array([1., 1., 1.], dtype=float64)
    """
    back = _SWAPPED.get(norm, norm)
    return elementwise.conj(_from_real("ihfft", x, *_one(n, axis), back))


# -- Transforms along several axes -----------------------------------------------------------------
def fftn(
    x: Any,
    /,
    *,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: Norm = "backward",
) -> Any:
    """The discrete Fourier transform along several axes.

    Args:
      x: an array; real numbers become complex.
      s: how many points along each axis: x is cut off or padded with zeros. None for all.
      axes: the axes; None for the last len(s), or all.
      norm: where the factor 1/n is: "backward" in ifftn, "forward" here, "ortho" shared.

    Returns:
      A complex Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.real(xp.fft.fftn(xp.ones((2, 2))))
      Array([[4., 0.],
             [0., 0.]], dtype=float64)
    """
    return _transform("fftn", x, s, axes, norm, False)


def ifftn(
    x: Any,
    /,
    *,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: Norm = "backward",
) -> Any:
    """The inverse of fftn.

    Args:
      x: an array; real numbers become complex.
      s: how many points along each axis: x is cut off or padded with zeros. None for all.
      axes: the axes; None for the last len(s), or all.
      norm: as that of fftn.

    Returns:
      A complex Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.real(xp.fft.ifftn(xp.ones((2, 2))))
      Array([[1., 0.],
             [0., 0.]], dtype=float64)
    """
    return _transform("ifftn", x, s, axes, norm, True)


def rfftn(
    x: Any,
    /,
    *,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: Norm = "backward",
) -> Any:
    """The transform of real numbers along several axes, rfft on the last of them.

    Args:
      x: an array of real numbers.
      s: as that of fftn.
      axes: as those of fftn.
      norm: as that of fftn.

    Returns:
      A complex Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.fft.rfftn(xp.ones((4, 4))).shape
      (4, 3)
    """
    return _from_real("rfftn", x, s, axes, norm)


def irfftn(
    x: Any,
    /,
    *,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: Norm = "backward",
) -> Any:
    """The inverse of rfftn.

    Args:
      x: an array of bins, n // 2 + 1 on the last axis.
      s: how many points the result has along each axis; None for those of x, and
        2 * (bins - 1) on the last.
      axes: as those of fftn.
      norm: as that of fftn.

    Returns:
      A real Array.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.fft.irfftn(xp.ones((2, 2)))
      Array([[1., 0.],
             [0., 0.]], dtype=float64)
    """
    return _to_real("irfftn", x, s, axes, norm)


# -- Frequencies -----------------------------------------------------------------------------------
def _frequencies(name: str, whole: np.ndarray, n: int, d: float, dtype: Any, device: Any) -> Any:
    check_device(name, device)
    wanted = as_dtype("float64" if dtype is None else dtype)
    if not wanted.is_floating:
        raise InvalidDTypeError(f"{name}: dtype must be floating, got {wanted.name}")
    return op.cast(constant(whole / (n * d)), wanted)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies of the bins of fft.

    Args:
      n: the number of points.
      d: the distance between points.
      dtype: a floating dtype; None for float64.
      device: None or "CPU:0".

    Returns:
      An Array (n,), in cycles per unit of d: 0 and up, then the negative ones.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.fft.fftfreq(4)
      Array([ 0.  ,  0.25, -0.5 , -0.25], dtype=float64)
    """
    whole = np.concatenate([np.arange((n - 1) // 2 + 1), np.arange(-(n // 2), 0)])
    return _frequencies("fftfreq", whole, n, d, dtype, device)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Any:
    """The frequencies of the n // 2 + 1 bins of rfft.

    Args:
      n: the number of points.
      d: the distance between points.
      dtype: a floating dtype; None for float64.
      device: None or "CPU:0".

    Returns:
      An Array (n // 2 + 1,), in cycles per unit of d.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.fft.rfftfreq(4)
      Array([0.  , 0.25, 0.5 ], dtype=float64)
    """
    return _frequencies("rfftfreq", np.arange(n // 2 + 1), n, d, dtype, device)


def _shifted(name: str, x: Any, axes: Any, back: bool) -> Any:
    x = array(x)
    at = axes_of(name, axes, x.ndim)
    if x.size == 0 or not at:
        return _core._array_handle(x)
    shifts = [-(x.shape[a] // 2) if back else x.shape[a] // 2 for a in at]
    return op.roll(x, shifts, at)


def fftshift(x: Any, /, *, axes: Any = None) -> Any:
    """Moves the bin of frequency 0 to the middle.

    Args:
      x: an array of bins.
      axes: the axis or axes; None for all.

    Returns:
      An Array of the same shape.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.fft.fftshift(xp.asarray([0, 1, -2, -1]))
      Array([-2, -1,  0,  1], dtype=int64)
    """
    return _shifted("fftshift", x, axes, False)


def ifftshift(x: Any, /, *, axes: Any = None) -> Any:
    """The inverse of fftshift.

    Args:
      x: an array of bins.
      axes: the axis or axes; None for all.

    Returns:
      An Array of the same shape.

    Example:
      >>> import pyten.array_api as xp
      >>> xp.fft.ifftshift(xp.asarray([-2, -1, 0, 1]))
      Array([ 0,  1, -2, -1], dtype=int64)
    """
    return _shifted("ifftshift", x, axes, True)
