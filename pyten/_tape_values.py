"""A tensor as a piece of a page: small ones in full, large ones summarised."""

from __future__ import annotations

import base64
import html
import re
import struct
import zlib
from typing import Any

import numpy as np

from pyten import _core

__all__ = ["Looked", "look"]

_FULL = 24  # elements shown one by one
_SAMPLE = 4096  # elements of the histogram
_BINS = 24
_PREVIEW = 24, 48  # rows, columns of the heat map
_TOO_LARGE = float(np.finfo(np.float64).max) / 4


class Looked:
    """What a look at a tensor gave.

    Attributes:
      text: its HTML.
      bad: how many elements are NaN or infinite.
    """

    def __init__(self, text: str, bad: int) -> None:
        self.text = text
        self.bad = bad


def look(tensor: Any) -> Looked:
    """Shows a tensor.

    Args:
      tensor: of any shape and dtype.

    Returns:
      What was seen; its text is safe to put into a page.
    """
    dtype = tensor.dtype
    if dtype.name == "bfloat16":
        tensor = _core.cast(tensor, "float32")
    x = np.asarray(tensor.numpy())
    if x.size == 0:
        return Looked("<span class=q>empty</span>", 0)
    inexact = x.dtype.kind in "fc"
    finite = np.isfinite(x) if inexact else None
    bad = 0 if finite is None else x.size - int(np.count_nonzero(finite))
    parts = [_count_of_bad(x, bad)] if bad else []
    if x.size <= _FULL:
        shown = html.escape(np.array2string(x, precision=6, separator=", ", threshold=_FULL + 1))
        if bad:
            shown = re.sub(r"-?\b(?:inf|nan)", r"<b class=bad>\g<0></b>", shown)
        return Looked("".join([*parts, f"<pre>{shown}</pre>"]), bad)
    if x.dtype == np.bool_:
        parts.append(f"<span class=q>{int(np.count_nonzero(x))} of {x.size} true</span>")
        return Looked("".join([*parts, _heat_map(x.astype(np.float64))]), bad)
    wide = np.abs(x) if x.dtype.kind == "c" else x
    good = wide if bad == 0 else wide[finite]
    if good.size == 0:
        return Looked("".join(parts), bad)
    what = "absolute values: " if x.dtype.kind == "c" else ""
    low, high = float(good.min()) + 0.0, float(good.max()) + 0.0  # no -0
    # Dividing first, sums of the largest numbers stay finite.
    mean = float(np.sum(np.divide(good, good.size, dtype=np.float64)))
    parts.append(f"<span class=q>{what}min {low:.6g}, mean {mean:.6g}, max {high:.6g}</span>")
    if low < high and max(abs(low), abs(high)) < _TOO_LARGE:
        parts.append(_histogram(good, low, high))
        parts.append(_heat_map(wide))
    return Looked("".join(parts), bad)


def _count_of_bad(x: np.ndarray[Any, Any], bad: int) -> str:
    nan = int(np.count_nonzero(np.isnan(x)))
    words = [f"{nan} NaN"] if nan else []
    if bad > nan:
        words.append(f"{bad - nan} infinite")
    return f"<b class=bad>{' and '.join(words)} of {x.size}</b>"


def _histogram(x: np.ndarray[Any, Any], low: float, high: float) -> str:
    flat = x.reshape(-1)
    note = f"histogram from {low:.6g} to {high:.6g}"
    if flat.size > _SAMPLE:
        step = -(-flat.size // _SAMPLE)
        flat = flat[::step]
        note += f", of every {step}th element"
    place = (flat.astype(np.float64) - low) * (_BINS / (high - low))
    bars = np.bincount(np.minimum(place.astype(np.int64), _BINS - 1), minlength=_BINS)
    tops = np.ceil(30 * bars / bars.max()).astype(int).tolist()
    path = "".join(f"M{4 * i} 32v-{t}h3v{t}z" for i, t in enumerate(tops) if t)
    return (
        f'<svg class=h viewBox="0 0 {4 * _BINS} 32" role=img><title>{note}</title>'
        f'<path d="{path}"/></svg>'
    )


def _heat_map(x: np.ndarray[Any, Any]) -> str:
    """The last two axes of the first matrix, as a picture of a few pixels."""
    while x.ndim > 2:
        x = x[0]
    x = x.reshape(1, -1) if x.ndim < 2 else x
    steps = [max(1, -(-n // most)) for n, most in zip(x.shape, _PREVIEW, strict=True)]
    grid = x[:: steps[0], :: steps[1]].astype(np.float64)
    finite = np.isfinite(grid)
    good = grid[finite]
    if good.size == 0:
        return ""
    low, high = float(good.min()), float(good.max())
    scale = 1 / (high - low) if high > low else 0.0
    # From dark blue to light yellow; red marks what is not finite.
    level = np.where(finite, np.where(finite, grid - low, 0.0) * scale, 0.0)[..., None]
    dark, light = np.array([38.0, 54, 120]), np.array([250.0, 236, 150])
    colours = dark + (light - dark) * level
    colours[~finite] = (225, 20, 40)
    picture = _png(colours.astype(np.uint8))
    every = "" if steps == [1, 1] else f", every {steps[0]}th row and {steps[1]}th column"
    rows, columns = grid.shape
    scale_up = 4 if columns <= 24 else 2
    return (
        f'<img class=m width={columns * scale_up} height={rows * scale_up} alt="heat map" '
        f'title="heat map of the values, blue is low{every}" '
        f'src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
    )


def _png(colours: np.ndarray[Any, Any]) -> bytes:
    """A PNG file of an array [rows, columns, 3] of bytes (W3C, Portable Network Graphics)."""
    rows, columns, _ = colours.shape
    lines = np.zeros((rows, 1 + 3 * columns), np.uint8)
    lines[:, 1:] = colours.reshape(rows, -1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines.tobytes(), 1))
        + chunk(b"IEND", b"")
    )
