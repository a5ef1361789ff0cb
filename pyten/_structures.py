"""Small types around tensors: IndexedSlices, TensorSpec, references, and a few enumerations."""

from __future__ import annotations

import enum
from typing import Any, Generic, TypeVar

from pyten._dtypes import DType, as_dtype
from pyten._shape import TensorShape

__all__ = [
    "IndexedSlices",
    "Reference",
    "TensorSpec",
    "UnconnectedGradients",
    "VariableAggregation",
    "VariableSynchronization",
]

T = TypeVar("T")


class UnconnectedGradients(enum.Enum):
    """What a gradient is where target and source are not connected: None, or zeros.

    Example:
      >>> import pyten as tf
      >>> x, y = tf.Variable(1.), tf.Variable(2.)
      >>> with tf.GradientTape() as tape:
      ...     z = 3. * y
      >>> tape.gradient(z, x, unconnected_gradients=tf.UnconnectedGradients.ZERO).numpy()
      np.float32(0.0)
    """

    NONE = "none"
    ZERO = "zero"


class VariableSynchronization(enum.Enum):
    """When a distributed variable is brought together. Kept for compatibility; changes nothing.

    Example:
      >>> import pyten as tf
      >>> tf.Variable(1.).synchronization.name
      'AUTO'
    """

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How a distributed variable is brought together. Kept for compatibility; changes nothing.

    Example:
      >>> import pyten as tf
      >>> tf.Variable(1.).aggregation.name
      'NONE'
    """

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


class Reference(Generic[T]):
    """A hashable stand-in for a tensor or variable; equal to references to the same object."""

    __slots__ = ("_wrapped",)

    def __init__(self, wrapped: T) -> None:
        self._wrapped = wrapped

    def deref(self) -> T:
        """The object that this refers to."""
        return self._wrapped

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, Reference):
            return NotImplemented
        return self._wrapped is other._wrapped

    def __hash__(self) -> int:
        return id(self._wrapped)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._wrapped!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Reference, (self._wrapped,))


class IndexedSlices:
    """Some rows of a larger tensor, for `Variable.scatter_*` and optimizers.

    Gradients are always dense tensors; this is only for callers who have such rows.

    Args:
      values: a tensor [n, ...].
      indices: an integer tensor [n]: the row that each slice of values belongs to.
      dense_shape: the larger tensor's shape, an integer vector, or None.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2., 3.])
      >>> v.scatter_add(tf.IndexedSlices([10., 20.], [0, 2])).numpy()
      array([11.,  2., 23.], dtype=float32)
    """

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        from pyten import _core

        self._given = values  # what scatter_* converts to the variable's dtype
        self._values = _core.convert(values)
        self._indices = _core.convert(indices)
        self._dense_shape = None if dense_shape is None else _core.convert(dense_shape)

    @property
    def values(self) -> Any:
        """The slices, a tensor [n, ...]."""
        return self._values

    @property
    def indices(self) -> Any:
        """The row of each slice, an integer tensor [n]."""
        return self._indices

    @property
    def dense_shape(self) -> Any:
        """The shape of the tensor that these are slices of, an integer vector, or None."""
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        """The shape of the tensor that these are slices of, as far as it is known."""
        if self._dense_shape is None:
            return TensorShape([None, *self._values.shape[1:]])
        return TensorShape(self._dense_shape.numpy().tolist())

    @property
    def dtype(self) -> DType:
        """The type of the elements of values."""
        return self._values.dtype

    @property
    def device(self) -> str:
        """The device of values."""
        return self._values.device

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self._values, self._indices, self._dense_shape)

    def __str__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"


class TensorSpec:
    """The shape and dtype that a function's argument must have.

    Args:
      shape: a shape; None stands for an unknown size.
      dtype: a dtype; the default is float32.
      name: a name, or None.

    Example:
      >>> import pyten as tf
      >>> spec = tf.TensorSpec([None, 2])
      >>> spec, spec.is_compatible_with(tf.ones((3, 2)))
      (TensorSpec(shape=(None, 2), dtype=tf.float32, name=None), True)
    """

    __slots__ = ("_dtype", "_name", "_shape")

    def __init__(self, shape: Any, dtype: Any = "float32", name: str | None = None) -> None:
        self._shape = TensorShape(shape)
        self._dtype = as_dtype(dtype)
        self._name = name

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> TensorSpec:
        """The spec that fits exactly this tensor.

        Args:
          tensor: a tensor.
          name: the name of the spec, or None.

        Returns:
          A TensorSpec.
        """
        return cls(tensor.shape, tensor.dtype, name)

    @property
    def shape(self) -> TensorShape:
        """The shape."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return self._dtype

    @property
    def name(self) -> str | None:
        """The name, or None."""
        return self._name

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether a tensor, or each tensor of another spec, may stand here.

        Args:
          spec_or_value: a tensor or a TensorSpec.

        Returns:
          A bool.
        """
        shape = getattr(spec_or_value, "shape", None)
        dtype = getattr(spec_or_value, "dtype", None)
        return dtype == self._dtype and self._shape.is_compatible_with(shape)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, TensorSpec) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return (self._shape, self._dtype, self._name)

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (TensorSpec, (self._shape, self._dtype, self._name))
