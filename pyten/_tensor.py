"""The Python part of the tensor: text, copies, pickling and NumPy's handy methods.

The hot part (arithmetic, comparison, indexing, exchange) is compiled; what is attached here works
on tensors and variables alike.
"""

from __future__ import annotations

import operator
import sys
from typing import Any

import numpy as np

from pyten import _core
from pyten._at import At
from pyten._shape import TensorShape
from pyten._structures import Reference

__all__ = ["attach", "format_value", "numpy_view", "pickled_parts", "unpickle_tensor", "value_text"]


# -- Text -----------------------------------------------------------------------------------------
def _array_of(t: Any) -> Any:
    """The value as NumPy has it, without a copy and unseen by tapes; a NumPy scalar for rank 0."""
    with _core._pause_tapes():
        return np.asarray(t)[()]


def numpy_view(t: Any) -> Any:
    """The value as an array, to look at; bfloat16 as float32."""
    return np.asarray(_core.cast(t, "float32") if t.dtype == "bfloat16" else t)


def _printable(t: Any) -> tuple[Any, bool]:
    try:
        return _array_of(t), False
    except (TypeError, NotImplementedError):
        # bfloat16 without ml_dtypes, which gives NumPy the type.
        with _core._pause_tapes():
            return np.asarray(_core.cast(t, "float32"))[()], True


def value_text(t: Any) -> str:
    """What stands behind `numpy=` in the repr of a tensor or variable."""
    a, stand_in = _printable(t)
    text = repr(a) if isinstance(a, np.ndarray) else repr(a.item())
    if stand_in:
        text = text.replace("dtype=float32", "dtype=bfloat16")
    return "\n" + text if "\n" in text else text


def _repr(self: Any) -> str:
    return f"<tf.Tensor: shape={self.shape}, dtype={self.dtype.name}, numpy={value_text(self)}>"


def _str(self: Any) -> str:
    text = str(_printable(self)[0])
    if "\n" in text:
        text = "\n" + text
    return f"tf.Tensor({text}, shape={self.shape}, dtype={self.dtype.name})"


def _repr_html(self: Any) -> str:
    """Returns what notebooks show: shape, dtype, device and the values over a heat map, as HTML."""
    from pyten._repr_html import repr_html

    return repr_html(self)


def format_value(self: Any, spec: str) -> str:
    """format(t, spec), which is NumPy's."""
    return format(_printable(self)[0], spec)


# -- Protocols ------------------------------------------------------------------------------------
def _round_builtin(self: Any, ndigits: int | None = None) -> Any:
    return _round(self, 0 if ndigits is None else ndigits)


def _complex(self: Any) -> complex:
    if self.ndim != 0:
        raise TypeError(
            "complex: only tensors of rank 0 can be converted to Python scalars, got shape "
            f"{self.shape}"
        )
    return complex(self.numpy())


def _copy(self: Any) -> Any:
    return self


def _deepcopy(self: Any, memo: Any) -> Any:
    return self


def unpickle_tensor(array: Any, dtype: str) -> Any:
    """A tensor from an array and its dtype; see pickled_parts."""
    t = _core.convert(array)
    return t if t.dtype == dtype else _core.cast(t, dtype)


def pickled_parts(t: Any) -> tuple[Any, str]:
    """A value's array and dtype; bfloat16 travels as float32, which any NumPy can read."""
    dtype = t.dtype.name
    return np.array(_core.cast(t, "float32") if dtype == "bfloat16" else t), dtype


def _from_bytes(data: Any, dtype: str, shape: tuple[int, ...]) -> Any:
    """A tensor from its pickle. Shares the memory of bytes and tensors, copies other buffers."""
    return _core._from_buffer(data, dtype, shape)


def _reduce_ex(self: Any, protocol: int) -> tuple[Any, ...]:
    """Pickles the elements as bytes; from protocol 5 on as a buffer that may go out of band."""
    own: Any = type(self).__reduce__
    if own is not _reduce:  # a subclass with a way of its own
        parts: tuple[Any, ...] = own(self)
        return parts
    elements: Any = _core._bytes_of(self.cpu())
    data: Any
    if protocol >= 5:
        from pickle import PickleBuffer

        data = PickleBuffer(elements)
    else:
        data = memoryview(elements).tobytes()
    return _from_bytes, (data, self.dtype.name, tuple(self.shape)), self.__dict__ or None


def _reduce(self: Any) -> tuple[Any, ...]:
    return _reduce_ex(self, 2)


def _array_namespace(self: Any, /, *, api_version: str | None = None) -> Any:
    """Returns the namespace of the Python array API, `pyten.array_api`; its results are Arrays.

    Args:
      api_version: a version of the standard, or None for the newest that is implemented.

    Raises:
      ValueError: the version is not one that is implemented.
    """
    from pyten.array_api._array import namespace

    return namespace(api_version)


# -- TensorFlow's methods --------------------------------------------------------------------------
def _get_shape(self: Any) -> TensorShape:
    """Returns the shape, a TensorShape."""
    return self.shape


def _set_shape(self: Any, shape: Any) -> None:
    """Checks that the tensor has this shape.

    Args:
      shape: a shape; None stands for an unknown size.

    Raises:
      ValueError: it has another one.
    """
    if not self.shape.is_compatible_with(shape):
        raise ValueError(
            f"Tensor's shape {self.shape} is not compatible with supplied shape {shape}."
        )


def _ref(self: Any) -> Reference[Any]:
    """Returns a hashable reference, for dictionaries and sets; `.deref()` gives the object back."""
    return Reference(self)


def _cpu(self: Any) -> Any:
    """Returns the tensor in the CPU's memory: itself if it is there."""
    return self


def _gpu(self: Any, gpu_index: int = 0) -> Any:
    """Returns the tensor in a GPU's memory.

    Args:
      gpu_index: the number of the GPU.

    Returns:
      A tensor.

    Raises:
      RuntimeError: pyten can use no GPU on this machine.
    """
    raise RuntimeError(
        f"gpu: no GPU {gpu_index}; tf.config.list_physical_devices() shows what pyten can use"
    )


def _undefined(name: str) -> property:
    def get(self: Any) -> Any:
        raise AttributeError(f"Tensor.{name} is undefined when eager execution is enabled.")

    return property(get, doc="Not defined in eager execution: an AttributeError.")


# -- NumPy's members ------------------------------------------------------------------------------
# np.sum(t) calls t.sum(axis=..., dtype=..., out=...), and so do others. NumPy's functions must give
# arrays, so these methods look for the argument that only NumPy passes.
_ABSENT = object()


def _numpy_result(name: str, self: Any, out: Any, *args: Any, **kwargs: Any) -> Any:
    return getattr(np.asarray(self), name)(*args, out=out, **kwargs)


def _called_by_numpy() -> bool:
    """Whether the method that asks was called from a function of NumPy."""
    return sys._getframe(2).f_globals.get("__name__", "").startswith("numpy.")


def _real_for_mean(x: Any) -> Any:
    return _core.cast(x, "float64") if x.dtype.is_integer or x.dtype.is_bool else x


def _cast_for_sum(x: Any, dtype: Any) -> Any:
    if dtype is None:
        return _core.cast(x, "int64") if x.dtype.is_bool else x
    return _core.cast(x, dtype)


def _dims(args: tuple[Any, ...]) -> Any:
    return args[0] if len(args) == 1 else args


def _matrix_transposed(self: Any) -> Any:
    rank = self.ndim
    if rank < 2:
        raise ValueError(f"mT: needs at least 2 axes, got shape {self.shape}")
    return _core.transpose(self, [*range(rank - 2), rank - 1, rank - 2])


def _count(self: Any) -> int:
    count = self.shape.num_elements()
    if count is None:  # a variable whose declared shape leaves sizes open
        with _core._pause_tapes():
            count = self.read_value().shape.num_elements()
    return count


def _reshape(self: Any, *shape: Any, order: str | None = None) -> Any:
    """The elements in another shape: `t.reshape(2, 3)` or `t.reshape((2, 3))`; see tf.reshape."""
    if order is not None or _called_by_numpy():
        array: Any = np.asarray(self)
        return array.reshape(*shape, order=order or "C")
    return _core.reshape(self, _dims(shape))


def _transpose(self: Any, *axes: Any) -> Any:
    """The axes in another order, reversed by default; see tf.transpose."""
    if _called_by_numpy():
        return np.asarray(self).transpose(*axes)
    if not axes or axes == (None,):
        return _core.transpose(self)
    return _core.transpose(self, _dims(axes))


def _astype(self: Any, dtype: Any) -> Any:
    """The elements in another dtype; see tf.cast."""
    return _core.cast(_core.convert(self), dtype)


def _sum(
    self: Any, axis: Any = None, dtype: Any = None, out: Any = _ABSENT, keepdims: bool = False
) -> Any:
    """The sum; bools are counted as int64. See tf.reduce_sum."""
    if out is not _ABSENT:
        return _numpy_result("sum", self, out, axis=axis, dtype=dtype, keepdims=keepdims)
    return _core.reduce_sum(_cast_for_sum(self, dtype), axis, keepdims)


def _prod(
    self: Any, axis: Any = None, dtype: Any = None, out: Any = _ABSENT, keepdims: bool = False
) -> Any:
    """The product; see tf.reduce_prod."""
    if out is not _ABSENT:
        return _numpy_result("prod", self, out, axis=axis, dtype=dtype, keepdims=keepdims)
    return _core.reduce_prod(_cast_for_sum(self, dtype), axis, keepdims)


def _mean(
    self: Any, axis: Any = None, dtype: Any = None, out: Any = _ABSENT, keepdims: bool = False
) -> Any:
    """The mean; that of integers is float64, as in NumPy. See tf.reduce_mean."""
    if out is not _ABSENT:
        return _numpy_result("mean", self, out, axis=axis, dtype=dtype, keepdims=keepdims)
    x = _real_for_mean(self) if dtype is None else _core.cast(self, dtype)
    return _core.reduce_mean(x, axis, keepdims)


def _var(
    self: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = _ABSENT,
    ddof: int = 0,
    keepdims: bool = False,
) -> Any:
    """The mean squared distance from the mean; ddof is taken off the count. See reduce_variance."""
    if out is not _ABSENT:
        return _numpy_result("var", self, out, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)
    x = _real_for_mean(self) if dtype is None else _core.cast(self, dtype)
    variance = _core.reduce_variance(x, axis, keepdims)
    if ddof == 0:
        return variance
    count = _count(x) / max(_count(variance), 1)
    return variance * (count / (count - ddof))


def _std(
    self: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = _ABSENT,
    ddof: int = 0,
    keepdims: bool = False,
) -> Any:
    """The standard deviation; see var and tf.math.reduce_std."""
    if out is not _ABSENT:
        return _numpy_result("std", self, out, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)
    if ddof == 0:
        x = _real_for_mean(self) if dtype is None else _core.cast(self, dtype)
        return _core.reduce_std(x, axis, keepdims)
    return _core.sqrt(_var(self, axis, dtype, ddof=ddof, keepdims=keepdims))


def _min(self: Any, axis: Any = None, out: Any = _ABSENT, keepdims: bool = False) -> Any:
    """The least element; see tf.reduce_min."""
    if out is not _ABSENT:
        return _numpy_result("min", self, out, axis=axis, keepdims=keepdims)
    return _core.reduce_min(self, axis, keepdims)


def _max(self: Any, axis: Any = None, out: Any = _ABSENT, keepdims: bool = False) -> Any:
    """The greatest element; see tf.reduce_max."""
    if out is not _ABSENT:
        return _numpy_result("max", self, out, axis=axis, keepdims=keepdims)
    return _core.reduce_max(self, axis, keepdims)


def _any(self: Any, axis: Any = None, out: Any = _ABSENT, keepdims: bool = False) -> Any:
    """Whether any element is true (not zero); see tf.reduce_any."""
    if out is not _ABSENT:
        return _numpy_result("any", self, out, axis=axis, keepdims=keepdims)
    return _core.reduce_any(_core.cast(self, "bool"), axis, keepdims)


def _all(self: Any, axis: Any = None, out: Any = _ABSENT, keepdims: bool = False) -> Any:
    """Whether all elements are true (not zero); see tf.reduce_all."""
    if out is not _ABSENT:
        return _numpy_result("all", self, out, axis=axis, keepdims=keepdims)
    return _core.reduce_all(_core.cast(self, "bool"), axis, keepdims)


def _arg_extreme(op: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
    if axis is None:
        found = op(_core.reshape(x, [-1]), 0)
        return _core.reshape(found, [1] * x.ndim) if keepdims else found
    found = op(x, axis)
    return _core.expand_dims(found, axis) if keepdims else found


def _argmax(self: Any, axis: int | None = None, out: Any = _ABSENT, keepdims: bool = False) -> Any:
    """The place of the greatest element, flattened without an axis; int64. See tf.argmax."""
    if out is not _ABSENT:
        return _numpy_result("argmax", self, out, axis=axis, keepdims=keepdims)
    return _arg_extreme(_core.argmax, self, axis, keepdims)


def _argmin(self: Any, axis: int | None = None, out: Any = _ABSENT, keepdims: bool = False) -> Any:
    """The place of the least element, flattened without an axis; int64. See tf.argmin."""
    if out is not _ABSENT:
        return _numpy_result("argmin", self, out, axis=axis, keepdims=keepdims)
    return _arg_extreme(_core.argmin, self, axis, keepdims)


def _flatten(self: Any) -> Any:
    """The elements in one row."""
    return _core.reshape(self, [-1])


def _squeeze(self: Any, axis: Any = None) -> Any:
    """Without the axes of size 1; see tf.squeeze."""
    if _called_by_numpy():
        return np.asarray(self).squeeze(axis)
    return _core.squeeze(self) if axis is None else _core.squeeze(self, axis)


def _clip(self: Any, min: Any = None, max: Any = None, out: Any = _ABSENT) -> Any:
    """The elements limited to [min, max]; None sets no limit. See tf.clip_by_value."""
    if out is not _ABSENT:
        return _numpy_result("clip", self, out, min, max)
    if min is not None and max is not None:
        return _core.clip_by_value(self, min, max)
    if min is not None:
        return _core.maximum(self, min)
    return _core.identity(self) if max is None else _core.minimum(self, max)


def _round(self: Any, decimals: int = 0, out: Any = _ABSENT) -> Any:
    """The elements rounded to so many decimals, halves to even; see tf.round."""
    if out is not _ABSENT:
        return _numpy_result("round", self, out, decimals)
    decimals = operator.index(decimals)
    if decimals == 0 or (self.dtype.is_integer and decimals > 0):
        return _core.round(self)
    if self.dtype.is_integer:
        raise ValueError(f"round: decimals of {self.dtype.name} must be >= 0, got {decimals}")
    if decimals > 0:
        return _core.round(self * 10.0**decimals) / 10.0**decimals
    return _core.round(self / 10.0**-decimals) * 10.0**-decimals


def _item(self: Any, *args: Any) -> Any:
    """The one element, or the one at an index, as a Python number.

    Args:
      args: nothing, a flat index, or an index for each axis.

    Returns:
      A bool, int, float or complex.

    Raises:
      ValueError: there is no index, and not exactly one element.
    """
    return numpy_view(self).item(*args)


def _tolist(self: Any) -> Any:
    """The elements as nested lists of Python numbers."""
    return numpy_view(self).tolist()


def attach() -> None:
    """Gives the compiled types their Python methods."""
    shared = {
        "__round__": _round_builtin,
        "__complex__": _complex,
        "_repr_html_": _repr_html,
        "get_shape": _get_shape,
        "set_shape": _set_shape,
        "ref": _ref,
        "T": property(lambda self: _core.transpose(self), doc="The axes in reverse order."),
        "mT": property(_matrix_transposed, doc="The last two axes exchanged."),
        "size": property(_count, doc="The number of elements."),
        "itemsize": property(lambda self: self.dtype.size, doc="Bytes of one element."),
        "nbytes": property(
            lambda self: self.dtype.size * _count(self), doc="Bytes of all elements."
        ),
        "at": property(At, doc="Changed copies: x.at[key].set(y), add, multiply, … ."),
        "reshape": _reshape,
        "transpose": _transpose,
        "astype": _astype,
        "sum": _sum,
        "prod": _prod,
        "mean": _mean,
        "var": _var,
        "std": _std,
        "min": _min,
        "max": _max,
        "any": _any,
        "all": _all,
        "argmax": _argmax,
        "argmin": _argmin,
        "flatten": _flatten,
        "ravel": _flatten,
        "squeeze": _squeeze,
        "clip": _clip,
        "round": _round,
        "item": _item,
        "tolist": _tolist,
    }
    tensor_only = {
        "__repr__": _repr,
        "__str__": _str,
        "__format__": format_value,
        "__copy__": _copy,
        "__deepcopy__": _deepcopy,
        "__reduce__": _reduce,
        "__array_namespace__": _array_namespace,
        "__reduce_ex__": _reduce_ex,
        "backing_device": property(lambda self: self.device, doc="The device of the memory."),
        "cpu": _cpu,
        "gpu": _gpu,
        "name": _undefined("name"),
        "op": _undefined("op"),
        "graph": _undefined("graph"),
    }
    for kind in (_core.Tensor, _core.Variable):
        for name, member in shared.items():
            setattr(kind, name, member)
    for name, member in tensor_only.items():
        setattr(_core.Tensor, name, member)
