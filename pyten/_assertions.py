"""Assertions on the values of tensors, as tf.debugging has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pyten import _core
from pyten._docs import file_under
from pyten._tensor import numpy_view
from pyten.errors import InvalidArgumentError

__all__ = [
    "Assert",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
]


def _pair(x: Any, y: Any) -> tuple[Any, Any]:
    like = next((t.dtype for t in (x, y) if isinstance(t, (_core.Tensor, _core.Variable))), None)
    x = _core.convert(x, hint=like)
    return x, _core.convert(y, hint=x.dtype)


def _compare(
    op: Callable[[Any, Any], Any], sign: str, x: Any, y: Any, message: str | None, summarize: Any
) -> None:
    with _core._pause_tapes():
        x, y = _pair(x, y)
        holds = np.asarray(op(x, y))
        if holds.all():
            return
        a, b = (np.broadcast_to(numpy_view(t), holds.shape) for t in (x, y))
    most = 3 if summarize is None else summarize
    places = np.argwhere(~holds)
    places = places if most < 0 else places[:most]
    at = tuple(places.T)
    count = holds.size if most < 0 else min(holds.size, most)
    lines = [] if message is None else [message]
    lines += [
        f"Condition x {sign} y did not hold.",
        f"Indices of first {len(places)} different values:\n{places}",
        f"Corresponding x values:\n{a[at]}",
        f"Corresponding y values:\n{b[at]}",
        f"First {count} elements of x:\n{a.reshape(-1)[:count]}",
        f"First {count} elements of y:\n{b.reshape(-1)[:count]}",
    ]
    raise InvalidArgumentError("\n".join(lines))


def assert_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x == y everywhere.

    Args:
      x: a tensor.
      y: a tensor of the same dtype that broadcasts with it.
      message: what the error begins with.
      summarize: how many elements the error shows; 3 by default, -1 for all.
      name: accepted and ignored.

    Raises:
      InvalidArgumentError: they differ somewhere; the error shows where.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_equal([1, 2], [1, 2])
    """
    _compare(_core.equal, "==", x, y, message, summarize)


def assert_none_equal(
    x: Any,
    y: Any,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> None:
    """Raises if x == y anywhere; see assert_equal.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_none_equal([1, 2], [2, 1])
    """
    _compare(_core.not_equal, "!=", x, y, message, summarize)


def assert_less(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x < y everywhere; see assert_equal.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_less([1, 2], [2, 3])
    """
    _compare(_core.less, "<", x, y, message, summarize)


def assert_less_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x <= y everywhere; see assert_equal.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_less_equal([1, 2], [1, 3])
    """
    _compare(_core.less_equal, "<=", x, y, message, summarize)


def assert_greater(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x > y everywhere; see assert_equal.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_greater([1, 2], 0)
    """
    _compare(_core.greater, ">", x, y, message, summarize)


def assert_greater_equal(
    x: Any,
    y: Any,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless x >= y everywhere; see assert_equal.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_greater_equal([1, 2], [1, 1])
    """
    _compare(_core.greater_equal, ">=", x, y, message, summarize)


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    message: str | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> None:
    """Raises unless |x - y| <= atol + rtol * |y| everywhere.

    Args:
      x: a floating tensor.
      y: a tensor of the same dtype that broadcasts with it.
      rtol: ten times the dtype's precision by default.
      atol: ten times the dtype's precision by default.
      message: what the error begins with.
      summarize: how many elements the error shows; 3 by default, -1 for all.
      name: accepted and ignored.

    Raises:
      InvalidArgumentError: they differ more somewhere.
      ValueError: x is not floating, and a tolerance is missing.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_near([1.], [1.1], rtol=0.2)
    """
    x, y = _pair(x, y)
    if rtol is None or atol is None:
        steps = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}
        if x.dtype.real_dtype.name not in steps:
            raise ValueError(
                f"assert_near: x must be floating, or rtol and atol be given; got {x.dtype.name}"
            )
        default = 10 * steps[x.dtype.real_dtype.name]
        rtol, atol = default if rtol is None else rtol, default if atol is None else atol

    def near(a: Any, b: Any) -> Any:
        return _core.less_equal(_core.abs(a - b), _core.abs(b) * rtol + atol)

    told = f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}"
    _compare(near, "~=", x, y, told if message is None else f"{message}\n{told}", summarize)


def _sign_check(
    x: Any, op: Callable[[Any, Any], Any], sign: str, message: str | None, summarize: Any
) -> None:
    with _core._pause_tapes():
        x = _core.convert(x)
        if bool(_core.reduce_all(op(x, 0))):
            return
        shown = numpy_view(x).reshape(-1)[
            : 3 if summarize is None else summarize if summarize >= 0 else None
        ]
    start = "" if message is None else f"{message}.  "
    raise InvalidArgumentError(
        f"{start}\nCondition x {sign} 0 did not hold element-wise:\n"
        f"x (shape={x.shape} dtype={x.dtype.name}) = \n{shown}"
    )


def assert_positive(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises unless x > 0 everywhere.

    Args:
      x: a tensor of real numbers.
      message: what the error begins with.
      summarize: how many elements the error shows; 3 by default, -1 for all.
      name: accepted and ignored.

    Raises:
      InvalidArgumentError: an element is not; the error shows the first ones.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_positive([1, 2])
    """
    _sign_check(x, _core.greater, ">", message, summarize)


def assert_negative(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises InvalidArgumentError unless x < 0 everywhere; see assert_positive.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_negative([-1, -2])
    """
    _sign_check(x, _core.less, "<", message, summarize)


def assert_non_negative(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises InvalidArgumentError unless x >= 0 everywhere; see assert_positive.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_non_negative([0, 2])
    """
    _sign_check(x, _core.greater_equal, ">=", message, summarize)


def assert_non_positive(
    x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises InvalidArgumentError unless x <= 0 everywhere; see assert_positive.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_non_positive([0, -2])
    """
    _sign_check(x, _core.less_equal, "<=", message, summarize)


def Assert(
    condition: Any, data: Any, summarize: int | None = None, name: str | None = None
) -> None:
    """Raises unless the condition holds.

    Args:
      condition: a bool or scalar bool tensor.
      data: a list of tensors and values that the error shows.
      summarize: how many elements of each it shows; 3 by default, -1 for all.
      name: accepted and ignored.

    Raises:
      InvalidArgumentError: the condition is false.

    Example:
      >>> import pyten as tf
      >>> x = tf.constant([1., 2.])
      >>> tf.debugging.Assert(tf.reduce_all(x > 0.), [x])
    """
    if bool(condition):
        return
    most = 3 if summarize is None else summarize
    shown = []
    for item in data:
        if isinstance(item, (_core.Tensor, _core.Variable)):
            with _core._pause_tapes():
                flat = numpy_view(item).reshape(-1)
            item = ", ".join(str(v) for v in (flat if most < 0 else flat[:most]))
        shown.append(str(item))
    lines = "\n".join(shown)
    raise InvalidArgumentError(f"Expected '{condition}' to be true. Summarized data: {lines}")


file_under("pyten.debugging", globals())
