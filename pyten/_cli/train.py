"""``pyten train``."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np

from pyten._cli import data
from pyten._cli.errors import CommandError, reported
from pyten._cli.progress import Progress, percent, shortened
from pyten._cli.table import read_table

if TYPE_CHECKING:
    from pyten.linear import LinearClassifier, Step

__all__ = ["run"]

_PLOT_HINT = "pip install pyten[plot]"
_CLOUDS_PICTURE = "linear_classifier.png"
_PICTURE_ENDINGS = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".webp")
_MOST_FRAMES = 60


def run(options: argparse.Namespace) -> int:
    """Train, report, and write the model and the pictures.

    Args:
        options: of the command line.

    Returns:
        The exit status: 0, or 130 when training was interrupted and what it learnt was kept.

    Raises:
        CommandError: bad input; nothing has been written.
    """
    _check_options(options)
    picture = options.plot
    if options.data is None:
        picture = picture or _CLOUDS_PICTURE
    _check_outputs(options, picture)
    dataset = _load(options)
    model = _make_model(options)
    history = _History(keep=options.animate is not None)

    print(f"data         {dataset.title}: {_describe(dataset)}")
    print(f"training     {_method(options, model)}", flush=True)
    interrupted, notes = _fit(model, dataset, history)
    if interrupted:
        print(f"\ninterrupted in step {model.n_iter_}; what was learnt so far is kept")
    _report(model, dataset)
    with reported("train"):
        model.save(options.out)
    print(f"model        {options.out}")
    if not interrupted:
        notes += _draw(options, picture, model, dataset, history)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    return 130 if interrupted else 0


class _History:
    """Steps kept for the animation, evenly thinned so that any number of them fits in memory."""

    def __init__(self, keep: bool) -> None:
        self.steps: list[Step] = []
        self._keep = keep
        self._stride = 1

    def add(self, step: Step) -> None:
        if not self._keep or (step.number - 1) % self._stride:
            return
        self.steps.append(step)
        if len(self.steps) >= 2 * _MOST_FRAMES:
            self.steps = self.steps[::2]
            self._stride *= 2


def _check_options(options: argparse.Namespace) -> None:
    if options.data is None:
        given = [
            name
            for name in ("target", "features", "test_size", "delimiter", "encoding")
            if getattr(options, name) is not None
        ]
        if given:
            raise CommandError(
                f"train: --{given[0].replace('_', '-')} must come with a CSV file, got no file; "
                f"pyten train DATA.csv --target NAME"
            )
    elif options.target is None:
        columns = ", ".join(repr(name) for name in _open(options).names)
        raise CommandError(
            f"train: --target must name the column with the labels, got none; the columns are "
            f"{columns}"
        )
    for option, path, endings in (
        ("--plot", options.plot, _PICTURE_ENDINGS),
        ("--animate", options.animate, (".gif",)),
    ):
        if path is not None and not path.lower().endswith(endings):
            raise CommandError(
                f"train: {option} must name a file ending in {', '.join(endings)}, got {path!r}"
            )


def _check_outputs(options: argparse.Namespace, picture: str | None) -> None:
    """Find out before the work, not after, that a result has no place to go."""
    from pyten._atomic import check_writable

    targets = [("--out", options.out), ("--plot", picture), ("--animate", options.animate)]
    taken = {os.path.realpath(options.data): "the data file"} if options.data else {}
    for option, path in targets:
        if path is None:
            continue
        with reported("train"):
            try:
                place = check_writable(path, "train", option)
            except OSError as error:
                raise CommandError(str(error)) from None
        if place in taken:
            raise CommandError(
                f"train: {option} must differ from {taken[place]}, got {path!r} for both"
            )
        taken[place] = option


def _open(options: argparse.Namespace):  # type: ignore[no-untyped-def]
    return read_table("train", options.data, options.delimiter, options.encoding)


def _load(options: argparse.Namespace) -> data.DataSet:
    if options.data is None:
        return data.clouds(options.seed)
    table = _open(options)
    if len(table.names) < len(table.header):
        column = table.header.index("") + 1
        print(f"note: column {column} has no name and is left out", file=sys.stderr)
    share = 0.2 if options.test_size is None else options.test_size
    return data.from_table(table, options.target, options.features, share, options.seed)


def _make_model(options: argparse.Namespace) -> LinearClassifier:
    from pyten.linear import LinearClassifier

    clouds = options.data is None
    loss = options.loss or ("squared" if clouds else "logistic")
    # The clouds are learnt as the textbook does: on the points as they are, from random weights.
    plain = clouds and loss == "squared" and options.solver in ("auto", "gd")
    return LinearClassifier(
        loss,
        l2=options.l2,
        standardize=not (plain or options.no_standardize),
        solver=options.solver,
        learning_rate=0.1 if options.learning_rate is None else options.learning_rate,
        max_iter=options.steps,
        init="uniform" if plain else "zeros",
        random_state=options.seed,
        device=options.device,
    )


def _describe(dataset: data.DataSet) -> str:
    held = f", {len(dataset.test_y)} held out" if len(dataset.test_y) else ""
    features = len(dataset.features)
    classes = len(np.unique(dataset.train_y))
    return (
        f"{len(dataset.train_y)} rows to learn from{held}; {features} "
        f"feature{'s' if features > 1 else ''}, {classes} classes"
    )


def _method(options: argparse.Namespace, model: LinearClassifier) -> str:
    solver = _solver_name(model)
    names = {
        "newton": "a second-order method, to the optimum",
        "lbfgs": "L-BFGS, to the optimum",
        "gd": f"gradient descent, learning rate {model.learning_rate:g}",
        "sgd": f"mini-batch gradient descent, learning rate {model.learning_rate:g}",
    }
    text = f"{model.loss} loss, {names[solver]}"
    if options.device is not None:
        text += f", on {options.device}"
    if options.learning_rate is not None and solver in ("newton", "lbfgs"):
        text += " (--learning-rate plays no part; it is for --solver gd and sgd)"
    return text


def _solver_name(model: LinearClassifier) -> str:
    if model.solver != "auto":
        return model.solver
    return "gd" if model.loss == "squared" else "newton"


def _fit(
    model: LinearClassifier, dataset: data.DataSet, history: _History
) -> tuple[bool, list[str]]:
    """Train; returns whether it was interrupted, and what to tell the user at the end."""
    total = None
    if _solver_name(model) in ("gd", "sgd"):
        total = 40 if model.max_iter is None else model.max_iter
    interrupted = False
    with warnings.catch_warnings(record=True) as caught, Progress(total) as progress:
        warnings.simplefilter("always", UserWarning)

        def on_step(step: Step) -> None:
            history.add(step)
            progress.step(step.number, step.loss)

        try:
            with reported("train"):
                model.fit(dataset.train_x, dataset.train_y, callback=on_step)
        except KeyboardInterrupt:
            if not hasattr(model, "coef_"):
                raise
            interrupted = True
    # Arrays have no column names; the model file needs them to find its columns again.
    model.feature_names_in_ = np.array(dataset.features, dtype=object)
    notes = [str(warning.message) for warning in caught]
    if progress.lacks_tqdm:
        notes.append(f"for a progress bar: {_PLOT_HINT}")
    return interrupted, notes


def _report(model: LinearClassifier, dataset: data.DataSet) -> None:
    held = len(dataset.test_y) > 0
    x, y = (dataset.test_x, dataset.test_y) if held else (dataset.train_x, dataset.train_y)
    predicted = _predict(model, x)
    where = "held-out rows" if held else "rows it learnt from"
    print(f"final loss   {model.loss_:.6f} after {model.n_iter_} steps")
    print(f"accuracy     {percent(float(np.mean(predicted == y)))} of {len(y)} {where}")
    if len(dataset.features) == 2 and len(model.classes_) == 2:
        print(f"line         {line_equation(model, dataset.features)}")
    print(confusion_text(confusion(model.classes_, y, predicted), model.classes_))


def _predict(model: LinearClassifier, x: np.ndarray) -> np.ndarray:
    # The columns are in the model's own order here, so names would only be in the way.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return model.predict(x)


def line_equation(model: LinearClassifier, names: list[str]) -> str:
    """The decision line of two features as an equation."""
    first, second = (float(value) for value in model.coef_[0])
    level = (0.5 if model.loss == "squared" else 0.0) - float(model.intercept_[0])
    if second == 0:
        return f"{names[0]} = {level / first:.3f}" if first else "none: both weights are 0"
    slope, offset = -first / second, level / second
    sign = "+" if offset >= 0 else "-"
    return f"{names[1]} = {slope:.3f} {names[0]} {sign} {abs(offset):.3f}"


def confusion(classes: np.ndarray, true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Counts, shape (n_classes, n_classes): true class by row, predicted class by column."""
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(counts, (np.searchsorted(classes, true), np.searchsorted(classes, predicted)), 1)
    return counts


def confusion_text(counts: np.ndarray, classes: np.ndarray) -> str:
    """A confusion matrix as lines of text."""
    widest = max(5, min(16, 90 // len(classes) - 2))
    names = [shortened(label, widest) for label in classes.tolist()]
    left = max(len("true"), *(len(name) for name in names))
    widths = [max(len(name), len(str(counts[:, k].max()))) for k, name in enumerate(names)]
    rows = [f"{'true':<{left}} | predicted"]
    rows.append(
        " " * left + " | " + "  ".join(f"{n:>{w}}" for n, w in zip(names, widths, strict=True))
    )
    rows.append("-" * left + "-+-" + "-" * (sum(widths) + 2 * (len(widths) - 1)))
    for name, row in zip(names, counts.tolist(), strict=True):
        cells = "  ".join(f"{count:>{width}}" for count, width in zip(row, widths, strict=True))
        rows.append(f"{name:<{left}} | {cells}")
    return "\n".join(rows)


def _draw(
    options: argparse.Namespace,
    picture: str | None,
    model: LinearClassifier,
    dataset: data.DataSet,
    history: _History,
) -> list[str]:
    """Write the pictures asked for; returns notes on what is missing for them."""
    if picture is None and options.animate is None:
        return []
    from pyten._atomic import write_atomically

    try:
        from pyten._cli import plot
    except ImportError as error:
        return [f"no picture, as {error.name} is not installed: {_PLOT_HINT}"]
    scene = plot.Scene.of(model, dataset)
    with reported("train"):
        if picture is not None:
            kind = os.path.splitext(picture)[1][1:].lower()
            write_atomically(picture, plot.picture(scene, kind), "picture", "--plot")
            print(f"picture      {picture}")
        if options.animate is not None:
            try:
                frames = plot.animation(scene, history.steps[:: 1 + len(history.steps) // 61])
            except ImportError as error:
                return [f"no animation, as {error.name} is not installed: {_PLOT_HINT}"]
            write_atomically(options.animate, frames, "animation", "--animate")
            print(f"animation    {options.animate}")
    return []
