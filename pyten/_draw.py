"""What the stateful, stateless and generator forms of random functions share."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from pyten import _core, _seeds
from pyten._dtypes import DType, as_dtype
from pyten.errors import InvalidArgumentError, InvalidDTypeError, UnimplementedError

FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = ("int32", "int64")
FULL_INTEGERS = ("int32", "int64", "uint32", "uint64")


def shape_list(op: str, shape: Any) -> tuple[list[int], bool]:
    """The sizes, and whether they were given as int64 (such calls have streams of their own)."""
    wide = False
    if isinstance(shape, (_core.Tensor, _core.Variable)):
        wide = shape.dtype == "int64"
        shape = shape.numpy()
    if getattr(shape, "ndim", 1) == 0 or not hasattr(shape, "__iter__"):
        if isinstance(shape, (int, float)) or hasattr(shape, "ndim"):
            raise InvalidArgumentError(
                f"{op}: shape must be a vector of integers, got {shape!r}; write ({shape},)"
            )
        raise TypeError(f"{op}: shape must be a vector of integers, got {shape!r}")
    wide = wide or getattr(shape, "dtype", None) == "int64"
    sizes = []
    for n in shape:
        try:
            size = operator.index(n)
        except TypeError:
            raise InvalidDTypeError(
                f"{op}: shape must be a vector of integers, got {shape!r}"
            ) from None
        if size < 0:
            raise InvalidArgumentError(
                f"{op}: Dimension {size} must be >= 0, got shape {tuple(shape)}"
            )
        sizes.append(size)
    return sizes, wide


def count_of(sizes: list[int]) -> int:
    count = 1
    for n in sizes:
        count *= n
    return count


def float_dtype(op: str, dtype: Any) -> DType:
    dtype = as_dtype(dtype)
    if dtype.name not in FLOATS:
        raise InvalidDTypeError(f"{op}: dtype must be one of {', '.join(FLOATS)}, got {dtype.name}")
    return dtype


def shifted(x: Any, mean: Any, stddev: Any) -> Any:
    if not (isinstance(stddev, float) and stddev == 1.0):
        x = x * stddev
    if not (isinstance(mean, float) and mean == 0.0):
        x = x + mean
    return x


def uniform_floats(
    stream: _seeds.Stream, sizes: list[int], dtype: DType, minval: Any, maxval: Any
) -> Any:
    if maxval is None:
        maxval = 1
    if isinstance(minval, (int, float)) and isinstance(maxval, (int, float)):
        return _core.random_uniform(*stream, sizes, dtype, float(minval), float(maxval))
    minval = _core.convert(minval, dtype)
    return _core.random_uniform(*stream, sizes, dtype, 0.0, 1.0) * (maxval - minval) + minval


def bounds_of(op: str, dtype: DType, minval: Any, maxval: Any) -> tuple[int, int]:
    """The lowest integer and how many there are."""
    bounds = []
    for name, value in (("minval", minval), ("maxval", maxval)):
        bound = _core.convert(value, dtype)
        if bound.ndim != 0:
            raise InvalidArgumentError(f"{op}: {name} must be 0-D, got shape {bound.shape}")
        bounds.append(int(bound))
    low, high = bounds
    if low >= high:
        raise InvalidArgumentError(f"{op}: Need minval < maxval, got {low} >= {high}")
    return low, high - low


def uniform_drawer(
    op: str, sizes: list[int], dtype: DType, minval: Any, maxval: Any
) -> Callable[[_seeds.Stream], Any]:
    """What makes uniform numbers of a stream; both bounds None means all integers."""
    if dtype.name in FLOATS:
        return lambda stream: uniform_floats(stream, sizes, dtype, minval, maxval)
    if dtype.name not in FULL_INTEGERS:
        raise ValueError(
            f"{op}: dtype must be one of {', '.join(FLOATS + FULL_INTEGERS)}, got {dtype.name}"
        )
    if minval is None and maxval is None:
        return lambda stream: _core.random_integers(*stream, sizes, dtype, 0, 0)
    if minval is None or maxval is None:
        raise ValueError(
            f"{op}: for the integer dtype {dtype.name}, minval and maxval must be both None or "
            f"both given, got minval={minval} and maxval={maxval}"
        )
    if dtype.is_unsigned:
        raise ValueError(f"{op}: unsigned integers take no bounds, got dtype {dtype.name}")
    low, count = bounds_of(op, dtype, minval, maxval)
    return lambda stream: _core.random_integers(*stream, sizes, dtype, low, count)


def algorithm_number(op: str, alg: Any) -> int:
    alg = getattr(alg, "value", alg)
    if alg in (None, 1, 3, "philox", "auto_select"):
        return 1
    if alg in (2, "threefry"):
        raise UnimplementedError(f"{op}: there is no ThreeFry on this device; use alg='philox'")
    raise ValueError(f"{op}: alg must be 'philox' or 'auto_select', got {alg!r}")


def stateless_stream(op: str, seed: Any, alg: Any) -> _seeds.Stream:
    """The stream that two integers stand for."""
    algorithm_number(op, alg)
    pair = _core.convert(seed)
    if tuple(pair.shape) != (2,):
        raise InvalidArgumentError(f"{op}: seed must have shape [2], not {list(pair.shape)}")
    if not pair.dtype.is_integer:
        raise InvalidDTypeError(f"{op}: seed must hold integers, got dtype {pair.dtype.name}")
    a, b = pair.numpy().tolist()
    key = (0x3EC8F720, 0x02461E29)
    m = _core.philox_block(key, (*_seeds.words(a), *_seeds.words(b)))
    return (m[0], m[1]), (0, 0, m[2], m[3])
