"""tf.function. Functions run eagerly: each call runs the Python code, on tensors."""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from pyten import _core, nest
from pyten._structures import TensorSpec

__all__ = ["executing_eagerly", "function"]


def executing_eagerly() -> bool:
    """Whether operations run at once: always.

    Returns:
      True.

    Example:
      >>> import pyten as tf
      >>> tf.executing_eagerly()
      True
    """
    return True


def _leaf_argument(value: Any) -> Any:
    return _core.convert(value) if isinstance(value, (np.ndarray, np.generic)) else value


def _tensor_argument(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return _core.convert(value)
    if isinstance(value, (list, tuple, dict)):
        return nest.map_structure(_leaf_argument, value)
    return value


def _tensor_result(value: Any) -> Any:
    if value is None or isinstance(value, _core.Tensor):
        return value
    if isinstance(value, (_core.Variable, bool, int, float, complex, np.ndarray, np.generic)):
        return _core.convert(value)
    return value


class Function:
    """A Python function that takes and gives tensors; see `tf.function`."""

    def __init__(self, python_function: Callable[..., Any], input_signature: Any = None) -> None:
        if not callable(python_function):
            raise TypeError(f"function: {python_function!r} is not a callable object")
        functools.update_wrapper(self, python_function)
        self._python_function = python_function
        self._input_signature = None if input_signature is None else tuple(input_signature)

    @property
    def python_function(self) -> Callable[..., Any]:
        """The function that was decorated."""
        return self._python_function

    @property
    def input_signature(self) -> tuple[Any, ...] | None:
        """The TensorSpecs of the arguments, or None."""
        return self._input_signature

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> Function:
        """The function itself: there is nothing to trace."""
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._input_signature is not None:
            args, kwargs = self._cast_arguments(args, kwargs), {}
        elif args:
            args = tuple([_tensor_argument(value) for value in args])
        if kwargs:
            kwargs = {key: _tensor_argument(value) for key, value in kwargs.items()}
        result = self._python_function(*args, **kwargs)
        if isinstance(result, _core.Tensor):
            return result
        return nest.map_structure(_tensor_result, result)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        if self._input_signature is None:
            return types.MethodType(self, instance)
        return Function(self._python_function.__get__(instance, owner), self._input_signature)

    def __reduce__(self) -> Any:
        """Pickled by name, as a function is, where the name leads here; else with its parts."""
        found: Any = sys.modules.get(self.__module__)
        qualified_name = getattr(self, "__qualname__", "")
        for part in qualified_name.split("."):
            found = getattr(found, part, None)
        if found is self:
            return qualified_name
        return Function, (self._python_function, self._input_signature)

    def __repr__(self) -> str:
        return f"<pyten.function of {self._python_function!r}>"

    def _cast_arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments in order, converted to what input_signature says."""
        import inspect

        specs = self._input_signature or ()
        name = getattr(self, "__name__", "function")
        if kwargs:
            args = inspect.signature(self._python_function).bind(*args, **kwargs).args
        if len(args) != len(specs):
            raise TypeError(f"{name}: input_signature has {len(specs)} arguments, got {len(args)}")
        return tuple(_cast_argument(name, *pair) for pair in zip(specs, args, strict=True))


def _cast_argument(name: str, spec: Any, value: Any) -> Any:
    if isinstance(spec, (list, tuple)):
        parts = [_cast_argument(name, *pair) for pair in zip(spec, value, strict=True)]
        return nest.pack_sequence_as(spec, nest.flatten(parts))
    if isinstance(spec, dict):
        return {key: _cast_argument(name, spec[key], value[key]) for key in spec}
    if not isinstance(spec, TensorSpec):
        return value
    if isinstance(value, (_core.Tensor, _core.Variable)):
        tensor = value
    else:
        tensor = _core.convert(value, spec.dtype)
    if not spec.is_compatible_with(tensor):
        raise TypeError(f"{name}: argument must fit {spec}, got {TensorSpec.from_tensor(tensor)}")
    return tensor


def function(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: Any = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: Any = None,
    experimental_compile: Any = None,
    experimental_follow_type_hints: Any = None,
) -> Any:
    """Marks a function of tensors. With or without parentheses, on functions and methods.

    The function runs eagerly: its Python code runs at each call, so prints show each time, and
    `.numpy()` works inside. A Variable made inside is a new one at each call.

    Args:
      func: the function; None when used with parentheses.
      input_signature: a sequence of TensorSpec, to which the arguments are converted.
      autograph: accepted for compatibility, as are all the following.
      jit_compile: see autograph.
      reduce_retracing: see autograph.
      experimental_implements: see autograph.
      experimental_autograph_options: see autograph.
      experimental_attributes: see autograph.
      experimental_relax_shapes: see autograph.
      experimental_compile: see autograph.
      experimental_follow_type_hints: see autograph.

    Returns:
      A callable. NumPy arguments reach the function as tensors; Python numbers, arrays and lists of
      numbers in its result become tensors; None stays None.

    Raises:
      TypeError: func is not callable.

    Example:
      >>> import pyten as tf
      >>> @tf.function(jit_compile=True)
      ... def dense(x, w, b):
      ...     return tf.nn.relu(tf.matmul(x, w) + b)
      >>> dense(tf.ones((1, 2)), tf.ones((2, 1)), tf.constant([-1.])).numpy()
      array([[1.]], dtype=float32)
    """
    if func is None:
        return functools.partial(Function, input_signature=input_signature)
    return Function(func, input_signature)
