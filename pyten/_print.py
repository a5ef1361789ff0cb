"""tf.print: tensors without commas, with as many digits as tell their values apart."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pyten import _core

__all__ = ["print"]


def _float_text(value: Any, short: int, long: int, kind: type) -> str:
    text = f"{float(value):.{short}g}"
    return text if kind(float(text)) == value or value != value else f"{float(value):.{long}g}"


def _element_text(dtype: str) -> Callable[[Any], str]:
    if dtype == "float64":
        return lambda v: _float_text(v, 15, 17, np.float64)
    if dtype in ("float16", "bfloat16", "float32"):
        return lambda v: _float_text(v, 6, 9, np.float32)
    if dtype == "bool":
        return lambda v: "1" if v else "0"
    return str


def _tensor_text(tensor: Any, summarize: int) -> str:
    dtype = tensor.dtype.name
    if dtype == "bfloat16":
        tensor = _core.cast(tensor, "float32")
    array = np.asarray(tensor)
    return _array_text(array, _element_text(dtype), summarize, 1)


def _array_text(array: Any, show: Callable[[Any], str], summarize: int, depth: int) -> str:
    if array.ndim == 0:
        return show(array[()])
    if array.size == 0:
        return "[]"
    n = len(array)
    if summarize < 0 or n <= 2 * summarize:
        rows = [_array_text(array[i], show, summarize, depth + 1) for i in range(n)]
    else:
        first = [_array_text(array[i], show, summarize, depth + 1) for i in range(summarize)]
        last = [_array_text(array[i], show, summarize, depth + 1) for i in range(n - summarize, n)]
        rows = [*first, "...", *last]
    between = " " if array.ndim == 1 else "\n" * (array.ndim - 1) + " " * depth
    return "[" + between.join(rows) + "]"


def _text(value: Any, summarize: int, top: bool) -> str:
    if isinstance(value, (_core.Tensor, _core.Variable)):
        return _tensor_text(value, summarize)
    if isinstance(value, str) and top:
        return value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        fields = zip(value._fields, value, strict=True)
        inside = ", ".join(f"{name}={_text(item, summarize, False)}" for name, item in fields)
        return f"{type(value).__name__}({inside})"
    if isinstance(value, (list, tuple)):
        inside = ", ".join(_text(item, summarize, False) for item in value)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, Mapping):
        items = (f"{key!r}: {_text(item, summarize, False)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    return repr(value)


def print(*inputs: Any, **kwargs: Any) -> None:
    """Prints values on one line.

    Args:
      *inputs: tensors and variables of any shape and dtype, Python values, and lists, tuples and
        dictionaries of them.
      **kwargs: output_stream: `sys.stderr` (the default), `sys.stdout`, another open text file, or
        "file://PATH", to which it appends; summarize: how many elements to show at either end of an
        axis (default 3; -1 for all); sep (default " "); end (default a newline); name: ignored.

    Raises:
      ValueError: an unknown keyword or output stream.

    Example:
      >>> import sys
      >>> import pyten as tf
      >>> tf.print("x =", tf.constant([1., 2.5, 1 / 3]), output_stream=sys.stdout)
      x = [1 2.5 0.333333343]
    """
    stream = kwargs.pop("output_stream", None)
    summarize = kwargs.pop("summarize", 3)
    sep = kwargs.pop("sep", " ")
    end = kwargs.pop("end", "\n")
    kwargs.pop("name", None)
    if kwargs:
        raise ValueError(f"print: unrecognized keyword arguments {sorted(kwargs)}")
    if summarize is None:
        summarize = 3
    with _core._pause_tapes():
        line = sep.join(_text(value, summarize, True) for value in inputs) + end
    if isinstance(stream, str) and stream.startswith("file://"):
        with open(stream[len("file://") :], "a", encoding="utf-8") as file:
            file.write(line)
        return
    if stream is None:
        stream = sys.stderr
    if not hasattr(stream, "write"):
        raise ValueError(
            "print: output_stream must be sys.stdout, sys.stderr, an open file or 'file://PATH', "
            f"got {stream!r}"
        )
    stream.write(line)
