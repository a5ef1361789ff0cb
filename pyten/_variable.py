"""tf.Variable: construction, scatter methods, copies and text.

Reading, assigning, arithmetic and indexing are compiled (`_core.Variable`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pyten import _core
from pyten._dtypes import as_dtype
from pyten._names import current_scope
from pyten._shape import TensorShape
from pyten._structures import IndexedSlices, VariableAggregation, VariableSynchronization
from pyten._tensor import format_value, value_text

__all__ = ["Variable"]


class Variable(_core.Variable):
    """A tensor that can be assigned to, and that gradient tapes watch by themselves.

    Args:
      initial_value: the first value, of any shape and dtype: a tensor, a number, an array, a list,
        or a callable that gives one. It is copied.
      trainable: whether tapes watch the variable when it is read. The default is True.
      validate_shape: accepted for compatibility.
      caching_device: accepted for compatibility.
      name: what stands in `.name`, in front of ":0"; need not be unique.
      variable_def: not supported.
      dtype: the dtype that initial_value is converted to; by default its own.
      import_scope: accepted for compatibility.
      constraint: a function that optimizers apply to the value after each step; stored only.
      synchronization: a VariableSynchronization; stored only.
      aggregation: a VariableAggregation; stored only.
      shape: the shape that assigns must fit; None stands for a size that may change. By default
        that of initial_value.
      experimental_enable_variable_lifting: accepted for compatibility.

    Raises:
      ValueError: there is no initial_value, it does not fit `shape`, or it is a tensor of another
        dtype than `dtype`.
      TypeError: initial_value does not convert to `dtype` without loss.

    Example:
      >>> import pyten as tf
      >>> v = tf.Variable([1., 2.], name="v")
      >>> v.assign_add([10., 10.])
      <tf.Variable 'v:0' shape=(2,) dtype=float32, numpy=array([11., 12.], dtype=float32)>
      >>> (2 * v).numpy()
      array([22., 24.], dtype=float32)
    """

    _constraint: Callable[[Any], Any] | None = None
    _synchronization = VariableSynchronization.AUTO
    _aggregation = VariableAggregation.NONE

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Any], Any] | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
        experimental_enable_variable_lifting: bool = True,
    ) -> None:
        if variable_def is not None:
            raise ValueError("Variable: variable_def is not supported")
        if initial_value is None:
            raise ValueError(
                "The `initial_value` arg to `tf.Variable` must be specified except when you are "
                "not providing a `variable_def`. You provided neither."
            )
        if name is None:
            name = "Variable"
        elif not isinstance(name, str):
            raise ValueError(f"Variable: name must be a string, got {name!r}")
        value = _initial_tensor(initial_value, dtype)
        arguments: tuple[Any, ...] = ()
        if shape is not None:
            declared = TensorShape(shape)
            if not declared.is_compatible_with(value.shape):
                raise ValueError(
                    f"In this `tf.Variable` creation, the initial value's shape ({value.shape}) "
                    f"is not compatible with the explicitly supplied `shape` argument ({shape})."
                )
            arguments = (_dims_argument(declared),)
        if synchronization is not VariableSynchronization.AUTO:
            if not isinstance(synchronization, VariableSynchronization):
                raise ValueError(
                    "Variable: synchronization must be a VariableSynchronization, got "
                    f"{synchronization!r}"
                )
            self._synchronization = synchronization
        if aggregation is not VariableAggregation.NONE:
            if not isinstance(aggregation, VariableAggregation):
                raise ValueError(
                    f"Variable: aggregation must be a VariableAggregation, got {aggregation!r}"
                )
            self._aggregation = aggregation
        if constraint is not None:
            if not callable(constraint):
                raise ValueError(
                    f"Variable: constraint must be None or callable, got {constraint!r}"
                )
            self._constraint = constraint
        if trainable is None:
            trainable = synchronization is not VariableSynchronization.ON_READ
        super().__init__(value, bool(trainable), current_scope() + name, *arguments)

    # -- What it is ------------------------------------------------------------------------------
    @property
    def name(self) -> str:
        """The name with its scopes, and ":0"."""
        return self._name + ":0"

    @property
    def constraint(self) -> Callable[[Any], Any] | None:
        """The function that optimizers apply after each step, or None."""
        return self._constraint

    @property
    def synchronization(self) -> VariableSynchronization:
        """What the variable was made with."""
        return self._synchronization

    @property
    def aggregation(self) -> VariableAggregation:
        """What the variable was made with."""
        return self._aggregation

    def is_initialized(self, name: str | None = None) -> Any:
        """Returns a bool tensor, True: a variable always has a value."""
        return _core.convert(True)

    def set_shape(self, shape: Any) -> None:
        """Checks that the variable may have this shape.

        Args:
          shape: a shape; None stands for an unknown size.

        Raises:
          ValueError: it has another one.
        """
        self.shape.merge_with(shape)

    def __repr__(self) -> str:
        return (
            f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}, "
            f"numpy={value_text(self)}>"
        )

    def __format__(self, spec: str) -> str:
        return format_value(self, spec) if spec else repr(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError(
                "__array__: the value of a variable is always copied, got copy=False; "
                "np.asarray(v.read_value()) looks at the present value without a copy"
            )
        return np.asarray(self.numpy(), dtype=dtype)

    # -- Rows and places ---------------------------------------------------------------------------
    def sparse_read(self, indices: Any, name: str | None = None) -> Any:
        """Returns the rows at `indices`, an integer tensor of any shape; see tf.gather."""
        return _core.gather(self, indices)

    def gather_nd(self, indices: Any, name: str | None = None) -> Any:
        """Returns the slices at `indices`, an integer tensor [..., depth]; see tf.gather_nd."""
        return _core.gather_nd(self, indices)

    def scatter_update(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: Any = None
    ) -> Variable:
        """Replaces the rows `sparse_delta.indices` by `sparse_delta.values`; the last one wins.

        Args:
          sparse_delta: tf.IndexedSlices.
          use_locking: accepted for compatibility.
          name: accepted for compatibility.

        Returns:
          The variable.

        Raises:
          TypeError: sparse_delta is something else.
          InvalidArgumentError: an index is out of range, or the shapes do not fit.
        """
        return self._scatter_rows("update", sparse_delta)

    def scatter_add(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: Any = None
    ) -> Variable:
        """Adds `sparse_delta.values` to the rows `sparse_delta.indices`; see scatter_update."""
        return self._scatter_rows("add", sparse_delta)

    def scatter_sub(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: Any = None
    ) -> Variable:
        """Subtracts `sparse_delta.values` from the rows at the indices; see scatter_update."""
        return self._scatter_rows("subtract", sparse_delta)

    def scatter_mul(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: Any = None
    ) -> Variable:
        """Multiplies the rows at the indices by `sparse_delta.values`; see scatter_update."""
        return self._scatter_rows("multiply", sparse_delta)

    def scatter_div(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: Any = None
    ) -> Variable:
        """Divides the rows at the indices by `sparse_delta.values`; see scatter_update."""
        return self._scatter_rows("divide", sparse_delta)

    def scatter_max(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: Any = None
    ) -> Variable:
        """Raises the rows at the indices to at least `sparse_delta.values`; see scatter_update."""
        return self._scatter_rows("max", sparse_delta)

    def scatter_min(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: Any = None
    ) -> Variable:
        """Lowers the rows at the indices to at most `sparse_delta.values`; see scatter_update."""
        return self._scatter_rows("min", sparse_delta)

    def batch_scatter_update(
        self, sparse_delta: IndexedSlices, use_locking: bool = False, name: Any = None
    ) -> Variable:
        """As scatter_update, along the last axis of the indices; the axes before it are batches.

        Args:
          sparse_delta: tf.IndexedSlices with indices [batch..., n].
          use_locking: accepted for compatibility.
          name: accepted for compatibility.

        Returns:
          The variable.

        Example:
          >>> import pyten as tf
          >>> v = tf.Variable([[1., 2., 3.], [4., 5., 6.]])
          >>> v.batch_scatter_update(tf.IndexedSlices([[10.], [20.]], [[1], [2]])).numpy()
          array([[ 1., 10.,  3.],
                 [ 4.,  5., 20.]], dtype=float32)
        """
        values, indices = self._slices(sparse_delta)
        rows = np.array(indices)
        places = np.stack([*np.indices(rows.shape)[:-1], rows], -1) if rows.ndim else rows
        return self._scatter_nd("update", _core.convert(places), values)

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Replaces the slices at `indices` by `updates`; the last one wins.

        Args:
          indices: an integer tensor [..., depth].
          updates: the new slices, [..., *shape[depth:]].
          name: accepted for compatibility.

        Returns:
          The variable.

        Raises:
          InvalidArgumentError: an index is out of range, or the shapes do not fit.

        Example:
          >>> import pyten as tf
          >>> v = tf.Variable([1., 2., 3.])
          >>> v.scatter_nd_update([[0], [2]], [10., 30.]).numpy()
          array([10.,  2., 30.], dtype=float32)
        """
        return self._scatter_nd("update", indices, updates)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Adds `updates` to the slices at `indices`; see scatter_nd_update."""
        return self._scatter_nd("add", indices, updates)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Subtracts `updates` from the slices at `indices`; see scatter_nd_update."""
        return self._scatter_nd("subtract", indices, updates)

    def scatter_nd_max(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Raises the slices at `indices` to at least `updates`; see scatter_nd_update."""
        return self._scatter_nd("max", indices, updates)

    def scatter_nd_min(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Lowers the slices at `indices` to at most `updates`; see scatter_nd_update."""
        return self._scatter_nd("min", indices, updates)

    def _slices(self, sparse_delta: IndexedSlices) -> tuple[Any, Any]:
        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(
                "Argument `sparse_delta` must be a `tf.IndexedSlices`. Received arg: "
                f"{sparse_delta!r}"
            )
        return _core.convert(sparse_delta._given, self.dtype), sparse_delta.indices

    def _scatter_rows(self, how: str, sparse_delta: IndexedSlices) -> Variable:
        values, indices = self._slices(sparse_delta)
        if values.ndim == 0:
            values = _core.broadcast_to(values, [*indices.shape, *self.shape[1:]])
        return self._scatter_nd(how, _core.expand_dims(indices, -1), values)

    # -- Copies ------------------------------------------------------------------------------------
    def __copy__(self) -> Variable:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        new = type(self).__new__(type(self))
        memo[id(self)] = new
        with _core._pause_tapes():
            value = self.read_value()
        _core.Variable.__init__(new, value, self.trainable, self._name, _dims_argument(self.shape))
        import copy

        new.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return new

    def __reduce__(self) -> tuple[Any, ...]:
        with _core._pause_tapes():
            value = self.read_value()
        arguments = (type(self), value, self.trainable, self._name, _dims_argument(self.shape))
        return _unpickle, arguments, self.__dict__ or None


def _initial_tensor(value: Any, dtype: Any) -> Any:
    if callable(value) and not isinstance(value, (_core.Tensor, _core.Variable)):
        with _core._pause_tapes():
            value = value()
    if dtype is None:
        return _core.convert(value)
    dtype = as_dtype(dtype)
    if isinstance(value, (_core.Tensor, _core.Variable)) and value.dtype != dtype:
        raise ValueError(
            f"initial_value: Tensor conversion requested dtype {dtype.name} for Tensor with dtype "
            f"{value.dtype.name}: {value!r}; use tf.cast(initial_value, tf.{dtype.name})"
        )
    return _core.convert(value, dtype)


def _dims_argument(shape: TensorShape) -> tuple[int | None, ...] | None:
    return None if shape.rank is None else tuple(shape)


def _unpickle(cls: type[Variable], value: Any, trainable: bool, name: str, dims: Any) -> Variable:
    if not (isinstance(cls, type) and issubclass(cls, Variable)):
        raise TypeError(f"unpickle: {cls!r} is no class of variables")
    if not isinstance(value, _core.Tensor):
        raise TypeError(f"unpickle: the value of a variable must be a tensor, got {value!r}")
    declared = TensorShape(dims)
    if not declared.is_compatible_with(value.shape):
        raise ValueError(f"unpickle: shape {declared} does not fit a value of shape {value.shape}")
    new = cls.__new__(cls)
    _core.Variable.__init__(new, value, trainable, name, _dims_argument(declared))
    return new


# Tapes give out variables whose Python object is gone: as objects of this class.
_core._register(variable=Variable)
