"""Checks that raise: on values, shapes and dtypes."""

from __future__ import annotations

import sys
from typing import Any

from pyten import _core, _teach
from pyten._assertions import (
    Assert,
    assert_equal,
    assert_greater,
    assert_greater_equal,
    assert_less,
    assert_less_equal,
    assert_near,
    assert_negative,
    assert_non_negative,
    assert_non_positive,
    assert_none_equal,
    assert_positive,
)
from pyten._custom_gradient import with_rule
from pyten._dtypes import as_dtype
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


_teach.attach(sys.modules[__name__])
