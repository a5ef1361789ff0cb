"""Signal processing: Fourier and cosine transforms, frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from pyten import _core, _fourier
from pyten._docs import described
from pyten._fourier import COMPLEX, REAL
from pyten.errors import InvalidArgumentError, UnimplementedError

__all__ = [
    "dct",
    "fft",
    "fft2d",
    "fft3d",
    "fftshift",
    "idct",
    "ifft",
    "ifft2d",
    "ifft3d",
    "ifftshift",
    "irfft",
    "irfft2d",
    "irfft3d",
    "rfft",
    "rfft2d",
    "rfft3d",
]

_Transform = TypeVar("_Transform", bound=Callable[..., Any])


def _last(count: int) -> list[int]:
    return list(range(-count, 0))


def _complex_transform(op: str, input: Any, count: int, inverse: bool) -> Any:
    x = _fourier.tensor(op, input, count, COMPLEX)
    return _fourier.fft(op, x, _last(count), inverse)


def _real_transform(op: str, input: Any, fft_length: Any, count: int) -> Any:
    x = _fourier.tensor(op, input, count, REAL)
    axes = _last(count)
    if fft_length is not None:
        x = _fourier.resized(x, axes, _fourier.lengths(op, fft_length, count))
    return _fourier.rfft(op, x, axes)


def _inverse_real_transform(op: str, input: Any, fft_length: Any, count: int) -> Any:
    x = _fourier.tensor(op, input, count, COMPLEX)
    axes = _last(count)
    if fft_length is None:
        sizes = [*x.shape[-count:-1], max(2 * (x.shape[-1] - 1), 0)]
    else:
        sizes = _fourier.lengths(op, fft_length, count)
    bins = sizes[-1] // 2 + 1 if sizes[-1] else 0
    x = _fourier.resized(x, axes, [*sizes[:-1], bins])
    return _fourier.irfft(op, x, axes, sizes[-1])


_COMPLEX = """{title} along the last {axes}: {formula}.

Args:
  input: a complex64 or complex128 tensor [..., {sizes}].
  name: accepted and ignored.

Returns:
  A tensor of the same shape and dtype.

Raises:
  TypeError: input is not complex.
  InvalidArgumentError: input has too few axes.

Example:
  >>> import pyten as tf
  >>> x = tf.cast({ones}, tf.complex64)
  >>> tf.signal.{op}(x).numpy().ravel()
  array({result}, dtype=complex64)
"""

_REAL = """The discrete Fourier transform of real numbers along the last {axes}.

Args:
  input_tensor: a float32 or float64 tensor [..., {sizes}].
  fft_length: [{count}] integers: the axes are cut off or padded with zeros to these sizes first.
  name: accepted and ignored.

Returns:
  A complex tensor; the last axis has n // 2 + 1 elements, for the others are their conjugates.

Raises:
  TypeError: input_tensor is not real.
  InvalidArgumentError: it has too few axes, or fft_length has not {count} integers.

Example:
  >>> import pyten as tf
  >>> tf.signal.{op}({ones}).numpy().ravel()
  array([2.+0.j, 0.+0.j], dtype=complex64)
"""

_REAL_AGAIN = """The inverse of {forward}: real numbers from the first half of their transform.

Args:
  input_tensor: a complex64 or complex128 tensor [..., {sizes}].
  fft_length: [{count}] integers: the sizes of the result; None for those of the input, and
    2 (n - 1) for the last axis.
  name: accepted and ignored.

Returns:
  A real tensor.

Raises:
  TypeError: input_tensor is not complex.
  InvalidArgumentError: it has too few axes, or fft_length has not {count} integers.

Example:
  >>> import pyten as tf
  >>> x = tf.cast({bins}, tf.complex64)
  >>> tf.signal.{op}(x).numpy().ravel()
  array([1., 1.], dtype=float32)
"""


def _described(template: str, op: str, count: int) -> Callable[[_Transform], _Transform]:
    """The documentation of a transform along `count` axes."""
    inverse = op.startswith("ifft")
    return described(
        template,
        op=op,
        forward=op[1:],
        count=count,
        axes=("axis", "two axes", "three axes")[count - 1],
        sizes=("n", "m, n", "l, m, n")[count - 1],
        ones="[" * count + "1., 1." + "]" * count,
        bins="[" * count + "2., 0." + "]" * count,
        title="The inverse discrete Fourier transform"
        if inverse
        else "The discrete Fourier transform",
        formula=f"sum_j x[j] exp({'' if inverse else '-'}2 pi i j k / n){' / n' if inverse else ''}",
        result="[1.+0.j, 0.+0.j]" if inverse else "[2.+0.j, 0.+0.j]",
    )


@_described(_COMPLEX, "fft", 1)
def fft(input: Any, name: str | None = None) -> Any:
    return _complex_transform("fft", input, 1, False)


@_described(_COMPLEX, "ifft", 1)
def ifft(input: Any, name: str | None = None) -> Any:
    return _complex_transform("ifft", input, 1, True)


@_described(_REAL, "rfft", 1)
def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Any:
    return _real_transform("rfft", input_tensor, fft_length, 1)


@_described(_REAL_AGAIN, "irfft", 1)
def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Any:
    return _inverse_real_transform("irfft", input_tensor, fft_length, 1)


@_described(_COMPLEX, "fft2d", 2)
def fft2d(input: Any, name: str | None = None) -> Any:
    return _complex_transform("fft2d", input, 2, False)


@_described(_COMPLEX, "ifft2d", 2)
def ifft2d(input: Any, name: str | None = None) -> Any:
    return _complex_transform("ifft2d", input, 2, True)


@_described(_REAL, "rfft2d", 2)
def rfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Any:
    return _real_transform("rfft2d", input_tensor, fft_length, 2)


@_described(_REAL_AGAIN, "irfft2d", 2)
def irfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Any:
    return _inverse_real_transform("irfft2d", input_tensor, fft_length, 2)


@_described(_COMPLEX, "fft3d", 3)
def fft3d(input: Any, name: str | None = None) -> Any:
    return _complex_transform("fft3d", input, 3, False)


@_described(_COMPLEX, "ifft3d", 3)
def ifft3d(input: Any, name: str | None = None) -> Any:
    return _complex_transform("ifft3d", input, 3, True)


@_described(_REAL, "rfft3d", 3)
def rfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Any:
    return _real_transform("rfft3d", input_tensor, fft_length, 3)


@_described(_REAL_AGAIN, "irfft3d", 3)
def irfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Any:
    return _inverse_real_transform("irfft3d", input_tensor, fft_length, 3)


def _axes(op: str, x: Any, axes: Any) -> list[int]:
    values = np.asarray(_core.convert(axes)).reshape(-1).tolist()
    for a in values:
        if not isinstance(a, int) or not -x.ndim <= a < x.ndim:
            raise InvalidArgumentError(f"{op}: axes={axes} do not fit shape {x.shape}")
    return [a % x.ndim for a in values]


def _shifted(op: str, x: Any, axes: Any, back: bool) -> Any:
    x = _core.convert(x)
    places = list(range(x.ndim)) if axes is None else _axes(op, x, axes)
    shift = [(-(x.shape[a] // 2) if back else x.shape[a] // 2) for a in places]
    return _core.roll(x, shift, places)


def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Any:
    """Moves the zero frequency to the middle.

    Args:
      x: a tensor.
      axes: an axis, or several; None for all.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape.

    Raises:
      InvalidArgumentError: no such axis.

    Example:
      >>> import pyten as tf
      >>> tf.signal.fftshift([0, 1, 2, -2, -1]).numpy()
      array([-2, -1,  0,  1,  2], dtype=int32)
    """
    return _shifted("fftshift", x, axes, False)


def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Any:
    """Undoes fftshift.

    Args:
      x: a tensor.
      axes: an axis, or several; None for all.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape.

    Raises:
      InvalidArgumentError: no such axis.

    Example:
      >>> import pyten as tf
      >>> tf.signal.ifftshift([-2, -1, 0, 1, 2]).numpy()
      array([ 0,  1,  2, -2, -1], dtype=int32)
    """
    return _shifted("ifftshift", x, axes, True)


def _check_dct(op: str, input: Any, type: Any, n: Any, axis: int, norm: Any) -> Any:
    if axis != -1:
        raise UnimplementedError(f"{op}: axis must be -1, got {axis}; use tf.transpose")
    if type not in (1, 2, 3, 4):
        raise ValueError(f"{op}: type must be 1, 2, 3 or 4, got {type}")
    if norm not in (None, "ortho"):
        raise ValueError(f"{op}: norm must be None or 'ortho', got {norm!r}")
    if type == 1 and norm == "ortho":
        raise ValueError(f"{op}: Normalization is not supported for the Type-I DCT.")
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
        raise ValueError(f"{op}: n should be a positive integer or None, got {n!r}")
    x = _fourier.tensor(op, input, 1, REAL)
    if n is not None:
        x = _fourier.resized(x, [-1], [n])
    if type == 1 and x.shape[-1] < 2:
        raise ValueError(f"{op}: type 1 needs at least 2 elements, got shape {x.shape}")
    return x


def dct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Any:
    """The discrete cosine transform along the last axis, as scipy.fft.dct defines it.

    Args:
      input: a float32 or float64 tensor [..., samples].
      type: 1, 2, 3 or 4.
      n: the axis is cut off or padded with zeros to this size first.
      axis: -1.
      norm: "ortho" makes types 2, 3 and 4 orthonormal; None.
      name: accepted and ignored.

    Returns:
      A tensor [..., n] of the same dtype.

    Raises:
      TypeError: input is not float32 or float64.
      ValueError: a type, n or norm that does not exist.

    Example:
      >>> import pyten as tf
      >>> tf.signal.dct([1., 1.]).numpy()
      array([4., 0.], dtype=float32)
    """
    x = _check_dct("dct", input, type, n, axis, norm)
    size = x.shape[-1]
    if norm is None or size == 0:
        return _fourier.dct("dct", x, type)
    scale = np.full(size, (2.0 * size) ** -0.5)
    if type == 4:
        return _fourier.dct("dct", x, 4) * _core.convert(scale, x.dtype.name)
    if type == 2:
        scale[0] = (4.0 * size) ** -0.5
        return _fourier.dct("dct", x, 2) * _core.convert(scale, x.dtype.name)
    scale[0] = size**-0.5
    return _fourier.dct("dct", x * _core.convert(scale, x.dtype.name), 3)


def idct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Any:
    """The transposed cosine transform: dct of the type that undoes `type`, not scaled.

    With norm="ortho" it is the inverse of dct; with None, types 2, 3 and 4 give 2 n times the input
    back and type 1 2 (n - 1) times, as in TensorFlow.

    Args:
      input: a float32 or float64 tensor [..., samples].
      type: 1, 2, 3 or 4: of the dct to undo.
      n: None; other sizes are not supported, as in TensorFlow.
      axis: -1.
      norm: "ortho" or None, as for dct.
      name: accepted and ignored.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      TypeError: input is not float32 or float64.
      ValueError: a type, n or norm that does not exist.

    Example:
      >>> import pyten as tf
      >>> x = tf.signal.dct([1., 2.], norm="ortho")
      >>> tf.signal.idct(x, norm="ortho").numpy().round(4)
      array([1., 2.], dtype=float32)
    """
    _check_dct("idct", input, type, n, axis, norm)
    return dct(input, {1: 1, 2: 3, 3: 2, 4: 4}[type], n, axis, norm)
