"""What ``pyten train`` learns from: two clouds of points, or a CSV file cut in two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pyten._cli.errors import CommandError
from pyten._cli.table import Table

__all__ = ["DataSet", "check_columns", "clouds", "from_table"]

_CLOUD_SIZE = 500
# Past this a column is an identifier or a text, and one output a class would not fit in memory.
_MOST_CLASSES = 1000
# Up to so many, classes of one row each are taken for a tiny data set.
_FEW_CLASSES = 10


@dataclass(frozen=True)
class DataSet:
    """Samples to learn from and samples held out.

    Attributes:
        title: what they are.
        features: names, one a column of the arrays.
        train_x: shape (n, d), float64.
        train_y: labels, shape (n,).
        test_x: shape (m, d); m may be 0.
        test_y: shape (m,).
    """

    title: str
    features: list[str]
    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray


def clouds(seed: int) -> DataSet:
    """Two clouds of normal points around (0, 3), class A, and (3, 0), class B."""
    generator = np.random.default_rng(seed)
    points = [
        generator.multivariate_normal(mean=mean, cov=[[1, 0], [0, 1]], size=_CLOUD_SIZE)
        for mean in ([0, 3], [3, 0])
    ]
    labels = np.repeat(["A", "B"], _CLOUD_SIZE)
    return DataSet(
        f"two clouds of {_CLOUD_SIZE} points, seed {seed}",
        ["x", "y"],
        np.vstack(points),
        labels,
        np.empty((0, 2)),
        labels[:0],
    )


def from_table(
    table: Table, target: str, features: list[str] | None, test_size: float, seed: int
) -> DataSet:
    """Columns of a CSV file, with the same share of each class held out.

    Args:
        table: the file.
        target: the column with the labels.
        features: the columns to learn from; None for all others that have a name.
        test_size: share to hold out, in [0, 1).
        seed: which rows are held out depends on it alone.

    Returns:
        The two parts; a class keeps at least one row to learn from.

    Raises:
        CommandError: unknown columns, fields that are not numbers, fewer than two classes.
    """
    table.require(target, "--target")
    if features is None:
        features = [name for name in table.names if name != target]
        if not features:
            raise table.fail(
                f"{table.path!r} must have a column beside the target, got {target!r} alone"
            )
    for name in features:
        table.require(name, "--features")
        if name == target:
            raise table.fail(f"--features must leave out the target, got {name!r}")
    labels = table.labels(target)
    values, counts = np.unique(labels, return_counts=True)
    if len(values) < 2:
        raise table.fail(
            f"the target column must hold at least 2 classes, got {str(values[0])!r} in every row "
            f"of column {target!r} of {table.path!r}"
        )
    if counts.max() == 1 and len(values) > _FEW_CLASSES:
        raise table.fail(
            f"the target column must hold class labels that repeat, got {len(values)} different "
            f"values in {len(labels)} rows of column {target!r} of {table.path!r}"
        )
    if len(values) > _MOST_CLASSES:
        raise table.fail(
            f"the target column must hold at most {_MOST_CLASSES} classes, got {len(values)} in "
            f"column {target!r} of {table.path!r}"
        )
    x = table.numbers(features)
    held = _held_out(labels, values, test_size, seed)
    return DataSet(table.path, features, x[~held], labels[~held], x[held], labels[held])


def _held_out(labels: np.ndarray, values: np.ndarray, share: float, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    held = np.zeros(len(labels), dtype=bool)
    for value in values:
        rows = np.flatnonzero(labels == value)
        # At least one row is held out and one kept, where the class has two and a share is asked.
        count = round(share * len(rows))
        count = min(max(count, 1 if share > 0 else 0), len(rows) - 1)
        held[generator.permutation(rows)[:count]] = True
    return held


def check_columns(table: Table, names: list[str]) -> None:
    """Check that a file has all of a model's feature columns."""
    missing = [name for name in names if name not in table.names]
    if missing:
        raise CommandError(
            f"{table.command}: the data must have the model's {len(names)} feature columns, got "
            f"none named {', '.join(repr(name) for name in missing[:10])} in {table.path!r}"
        )
