"""Checks on what the user hands to an estimator, with errors that say what to do."""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

import numpy as np

from pyten.linear.sklearn_compat import data_conversion_warning

__all__ = [
    "check_choice",
    "check_device",
    "check_features",
    "check_integer",
    "check_labels",
    "check_number",
    "check_weights",
    "feature_names",
    "random_generator",
    "unique_labels",
]


def check_number(
    op: str,
    name: str,
    value: Any,
    low: float,
    *,
    strict: bool = False,
    below: float = math.inf,
) -> float:
    """A finite real number at least ``low`` (above it when ``strict``) and less than ``below``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{op}: {name} must be a number, got {value!r}")
    number = float(value)
    if math.isfinite(number) and (number > low if strict else number >= low) and number < below:
        return number
    bound = f"{'>' if strict else '>='} {low:g}"
    if below < math.inf:
        bound += f" and < {below:g}"
    raise ValueError(f"{op}: {name} must be {bound}, got {value!r}")


def check_integer(op: str, name: str, value: Any, low: int) -> int:
    """A whole number at least ``low``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{op}: {name} must be a whole number, got {value!r}")
    if value < low:
        raise ValueError(f"{op}: {name} must be >= {low}, got {value!r}")
    return int(value)


def check_choice(op: str, name: str, value: Any, choices: tuple[str, ...]) -> str:
    """One of the names in ``choices``."""
    if isinstance(value, str) and value in choices:
        return value
    listed = ", ".join(repr(choice) for choice in choices)
    raise ValueError(f"{op}: {name} must be one of {listed}, got {value!r}")


def check_device(op: str, device: Any) -> str | None:
    """A name for ``tf.device`` whose device this machine has, or None."""
    if device is None:
        return None
    from pyten._device import parse_device, visible_gpus

    if not isinstance(device, str):
        raise TypeError(f"{op}: device must be a name such as 'GPU:0', or None, got {device!r}")
    kind, number = parse_device(device)
    if kind == "GPU" and (number or 0) >= len(visible_gpus()):
        raise ValueError(
            f"{op}: device must name a GPU that can be used, got {device!r} with "
            f"{len(visible_gpus())} GPUs; see tf.config.list_logical_devices('GPU') and `pyten doctor`"
        )
    if kind not in ("CPU", "GPU", None):
        raise ValueError(f"{op}: device must be a CPU or a GPU, got {device!r}")
    return device


def random_generator(op: str, random_state: Any) -> Any:
    """A NumPy generator from a seed, a generator, or None for a seed from the system."""
    if isinstance(random_state, (np.random.RandomState, np.random.Generator)):
        return random_state
    if random_state is None:
        return np.random.RandomState()
    seed = check_integer(op, "random_state", random_state, 0)
    if seed >= 2**32:
        raise ValueError(f"{op}: random_state must be < 2**32, got {seed}")
    return np.random.RandomState(seed)


def feature_names(op: str, features: Any) -> np.ndarray | None:
    """Column names of a data frame, shape (n_features,), or None when there are none."""
    columns = getattr(features, "columns", None)
    if columns is None or callable(columns):
        return None
    named = [isinstance(column, str) for column in columns]
    if not named or not any(named):
        return None
    if not all(named):
        kinds = sorted({type(column).__name__ for column in columns})
        raise TypeError(f"{op}: column names of X must all be strings, got {', '.join(kinds)}")
    return np.array(list(columns), dtype=object)


def check_features(op: str, features: Any) -> np.ndarray:
    """Features as a float64 array.

    Args:
        op: the method named in errors.
        features: array-like of numbers, shape (n_samples, n_features).

    Returns:
        Shape (n_samples, n_features), both at least 1, finite; may share the user's memory.

    Raises:
        TypeError: sparse, or holds something that is not a number.
        ValueError: wrong shape, empty, complex, NaN or infinite.
    """
    if hasattr(features, "toarray") or hasattr(features, "todense"):
        raise TypeError(
            f"{op}: X must be dense, got a sparse {type(features).__name__}; use X.toarray()"
        )
    try:
        array = np.asarray(features)
    except ValueError as error:
        raise ValueError(f"{op}: X must be an array of numbers, got {error}") from None
    if array.dtype.kind == "c":
        raise ValueError(
            f"{op}: X must be real, got dtype {array.dtype.name}. Complex data not supported"
        )
    try:
        array = array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{op}: X must hold numbers, got {error}") from None
    if array.ndim != 2:
        raise ValueError(
            f"{op}: X must have 2 dimensions, got X.shape={array.shape}. Reshape your data: "
            "X.reshape(-1, 1) if it is one feature, X.reshape(1, -1) if it is one sample"
        )
    for axis, unit in enumerate(("sample", "feature")):
        if array.shape[axis] == 0:
            raise ValueError(
                f"{op}: X must not be empty, got 0 {unit}(s) (shape={array.shape}) while a "
                "minimum of 1 is required."
            )
    _check_finite(op, array)
    return array


def _check_finite(op: str, array: np.ndarray) -> None:
    # One pass in the common case; the sum is finite only if all entries are.
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum()) or np.isfinite(array).all():
            return
    row, column = (int(i) for i in np.argwhere(~np.isfinite(array))[0])
    kind = "NaN" if np.isnan(array[row, column]) else "infinity"
    raise ValueError(
        f"{op}: X must be finite, got {kind} at X[{row}, {column}]; drop or fill such entries "
        "(Input X contains NaN or inf)"
    )


def check_labels(op: str, labels: Any, n_samples: int | None = None) -> np.ndarray:
    """Class labels as a one-dimensional array.

    Args:
        op: the method named in errors.
        labels: array-like, shape (n_samples,) or (n_samples, 1); numbers, strings or booleans.
        n_samples: how many there must be, when known.

    Returns:
        Shape (n_samples,), in the user's dtype.

    Raises:
        ValueError: missing, wrong shape or count, NaN, or numbers that are not class labels.
    """
    if labels is None:
        raise ValueError(f"{op}: requires y to be passed, but the target y is None")
    if hasattr(labels, "toarray") or hasattr(labels, "todense"):
        raise TypeError(f"{op}: y must be dense, got a sparse {type(labels).__name__}")
    array = np.asarray(labels)
    if array.ndim == 2 and array.shape[1] == 1:
        warning = data_conversion_warning(
            "A column-vector y was passed when a 1d array was expected. Please change the shape "
            "of y to (n_samples,), for example using ravel()."
        )
        if warning is not None:
            warnings.warn(warning, stacklevel=4)
        array = array.ravel()
    if array.ndim != 1:
        raise ValueError(f"{op}: y should be a 1d array of class labels, got y.shape={array.shape}")
    if n_samples is not None and len(array) != n_samples:
        raise ValueError(
            f"{op}: X and y must have as many samples, got X with {n_samples} and y with "
            f"{len(array)}"
        )
    if array.dtype.kind == "c":
        raise ValueError(f"{op}: y must hold class labels, got dtype {array.dtype.name}")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise ValueError(f"{op}: y must be finite, got an Input y that contains NaN or inf")
        if (array != np.floor(array)).any():
            odd = array[array != np.floor(array)][0]
            raise ValueError(
                f"{op}: y must hold class labels, got numbers with fractions such as {odd!s}. "
                "Unknown label type: continuous"
            )
    if array.dtype.kind == "O":
        missing = [i for i, v in enumerate(array.tolist()) if v is None or v != v]
        if missing:
            raise ValueError(f"{op}: y must have no missing labels, got NaN at y[{missing[0]}]")
    return array


def unique_labels(op: str, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The classes in order, and each label's index among them."""
    try:
        classes, index = np.unique(labels, return_inverse=True)
    except TypeError:
        kinds = ", ".join(sorted({type(v).__name__ for v in labels.tolist()}))
        raise TypeError(
            f"{op}: y must hold labels of one kind, got a mix of {kinds}. Unknown label type: mixed"
        ) from None
    return classes, index.reshape(-1)


def check_weights(op: str, weights: Any, n_samples: int) -> np.ndarray:
    """Sample weights, shape (n_samples,), float64; ones for None."""
    if weights is None:
        return np.ones(n_samples)
    try:
        array = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{op}: sample_weight must hold numbers, got {error}") from None
    if array.ndim == 0:
        array = np.full(n_samples, float(array))
    if array.shape != (n_samples,):
        raise ValueError(
            f"{op}: sample_weight must be a 1D array with one entry a sample, got "
            f"sample_weight.shape={array.shape} and {n_samples} samples"
        )
    if not np.isfinite(array).all() or (array < 0).any():
        bad = int(np.argmax(~(np.isfinite(array) & (array >= 0))))
        raise ValueError(
            f"{op}: sample_weight must be finite and >= 0, got {array[bad]} at sample_weight[{bad}]"
        )
    if not (array > 0).any():
        raise ValueError(
            f"{op}: sample_weight must contain at least one non-zero number, got all zero weights"
        )
    return array
