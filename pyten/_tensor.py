"""The Python part of the tensor: text, copies, pickling and NumPy's handy methods.

The hot part (arithmetic, comparison, indexing, exchange) is compiled; what is attached here works on
tensors and variables alike.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from pyten import _core
from pyten._shape import TensorShape
from pyten._structures import Reference

__all__ = ["attach", "value_text"]


# -- Text -----------------------------------------------------------------------------------------
def _array_of(t: Any) -> Any:
    """The value as NumPy has it, without a copy and unseen by tapes; a NumPy scalar for rank 0."""
    with _core._pause_tapes():
        return np.asarray(t)[()]


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


def _format(self: Any, spec: str) -> str:
    return format(_printable(self)[0], spec)


# -- Protocols ------------------------------------------------------------------------------------
def _round_builtin(self: Any, ndigits: int | None = None) -> Any:
    return _round(self, 0 if ndigits is None else ndigits)


def _divmod(self: Any, other: Any) -> Any:
    return self // other, self % other


def _rdivmod(self: Any, other: Any) -> Any:
    return other // self, other % self


def _complex(self: Any) -> complex:
    if self.ndim != 0:
        raise TypeError(
            f"complex: only tensors of rank 0 can be converted to Python scalars, got shape {self.shape}"
        )
    return complex(self.numpy())


def _copy(self: Any) -> Any:
    return self


def _deepcopy(self: Any, memo: Any) -> Any:
    return self


def unpickle_tensor(array: Any, dtype: str) -> Any:
    """A tensor from its pickled parts."""
    t = _core.convert(array)
    return t if t.dtype == dtype else _core.cast(t, dtype)


def pickled_parts(t: Any) -> tuple[Any, str]:
    """A value's array and dtype; bfloat16 travels as float32, which any NumPy can read."""
    dtype = t.dtype.name
    return np.array(_core.cast(t, "float32") if dtype == "bfloat16" else t), dtype


def _reduce(self: Any) -> tuple[Any, ...]:
    return unpickle_tensor, pickled_parts(self)


# -- TensorFlow's methods ---------------------------------------------------------------------------
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

    Raises:
      RuntimeError: pyten can use no GPU on this machine.
    """
    raise RuntimeError(
        f"gpu: no GPU {gpu_index}; tf.config.list_physical_devices() shows what pyten can use"
    )


def _undefined(name: str) -> property:
    def get(self: Any) -> Any:
        raise AttributeError(f"Tensor.{name} is undefined when eager execution is enabled.")

    return property(get)


# -- NumPy's members ----------------------------------------------------------------------------------
def _real_dtype_for_mean(x: Any) -> Any:
    dtype = x.dtype
    if dtype.is_integer or dtype.is_bool:
        return _core.cast(x, "float64")
    return x


def _dims(args: tuple[Any, ...]) -> Any:
    return args[0] if len(args) == 1 else args


def _transposed(self: Any) -> Any:
    return _core.transpose(self)


def _matrix_transposed(self: Any) -> Any:
    """The last two axes exchanged."""
    rank = self.ndim
    if rank < 2:
        raise ValueError(f"mT: needs at least 2 axes, got shape {self.shape}")
    return _core.transpose(self, [*range(rank - 2), rank - 1, rank - 2])


def _size(self: Any) -> int:
    """The number of elements."""
    return self.shape.num_elements()


def _itemsize(self: Any) -> int:
    """Bytes of one element."""
    return self.dtype.size


def _nbytes(self: Any) -> int:
    """Bytes of all elements."""
    return self.dtype.size * self.shape.num_elements()


def _reshape(self: Any, *shape: Any) -> Any:
    """The same elements in another shape: `t.reshape(2, 3)` or `t.reshape((2, 3))`; see tf.reshape."""
    return _core.reshape(self, _dims(shape))


def _transpose(self: Any, *axes: Any) -> Any:
    """The axes in another order, reversed by default; see tf.transpose."""
    if not axes or axes == (None,):
        return _core.transpose(self)
    return _core.transpose(self, _dims(axes))


def _astype(self: Any, dtype: Any) -> Any:
    """The elements in another dtype; see tf.cast."""
    return _core.cast(_core.convert(self), dtype)


def _sum(self: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum; bools are counted as int64. See tf.reduce_sum."""
    if dtype is None and self.dtype.is_bool:
        dtype = "int64"
    return _core.reduce_sum(self if dtype is None else _core.cast(self, dtype), axis, keepdims)


def _prod(self: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product; see tf.reduce_prod."""
    if dtype is None and self.dtype.is_bool:
        dtype = "int64"
    return _core.reduce_prod(self if dtype is None else _core.cast(self, dtype), axis, keepdims)


def _mean(self: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The mean; that of integers is float64, as in NumPy. See tf.reduce_mean."""
    x = _real_dtype_for_mean(self) if dtype is None else _core.cast(self, dtype)
    return _core.reduce_mean(x, axis, keepdims)


def _var(self: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean squared distance from the mean; see tf.math.reduce_variance."""
    return _core.reduce_variance(_real_dtype_for_mean(self), axis, keepdims)


def _std(self: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The standard deviation; see tf.math.reduce_std."""
    return _core.reduce_std(_real_dtype_for_mean(self), axis, keepdims)


def _min(self: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The least element; see tf.reduce_min."""
    return _core.reduce_min(self, axis, keepdims)


def _max(self: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The greatest element; see tf.reduce_max."""
    return _core.reduce_max(self, axis, keepdims)


def _any(self: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether any element is true (not zero); see tf.reduce_any."""
    return _core.reduce_any(_core.cast(self, "bool"), axis, keepdims)


def _all(self: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether all elements are true (not zero); see tf.reduce_all."""
    return _core.reduce_all(_core.cast(self, "bool"), axis, keepdims)


def _arg_extreme(op: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
    if axis is None:
        found = op(_core.reshape(x, [-1]), 0)
        return _core.reshape(found, [1] * x.ndim) if keepdims else found
    found = op(x, axis)
    return _core.expand_dims(found, axis) if keepdims else found


def _argmax(self: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The place of the greatest element, among all of them (flattened) when axis is None; int64."""
    return _arg_extreme(_core.argmax, self, axis, keepdims)


def _argmin(self: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The place of the least element, among all of them (flattened) when axis is None; int64."""
    return _arg_extreme(_core.argmin, self, axis, keepdims)


def _flatten(self: Any) -> Any:
    """The elements in one row."""
    return _core.reshape(self, [-1])


def _squeeze(self: Any, axis: Any = None) -> Any:
    """Without the axes of size 1; see tf.squeeze."""
    return _core.squeeze(self) if axis is None else _core.squeeze(self, axis)


def _clip(self: Any, min: Any = None, max: Any = None) -> Any:
    """The elements limited to [min, max]; None sets no limit. See tf.clip_by_value."""
    if min is not None and max is not None:
        return _core.clip_by_value(self, min, max)
    if min is not None:
        return _core.maximum(self, min)
    return _core.identity(self) if max is None else _core.minimum(self, max)


def _round(self: Any, decimals: int = 0) -> Any:
    """The elements rounded to so many decimals, halves to even; see tf.round."""
    decimals = operator.index(decimals)
    if decimals == 0 or self.dtype.is_integer and decimals > 0:
        return _core.round(self)
    if self.dtype.is_integer:
        raise ValueError(f"round: decimals of {self.dtype.name} must be >= 0, got {decimals}")
    if decimals > 0:
        return _core.round(self * 10.0**decimals) / 10.0**decimals
    return _core.round(self / 10.0**-decimals) * 10.0**-decimals


def _item(self: Any, *args: Any) -> Any:
    """The one element, or the one at an index, as a Python number."""
    return self.numpy().item(*args)


def _tolist(self: Any) -> Any:
    """The elements as nested lists of Python numbers."""
    return self.numpy().tolist()


def attach() -> None:
    """Gives the compiled types their Python methods."""
    shared = {
        "__round__": _round_builtin,
        "__divmod__": _divmod,
        "__rdivmod__": _rdivmod,
        "__complex__": _complex,
        "get_shape": _get_shape,
        "set_shape": _set_shape,
        "ref": _ref,
        "T": property(_transposed, doc="The axes in reverse order."),
        "mT": property(_matrix_transposed, doc="The last two axes exchanged."),
        "size": property(_size, doc="The number of elements."),
        "itemsize": property(_itemsize, doc="Bytes of one element."),
        "nbytes": property(_nbytes, doc="Bytes of all elements."),
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
        "__format__": _format,
        "__copy__": _copy,
        "__deepcopy__": _deepcopy,
        "__reduce__": _reduce,
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
