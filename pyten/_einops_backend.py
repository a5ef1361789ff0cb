"""pyten's tensors for einops. Imported right after einops itself; see _einops_hook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from einops._backends import AbstractBackend

from pyten import _core
from pyten._einsum import einsum

__all__ = ["PytenBackend"]

_REDUCTIONS: dict[str, Any] = {
    "min": _core.reduce_min,
    "max": _core.reduce_max,
    "sum": _core.reduce_sum,
    "mean": _core.reduce_mean,
    "prod": _core.reduce_prod,
    "any": lambda x, axes: _core.reduce_any(_core.cast(x, "bool"), axes),
    "all": lambda x, axes: _core.reduce_all(_core.cast(x, "bool"), axes),
}


class PytenBackend(AbstractBackend):  # type: ignore[misc,unused-ignore]  # untyped where einops is missing
    """What einops asks of a framework, in ops that tapes record. It finds the class by itself."""

    framework_name = "pyten"

    def is_appropriate_type(self, tensor: Any) -> bool:
        return isinstance(tensor, (_core.Tensor, _core.Variable))

    def from_numpy(self, x: Any) -> Any:
        return _core.convert(x)

    def to_numpy(self, x: Any) -> Any:
        return np.asarray(x.numpy())

    def arange(self, start: int, stop: int) -> Any:
        return _core.convert(np.arange(start, stop))

    def shape(self, x: Any) -> tuple[int, ...]:
        # A variable's declared shape may leave sizes open; its value's does not.
        return tuple(_core.shape(x).numpy().tolist())

    def reshape(self, x: Any, shape: Sequence[int]) -> Any:
        return _like(x, _core.reshape(x, shape))

    def transpose(self, x: Any, axes: Sequence[int]) -> Any:
        return _like(x, _core.transpose(x, axes))

    def reduce(self, x: Any, operation: str, axes: Sequence[int]) -> Any:
        return _like(x, _REDUCTIONS[operation](x, axes))

    def stack_on_zeroth_dimension(self, tensors: list[Any]) -> Any:
        return _like(tensors[0], _core.stack(tensors))

    def add_axis(self, x: Any, new_position: int) -> Any:
        return _like(x, _core.expand_dims(x, new_position))

    def tile(self, x: Any, repeats: Sequence[int]) -> Any:
        return _like(x, _core.tile(x, repeats))

    def concat(self, tensors: Sequence[Any], axis: int) -> Any:
        return _like(tensors[0], _core.concat(tensors, axis))

    def is_float_type(self, x: Any) -> bool:
        return x.dtype.is_floating or x.dtype.is_complex

    def einsum(self, pattern: str, *x: Any) -> Any:
        return _like(x[0], einsum(pattern, *x))


def _like(x: Any, result: Any) -> Any:
    """The result as an Array of the array API if the operand is one."""
    return _core._array(result) if type(x) is _core.Array else result
