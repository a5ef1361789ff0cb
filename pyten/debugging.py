"""Checks that raise: on values, shapes and dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pyten import _core
from pyten._custom_gradient import with_rule
from pyten._dtypes import as_dtype
from pyten._tensor import numpy_view
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = [
    "Assert",
    "assert_all_finite",
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
    "assert_rank",
    "assert_rank_at_least",
    "assert_shapes",
    "assert_type",
    "check_numerics",
    "check_numerics_enabled",
    "disable_check_numerics",
    "enable_check_numerics",
    "is_numeric_tensor",
]


# -- NaN and infinity ------------------------------------------------------------------------------
def check_numerics(tensor: Any, message: str, name: str | None = None) -> Any:
    """The tensor itself, if it holds neither NaN nor infinity.

    Args:
      tensor: a floating tensor.
      message: what the error begins with.
      name: accepted and ignored.

    Returns:
      A tensor; its gradient is checked in the same way.

    Raises:
      InvalidArgumentError: a NaN or an infinity.
      TypeError: the tensor is not floating.

    Gradient: passes through.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.check_numerics(tf.sqrt([4.]), "root").numpy()
      array([2.], dtype=float32)
    """
    x = _core.convert(tensor)
    if not x.dtype.is_floating:
        raise InvalidDTypeError(f"check_numerics: tensor must be floating, got {x.dtype.name}")
    with _core._pause_tapes():
        found = []
        if _core.reduce_any(_core.is_inf(x)):
            found.append("Inf")
        if _core.reduce_any(_core.is_nan(x)):
            found.append("NaN")
    if found:
        raise InvalidArgumentError(f"{message} : Tensor had {' and '.join(found)} values")

    def rule(dy: Any) -> Any:
        return check_numerics(dy, f"{message} (in the gradient)")

    return with_rule("check_numerics", [x], [], x, rule)


def assert_all_finite(x: Any, message: str, name: str | None = None) -> Any:
    """The tensor itself, if it holds neither NaN nor infinity; see check_numerics.

    Args:
      x: a floating tensor.
      message: what the error begins with.
      name: accepted and ignored.

    Returns:
      A tensor.

    Raises:
      InvalidArgumentError: a NaN or an infinity.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_all_finite(tf.constant([1., 2.]), "not finite").numpy()
      array([1., 2.], dtype=float32)
    """
    return check_numerics(x, message)


class check_numerics_enabled:
    """A `with` block whose operations may make neither NaN nor infinity.

    The first one that does, forward or in a gradient, raises an error that names the operation, the
    line of the program, shapes, and the ranges of the operands. Blocks nest, and hold for their own
    thread. An operation that only moves elements (reshape, where, concat, ...) is let through.

    Args:
      enabled: False lets NaN and infinity through inside the block.

    Example:
      >>> import pyten as tf
      >>> with tf.debugging.check_numerics_enabled():
      ...     try:
      ...         y = tf.math.log(0.)
      ...     except tf.errors.InvalidArgumentError as error:
      ...         print(str(error).splitlines()[0])
      log: Detected Infinity or NaN: made 1 infinity of finite operands
    """

    def __init__(self, enabled: bool = True) -> None:
        self._enabled = enabled
        self._before: list[bool] = []

    def __enter__(self) -> check_numerics_enabled:
        self._before.append(_core._set_check_numerics(self._enabled))
        return self

    def __exit__(self, *exception: Any) -> None:
        _core._set_check_numerics(self._before.pop())


def enable_check_numerics(stack_height_limit: int = 30, path_length_limit: int = 50) -> None:
    """From here on this thread stops at the first operation that makes a NaN or an infinity.

    See check_numerics_enabled for a `with` block.

    Args:
      stack_height_limit: accepted for compatibility: an error shows the user's own line alone.
      path_length_limit: the most characters of a file's path that an error shows.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.enable_check_numerics()
      >>> tf.debugging.disable_check_numerics()
    """
    _core._set_path_limit(path_length_limit)
    _core._set_check_numerics(True)


def disable_check_numerics() -> None:
    """Ends what enable_check_numerics began, on this thread.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.enable_check_numerics()
      >>> tf.debugging.disable_check_numerics()
      >>> tf.math.log([0.]).numpy()
      array([-inf], dtype=float32)
    """
    _core._set_check_numerics(False)


# -- Values ----------------------------------------------------------------------------------------
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


# -- Shapes and dtypes -----------------------------------------------------------------------------
def assert_rank(x: Any, rank: Any, message: str | None = None, name: str | None = None) -> None:
    """Raises unless x has this many axes.

    Args:
      x: a tensor.
      rank: an integer.
      message: what the error begins with.
      name: accepted and ignored.

    Raises:
      ValueError: it has more or fewer.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_rank(tf.ones((2, 3)), 2)
    """
    x = _core.convert(x)
    if x.ndim != int(rank):
        start = "" if message is None else f"{message}.  "
        raise ValueError(
            f"{start}Tensor must have rank {int(rank)}.  Received rank {x.ndim}, shape {x.shape}"
        )


def assert_rank_at_least(
    x: Any, rank: Any, message: str | None = None, name: str | None = None
) -> None:
    """Raises ValueError unless x has at least this many axes; see assert_rank.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_rank_at_least(tf.ones((2, 3)), 1)
    """
    x = _core.convert(x)
    if x.ndim < int(rank):
        start = "" if message is None else f"{message}.  "
        raise ValueError(
            f"{start}Tensor must have rank at least {int(rank)}.  Received rank {x.ndim}, shape "
            f"{x.shape}"
        )


def assert_type(
    tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None
) -> None:
    """Raises TypeError unless the tensor has this dtype.

    Args:
      tensor: a tensor.
      tf_type: a dtype.
      message: what the error begins with.
      name: accepted and ignored.

    Raises:
      TypeError: it has another one.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.assert_type(tf.ones(2), tf.float32)
    """
    found, wanted = _core.convert(tensor).dtype, as_dtype(tf_type)
    if found != wanted:
        start = "" if message is None else f"{message}  "
        raise TypeError(f"{start}tensor must be of type {wanted!r}; got {found!r}")


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether this is a tensor of numbers.

    Args:
      tensor: anything.

    Returns:
      A bool; False for bool tensors and for what is no tensor.

    Example:
      >>> import pyten as tf
      >>> tf.debugging.is_numeric_tensor(tf.ones(2)), tf.debugging.is_numeric_tensor(2)
      (True, False)
    """
    return isinstance(tensor, (_core.Tensor, _core.Variable)) and not tensor.dtype.is_bool


def assert_shapes(
    shapes: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: Any = None,
) -> None:
    """Raises unless tensors have these shapes, and sizes of one name agree.

    Args:
      shapes: pairs (tensor, shape) in a list, or a dictionary. A shape holds integers, names of
        sizes, "." or None for any size, and may begin with "*" or `...` for any further axes.
      data: accepted for compatibility, as is summarize.
      summarize: see data.
      message: what the error begins with.
      name: accepted and ignored.

    Raises:
      ValueError: a shape does not fit.

    Example:
      >>> import pyten as tf
      >>> x, y = tf.ones((5, 2)), tf.ones(5)
      >>> tf.debugging.assert_shapes([(x, ("N", "D")), (y, ("N",))])
    """
    start = "" if message is None else f"{message}.  "
    sizes: dict[str, tuple[int, str]] = {}
    for value, wanted in shapes.items() if isinstance(shapes, dict) else shapes:
        if not isinstance(value, (_core.Tensor, _core.Variable)):
            value = _core.convert(value)
        wanted = (
            list(wanted)
            if isinstance(wanted, (tuple, list, str)) or hasattr(wanted, "__iter__")
            else [wanted]
        )
        who = f"Tensor shape={value.shape} dtype={value.dtype.name}"
        first = 0
        if wanted and wanted[0] in ("*", ...):
            wanted = wanted[1:]
            first = value.ndim - len(wanted)
            fits = first >= 0
        else:
            fits = value.ndim == len(wanted)
        if not fits:
            raise ValueError(
                f"{start}{who} must have rank {len(wanted)}.  Received rank {value.ndim}, shape "
                f"{value.shape}"
            )
        for axis, (want, size) in enumerate(zip(wanted, value.shape[first:], strict=True), first):
            if want is None or want == ".":
                continue
            if isinstance(want, str) and not want.isdigit():
                known, origin = sizes.setdefault(want, (size, f"{who} dimension {axis}"))
                why = f"Specified by {origin[0].lower()}{origin[1:]}."
            else:
                known, why = int(want), "Specified explicitly."
            if size != known:
                raise ValueError(
                    f"{start}{why}  {who} dimension {axis} must have size {known}.  Received size "
                    f"{size}, shape {value.shape}"
                )
