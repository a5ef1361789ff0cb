"""numpy.fft."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyten as tf
from pyten import _fourier
from pyten._matrices import complex_dtype
from pyten._numpy.arguments import axes_of, axis_of, floating

__all__ = ["FUNCTIONS"]


def _complex(x: Any) -> Any:
    x = floating(x)
    return x if x.dtype.is_complex else tf.cast(x, complex_dtype(x.dtype))


def _scaled(y: Any, norm: Any, inverse: bool, count: int) -> Any:
    """Of the forward transform nothing is taken off by default, of the inverse one the count."""
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')
    root = math.sqrt(count)
    if norm == "ortho":
        return y * root if inverse else y / root
    if norm == "forward":
        return y * count if inverse else y / count
    return y


def _sizes(x: Any, s: Any, axes: Any) -> tuple[list[int], list[int]]:
    """The axes to transform, and the sizes they get."""
    if axes is None:
        places = list(range(x.ndim)) if s is None else list(range(x.ndim - len(s), x.ndim))
    else:
        places = [axis_of(a, x.ndim) for a in axes]
    sizes = [int(x.shape[a]) for a in places]
    if s is not None:
        if len(s) != len(places):
            raise ValueError("Shape and axes have different lengths.")
        sizes = [old if n is None or n == -1 else int(n) for n, old in zip(s, sizes, strict=True)]
    for n in sizes:
        if n < 1:
            raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
    return places, sizes


def _full(name: str, inverse: bool, rank: int | None) -> Callable[..., Any]:
    def transform(a: Any, s: Any, axes: Any, norm: Any) -> Any:
        x = _complex(a)
        places, sizes = _sizes(x, s, axes)
        x = _fourier.resized(x, places, sizes)
        for place in places:  # an axis named twice is transformed twice
            x = _fourier.fft(name, x, [place], inverse)
        return _scaled(x, norm, inverse, math.prod(sizes))

    return _with_signature(transform, rank)


def _half(name: str, rank: int | None) -> Callable[..., Any]:
    def transform(a: Any, s: Any, axes: Any, norm: Any) -> Any:
        x = floating(a)
        if x.dtype.is_complex:
            raise TypeError("ufunc 'rfft' did not contain a loop with signature matching types")
        places, sizes = _sizes(x, s, axes)
        x = _fourier.resized(x, places, sizes)
        y = _fourier.rfft(name, x, [places[-1]])
        for place in places[:-1]:
            y = _fourier.fft(name, y, [place], False)
        return _scaled(y, norm, False, math.prod(sizes))

    return _with_signature(transform, rank)


def _half_inverse(name: str, rank: int | None) -> Callable[..., Any]:
    def transform(a: Any, s: Any, axes: Any, norm: Any) -> Any:
        x = _complex(a)
        places, sizes = _sizes(x, s, axes)
        if s is None or s[-1] is None or s[-1] == -1:
            sizes[-1] = 2 * (int(x.shape[places[-1]]) - 1)
        if sizes[-1] < 1:
            raise ValueError(f"Invalid number of FFT data points ({sizes[-1]}) specified.")
        bins = [*sizes[:-1], sizes[-1] // 2 + 1]
        x = _fourier.resized(x, places, bins)
        for place in places[:-1]:
            x = _fourier.fft(name, x, [place], True)
        y = _fourier.irfft(name, x, [places[-1]], sizes[-1])
        return _scaled(y, norm, True, math.prod(sizes))

    return _with_signature(transform, rank)


def _with_signature(transform: Callable[..., Any], rank: int | None) -> Callable[..., Any]:
    if rank == 1:

        def one(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Any:
            return transform(a, None if n is None else [n], [axis], norm)

        return one
    if rank == 2:

        def two(
            a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None
        ) -> Any:
            return transform(a, s, axes, norm)

        return two

    def many(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Any:
        return transform(a, s, axes, norm)

    return many


_SWAPPED = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _hfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Any:
    return FUNCTIONS["fft.irfft"](tf.math.conj(_complex(a)), n, axis, _SWAPPED.get(norm, norm))


def _ihfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Any:
    return tf.math.conj(FUNCTIONS["fft.rfft"](a, n, axis, _SWAPPED.get(norm, norm)))


def _shift(back: bool) -> Callable[..., Any]:
    def shift(x: Any, axes: Any = None) -> Any:
        x = x if isinstance(x, tf.Tensor) else tf.convert_to_tensor(x)
        places = axes_of(axes, x.ndim)
        steps = [int(x.shape[i]) // 2 for i in places]
        return tf.roll(x, [-n if back else n for n in steps], places)

    return shift


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "fft.fft": _full("fft", False, 1),
    "fft.fft2": _full("fft", False, 2),
    "fft.fftn": _full("fft", False, None),
    "fft.fftshift": _shift(False),
    "fft.hfft": _hfft,
    "fft.ifft": _full("ifft", True, 1),
    "fft.ifft2": _full("ifft", True, 2),
    "fft.ifftn": _full("ifft", True, None),
    "fft.ifftshift": _shift(True),
    "fft.ihfft": _ihfft,
    "fft.irfft": _half_inverse("irfft", 1),
    "fft.irfft2": _half_inverse("irfft", 2),
    "fft.irfftn": _half_inverse("irfft", None),
    "fft.rfft": _half("rfft", 1),
    "fft.rfft2": _half("rfft", 2),
    "fft.rfftn": _half("rfft", None),
}
