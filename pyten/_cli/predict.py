"""``pyten predict``."""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
import warnings

from pyten._cli.data import check_columns
from pyten._cli.errors import CommandError, reported
from pyten._cli.table import Table, read_table

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Predict the rows of a CSV file.

    Args:
        options: of the command line.

    Returns:
        The exit status, 0.

    Raises:
        CommandError: bad input; nothing has been written.
    """
    from pyten._atomic import check_writable, write_atomically
    from pyten.linear import LinearClassifier

    if options.out is not None:
        _check_out(options, check_writable)
    with reported("predict"):
        model = LinearClassifier.load(options.model)
    table = read_table("predict", options.data, options.delimiter, options.encoding)
    features = table.numbers(_feature_columns(model, table))
    with reported("predict"), warnings.catch_warnings():
        # The columns are already in the model's order.
        warnings.simplefilter("ignore", UserWarning)
        labels = model.predict(features)
        probabilities = model.predict_proba(features)

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["prediction", *(f"probability_{c}" for c in model.classes_.tolist())])
    for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True):
        writer.writerow([label, *(f"{p:.6g}" for p in row)])
    if options.out is None:
        sys.stdout.write(text.getvalue())
        return 0
    with reported("predict"):
        write_atomically(options.out, text.getvalue().encode(), "write", "--out")
    print(f"{len(labels)} predictions written to {options.out}", file=sys.stderr)
    return 0


def _check_out(options: argparse.Namespace, check_writable) -> None:  # type: ignore[no-untyped-def]
    try:
        place = check_writable(options.out, "predict", "--out")
    except OSError as error:
        raise CommandError(str(error)) from None
    for what, path in (("model", options.model), ("data", options.data)):
        if place == os.path.realpath(path):
            raise CommandError(
                f"predict: --out must differ from the {what} file, got {options.out!r} for both"
            )


def _feature_columns(model, table: Table) -> list[str]:  # type: ignore[no-untyped-def]
    """The model's columns by name; by position when it was trained without names."""
    names = getattr(model, "feature_names_in_", None)
    if names is not None:
        check_columns(table, names.tolist())
        return names.tolist()
    if len(table.header) != model.n_features_in_ or len(table.names) != len(table.header):
        raise CommandError(
            f"predict: the data must have {model.n_features_in_} named columns, since the model "
            f"was trained without feature names, got {len(table.names)} in {table.path!r}"
        )
    return table.names
