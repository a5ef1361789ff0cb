"""NumPy's functions on tensors that a tape or a forward accumulator follows.

`np.exp(t)` gives an array, as with TensorFlow, and operators with an array on the left give a
tensor. While somebody follows the operations of a thread, NumPy asks here first: a call with a
value that is followed is carried out by pyten's operations and recorded; where there are none NumPy
computes it, with a warning. `csrc/bindings/numpy_protocols.cpp` says when that is.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import pyten as tf
from pyten import _core
from pyten._numpy import calculus, fourier, linear, reductions, selection, shapes, ufuncs
from pyten._numpy.arguments import Unsupported, is_tensor, plain
from pyten._numpy.silent import METADATA, NO_DERIVATIVE, NO_DERIVATIVE_UFUNCS
from pyten.errors import InvalidDTypeError, UnimplementedError

__all__ = ["FUNCTIONS", "array_function", "array_ufunc"]

# NumPy's functions by name, as they are in pyten: the same parameters, over recorded operations.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **calculus.FUNCTIONS,
    **fourier.FUNCTIONS,
    **linear.FUNCTIONS,
    **reductions.FUNCTIONS,
    **selection.FUNCTIONS,
    **shapes.FUNCTIONS,
}

# Operators with an array on the left arrive as calls of these ufuncs.
_REFLECTED = {
    "add": "__radd__",
    "bitwise_and": "__rand__",
    "bitwise_or": "__ror__",
    "bitwise_xor": "__rxor__",
    "divide": "__rtruediv__",
    "divmod": "__rdivmod__",
    "equal": "__eq__",
    "floor_divide": "__rfloordiv__",
    "greater": "__lt__",
    "greater_equal": "__le__",
    "left_shift": "__rlshift__",
    "less": "__gt__",
    "less_equal": "__ge__",
    "matmul": "__rmatmul__",
    "multiply": "__rmul__",
    "not_equal": "__ne__",
    "power": "__rpow__",
    "remainder": "__rmod__",
    "right_shift": "__rrshift__",
    "subtract": "__rsub__",
    "true_divide": "__rtruediv__",
}

# Keywords of ufuncs that change nothing at these values, or nothing that a tensor could show.
_HARMLESS = {"casting": None, "order": None, "subok": None, "where": True}


def _tensors(x: Any, found: list[Any] | None = None) -> list[Any]:
    """The tensors and variables in x, in its lists, tuples and dicts too."""
    found = [] if found is None else found
    kind = type(x)
    if kind is list or kind is tuple:
        for v in x:
            _tensors(v, found)
    elif kind is dict:
        for v in x.values():
            _tensors(v, found)
    elif is_tensor(x):
        found.append(x)
    return found


# -- Warnings -----------------------------------------------------------------------------------------
def _warn(name: str, reason: str) -> None:
    level, frame = 1, sys._getframe()
    while frame.f_back is not None:
        module = frame.f_globals.get("__name__", "")
        package = module.partition(".")[0]
        if package == "matplotlib":  # nothing flows on from a picture
            return
        if package not in ("numpy", "pyten", "scipy"):
            break
        level, frame = level + 1, frame.f_back
    warnings.warn(
        f"{name}: computed by NumPy, outside the tape, since pyten has no operation for {reason}: "
        "no gradient will flow through the result. Where that is meant, say so with "
        "tf.stop_gradient(x)",
        stacklevel=level,
    )


def _refuse_out(name: str) -> None:
    raise TypeError(
        f"{name}: out= would take the result of a watched tensor off the tape; use what {name} "
        "returns"
    )


def _attempt(adapter: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The adapter's result; Unsupported if pyten has no way to compute it."""
    try:
        return adapter(*args, **kwargs)
    except (UnimplementedError, InvalidDTypeError) as e:
        raise Unsupported("these dtypes") from e
    except TypeError as e:
        at = e.__traceback__
        if at is not None and at.tb_next is None:  # the call itself: arguments it does not know
            raise Unsupported("these arguments") from e
        raise


# -- __array_ufunc__ ------------------------------------------------------------------------------------
def _is_foreign(x: Any) -> bool:
    """Whether x has an __array_ufunc__ of its own, that should be asked instead."""
    if is_tensor(x) or isinstance(x, (np.ndarray, np.generic)):
        return False
    return getattr(type(x), "__array_ufunc__", None) is not None


def _is_in_place(frame: Any) -> bool:
    """Whether `a += t` is being carried out, not np.add(a, t, out=a)."""
    import opcode

    name = opcode.opname[frame.f_code.co_code[frame.f_lasti]]
    return name.startswith(("BINARY_", "INPLACE_"))


def _ufunc_name(ufunc: Any) -> str:
    own = getattr(np, ufunc.__name__, None) is ufunc
    return f"np.{ufunc.__name__}" if own else ufunc.__name__


def _ufunc_adapter(ufunc: Any, method: str) -> Callable[..., Any] | None:
    name = ufunc.__name__
    table = ufuncs.CALLS if getattr(np, name, None) is ufunc else ufuncs.SPECIAL
    call = table.get(name)
    if call is None or method == "__call__":
        return call
    form = ufuncs.METHODS.get(method)
    if form is None or ufunc.nin != 2 or ufunc.nout != 1 or ufunc.signature is not None:
        return None
    return lambda *args, **kwargs: form(name, call, *args, **kwargs)


def _call_ufunc(adapter: Callable[..., Any], method: str, inputs: Any, kwargs: Any) -> Any:
    for key, value in _HARMLESS.items():
        if key in kwargs and method == "__call__" and (value is None or kwargs[key] is value):
            kwargs = {k: v for k, v in kwargs.items() if k != key}
    if method == "__call__":
        dtype = kwargs.pop("dtype", None) if "dtype" in kwargs else None
        if dtype is not None:
            inputs = [tf.cast(x, dtype) if is_tensor(x) else x for x in inputs]
        if kwargs and kwargs.keys() != {"axis"}:
            raise Unsupported(f"{next(iter(kwargs))}=")
    return _attempt(adapter, inputs, kwargs)


def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Tensor.__array_ufunc__ while somebody follows the operations."""
    out = kwargs.get("out", ())
    if any(map(_is_foreign, inputs)) or any(map(_is_foreign, out)):
        return NotImplemented
    name = ufunc.__name__
    reflected = _REFLECTED.get(name) if getattr(np, name, None) is ufunc else None
    if reflected and method == "__call__" and len(inputs) == 2 and not is_tensor(inputs[0]):
        left, right = inputs
        in_place = kwargs.keys() == {"out"} and out[0] is left and _is_in_place(sys._getframe(1))
        if name == "matmul" and 1 in (np.ndim(left), right.ndim):
            pass  # NumPy has products with vectors, the operator has not
        elif is_tensor(right) and (not kwargs or in_place):
            result = getattr(type(right), reflected)(right, left)
            if result is not NotImplemented:
                return result
    if any(map(is_tensor, out)):
        raise TypeError(f"{_ufunc_name(ufunc)}: out= must be an array; tensors never change")
    if _core._watched(*_tensors(inputs), *_tensors(kwargs)):
        adapter = _ufunc_adapter(ufunc, method)
        shown = _ufunc_name(ufunc) + ("" if method == "__call__" else f".{method}")
        reason = "it"
        if adapter is not None:
            if any(a is not None for a in out):
                _refuse_out(shown)
            try:
                wanted = {k: v for k, v in kwargs.items() if k != "out"}
                return _call_ufunc(adapter, method, inputs, wanted)
            except Unsupported as e:
                reason = str(e)
        if name not in NO_DERIVATIVE_UFUNCS:
            _warn(shown, reason)
    return getattr(ufunc, method)(*plain(inputs), **plain(kwargs))


# -- __array_function__ ---------------------------------------------------------------------------------
_names: dict[Any, str] = {}  # by function, once asked for


def _function_name(function: Any) -> str:
    name = _names.get(function)
    if name is None:
        module = function.__module__.partition(".")[2]
        name = f"{module}.{function.__name__}" if module else function.__name__
        _names[function] = name
    return name


_OURS = (tf.Tensor, tf.Variable, np.ndarray)


def array_function(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """Tensor.__array_function__ while somebody follows the operations."""
    for kind in types:
        if not issubclass(kind, _OURS):
            return NotImplemented
    name = _function_name(function)
    if name in METADATA:
        with _core._pause_tapes():
            return function(*plain(args), **plain(kwargs))
    if _core._watched(*_tensors(kwargs, _tensors(args))):
        adapter = FUNCTIONS.get(name)
        reason = "it"
        if adapter is not None:
            if kwargs.get("out") is not None:
                _refuse_out(f"np.{name}")
            try:
                return _attempt(adapter, args, kwargs)
            except Unsupported as e:
                reason = str(e)
        if name not in NO_DERIVATIVE:
            _warn(f"np.{name}", reason)
    if is_tensor(kwargs.get("out")):
        raise TypeError(f"np.{name}: out= must be an array; tensors never change")
    return function(*plain(args), **plain(kwargs))
