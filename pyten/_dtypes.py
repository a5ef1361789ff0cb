"""Element types: the class DType, its instances, and what counts as naming one of them."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["ALL_DTYPES", "DType", "as_dtype"]

# kind: b bool, i signed, u unsigned, f floating, c complex. The number is TensorFlow's own (the
# DataType enum of its files). The order is that of the core's enum.
_TABLE = (
    ("bool", "b", 1, 10),
    ("int8", "i", 1, 6),
    ("int16", "i", 2, 5),
    ("int32", "i", 4, 3),
    ("int64", "i", 8, 9),
    ("uint8", "u", 1, 4),
    ("uint16", "u", 2, 17),
    ("uint32", "u", 4, 22),
    ("uint64", "u", 8, 23),
    ("float16", "f", 2, 19),
    ("bfloat16", "f", 2, 14),
    ("float32", "f", 4, 1),
    ("float64", "f", 8, 2),
    ("complex64", "c", 8, 8),
    ("complex128", "c", 16, 18),
)

_INSTANCES: dict[Any, DType] = {}  # by name, by enum, by Python and NumPy type


class DType:
    """The type of a tensor's elements, such as `tf.float32`.

    Each of them exists once. They compare equal to all that names them: `tf.float32 == "float32"`,
    `tf.float32 == np.float32`. NumPy takes them too: `np.zeros(2, tf.float32)`.

    Args:
      type_enum: the number of the type in TensorFlow's files.
      handle_data: accepted for compatibility; must be None.

    Raises:
      TypeError: there is no such type.

    Example:
      >>> import pyten as tf
      >>> tf.float32.size, tf.float32.is_floating, tf.int8.max
      (4, True, 127)
    """

    __slots__ = ("__weakref__", "_enum", "_kind", "_name", "_size")
    _enum: int
    _kind: str
    _name: str
    _size: int

    def __new__(cls, type_enum: int, handle_data: None = None) -> DType:
        if handle_data is not None:
            raise TypeError("DType: handle_data is not supported")
        if isinstance(type_enum, int) and type_enum in _INSTANCES:
            return _INSTANCES[type_enum]
        raise TypeError(f"DType: no type has the number {type_enum!r}")

    @property
    def name(self) -> str:
        """The name, which is NumPy's name as well."""
        return self._name

    @property
    def size(self) -> int:
        """Bytes of one element."""
        return self._size

    @property
    def as_numpy_dtype(self) -> type:
        """The NumPy type class, such as `np.float32`; for bfloat16 that of ml_dtypes."""
        if self._name == "bfloat16":
            try:
                from ml_dtypes import bfloat16
            except ImportError:
                raise TypeError(
                    "NumPy has no bfloat16 of its own: pip install ml_dtypes, or "
                    "tf.cast(x, tf.float32) first"
                ) from None
            return bfloat16
        return np.dtype(self._name).type

    @property
    def dtype(self) -> np.dtype:
        """The NumPy dtype; NumPy looks for this attribute."""
        return np.dtype(self.as_numpy_dtype)

    @property
    def as_datatype_enum(self) -> int:
        """The number of the type in TensorFlow's files."""
        return self._enum

    @property
    def base_dtype(self) -> DType:
        """The type itself: there are no reference types."""
        return self

    @property
    def real_dtype(self) -> DType:
        """The type of the real and imaginary parts; the type itself when it is not complex."""
        if self._kind == "c":
            return _INSTANCES["float32" if self._size == 8 else "float64"]
        return self

    @property
    def is_bool(self) -> bool:
        """Whether this is `tf.bool`."""
        return self._kind == "b"

    @property
    def is_integer(self) -> bool:
        """Whether it is an integer type, signed or not."""
        return self._kind in "iu"

    @property
    def is_unsigned(self) -> bool:
        """Whether it is an unsigned integer type."""
        return self._kind == "u"

    @property
    def is_floating(self) -> bool:
        """Whether it is a real floating-point type."""
        return self._kind == "f"

    @property
    def is_complex(self) -> bool:
        """Whether it is a complex type."""
        return self._kind == "c"

    @property
    def is_quantized(self) -> bool:
        """False: there are no quantized types."""
        return False

    @property
    def is_numpy_compatible(self) -> bool:
        """True: each of the types has a NumPy counterpart (bfloat16 through ml_dtypes)."""
        return True

    @property
    def min(self) -> Any:
        """The lowest finite value.

        Raises:
          TypeError: for bool and complex types, which have no order.
        """
        return self._extreme("min", "minimum")

    @property
    def max(self) -> Any:
        """The highest finite value.

        Raises:
          TypeError: for bool and complex types, which have no order.
        """
        return self._extreme("max", "maximum")

    def _extreme(self, which: str, word: str) -> Any:
        if self._kind in "iu":
            return int(getattr(np.iinfo(self._name), which))
        if self._name == "bfloat16":
            value = (2.0 - 2.0**-7) * 2.0**127
            return -value if which == "min" else value
        if self._kind == "f":
            return getattr(np.finfo(self._name), which)
        raise TypeError(f"Cannot find {word} value of {self}.")

    @property
    def limits(self) -> tuple[Any, Any]:
        """Intensity limits for images, (0, max): 1 for float32 and float64.

        Raises:
          ValueError: the type has no such limits.
        """
        if self._kind == "b":
            return (0, True)
        if self._kind in "iu":
            return (0, self.max)
        if self._name in ("float32", "float64"):
            return (0, 1)
        raise ValueError(f"{self} does not have defined limits.")

    def is_compatible_with(self, other: Any) -> bool:
        """Whether `other` names the same type.

        Args:
          other: a DType or what makes one; see tf.as_dtype.

        Returns:
          A bool.
        """
        return self is as_dtype(other)

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, DType):
            return self is other
        if other is None:
            return False
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    def __ne__(self, other: Any) -> bool:
        return not self.__eq__(other)

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return "tf." + self._name

    def __str__(self) -> str:
        return f"<dtype: '{self._name}'>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (as_dtype, (self._name,))

    def __copy__(self) -> DType:
        return self

    def __deepcopy__(self, memo: Any) -> DType:
        return self


def _make(name: str, kind: str, size: int, enum: int) -> DType:
    dtype = object.__new__(DType)
    dtype._name, dtype._kind, dtype._size, dtype._enum = name, kind, size, enum
    _INSTANCES[name] = _INSTANCES[enum] = dtype
    return dtype


ALL_DTYPES = [_make(*row) for row in _TABLE]

for _alias, _name in (("half", "float16"), ("float", "float32"), ("double", "float64")):
    _INSTANCES[_alias] = _INSTANCES[_name]
# Python's own numbers have the types that tf.constant gives them. bool, 1 and True are one key of
# a dictionary, but types and numbers are not.
_INSTANCES[float] = _INSTANCES["float32"]
_INSTANCES[bool] = _INSTANCES["bool"]
_INSTANCES[int] = _INSTANCES["int32"]
for _dtype in ALL_DTYPES:
    if _dtype._name != "bfloat16":
        _INSTANCES[np.dtype(_dtype._name)] = _INSTANCES[np.dtype(_dtype._name).type] = _dtype


def as_dtype(type_value: Any) -> DType:
    """The DType that `type_value` names.

    Args:
      type_value: a DType, a name ("float32", "half", "double"), a NumPy type or dtype, or `float`
        (float32), `int` (int32) or `bool`.

    Returns:
      The DType.

    Raises:
      TypeError: it names none.

    Example:
      >>> import pyten as tf
      >>> tf.as_dtype("half"), tf.as_dtype(float)
      (tf.float16, tf.float32)
    """
    if type(type_value) is DType:
        return type_value
    try:
        return _INSTANCES[type_value]
    except (KeyError, TypeError):
        pass
    found = None
    try:
        if isinstance(type_value, np.dtype):
            found = type_value
        elif isinstance(type_value, type) and issubclass(type_value, np.generic):
            found = np.dtype(type_value)
        elif isinstance(getattr(type_value, "dtype", None), np.dtype):
            found = type_value.dtype
    except TypeError:
        pass
    if found is not None and found.name in _INSTANCES:
        return _INSTANCES[found.name]
    hint = ""
    if isinstance(type_value, str):
        import difflib

        close = difflib.get_close_matches(type_value, [d.name for d in ALL_DTYPES], 1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
    raise TypeError(
        f"Cannot convert the argument `type_value`: {type_value!r} to a TensorFlow DType.{hint}"
    )
