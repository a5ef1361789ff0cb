"""Counting: histograms, confusion matrices, bits and edit distances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pyten import _core
from pyten._dtypes import as_dtype
from pyten.errors import InvalidArgumentError, InvalidDTypeError

__all__ = [
    "bincount",
    "bitcast",
    "confusion_matrix",
    "edit_distance",
    "histogram_fixed_width",
    "histogram_fixed_width_bins",
    "in_top_k",
]

_COUNTS = ("int32", "int64", "float32", "float64")


def bitcast(input: Any, type: Any, name: str | None = None) -> Any:
    """The same bits as another dtype.

    Args:
      input: a tensor of any dtype but bool.
      type: the dtype of the result, any but bool. A smaller one adds a last axis of size
        `input.dtype.size / type.size`; a greater one takes away a last axis of the inverse size.
      name: accepted and ignored.

    Returns:
      A tensor, without gradient.

    Raises:
      InvalidArgumentError: the last axis does not fill the greater dtype.
      TypeError: one of the dtypes is bool.

    Example:
      >>> import pyten as tf
      >>> tf.bitcast(tf.constant([1., -2.]), tf.uint32).numpy()
      array([1065353216, 3221225472], dtype=uint32)
    """
    x, to = _core.convert(input), as_dtype(type)
    for what, dtype in (("input", x.dtype), ("type", to)):
        if dtype.is_bool:
            raise InvalidDTypeError(f"bitcast: {what} must not be bool; use tf.cast")
    shape, wide, narrow = list(x.shape), x.dtype.size, to.size
    if wide > narrow:
        shape.append(wide // narrow)
    elif wide < narrow:
        if not shape or shape[-1] != narrow // wide:
            raise InvalidArgumentError(
                f"bitcast: Cannot bitcast from {x.dtype.name} to {to.name}: input must have a last "
                f"axis of size {narrow // wide}, got shape {list(x.shape)}"
            )
        shape.pop()
    bits = np.ascontiguousarray(x.numpy()).reshape(-1).view(np.uint8)
    return _core.convert(bits.view(to.as_numpy_dtype).reshape(shape), to)


def _totals(ids: Any, weights: Any, size: int) -> Any:
    """Sums of weights by id; ids from size on are left out."""
    left_out = _core.convert(-1, ids.dtype)
    kept = _core.select(_core.less(ids, _core.convert(size, ids.dtype)), ids, left_out)
    return _core.unsorted_segment_sum(weights, kept, size)


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = "int32",
    name: str | None = None,
    axis: int | None = None,
    binary_output: bool = False,
) -> Any:
    """How often each number from 0 on occurs.

    Args:
      arr: a tensor of integers, none of them negative.
      weights: what each element counts, a tensor of arr's shape; None for 1.
      minlength: the least length of the result.
      maxlength: the greatest length; numbers from maxlength on are left out.
      dtype: the result's dtype without weights: int32, int64, float32 or float64.
      name: accepted and ignored.
      axis: None or 0 to count all elements; -1 to count the rows of a matrix one by one.
      binary_output: whether to say only if (1) or not (0) a number occurs.

    Returns:
      A vector of length max(arr) + 1 within the limits, or a matrix with a row per row of arr;
      weights get gradients.

    Raises:
      InvalidArgumentError: a negative number, or weights of another shape.
      ValueError: another axis, or weights with binary_output.

    Example:
      >>> import pyten as tf
      >>> tf.math.bincount([1, 1, 3]).numpy()
      array([0, 2, 0, 1], dtype=int32)
    """
    if axis not in (None, 0, -1):
        raise ValueError(
            f"bincount: Unsupported value for argument axis={axis}. Only 0 and -1 are currently "
            "supported."
        )
    if binary_output and weights is not None:
        raise ValueError(
            "bincount: Arguments `binary_output` and `weights` are mutually exclusive. Please "
            "specify only one."
        )
    ids = _core.cast(_core.convert(arr), "int64")
    if weights is None:
        dtype = as_dtype(dtype)
        weights = _core.ones(ids.shape, dtype)
    else:
        weights = _core.convert(weights)
        dtype = weights.dtype
        if weights.shape != ids.shape:
            raise InvalidArgumentError(
                f"bincount: `weights` must be the same shape as `arr`, {list(ids.shape)}, got "
                f"{list(weights.shape)}"
            )
    if dtype.name not in _COUNTS:
        raise InvalidDTypeError(
            f"bincount: {dtype.name} is not in the list of allowed values: {', '.join(_COUNTS)}"
        )
    if axis == -1 and ids.ndim not in (1, 2):
        raise InvalidArgumentError(
            f"bincount: with axis=-1, arr must be a vector or a matrix: Shape must be at most rank "
            f"2 but is rank {ids.ndim}"
        )
    size = 0
    if int(_core.size(ids)):
        if (least := int(_core.reduce_min(ids))) < 0:
            raise InvalidArgumentError(f"bincount: Input arr must be non-negative! Got {least}")
        size = int(_core.reduce_max(ids)) + 1
    if minlength is not None:
        size = max(size, int(minlength))
    if maxlength is not None:
        size = min(size, int(maxlength))
        if size < 0:
            raise InvalidArgumentError(f"bincount: maxlength must not be negative, got {size}")
    if axis == -1 and ids.ndim == 2:
        rows = ids.shape[0]
        first = _core.convert(np.arange(rows)[:, None] * size, "int64")
        outside = _core.convert(rows * size, "int64")
        ids = _core.select(_core.less(ids, _core.convert(size, "int64")), ids + first, outside)
        counts = _core.reshape(_totals(ids, weights, rows * size), [rows, size])
    else:
        counts = _totals(ids, weights, size)
    return _core.cast(_core.greater(counts, 0), dtype) if binary_output else counts


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = "int32",
    name: str | None = None,
) -> Any:
    """How often each class (row) was taken for each class (column).

    Args:
      labels: a vector of class numbers.
      predictions: a vector of class numbers, as many. A last axis of size 1 may stay.
      num_classes: how many classes; None for the greatest number plus 1.
      weights: what each pair counts, a vector; None for 1.
      dtype: the result's dtype; weights are cast to it.
      name: accepted and ignored.

    Returns:
      A tensor [num_classes, num_classes].

    Raises:
      InvalidArgumentError: shapes that do not match, or a number outside [0, num_classes).

    Example:
      >>> import pyten as tf
      >>> tf.math.confusion_matrix([0, 1, 1], [0, 0, 1]).numpy()
      array([[1, 0],
             [1, 1]], dtype=int32)
    """
    pair = [
        _core.cast(_core.convert(labels), "int64"),
        _core.cast(_core.convert(predictions), "int64"),
    ]
    for i, (x, other) in enumerate((pair, pair[::-1])):
        if x.ndim == other.ndim + 1 and x.shape[-1] == 1:
            pair[i] = _core.squeeze(x, -1)
            break
    true, guessed = pair
    if true.ndim != 1 or true.shape != guessed.shape:
        raise InvalidArgumentError(
            "confusion_matrix: labels and predictions must be vectors of one length: Shapes of all "
            f"inputs must match: {list(true.shape)} vs. {list(guessed.shape)}"
        )
    dtype = as_dtype(dtype)
    if weights is None:
        weights = _core.ones(true.shape, dtype)
    else:
        weights = _core.convert(weights)
        if weights.shape != guessed.shape:
            raise InvalidArgumentError(
                f"confusion_matrix: weights must have the shape of predictions: Shapes "
                f"{list(guessed.shape)} and {list(weights.shape)} are incompatible"
            )
        weights = _core.cast(weights, dtype)
    filled = true.shape[0] > 0
    if num_classes is not None:
        count = int(num_classes)
    else:
        count = 1 + int(_core.reduce_max(_core.maximum(true, guessed))) if filled else 0
    for what, numbers in (("labels", true), ("predictions", guessed)):
        if filled and (least := int(_core.reduce_min(numbers))) < 0:
            raise InvalidArgumentError(
                f"confusion_matrix: `{what}` contains negative values: {least}"
            )
        if filled and (greatest := int(_core.reduce_max(numbers))) >= count:
            raise InvalidArgumentError(
                f"confusion_matrix: `{what}` out of bound: {greatest} with num_classes {count}"
            )
    table = _core.unsorted_segment_sum(weights, true * count + guessed, count * count)
    return _core.reshape(table, [count, count])


def in_top_k(targets: Any, predictions: Any, k: Any, name: str | None = None) -> Any:
    """Whether each target is among the k classes that are predicted most.

    Args:
      targets: class numbers, an integer vector [batch].
      predictions: a floating tensor [batch, classes].
      k: how many classes count; an integer.
      name: accepted and ignored.

    Returns:
      A bool tensor [batch]. Classes that tie with the k-th count, too; numbers that are no class
      and rows with a number that is not finite give False.

    Raises:
      InvalidArgumentError: shapes that do not match.

    Example:
      >>> import pyten as tf
      >>> tf.math.in_top_k([1, 0], [[.1, .8, .1], [.2, .3, .5]], 2).numpy()
      array([ True, False])
    """
    targets, scores = _core.convert(targets), _core.convert(predictions)
    if not targets.dtype.is_integer:
        raise InvalidDTypeError(f"in_top_k: targets must be integers, got {targets.dtype.name}")
    if not scores.dtype.is_floating:
        raise InvalidDTypeError(f"in_top_k: predictions must be floating, got {scores.dtype.name}")
    if scores.ndim != 2:
        raise InvalidArgumentError(
            f"in_top_k: predictions must be 2-dimensional, got shape {list(scores.shape)}"
        )
    if targets.ndim != 1:
        raise InvalidArgumentError(
            f"in_top_k: targets must be 1-dimensional, got shape {list(targets.shape)}"
        )
    sizes: list[Any] = list(scores.shape)
    rows, classes = sizes
    if rows != targets.shape[0]:
        raise InvalidArgumentError(
            f"in_top_k: First dimension of predictions {rows} must match length of targets "
            f"{targets.shape[0]}"
        )
    if int(_core.size(scores)) == 0:
        return _core.zeros([rows], "bool")
    targets = _core.cast(targets, "int64")
    inside = _core.logical_and(
        _core.greater_equal(targets, 0), _core.less(targets, _core.convert(classes, "int64"))
    )
    sound = _core.reduce_all(_core.is_finite(scores), 1)
    place = _core.clip_by_value(targets, 0, classes - 1)
    own = _core.gather(scores, _core.expand_dims(place, 1), axis=1, batch_dims=1)
    better = _core.count_nonzero(_core.greater(scores, own), 1)
    good = _core.less(better, _core.cast(_core.convert(k), better.dtype))
    return _core.logical_and(_core.logical_and(good, sound), inside)


def _bins(op: str, values: Any, value_range: Any, nbins: Any) -> tuple[Any, Any, Any, int]:
    """values, the limits and the number of bins, checked."""
    x = _core.convert(values)
    limits = _core.convert(value_range, x.dtype)
    if tuple(limits.shape) != (2,):
        raise InvalidArgumentError(
            f"{op}: value_range should be a vector of 2 elements, got shape {list(limits.shape)}"
        )
    if int(nbins) <= 0:
        raise InvalidArgumentError(f"{op}: nbins should be a positive number, but got {int(nbins)}")
    low, high = limits[0], limits[1]
    if not bool(_core.less(low, high)):
        raise InvalidArgumentError(
            f"{op}: value_range should satisfy value_range[0] < value_range[1], but got "
            f"{limits.numpy().tolist()}"
        )
    return x, low, high, int(nbins)


def histogram_fixed_width(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = "int32",
    name: str | None = None,
) -> Any:
    """How many values lie in each of nbins bins of equal width.

    Args:
      values: a real tensor of any shape.
      value_range: the lower end of the first bin and the upper end of the last, of values' dtype.
        What lies outside counts in the first or last bin.
      nbins: how many bins.
      dtype: int32 or int64.
      name: accepted and ignored.

    Returns:
      A tensor [nbins].

    Raises:
      InvalidArgumentError: nbins is not positive, the range is empty, or a value is NaN.

    Example:
      >>> import pyten as tf
      >>> tf.histogram_fixed_width([-1., 0., 1.5, 2., 5., 15.], [0., 5.], nbins=5).numpy()
      array([2, 1, 1, 0, 2], dtype=int32)
    """
    op, to = "histogram_fixed_width", as_dtype(dtype)
    if to.name not in ("int32", "int64"):
        raise InvalidDTypeError(f"{op}: dtype must be int32 or int64, got {to.name}")
    x, low, high, nbins = _bins(op, values, value_range, nbins)
    if x.dtype.is_floating and bool(_core.reduce_any(_core.is_nan(x))):
        raise InvalidArgumentError(f"{op}: Histogram values must not contain NaN")
    step = (_core.cast(high, "float64") - _core.cast(low, "float64")) / nbins
    above = _core.cast(_core.maximum(x, low) - low, "float64") / step
    bins = _core.cast(_core.minimum(above, _core.convert(nbins - 1, "float64")), "int64")
    return _core.unsorted_segment_sum(_core.ones(bins.shape, to), bins, nbins)


def histogram_fixed_width_bins(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = "int32",
    name: str | None = None,
) -> Any:
    """The number of the bin in which each value lies; see histogram_fixed_width.

    Args:
      values: a real tensor of any shape.
      value_range: the lower end of the first bin and the upper end of the last, of values' dtype.
      nbins: how many bins.
      dtype: the result's dtype.
      name: accepted and ignored.

    Returns:
      A tensor of values' shape; NaN counts as bin 0.

    Raises:
      InvalidArgumentError: nbins is not positive, or the range is empty.

    Example:
      >>> import pyten as tf
      >>> tf.histogram_fixed_width_bins([-1., 0., 1.5, 2., 5., 15.], [0., 5.], nbins=5).numpy()
      array([0, 0, 1, 2, 4, 4], dtype=int32)
    """
    x, low, high, nbins = _bins("histogram_fixed_width_bins", values, value_range, nbins)
    share = _core.truediv(x - low, high - low)
    place = _core.cast(_core.floor(share * nbins), "int32")
    return _core.cast(_core.clip_by_value(place, 0, nbins - 1), dtype)


def _sequences(op: str, what: str, sparse: Any) -> tuple[dict[Any, list[Any]], list[int], Any]:
    """The values by their leading indices, the shape and the dtype."""
    try:
        indices, values, shape = sparse.indices, sparse.values, sparse.dense_shape
    except AttributeError:
        raise TypeError(
            f"{op}: {what} must be a SparseTensor, an object with indices, values and dense_shape; "
            f"got {type(sparse).__name__}"
        ) from None
    values = _core.convert(values)
    sizes = _core.convert(shape, "int64").numpy().tolist()
    if len(sizes) < 2:
        raise InvalidArgumentError(
            f"{op}: Input SparseTensors must have rank at least 2, but {what}_shape rank is: "
            f"{len(sizes)}"
        )
    rows: dict[Any, list[Any]] = {}
    places = _core.convert(indices, "int64").numpy().reshape(-1, len(sizes)).tolist()
    for (*prefix, _), value in zip(places, values.numpy().tolist(), strict=True):
        rows.setdefault(tuple(prefix), []).append(value)
    return rows, sizes[:-1], values.dtype


def _levenshtein(a: list[Any], b: list[Any]) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            best = min(diagonal + (x != y), row[j] + 1, row[j - 1] + 1)
            diagonal, row[j] = row[j], best
    return row[-1]


def edit_distance(
    hypothesis: Any, truth: Any, normalize: bool = True, name: str | None = "edit_distance"
) -> Any:
    """The Levenshtein distances between sequences: the fewest insertions, deletions, replacements.

    Args:
      hypothesis: sequences along the last axis, an object with `indices` [n, rank], `values` [n]
        and `dense_shape` [rank], sorted by its indices.
      truth: sequences of the same rank and dtype.
      normalize: whether to divide by the length of the truth; infinite where only that is empty.
      name: accepted and ignored.

    Returns:
      A float32 tensor of the shape without the last axis; the greater size counts for each axis.

    Raises:
      TypeError: an argument that is no sparse tensor, or two dtypes.
      InvalidArgumentError: ranks that differ or are below 2.

    Example:
      >>> import pyten as tf
      >>> from types import SimpleNamespace as Sparse
      >>> a = Sparse(indices=[[0, 0], [0, 1]], values=[1, 2], dense_shape=[1, 2])
      >>> b = Sparse(indices=[[0, 0]], values=[2], dense_shape=[1, 1])
      >>> tf.edit_distance(a, b, normalize=False).numpy()
      array([1.], dtype=float32)
    """
    op = "edit_distance"
    found, sizes, dtype = _sequences(op, "hypothesis", hypothesis)
    wanted, other_sizes, other_dtype = _sequences(op, "truth", truth)
    if dtype != other_dtype:
        raise InvalidDTypeError(
            f"{op}: hypothesis and truth must have one dtype, got {dtype.name} and "
            f"{other_dtype.name}"
        )
    if len(sizes) != len(other_sizes):
        raise InvalidArgumentError(
            f"{op}: hypothesis and truth must have one rank, got {len(sizes) + 1} and "
            f"{len(other_sizes) + 1}"
        )
    shape = [max(pair) for pair in zip(sizes, other_sizes, strict=True)]
    out = np.zeros(shape, np.float32)
    for place in found.keys() | wanted.keys():
        a, b = found.get(place, []), wanted.get(place, [])
        distance: float = _levenshtein(a, b)
        if normalize:
            distance = distance / len(b) if b else math.inf
        out[place] = distance
    return _core.convert(out)
