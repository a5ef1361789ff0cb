# Written by tools/generate_stubs.py: edit that, or the op definitions in csrc/ops.
import builtins
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeAlias

from numpy.typing import ArrayLike, DTypeLike as _NumpyDTypeLike, NDArray

from pyten._dtypes import DType
from pyten._shape import TensorShape

# What ops convert to a tensor; lists may hold tensors as well.
TensorLike: TypeAlias = Tensor | Variable | ArrayLike | Sequence[TensorLike]
DTypeLike: TypeAlias = DType | _NumpyDTypeLike
Ints: TypeAlias = int | Sequence[int] | Tensor | NDArray[Any]
ShapeLike: TypeAlias = TensorShape | int | Sequence[int | None] | Tensor | NDArray[Any]

__version__: str

class Array(Tensor):
    @property
    def T(self) -> Any:
        """The axes in reverse order."""
    def __abs__(self) -> Array: ...
    def __add__(self, other: Any, /) -> Array: ...
    def __and__(self, other: Any, /) -> Array: ...
    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]: ...
    @property
    def __array_interface__(self) -> Any: ...
    def __divmod__(self, other: Any, /) -> tuple[Array, Array]: ...
    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: Any = None,
        dl_device: Any = None,
        copy: Any = None,
    ) -> Any: ...
    def __eq__(self, other: Any, /) -> Array: ...  # type: ignore[override]  # pyright: ignore
    def __floordiv__(self, other: Any, /) -> Array: ...
    def __ge__(self, other: Any, /) -> Array: ...
    def __getitem__(self, key: Any, /) -> Array: ...
    def __gt__(self, other: Any, /) -> Array: ...
    def __iadd__(self, other: Any, /) -> Array: ...
    def __iand__(self, other: Any, /) -> Array: ...
    def __ifloordiv__(self, other: Any, /) -> Array: ...
    def __ilshift__(self, other: Any, /) -> Array: ...
    def __imatmul__(self, other: Any, /) -> Array: ...
    def __imod__(self, other: Any, /) -> Array: ...
    def __imul__(self, other: Any, /) -> Array: ...
    def __invert__(self) -> Array: ...
    def __ior__(self, other: Any, /) -> Array: ...
    def __ipow__(self, other: Any, /) -> Array: ...
    def __irshift__(self, other: Any, /) -> Array: ...
    def __isub__(self, other: Any, /) -> Array: ...
    def __iter__(self) -> Iterator[Array]: ...
    def __itruediv__(self, other: Any, /) -> Array: ...
    def __ixor__(self, other: Any, /) -> Array: ...
    def __le__(self, other: Any, /) -> Array: ...
    def __lshift__(self, other: Any, /) -> Array: ...
    def __lt__(self, other: Any, /) -> Array: ...
    def __matmul__(self, other: Any, /) -> Array: ...
    def __mod__(self, other: Any, /) -> Array: ...
    def __mul__(self, other: Any, /) -> Array: ...
    def __ne__(self, other: Any, /) -> Array: ...  # type: ignore[override]  # pyright: ignore
    def __neg__(self) -> Array: ...
    def __or__(self, other: Any, /) -> Array: ...
    def __pos__(self) -> Array: ...
    def __pow__(self, other: Any, /) -> Array: ...
    def __radd__(self, other: Any, /) -> Array: ...
    def __rand__(self, other: Any, /) -> Array: ...
    def __rdivmod__(self, other: Any, /) -> tuple[Array, Array]: ...
    def __rfloordiv__(self, other: Any, /) -> Array: ...
    def __rlshift__(self, other: Any, /) -> Array: ...
    def __rmatmul__(self, other: Any, /) -> Array: ...
    def __rmod__(self, other: Any, /) -> Array: ...
    def __rmul__(self, other: Any, /) -> Array: ...
    def __ror__(self, other: Any, /) -> Array: ...
    def __round__(self, ndigits: Any = None) -> Any: ...
    def __rpow__(self, other: Any, /) -> Array: ...
    def __rrshift__(self, other: Any, /) -> Array: ...
    def __rshift__(self, other: Any, /) -> Array: ...
    def __rsub__(self, other: Any, /) -> Array: ...
    def __rtruediv__(self, other: Any, /) -> Array: ...
    def __rxor__(self, other: Any, /) -> Array: ...
    def __sub__(self, other: Any, /) -> Array: ...
    def __truediv__(self, other: Any, /) -> Array: ...
    def __xor__(self, other: Any, /) -> Array: ...
    def all(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """Whether all elements are true (not zero); see tf.reduce_all."""
    def any(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """Whether any element is true (not zero); see tf.reduce_any."""
    def argmax(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The place of the greatest element, flattened without an axis; int64. See tf.argmax."""
    def argmin(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The place of the least element, flattened without an axis; int64. See tf.argmin."""
    def astype(self, dtype: Any, copy: Any = True, device: Any = None) -> Any:
        """The elements in another dtype."""
    def clip(self, min: Any = None, max: Any = None, out: Any = ...) -> Any:
        """The elements limited to [min, max]; None sets no limit. See tf.clip_by_value."""
    def flatten(self) -> Any:
        """The elements in one row."""
    @property
    def itemsize(self) -> Any:
        """Bytes of one element."""
    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
    def max(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The greatest element; see tf.reduce_max."""
    def mean(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        keepdims: Any = False,
    ) -> Any:
        """The mean; that of integers is float64, as in NumPy. See tf.reduce_mean."""
    def min(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The least element; see tf.reduce_min."""
    @property
    def nbytes(self) -> Any:
        """Bytes of all elements."""
    def prod(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        keepdims: Any = False,
    ) -> Any:
        """The product; see tf.reduce_prod."""
    def ravel(self) -> Any:
        """The elements in one row."""
    def reshape(self, *shape: Any, order: Any = None) -> Any:
        """The elements in another shape: `t.reshape(2, 3)` or `t.reshape((2, 3))`; see tf.reshape."""
    def round(self, decimals: Any = 0, out: Any = ...) -> Any:
        """The elements rounded to so many decimals, halves to even; see tf.round."""
    @property
    def shape(self) -> tuple[int, ...]: ...  # type: ignore[override]
    @property
    def size(self) -> Any:
        """The number of elements, an int."""
    def squeeze(self, axis: Any = None) -> Any:
        """Without the axes of size 1; see tf.squeeze."""
    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        ddof: Any = 0,
        keepdims: Any = False,
    ) -> Any:
        """The standard deviation; see var and tf.math.reduce_std."""
    def sum(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        keepdims: Any = False,
    ) -> Any:
        """The sum; bools are counted as int64. See tf.reduce_sum."""
    def to_device(self, device: Any, *, stream: Any = None) -> Any:
        """The array on a device."""
    def transpose(self, *axes: Any) -> Any:
        """The axes in another order, reversed by default; see tf.transpose."""
    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        ddof: Any = 0,
        keepdims: Any = False,
    ) -> Any:
        """The mean squared distance from the mean; ddof is taken off the count. See reduce_variance."""
    def __setitem__(self, key: Any, value: Any, /) -> None: ...

class Function:
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    @property
    def __signature__(self) -> Any: ...
    @property
    def _parameters(self) -> Any: ...
    @property
    def _returns_list(self) -> Any: ...
    @property
    def differentiable(self) -> bool:
        """Whether a gradient flows through."""
    @property
    def dtypes(self) -> tuple[str, ...]:
        """Names of the dtypes that the first tensor may have."""

class GradientTape:
    def __new__(
        cls,
        persistent: bool = False,
        watch_accessed_variables: bool = True,
    ) -> GradientTape: ...
    def __enter__(self) -> GradientTape: ...
    def __exit__(self, *exc: Any) -> None: ...
    def _explain(self, *args: Any, **kwargs: Any) -> Any: ...
    def _gradient(self, *args: Any, **kwargs: Any) -> Any: ...
    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = ...,
        parallel_iterations: Any = None,
        experimental_use_pfor: Any = True,
    ) -> Any:
        """The Jacobian of each example of a batch by the same example of the source."""
    def explain(self, target: Any, source: Any) -> str:
        """Says in a sentence why the gradient of target by source is None, or that it is not."""
    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = 'none',
    ) -> Any:
        """Returns the gradient of the sum of the target's elements by each source."""
    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = ...,
        parallel_iterations: Any = None,
        experimental_use_pfor: Any = True,
    ) -> Any:
        """The derivative of each element of the target by each element of the sources."""
    def keep_values(self) -> None:
        """Keeps every value from here on, with the line of the program that made it, for to_html."""
    def reset(self) -> None:
        """Forgets what was recorded and watched."""
    def stop_recording(self) -> AbstractContextManager[None]:
        """Returns a context manager inside which this tape records nothing."""
    def to_html(self, path: Any, target: Any = None, sources: Any = None) -> None:
        """Writes the recorded graph as one self-contained page: ops, shapes, values, gradients."""
    def watch(self, tensor: Any) -> None:
        """Makes the tape follow a tensor, a variable or a nested structure of them from here on."""
    def watched_variables(self) -> tuple[Variable, ...]:
        """Returns a tuple of the variables the tape follows, oldest first."""

class TaughtFunction:
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __get__(self, instance: Any, owner: Any = None) -> Any: ...
    @property
    def __wrapped__(self) -> Any: ...

class Tensor:
    __hash__: ClassVar[None]  # type: ignore[assignment]  # pyright: ignore
    @property
    def T(self) -> Any:
        """The axes in reverse order."""
    def __abs__(self) -> Tensor: ...
    def __add__(self, other: Any, /) -> Tensor: ...
    def __and__(self, other: Any, /) -> Tensor: ...
    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]: ...
    __array_function__: ClassVar[Any]
    @property
    def __array_interface__(self) -> Any: ...
    def __array_namespace__(self, *, api_version: Any = None) -> Any: ...
    __array_priority__: ClassVar[int]
    __array_ufunc__: ClassVar[Any]
    def __bool__(self) -> bool: ...
    def __complex__(self) -> builtins.complex: ...
    @property
    def __cuda_array_interface__(self) -> Any: ...
    def __divmod__(self, other: Any, /) -> tuple[Tensor, Tensor]: ...
    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: Any = None,
        dl_device: Any = None,
        copy: Any = None,
    ) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...
    def __eq__(self, other: Any, /) -> Tensor: ...  # type: ignore[override]  # pyright: ignore
    def __float__(self) -> float: ...
    def __floordiv__(self, other: Any, /) -> Tensor: ...
    def __ge__(self, other: Any, /) -> Tensor: ...
    def __getitem__(self, key: Any, /) -> Tensor: ...
    def __gt__(self, other: Any, /) -> Tensor: ...
    def __index__(self) -> int: ...
    def __int__(self) -> int: ...
    def __invert__(self) -> Tensor: ...
    def __iter__(self) -> Iterator[Tensor]: ...
    def __le__(self, other: Any, /) -> Tensor: ...
    def __len__(self) -> int: ...
    def __lt__(self, other: Any, /) -> Tensor: ...
    def __matmul__(self, other: Any, /) -> Tensor: ...
    def __mod__(self, other: Any, /) -> Tensor: ...
    def __mul__(self, other: Any, /) -> Tensor: ...
    def __ne__(self, other: Any, /) -> Tensor: ...  # type: ignore[override]  # pyright: ignore
    def __neg__(self) -> Tensor: ...
    def __or__(self, other: Any, /) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __pow__(self, other: Any, /) -> Tensor: ...
    def __radd__(self, other: Any, /) -> Tensor: ...
    def __rand__(self, other: Any, /) -> Tensor: ...
    def __rdivmod__(self, other: Any, /) -> tuple[Tensor, Tensor]: ...
    def __rfloordiv__(self, other: Any, /) -> Tensor: ...
    def __rmatmul__(self, other: Any, /) -> Tensor: ...
    def __rmod__(self, other: Any, /) -> Tensor: ...
    def __rmul__(self, other: Any, /) -> Tensor: ...
    def __ror__(self, other: Any, /) -> Tensor: ...
    def __round__(self, ndigits: Any = None) -> Any: ...
    def __rpow__(self, other: Any, /) -> Tensor: ...
    def __rsub__(self, other: Any, /) -> Tensor: ...
    def __rtruediv__(self, other: Any, /) -> Tensor: ...
    def __rxor__(self, other: Any, /) -> Tensor: ...
    def __sub__(self, other: Any, /) -> Tensor: ...
    def __truediv__(self, other: Any, /) -> Tensor: ...
    def __xor__(self, other: Any, /) -> Tensor: ...
    @property
    def _id(self) -> int:
        """The number that tapes know the tensor by."""
    def _repr_html_(self) -> Any:
        """Returns what notebooks show: shape, dtype, device and the values over a heat map, as HTML."""
    def all(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """Whether all elements are true (not zero); see tf.reduce_all."""
    def any(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """Whether any element is true (not zero); see tf.reduce_any."""
    def argmax(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The place of the greatest element, flattened without an axis; int64. See tf.argmax."""
    def argmin(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The place of the least element, flattened without an axis; int64. See tf.argmin."""
    @property
    def assign(self) -> Any:
        """Assigns to the slice of the variable this is."""
    @property
    def assign_add(self) -> Any:
        """Adds to the slice of the variable this is."""
    @property
    def assign_sub(self) -> Any:
        """Subtracts from the slice of the variable this is."""
    def astype(self, dtype: Any) -> Any:
        """The elements in another dtype; see tf.cast."""
    @property
    def at(self) -> Any:
        """Changed copies: x.at[key].set(y), add, multiply, … ."""
    @property
    def backing_device(self) -> Any:
        """The device of the memory."""
    def clip(self, min: Any = None, max: Any = None, out: Any = ...) -> Any:
        """The elements limited to [min, max]; None sets no limit. See tf.clip_by_value."""
    def cpu(self) -> Any:
        """Returns the tensor in the CPU's memory: itself if it is there."""
    @property
    def device(self) -> str:
        """The name of the device that holds the tensor."""
    @property
    def dtype(self) -> DType:
        """The type of the elements, a DType."""
    def flatten(self) -> Any:
        """The elements in one row."""
    def get_shape(self) -> Any:
        """Returns the shape, a TensorShape."""
    def gpu(self, gpu_index: Any = 0) -> Any:
        """Returns the tensor in a GPU's memory."""
    @property
    def graph(self) -> Any:
        """Not defined in eager execution: an AttributeError."""
    def item(self, *args: Any) -> Any:
        """The one element, or the one at an index, as a Python number."""
    @property
    def itemsize(self) -> Any:
        """Bytes of one element."""
    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
    def max(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The greatest element; see tf.reduce_max."""
    def mean(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        keepdims: Any = False,
    ) -> Any:
        """The mean; that of integers is float64, as in NumPy. See tf.reduce_mean."""
    def min(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The least element; see tf.reduce_min."""
    @property
    def name(self) -> str:
        """Not defined in eager execution: an AttributeError."""
    @property
    def nbytes(self) -> Any:
        """Bytes of all elements."""
    @property
    def ndim(self) -> int:
        """The number of axes, an int."""
    def numpy(self) -> Any:
        """Returns the value as a NumPy array of its own (a NumPy scalar for rank 0)."""
    @property
    def op(self) -> Any:
        """Not defined in eager execution: an AttributeError."""
    def prod(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        keepdims: Any = False,
    ) -> Any:
        """The product; see tf.reduce_prod."""
    def ravel(self) -> Any:
        """The elements in one row."""
    def ref(self) -> Any:
        """Returns a hashable reference, for dictionaries and sets; `.deref()` gives the object back."""
    def reshape(self, *shape: Any, order: Any = None) -> Any:
        """The elements in another shape: `t.reshape(2, 3)` or `t.reshape((2, 3))`; see tf.reshape."""
    def round(self, decimals: Any = 0, out: Any = ...) -> Any:
        """The elements rounded to so many decimals, halves to even; see tf.round."""
    def set_shape(self, shape: Any) -> Any:
        """Checks that the tensor has this shape."""
    @property
    def shape(self) -> TensorShape:
        """The shape, a TensorShape."""
    @property
    def size(self) -> Any:
        """The number of elements."""
    def squeeze(self, axis: Any = None) -> Any:
        """Without the axes of size 1; see tf.squeeze."""
    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        ddof: Any = 0,
        keepdims: Any = False,
    ) -> Any:
        """The standard deviation; see var and tf.math.reduce_std."""
    def sum(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        keepdims: Any = False,
    ) -> Any:
        """The sum; bools are counted as int64. See tf.reduce_sum."""
    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
    def transpose(self, *axes: Any) -> Any:
        """The axes in another order, reversed by default; see tf.transpose."""
    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        ddof: Any = 0,
        keepdims: Any = False,
    ) -> Any:
        """The mean squared distance from the mean; ddof is taken off the count. See reduce_variance."""

class Variable:
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    @property
    def T(self) -> Any:
        """The axes in reverse order."""
    def __abs__(self) -> Tensor: ...
    def __add__(self, other: Any, /) -> Tensor: ...
    def __and__(self, other: Any, /) -> Tensor: ...
    __array_function__: ClassVar[Any]
    __array_priority__: ClassVar[int]
    __array_ufunc__: ClassVar[Any]
    def __bool__(self) -> bool: ...
    def __complex__(self) -> builtins.complex: ...
    def __divmod__(self, other: Any, /) -> tuple[Tensor, Tensor]: ...
    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: Any = None,
        dl_device: Any = None,
        copy: Any = None,
    ) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...
    def __eq__(self, other: Any, /) -> Tensor: ...  # type: ignore[override]  # pyright: ignore
    def __float__(self) -> float: ...
    def __floordiv__(self, other: Any, /) -> Tensor: ...
    def __ge__(self, other: Any, /) -> Tensor: ...
    def __getitem__(self, key: Any, /) -> Tensor: ...
    def __gt__(self, other: Any, /) -> Tensor: ...
    def __iadd__(self, other: Any, /) -> Tensor: ...
    def __ifloordiv__(self, other: Any, /) -> Tensor: ...
    def __imatmul__(self, other: Any, /) -> Tensor: ...
    def __imod__(self, other: Any, /) -> Tensor: ...
    def __imul__(self, other: Any, /) -> Tensor: ...
    def __index__(self) -> int: ...
    def __int__(self) -> int: ...
    def __invert__(self) -> Tensor: ...
    def __ipow__(self, other: Any, /) -> Tensor: ...
    def __isub__(self, other: Any, /) -> Tensor: ...
    def __iter__(self) -> Iterator[Tensor]: ...
    def __itruediv__(self, other: Any, /) -> Tensor: ...
    def __le__(self, other: Any, /) -> Tensor: ...
    def __len__(self) -> int: ...
    def __lt__(self, other: Any, /) -> Tensor: ...
    def __matmul__(self, other: Any, /) -> Tensor: ...
    def __mod__(self, other: Any, /) -> Tensor: ...
    def __mul__(self, other: Any, /) -> Tensor: ...
    def __ne__(self, other: Any, /) -> Tensor: ...  # type: ignore[override]  # pyright: ignore
    def __neg__(self) -> Tensor: ...
    def __or__(self, other: Any, /) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __pow__(self, other: Any, /) -> Tensor: ...
    def __radd__(self, other: Any, /) -> Tensor: ...
    def __rand__(self, other: Any, /) -> Tensor: ...
    def __rdivmod__(self, other: Any, /) -> tuple[Tensor, Tensor]: ...
    def __rfloordiv__(self, other: Any, /) -> Tensor: ...
    def __rmatmul__(self, other: Any, /) -> Tensor: ...
    def __rmod__(self, other: Any, /) -> Tensor: ...
    def __rmul__(self, other: Any, /) -> Tensor: ...
    def __ror__(self, other: Any, /) -> Tensor: ...
    def __round__(self, ndigits: Any = None) -> Any: ...
    def __rpow__(self, other: Any, /) -> Tensor: ...
    def __rsub__(self, other: Any, /) -> Tensor: ...
    def __rtruediv__(self, other: Any, /) -> Tensor: ...
    def __rxor__(self, other: Any, /) -> Tensor: ...
    def __sub__(self, other: Any, /) -> Tensor: ...
    def __truediv__(self, other: Any, /) -> Tensor: ...
    def __xor__(self, other: Any, /) -> Tensor: ...
    @property
    def _id(self) -> int: ...
    @property
    def _name(self) -> Any: ...
    def _repr_html_(self) -> Any:
        """Returns what notebooks show: shape, dtype, device and the values over a heat map, as HTML."""
    def _scatter_nd(self, *args: Any, **kwargs: Any) -> Any: ...
    def all(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """Whether all elements are true (not zero); see tf.reduce_all."""
    def any(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """Whether any element is true (not zero); see tf.reduce_any."""
    def argmax(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The place of the greatest element, flattened without an axis; int64. See tf.argmax."""
    def argmin(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The place of the least element, flattened without an axis; int64. See tf.argmin."""
    def assign(
        self,
        value: TensorLike,
        use_locking: Any = None,
        name: Any = None,
        read_value: bool = True,
    ) -> Variable:
        """Replaces the value."""
    def assign_add(
        self,
        delta: TensorLike,
        use_locking: Any = None,
        name: Any = None,
        read_value: bool = True,
    ) -> Variable:
        """Adds to the value, in place when nobody else holds it."""
    def assign_sub(
        self,
        delta: TensorLike,
        use_locking: Any = None,
        name: Any = None,
        read_value: bool = True,
    ) -> Variable:
        """Subtracts from the value, in place when nobody else holds it."""
    def astype(self, dtype: Any) -> Any:
        """The elements in another dtype; see tf.cast."""
    @property
    def at(self) -> Any:
        """Changed copies: x.at[key].set(y), add, multiply, … ."""
    def clip(self, min: Any = None, max: Any = None, out: Any = ...) -> Any:
        """The elements limited to [min, max]; None sets no limit. See tf.clip_by_value."""
    @property
    def device(self) -> str:
        """The name of the device that holds the value."""
    @property
    def dtype(self) -> DType:
        """The type of the elements, a DType."""
    def flatten(self) -> Any:
        """The elements in one row."""
    def get_shape(self) -> Any:
        """Returns the shape, a TensorShape."""
    def item(self, *args: Any) -> Any:
        """The one element, or the one at an index, as a Python number."""
    @property
    def itemsize(self) -> Any:
        """Bytes of one element."""
    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
    def max(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The greatest element; see tf.reduce_max."""
    def mean(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        keepdims: Any = False,
    ) -> Any:
        """The mean; that of integers is float64, as in NumPy. See tf.reduce_mean."""
    def min(self, axis: Any = None, out: Any = ..., keepdims: Any = False) -> Any:
        """The least element; see tf.reduce_min."""
    @property
    def nbytes(self) -> Any:
        """Bytes of all elements."""
    @property
    def ndim(self) -> int:
        """The number of axes, an int."""
    def numpy(self) -> Any:
        """Returns the value as a NumPy array of its own (a NumPy scalar for rank 0)."""
    def prod(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        keepdims: Any = False,
    ) -> Any:
        """The product; see tf.reduce_prod."""
    def ravel(self) -> Any:
        """The elements in one row."""
    def read_value(self) -> Tensor:
        """Returns the present value as a tensor; later assigns do not change it."""
    def ref(self) -> Any:
        """Returns a hashable reference, for dictionaries and sets; `.deref()` gives the object back."""
    def reshape(self, *shape: Any, order: Any = None) -> Any:
        """The elements in another shape: `t.reshape(2, 3)` or `t.reshape((2, 3))`; see tf.reshape."""
    def round(self, decimals: Any = 0, out: Any = ...) -> Any:
        """The elements rounded to so many decimals, halves to even; see tf.round."""
    def set_shape(self, shape: Any) -> Any:
        """Checks that the tensor has this shape."""
    @property
    def shape(self) -> TensorShape:
        """The shape that assigns must match, a TensorShape."""
    @property
    def size(self) -> Any:
        """The number of elements."""
    def squeeze(self, axis: Any = None) -> Any:
        """Without the axes of size 1; see tf.squeeze."""
    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        ddof: Any = 0,
        keepdims: Any = False,
    ) -> Any:
        """The standard deviation; see var and tf.math.reduce_std."""
    def sum(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        keepdims: Any = False,
    ) -> Any:
        """The sum; bools are counted as int64. See tf.reduce_sum."""
    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
    @property
    def trainable(self) -> bool:
        """Whether tapes watch the variable by themselves."""
    def transpose(self, *axes: Any) -> Any:
        """The axes in another order, reversed by default; see tf.transpose."""
    def value(self) -> Tensor:
        """Returns the present value as a tensor; later assigns do not change it."""
    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: Any = ...,
        ddof: Any = 0,
        keepdims: Any = False,
    ) -> Any:
        """The mean squared distance from the mean; ddof is taken off the count. See reduce_variance."""

class _Capture:
    def drop(self, *args: Any, **kwargs: Any) -> Any: ...
    def finish(self, *args: Any, **kwargs: Any) -> Any: ...
    def input(self, *args: Any, **kwargs: Any) -> Any: ...
    def output(self, *args: Any, **kwargs: Any) -> Any: ...

class _CapturedFunction:
    @property
    def current(self) -> Any: ...
    def replay(self, *args: Any, **kwargs: Any) -> Any: ...

class _ForwardAccumulator:
    def jvp(self, *args: Any, **kwargs: Any) -> Any: ...
    @property
    def recording(self) -> Any: ...
    def start(self, *args: Any, **kwargs: Any) -> Any: ...
    def stop(self, *args: Any, **kwargs: Any) -> Any: ...
    def watch(self, *args: Any, **kwargs: Any) -> Any: ...

class _LiveStep:
    def refresh(self, *args: Any, **kwargs: Any) -> Any: ...

class _Pause:
    def __enter__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __exit__(self, *exc: Any) -> None: ...
    @property
    def variables(self) -> Any: ...

class _StopRecording:
    def __enter__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __exit__(self, *exc: Any) -> None: ...

class _Untraceable:
    ...

class _VariableList:
    def __enter__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __exit__(self, *exc: Any) -> None: ...
    def __len__(self) -> int: ...

def _aliases(arg0: list[Any]) -> Any: ...
def _any_listener() -> bool:
    """Whether a tape or an accumulator records."""
def _array(x: Any) -> Any:
    """A tensor or variable as an Array, the items of a list or tuple likewise, anything else as it is."""
def _array_base(x: Any) -> Any:
    """x itself, ready for views of it."""
def _array_elementwise() -> dict[str, Any]:
    """The elementwise functions of the standard, by name."""
def _array_functions() -> dict[str, Any]:
    """The registry's functions, by name, with Arrays as results."""
def _array_handle(x: Any) -> Any:
    """A new Array with the same elements, which assignments to x do not reach."""
def _array_value(x: Any) -> Any:
    """The tensor that an Array now holds; anything else as it is."""
def _array_view(base: Any, x: Any) -> Any:
    """x as an Array that shares what is written to base, if they share memory."""
def _batched_jacobian(arg0: Any, arg1: Any, arg2: list[Any], arg3: bool) -> Any: ...
def _begin_capture(gpu: int, expected: _VariableList) -> _Capture:
    """Notes what this thread calls on the GPU from now on."""
def _bytes_of(x: Any) -> Tensor:
    """The elements as a uint8 tensor, row-major; shares the memory where it can."""
def _capturing() -> bool: ...
def _checking_numerics() -> bool: ...
def _from_buffer(source: Any, dtype: Any, shape: Any, copy: bool = False) -> Tensor:
    """A tensor with a buffer's bytes; shares the memory where nobody can write to it."""
_function_names: list[str]
def _is_contiguous(x: Any) -> Any:
    """Whether a tensor's elements lie row by row without gaps."""
def _note_effect(arg0: str) -> None: ...
def _optimizer_step(
    rule: str,
    variables: list[Any],
    gradients: list[Any],
    slots: Sequence[list[Any]],
    numbers: Sequence[float],
    decays: Sequence[float],
) -> Any: ...
def _pause_tapes() -> _Pause: ...
def _record_custom(arg0: str, arg1: list[Any], arg2: list[Any], arg3: Any) -> None: ...
def _refuse_in_capture(what: str) -> None: ...
def _register(**kwargs: Any) -> None: ...
def _result_type(*args: Any) -> Any:
    """The dtype that arrays, dtypes and Python numbers promote to."""
def _set_check_numerics(arg0: bool) -> bool: ...
def _set_path_limit(arg0: int) -> None: ...
def _tape_gradients(arg0: Any, arg1: list[Any]) -> dict[str, Any]: ...
def _tape_records(arg0: Any) -> dict[str, Any]: ...
def _teach(function: Any) -> Any:
    """The function, which says more when it is called with arguments that do not fit."""
def _value_id(arg0: Any) -> int: ...
def _vectorized(arg0: Any, arg1: list[Any], arg2: int) -> tuple[Any, ...]: ...
def _view_buffer(buffer: Any, offset: int, dtype: Any, shape: Sequence[int]) -> Any:
    """A tensor over read-only memory from a byte offset on, which keeps the buffer alive; a copy where elements are not aligned."""
def _watched(*objects: Any) -> Any:
    """Whether a tape or accumulator follows one of them."""
def accelerator_count() -> int:
    """How many GPUs there are."""
def accelerator_info(index: int) -> dict[str, Any]:
    """A GPU's name and memory."""
def accelerator_problem() -> str:
    """Why there are none, or nothing."""
def accelerator_release(index: int) -> None:
    """Gives a GPU's cached memory back to the driver."""
def accelerator_reset_peak(index: int) -> None:
    """The most bytes in use on a GPU start anew from those that are."""
def accelerator_synchronize(index: int) -> None:
    """Waits until a GPU has done everything it was asked to."""
def convert(value: TensorLike, dtype: Any = None, hint: Any = None) -> Tensor:
    """A Python value as a tensor."""
def from_dlpack(x: Any, to_cpu: bool = False, copy: Any = None) -> Tensor:
    """A tensor from a capsule of DLPack or from any array that has __dlpack__."""
def get_item(x: Any, key: Any) -> Tensor:
    """x[key], for anything that converts to a tensor."""
def known_accelerators() -> int:
    """GPUs found so far; asks for none."""
def measure_accelerator_copy(index: int, nbytes: int, times: int) -> float:
    """Seconds that the driver's own copy of so many bytes takes within a GPU's memory."""
def memory_stats() -> dict[str, Any]:
    """Bytes in use, the most there ever were, bytes kept for reuse, and the limit (0: none)."""
def philox_block(key: Sequence[int], counter: Sequence[int]) -> tuple[Any, ...]:
    """The four words at one place of a stream."""
def philox_skip(counter: Sequence[int], blocks: int) -> tuple[int, int, int, int]:
    """The counter `blocks` places on."""
def random_integers(
    key: Sequence[int],
    counter: Sequence[int],
    shape: Any,
    dtype: Any,
    lo: int,
    range: int,
) -> Any:
    """Integers in [lo, lo + range); range 0: all that the dtype has."""
def random_normal(key: Sequence[int], counter: Sequence[int], shape: Any, dtype: Any) -> Any:
    """Standard normal numbers."""
def random_shuffle_order(key: Sequence[int], counter: Sequence[int], n: int) -> Any:
    """A permutation of 0 … n - 1, int64."""
def random_truncated_normal(
    key: Sequence[int],
    counter: Sequence[int],
    shape: Any,
    dtype: Any,
) -> Any:
    """Standard normal numbers within two standard deviations."""
def random_uniform(
    key: Sequence[int],
    counter: Sequence[int],
    shape: Any,
    dtype: Any,
    lo: float = 0.0,
    hi: float = 1.0,
) -> Any:
    """Floats in [lo, hi)."""
def release_memory() -> None:
    """Gives the memory that is kept for reuse back to the system."""
def reset_peak_memory() -> None:
    """The most bytes in use start anew from those that are."""
def runtime_info() -> dict[str, Any]:
    """What this build is and which CPU kernels it chose."""
def set_accelerator_library(path: str) -> None: ...
def set_device(index: int | None) -> None:
    """Sets where this thread's tensors are made: -1 the CPU, else a GPU; None: wherever."""
def set_memory_limit(nbytes: int) -> None:
    """Bytes in use that no allocation may exceed; 0: no limit."""
def set_soft_placement(on: bool) -> None: ...
def set_tensor_float_32(on: bool) -> None: ...
def set_thread_count(n: int) -> None:
    """Sets how many threads large ops use; 0: as many as the machine allows."""
def soft_placement() -> bool:
    """Whether the CPU stands in where a GPU lacks a kernel."""
def tensor_float_32() -> bool:
    """Whether GPUs may multiply float32 as TensorFloat-32."""
def thread_count() -> int:
    """How many threads large ops use."""
def to_device(x: Any, index: int) -> Any:
    """A tensor on a GPU, or on the CPU (-1); recorded by tapes."""
def update_item(x: Any, key: Any, y: Any, how: str) -> Any:
    """x with x[key] set to y, or combined with it: see x.at."""

def negative(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the negative of each element."""
def abs(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the absolute value (of complex numbers: the modulus, a real tensor) of each element."""
def sign(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the sign: -1, 0 or 1 (of complex numbers: x / |x|) of each element."""
def square(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the square of each element."""
def sqrt(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the square root of each element."""
def rsqrt(x: TensorLike, name: Any = None) -> Tensor:
    """Computes 1 / sqrt(x) of each element."""
def reciprocal(x: TensorLike, name: Any = None) -> Tensor:
    """Computes 1 / x of each element."""
def exp(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the exponential of each element."""
def expm1(x: TensorLike, name: Any = None) -> Tensor:
    """Computes exp(x) - 1, accurate near 0 of each element."""
def log(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the natural logarithm of each element."""
def log1p(x: TensorLike, name: Any = None) -> Tensor:
    """Computes log(1 + x), accurate near 0 of each element."""
def sin(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the sine (radians) of each element."""
def cos(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the cosine (radians) of each element."""
def tan(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the tangent (radians) of each element."""
def asin(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the inverse sine, in radians of each element."""
def acos(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the inverse cosine, in radians of each element."""
def atan(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the inverse tangent, in radians of each element."""
def sinh(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the hyperbolic sine of each element."""
def cosh(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the hyperbolic cosine of each element."""
def tanh(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the hyperbolic tangent of each element."""
def asinh(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the inverse hyperbolic sine of each element."""
def acosh(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the inverse hyperbolic cosine of each element."""
def atanh(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the inverse hyperbolic tangent of each element."""
def sigmoid(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the logistic function 1 / (1 + exp(-x)) of each element."""
def softplus(features: TensorLike, name: Any = None) -> Tensor:
    """Computes log(1 + exp(x)), without overflow of each element."""
def erf(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the error function of each element."""
def erfc(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the complementary error function 1 - erf(x) of each element."""
def floor(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the largest integer not above x of each element."""
def ceil(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the smallest integer not below x of each element."""
def rint(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the nearest integer, halves to the even one of each element."""
def relu(features: TensorLike, name: Any = None) -> Tensor:
    """Computes max(x, 0) of each element."""
def relu6(features: TensorLike, name: Any = None) -> Tensor:
    """Computes min(max(x, 0), 6) of each element."""
def elu(features: TensorLike, name: Any = None) -> Tensor:
    """Computes x where positive, else exp(x) - 1 of each element."""
def selu(features: TensorLike, name: Any = None) -> Tensor:
    """Computes scale * x where positive, else scale * alpha * (exp(x) - 1), with the constants of Klambauer et al. 2017 of each element."""
def gelu(features: TensorLike, name: Any = None) -> Tensor:
    """Computes x P(X <= x) for a standard normal X of each element."""
def gelu_slope(features: TensorLike, name: Any = None) -> Tensor:
    """Computes the derivative of gelu of each element."""
def conj(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the complex conjugate of each element."""
def real(input: TensorLike, name: Any = None) -> Tensor:
    """Computes the real part of each element."""
def imag(input: TensorLike, name: Any = None) -> Tensor:
    """Computes the imaginary part of each element."""
def angle(input: TensorLike, name: Any = None) -> Tensor:
    """Computes the argument of a complex number, in radians of each element."""
def invert(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the bitwise complement of each element."""
def logical_not(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the logical negation of each element."""
def is_nan(x: TensorLike, name: Any = None) -> Tensor:
    """Computes whether it is NaN of each element."""
def is_inf(x: TensorLike, name: Any = None) -> Tensor:
    """Computes whether it is infinite of each element."""
def is_finite(x: TensorLike, name: Any = None) -> Tensor:
    """Computes whether it is neither infinite nor NaN of each element."""
def round(x: TensorLike, name: Any = None) -> Tensor:
    """Rounds each element to the nearest integer, halves to the even one."""
def cast(x: TensorLike, dtype: DTypeLike, name: Any = None) -> Tensor:
    """Converts a tensor to another dtype."""
def add(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x + y element by element, with broadcasting."""
def subtract(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x - y element by element, with broadcasting."""
def multiply(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x * y element by element, with broadcasting."""
def divide(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x / y element by element, with broadcasting."""
def divide_no_nan(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x / y, and 0 where y is 0 element by element, with broadcasting."""
def multiply_no_nan(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x * y, and 0 where y is 0 even if x is infinite or NaN element by element, with broadcasting."""
def floordiv(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes floor(x / y) element by element, with broadcasting."""
def floormod(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the remainder of floor(x / y), with the sign of y element by element, with broadcasting."""
def truncatediv(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x / y rounded towards zero element by element, with broadcasting."""
def truncatemod(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the remainder of x / y rounded towards zero, with the sign of x element by element, with broadcasting."""
def pow(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x to the power of y element by element, with broadcasting."""
def maximum(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the larger of x and y; NaN if either is element by element, with broadcasting."""
def minimum(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the smaller of x and y; NaN if either is element by element, with broadcasting."""
def atan2(y: TensorLike, x: TensorLike, name: Any = None) -> Tensor:
    """Computes the angle of the point (x, y), in radians from -pi to pi element by element, with broadcasting."""
def squared_difference(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes (x - y) * conj(x - y) element by element, with broadcasting."""
def xlogy(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x * log(y), and 0 where x is 0 element by element, with broadcasting."""
def bitwise_and(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the bitwise and element by element, with broadcasting."""
def bitwise_or(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the bitwise or element by element, with broadcasting."""
def bitwise_xor(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the bitwise exclusive or element by element, with broadcasting."""
def equal(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes whether x == y element by element, with broadcasting."""
def not_equal(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes whether x != y element by element, with broadcasting."""
def less(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes whether x < y element by element, with broadcasting."""
def less_equal(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes whether x <= y element by element, with broadcasting."""
def greater(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes whether x > y element by element, with broadcasting."""
def greater_equal(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes whether x >= y element by element, with broadcasting."""
def truediv(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x / y (integers of 8 and 16 bits become float32 first, wider ones float64) element by element, with broadcasting."""
def logical_and(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the logical and element by element, with broadcasting."""
def logical_or(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the logical or element by element, with broadcasting."""
def logical_xor(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the logical exclusive or element by element, with broadcasting."""
def select(condition: TensorLike, x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Takes elements of x where the condition holds and of y elsewhere."""
def clip_by_value(
    t: TensorLike,
    clip_value_min: TensorLike,
    clip_value_max: TensorLike,
    name: Any = None,
) -> Tensor:
    """Limits each element to a range."""
def add_n(inputs: Sequence[TensorLike] | TensorLike, name: Any = None) -> Tensor:
    """Adds tensors of one shape and dtype."""
def zeros(
    shape: ShapeLike,
    dtype: DTypeLike = ...,
    name: Any = None,
    layout: Any = None,
) -> Tensor:
    """Creates a tensor of zeros."""
def ones(
    shape: ShapeLike,
    dtype: DTypeLike = ...,
    name: Any = None,
    layout: Any = None,
) -> Tensor:
    """Creates a tensor of ones."""
def zeros_like(
    input: TensorLike,
    dtype: DTypeLike | None = None,
    name: Any = None,
    layout: Any = None,
) -> Tensor:
    """Creates a tensor of zeros with the shape of another one."""
def ones_like(
    input: TensorLike,
    dtype: DTypeLike | None = None,
    name: Any = None,
    layout: Any = None,
) -> Tensor:
    """Creates a tensor of ones with the shape of another one."""
def fill(dims: ShapeLike, value: TensorLike, name: Any = None, layout: Any = None) -> Tensor:
    """Creates a tensor that holds one value everywhere."""
def eye(
    num_rows: int,
    num_columns: int | None = None,
    batch_shape: ShapeLike | None = None,
    dtype: DTypeLike = ...,
    name: Any = None,
) -> Tensor:
    """Creates an identity matrix, or a batch of them."""
def _range(start: TensorLike, limit: TensorLike, delta: TensorLike) -> Tensor:
    """Creates the numbers from start up to limit, delta apart."""
def one_hot(
    indices: TensorLike,
    depth: int,
    on_value: TensorLike | None = None,
    off_value: TensorLike | None = None,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    name: Any = None,
) -> Tensor:
    """Marks the place that each index names along a new axis."""
def shape(input: TensorLike, out_type: DTypeLike | None = None, name: Any = None) -> Tensor:
    """Returns the shape of a tensor, as a tensor."""
def size(input: TensorLike, out_type: DTypeLike | None = None, name: Any = None) -> Tensor:
    """Returns the number of elements of a tensor, as a tensor."""
def rank(input: TensorLike, name: Any = None) -> Tensor:
    """Returns the number of axes of a tensor, as a tensor."""
def identity(input: TensorLike, name: Any = None) -> Tensor:
    """Returns a new tensor with the same elements."""
def stop_gradient(input: TensorLike, name: Any = None) -> Tensor:
    """Returns the same elements, which gradients treat as constants."""
def reshape(tensor: TensorLike, shape: ShapeLike, name: Any = None) -> Tensor:
    """Gives the elements another shape, in the same order."""
def transpose(
    a: TensorLike,
    perm: Ints | None = None,
    conjugate: bool = False,
    name: Any = 'transpose',
) -> Tensor:
    """Reorders the axes."""
def expand_dims(input: TensorLike, axis: int, name: Any = None) -> Tensor:
    """Inserts an axis of size 1."""
def squeeze(input: TensorLike, axis: Ints | None = None, name: Any = None) -> Tensor:
    """Removes axes of size 1."""
def broadcast_to(input: TensorLike, shape: ShapeLike, name: Any = None) -> Tensor:
    """Repeats a tensor along new axes and along those of size 1."""
def slice(input_: TensorLike, begin: Ints, size: Ints, name: Any = None) -> Tensor:
    """Cuts a block out of a tensor."""
def strided_slice(
    input_: TensorLike,
    begin: Ints,
    end: Ints,
    strides: Ints | None = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: Any = None,
) -> Tensor:
    """Takes the places from begin up to end, strides apart, along each axis."""
def reverse(tensor: TensorLike, axis: Ints, name: Any = None) -> Tensor:
    """Reverses the order along axes."""
def roll(input: TensorLike, shift: Ints, axis: Ints, name: Any = None) -> Tensor:
    """Moves elements along axes; what falls off the end comes in at the start."""
def concat(
    values: Sequence[TensorLike] | TensorLike,
    axis: int,
    name: Any = 'concat',
) -> Tensor:
    """Joins tensors along an axis that they have."""
def stack(
    values: Sequence[TensorLike] | TensorLike,
    axis: int = 0,
    name: Any = 'stack',
) -> Tensor:
    """Joins tensors along a new axis."""
def unstack(
    value: TensorLike,
    num: int | None = None,
    axis: int = 0,
    name: Any = 'unstack',
) -> list[Tensor]:
    """Takes a tensor apart along an axis."""
def split(
    value: TensorLike,
    num_or_size_splits: Ints,
    axis: int = 0,
    num: Any = None,
    name: Any = 'split',
) -> list[Tensor]:
    """Cuts a tensor into pieces along an axis."""
def tile(input: TensorLike, multiples: Ints, name: Any = None) -> Tensor:
    """Repeats a whole tensor along its axes."""
def pad(
    tensor: TensorLike,
    paddings: TensorLike,
    mode: str = 'CONSTANT',
    constant_values: TensorLike = 0,
    name: Any = None,
) -> Tensor:
    """Adds elements before and after the ends of each axis."""
def gather(
    params: TensorLike,
    indices: TensorLike,
    validate_indices: Any = None,
    axis: int | None = None,
    batch_dims: int = 0,
    name: Any = None,
) -> Tensor:
    """Takes slices along an axis, named by their places."""
def _where_nonzero(condition: TensorLike, name: Any = None) -> Tensor:
    """Finds the places of the elements that are true or not zero."""
def gather_nd(
    params: TensorLike,
    indices: TensorLike,
    batch_dims: int = 0,
    name: Any = None,
    bad_indices_policy: Any = '',
) -> Tensor:
    """Takes the slices that rows of indices name."""
def scatter_nd(
    indices: TensorLike,
    updates: TensorLike,
    shape: ShapeLike,
    bad_indices_policy: Any = '',
    name: Any = None,
) -> Tensor:
    """Adds updates into zeros at the places that rows of indices name."""
def tensor_scatter_nd_update(
    tensor: TensorLike,
    indices: TensorLike,
    updates: TensorLike,
    name: Any = None,
) -> Tensor:
    """Replaces slices of a tensor; of several updates of one place the last wins."""
def tensor_scatter_nd_add(
    tensor: TensorLike,
    indices: TensorLike,
    updates: TensorLike,
    bad_indices_policy: Any = '',
    name: Any = None,
) -> Tensor:
    """Adds updates to slices of a tensor."""
def tensor_scatter_nd_sub(
    tensor: TensorLike,
    indices: TensorLike,
    updates: TensorLike,
    bad_indices_policy: Any = '',
    name: Any = None,
) -> Tensor:
    """Subtracts updates from slices of a tensor."""
def tensor_scatter_nd_max(
    tensor: TensorLike,
    indices: TensorLike,
    updates: TensorLike,
    bad_indices_policy: Any = '',
    name: Any = None,
) -> Tensor:
    """Takes the larger one of each slice of a tensor and its updates."""
def tensor_scatter_nd_min(
    tensor: TensorLike,
    indices: TensorLike,
    updates: TensorLike,
    bad_indices_policy: Any = '',
    name: Any = None,
) -> Tensor:
    """Takes the smaller one of each slice of a tensor and its updates."""
def reduce_sum(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Adds up the elements along axes."""
def reduce_mean(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Averages the elements along axes."""
def reduce_prod(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Multiplies the elements along axes."""
def reduce_max(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Finds the largest element along axes."""
def reduce_min(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Finds the smallest element along axes."""
def reduce_any(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Tells whether any element is true along axes."""
def reduce_all(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Tells whether all elements are true along axes."""
def reduce_logsumexp(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Computes log(sum(exp(x))) along axes without overflow."""
def reduce_variance(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Computes the mean squared distance from the mean along axes."""
def reduce_std(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Computes the standard deviation along axes."""
def reduce_euclidean_norm(
    input_tensor: TensorLike,
    axis: Ints | None = None,
    keepdims: bool = False,
    name: Any = None,
) -> Tensor:
    """Computes the square root of the sum of squares along axes."""
def count_nonzero(
    input: TensorLike,
    axis: Ints | None = None,
    keepdims: bool | None = None,
    dtype: DTypeLike = ...,
    name: Any = None,
) -> Tensor:
    """Counts the elements that are not zero along axes."""
def argmax(
    input: TensorLike,
    axis: int | None = None,
    output_type: DTypeLike = ...,
    name: Any = None,
) -> Tensor:
    """Finds the place of the largest element along an axis."""
def argmin(
    input: TensorLike,
    axis: int | None = None,
    output_type: DTypeLike = ...,
    name: Any = None,
) -> Tensor:
    """Finds the place of the smallest element along an axis."""
def cumsum(
    x: TensorLike,
    axis: int = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: Any = None,
) -> Tensor:
    """Adds up the elements along an axis, up to each one."""
def cumprod(
    x: TensorLike,
    axis: int = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: Any = None,
) -> Tensor:
    """Multiplies the elements along an axis, up to each one."""
def cumulative_logsumexp(
    x: TensorLike,
    axis: int = 0,
    exclusive: bool = False,
    reverse: bool = False,
    name: Any = None,
) -> Tensor:
    """Computes the logarithm of the running sum of exponentials along an axis, without overflow."""
def sort(
    values: TensorLike,
    axis: int = -1,
    direction: str = 'ASCENDING',
    name: Any = None,
) -> Tensor:
    """Sorts the elements along an axis."""
def argsort(
    values: TensorLike,
    axis: int = -1,
    direction: str = 'ASCENDING',
    stable: Any = False,
    name: Any = None,
) -> Tensor:
    """Finds the places of the elements in sorted order along an axis."""
def _top_k(input: TensorLike, k: int = 1) -> list[Tensor]:
    """Finds the k largest elements along the last axis, largest first."""
def matmul(
    a: TensorLike,
    b: TensorLike,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: Any = False,
    b_is_sparse: Any = False,
    output_type: DTypeLike | None = None,
    grad_a: Any = False,
    grad_b: Any = False,
    name: Any = None,
) -> Tensor:
    """Multiplies matrices, or batches of them."""
def matvec(
    a: TensorLike,
    b: TensorLike,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: Any = False,
    b_is_sparse: Any = False,
    name: Any = None,
) -> Tensor:
    """Multiplies matrices by vectors."""
def _diag(diagonal: TensorLike, k: int = 0, name: Any = None) -> Tensor:
    """Puts vectors on a diagonal of zero matrices."""
def _diag_part(input: TensorLike, k: int = 0, name: Any = None) -> Tensor:
    """Takes a diagonal out of matrices."""
def _set_diag(input: TensorLike, diagonal: TensorLike, name: Any = None) -> Tensor:
    """Replaces the main diagonal of matrices."""
def band_part(input: TensorLike, num_lower: int, num_upper: int, name: Any = None) -> Tensor:
    """Keeps a band of diagonals of matrices and sets the rest to 0."""
def trace(x: TensorLike, name: Any = None) -> Tensor:
    """Adds up the main diagonal of matrices."""
def softmax(logits: TensorLike, axis: int | None = None, name: Any = None) -> Tensor:
    """Computes exp(x) / sum(exp(x)) along an axis without overflow."""
def log_softmax(logits: TensorLike, axis: int | None = None, name: Any = None) -> Tensor:
    """Computes x - log(sum(exp(x))) along an axis without overflow."""
def softmax_cross_entropy_with_logits(
    labels: TensorLike,
    logits: TensorLike,
    axis: int = -1,
    name: Any = None,
) -> Tensor:
    """Computes -sum(labels * log_softmax(logits)) along an axis."""
def sparse_softmax_cross_entropy_with_logits(
    labels: TensorLike,
    logits: TensorLike,
    name: Any = None,
) -> Tensor:
    """Computes -log_softmax(logits) at the class that each label names."""
def sigmoid_cross_entropy_with_logits(
    labels: TensorLike | None = None,
    logits: TensorLike | None = None,
    name: Any = None,
) -> Tensor:
    """Computes -labels * log(p) - (1 - labels) * log(1 - p), p = sigmoid(logits)."""
def lgamma(x: TensorLike, name: Any = None) -> Tensor:
    """Computes log |gamma(x)| (the C library's) of each element."""
def digamma(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the derivative of lgamma (DLMF 5.5.4 and 5.11.2; relative error in float64 below 3e-15 for x > 0 and 1e-14 for -60 < x < 0, away from the zeros) of each element."""
def erfinv(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the inverse of the error function, by Newton's and Halley's methods (within 1e-15 relative in float64) of each element."""
def erfcinv(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the inverse of the complementary error function, accurate near 0 as well of each element."""
def ndtri(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the quantile of the standard normal distribution of each element."""
def bessel_i0(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the modified Bessel function I of order 0 of each element."""
def bessel_i0e(x: TensorLike, name: Any = None) -> Tensor:
    """Computes exp(-|x|) I0(x) of each element."""
def bessel_i1(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the modified Bessel function I of order 1 of each element."""
def bessel_i1e(x: TensorLike, name: Any = None) -> Tensor:
    """Computes exp(-|x|) I1(x) of each element."""
def bessel_k0(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the modified Bessel function K of order 0 of each element."""
def bessel_k0e(x: TensorLike, name: Any = None) -> Tensor:
    """Computes exp(x) K0(x) of each element."""
def bessel_k1(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the modified Bessel function K of order 1 of each element."""
def bessel_k1e(x: TensorLike, name: Any = None) -> Tensor:
    """Computes exp(x) K1(x) of each element."""
def bessel_j0(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the Bessel function J of order 0 (the C library's) of each element."""
def bessel_j1(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the Bessel function J of order 1 (the C library's) of each element."""
def bessel_y0(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the Bessel function Y of order 0 (the C library's) of each element."""
def bessel_y1(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the Bessel function Y of order 1 (the C library's) of each element."""
def xlog1py(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x * log(1 + y), and 0 where x is 0 element by element, with broadcasting."""
def xdivy(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x / y, and 0 where x is 0 element by element, with broadcasting."""
def polygamma(a: TensorLike, x: TensorLike, name: Any = None) -> Tensor:
    """Computes the derivative of order a of digamma (DLMF 25.11.12); NaN unless a is 0, 1, 2, … element by element, with broadcasting."""
def zeta(x: TensorLike, q: TensorLike, name: Any = None) -> Tensor:
    """Computes the Hurwitz zeta function, the sum of (q + k)^-x over k >= 0 (DLMF 25.11.28) element by element, with broadcasting."""
def igamma(a: TensorLike, x: TensorLike, name: Any = None) -> Tensor:
    """Computes the regularized lower incomplete gamma function P(a, x) (DLMF 8.7, 8.9 and 8.12) element by element, with broadcasting."""
def igammac(a: TensorLike, x: TensorLike, name: Any = None) -> Tensor:
    """Computes the regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x) element by element, with broadcasting."""
def igamma_grad_a(a: TensorLike, x: TensorLike, name: Any = None) -> Tensor:
    """Computes the derivative of P(a, x) by a, the formulas of P being carried out on Taylor series in a element by element, with broadcasting."""
def igamma_grad_aa(a: TensorLike, x: TensorLike, name: Any = None) -> Tensor:
    """Computes the second derivative of P(a, x) by a element by element, with broadcasting."""
def random_gamma_grad(alpha: TensorLike, sample: TensorLike, name: Any = None) -> Tensor:
    """Computes the derivative by alpha of a sample of the gamma distribution at a fixed quantile (Figurnov et al., Implicit Reparameterization Gradients, 2018) element by element, with broadcasting."""
def nextafter(x1: TensorLike, x2: TensorLike, name: Any = None) -> Tensor:
    """Computes the neighbour of x1 in the direction of x2 element by element, with broadcasting."""
def left_shift(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x shifted left by y bits (y below 0 counts as 0, beyond the width less 1 as that) element by element, with broadcasting."""
def right_shift(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes x shifted right by y bits, with its sign (y below 0 counts as 0, beyond the width less 1 as that) element by element, with broadcasting."""
def betainc(a: TensorLike, b: TensorLike, x: TensorLike, name: Any = None) -> Tensor:
    """Computes the regularized incomplete beta function I_x(a, b), with broadcasting."""
def log2(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the logarithm to base 2 of each element."""
def log10(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the logarithm to base 10 of each element."""
def trunc(x: TensorLike, name: Any = None) -> Tensor:
    """Computes the next integer towards 0 of each element."""
def signbit(x: TensorLike, name: Any = None) -> Tensor:
    """Computes whether the sign bit is set, also of zeros and NaNs of each element."""
def copysign(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes |x| with the sign of y element by element, with broadcasting."""
def hypot(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes sqrt(x^2 + y^2) without overflow on the way element by element, with broadcasting."""
def logaddexp(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes log(exp(x) + exp(y)) without overflow on the way element by element, with broadcasting."""
def remainder(x: TensorLike, y: TensorLike, name: Any = None) -> Tensor:
    """Computes the remainder of floor(x / y), with the sign of y even where it is 0 element by element, with broadcasting."""
def segment_sum(data: TensorLike, segment_ids: TensorLike, name: Any = None) -> Tensor:
    """The sum of the rows of each segment."""
def unsorted_segment_sum(
    data: TensorLike,
    segment_ids: TensorLike,
    num_segments: int,
    name: Any = None,
) -> Tensor:
    """The sum of the elements of each segment, in any order."""
def segment_prod(data: TensorLike, segment_ids: TensorLike, name: Any = None) -> Tensor:
    """The product of the rows of each segment."""
def unsorted_segment_prod(
    data: TensorLike,
    segment_ids: TensorLike,
    num_segments: int,
    name: Any = None,
) -> Tensor:
    """The product of the elements of each segment, in any order."""
def segment_max(data: TensorLike, segment_ids: TensorLike, name: Any = None) -> Tensor:
    """The greatest of the rows of each segment."""
def unsorted_segment_max(
    data: TensorLike,
    segment_ids: TensorLike,
    num_segments: int,
    name: Any = None,
) -> Tensor:
    """The greatest of the elements of each segment, in any order."""
def segment_min(data: TensorLike, segment_ids: TensorLike, name: Any = None) -> Tensor:
    """The least of the rows of each segment."""
def unsorted_segment_min(
    data: TensorLike,
    segment_ids: TensorLike,
    num_segments: int,
    name: Any = None,
) -> Tensor:
    """The least of the elements of each segment, in any order."""
def segment_mean(data: TensorLike, segment_ids: TensorLike, name: Any = None) -> Tensor:
    """The mean (of integers: rounded towards zero) of the rows of each segment."""
def _conv(
    x: TensorLike,
    filter: TensorLike,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    sizes: Ints,
    groups: int = 1,
) -> Tensor:
    """Sums of windows of x, weighted by a filter."""
def _conv_input_gradient(
    dy: TensorLike,
    filter: TensorLike,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    sizes: Ints,
    groups: int = 1,
) -> Tensor:
    """The adjoint of _conv by its first operand."""
def _conv_filter_gradient(
    x: TensorLike,
    dy: TensorLike,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    sizes: Ints,
    groups: int = 1,
) -> Tensor:
    """The adjoint of _conv by its filter."""
def _max_pool(
    x: TensorLike,
    window: Ints,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    sizes: Ints,
) -> list[Tensor]:
    """The greatest of each window, and where it stands."""
def _average_pool(
    x: TensorLike,
    window: Ints,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    sizes: Ints,
) -> Tensor:
    """The mean of what each window has inside x."""
def _average_pool_gradient(
    x: TensorLike,
    window: Ints,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    sizes: Ints,
) -> Tensor:
    """The adjoint of _average_pool."""
