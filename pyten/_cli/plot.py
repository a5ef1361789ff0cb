"""Pictures of a trained classifier; importing this needs matplotlib."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap, to_hex
from matplotlib.figure import Figure

from pyten._cli.data import DataSet
from pyten._cli.progress import shortened

if TYPE_CHECKING:
    from pyten.linear import LinearClassifier, Step

__all__ = ["Scene", "animation", "picture"]

_PAIR = ("#2e9e5b", "#3465c9")
_MANY = (
    "#3465c9",
    "#e07b28",
    "#2e9e5b",
    "#8e5bb5",
    "#8a6248",
    "#d767ae",
    "#6f7780",
    "#b3a428",
    "#27a6b5",
    "#1c3d78",
)
_WRONG = "#d62728"
_LINE_LABEL = "decision line"
_SIZE = (11.0, 5.0)
_DPI = 110
_FRAME_DPI = 80
_MOST_POINTS = 4000
_GRID = 300
_FEW_LABELS = 6
_MOST_NUMBERED = 20
_FRAME_MS, _LAST_FRAME_MS = 120, 2500


@dataclass(frozen=True)
class Scene:
    """What is to be drawn.

    Attributes:
        title: of the data.
        features: names of the columns of ``x``.
        classes: labels in order.
        colors: one a class.
        squared: whether outputs are compared with 0.5 rather than 0.
        x: samples drawn, shape (n, d).
        true: each sample's class, an index.
        held: whether each sample was held out.
        coef: shape (n_outputs, d).
        intercept: shape (n_outputs,).
        losses: the loss curve and, at its end, the final loss.
        penalized: whether the losses hold an L2 penalty.
        passes: whether the curve counts passes over the data, each by its mean loss.
    """

    title: str
    features: list[str]
    classes: list[str]
    colors: list[str]
    squared: bool
    x: np.ndarray
    true: np.ndarray
    held: np.ndarray
    coef: np.ndarray
    intercept: np.ndarray
    losses: list[float]
    penalized: bool
    passes: bool

    @staticmethod
    def of(model: LinearClassifier, dataset: DataSet) -> Scene:
        """The scene of a trained model and its data, thinned to what a picture can show."""
        x = np.vstack([dataset.train_x, dataset.test_x])
        labels = np.concatenate([dataset.train_y, dataset.test_y])
        held = np.arange(len(labels)) >= len(dataset.train_y)
        title = os.path.basename(dataset.title)
        if len(x) > _MOST_POINTS:
            chosen = np.sort(np.random.default_rng(0).permutation(len(x))[:_MOST_POINTS])
            x, labels, held = x[chosen], labels[chosen], held[chosen]
            title += f" ({_MOST_POINTS} points shown)"
        count = len(model.classes_)
        passes = model.solver == "sgd"
        return Scene(
            title=title,
            features=dataset.features,
            # A dollar sign would start mathematics in matplotlib.
            classes=[shortened(c, 16).replace("$", r"\$") for c in model.classes_.tolist()],
            colors=_palette(count),
            squared=model.loss == "squared",
            x=x,
            true=np.searchsorted(model.classes_, labels),
            held=held,
            coef=model.coef_,
            intercept=model.intercept_,
            losses=[*model.loss_curve_, *([] if passes else [model.loss_])],
            penalized=model.l2 != 0 and (model.l2 is not None or model.loss == "logistic"),
            passes=passes,
        )

    def scores(self, x: np.ndarray) -> np.ndarray:
        """The decision function, shape (n, n_outputs)."""
        return x @ self.coef.T + self.intercept - (0.5 if self.squared else 0.0)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Class indices."""
        scores = self.scores(x)
        return (scores[:, 0] > 0).astype(int) if scores.shape[1] == 1 else scores.argmax(axis=1)

    def judged(self) -> tuple[np.ndarray, str]:
        """The samples that accuracy is about, as a mask, and their name."""
        if self.held.any():
            return self.held, "held-out"
        return np.ones(len(self.held), dtype=bool), "training"


def picture(scene: Scene, kind: str) -> bytes:
    """The data with the decision line beside the loss curve.

    Args:
        scene: what to draw.
        kind: file format that matplotlib knows, e.g. "png".

    Returns:
        The file's content.
    """
    figure = Figure(figsize=_SIZE, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    mask, name = scene.judged()
    accuracy = np.mean(scene.predict(scene.x[mask]) == scene.true[mask])
    _draw_data(left, scene)
    left.set_title(f"{scene.title}\n{name} accuracy {100 * accuracy:.1f} %")
    _draw_losses(right, scene, len(scene.losses))
    right.set_title("training loss")
    out = io.BytesIO()
    figure.savefig(out, format=kind, dpi=_DPI)
    return out.getvalue()


def animation(scene: Scene, steps: Sequence[Step]) -> bytes:
    """The predictions as they improve, as an animated GIF.

    Args:
        scene: what to draw.
        steps: the states of training to show before the final one.

    Returns:
        The file's content.
    """
    from dataclasses import replace

    from PIL import Image

    states = [
        (step.number - (0 if scene.passes else 1), step.coef, step.intercept) for step in steps
    ]
    final = (len(scene.losses) - (0 if scene.passes else 1), scene.coef, scene.intercept)
    if not states or states[-1][0] != final[0]:
        states.append(final)
    limits = _score_limits(scene, states)
    images = []
    for number, coef, intercept in states:
        frame = _frame(replace(scene, coef=coef, intercept=intercept), number, final[0], limits)
        images.append(Image.fromarray(frame).quantize(colors=128))
    out = io.BytesIO()
    images[0].save(
        out,
        format="GIF",
        save_all=True,
        append_images=images[1:],
        duration=[_FRAME_MS] * (len(images) - 1) + [_LAST_FRAME_MS],
        loop=0,
    )
    return out.getvalue()


def _frame(scene: Scene, number: int, total: int, limits: tuple[float, float]) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = Figure(figsize=_SIZE, dpi=_FRAME_DPI)
    canvas = FigureCanvasAgg(figure)
    # Fixed margins: fitted ones would make the frames jump.
    bottom = 0.16 + _legend_height(scene)
    figure.subplots_adjust(left=0.08, right=0.98, bottom=bottom, top=0.87, wspace=0.24)
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    mask, name = scene.judged()
    accuracy = np.mean(scene.predict(scene.x[mask]) == scene.true[mask])
    _draw_data(left, scene, by_prediction=True, limits=limits)
    unit = "passes" if scene.passes else "steps"
    left.set_title(f"after {number} of {total} {unit}\n{name} accuracy {100 * accuracy:.1f} %")
    _draw_losses(right, scene, number + (0 if scene.passes else 1))
    right.set_title("training loss")
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def _draw_data(
    axes: Any,
    scene: Scene,
    by_prediction: bool = False,
    limits: tuple[float, float] | None = None,
) -> None:
    if scene.x.shape[1] == 2:
        _draw_plane(axes, scene, by_prediction)
    elif len(scene.classes) == 2:
        _draw_scores(axes, scene, limits)
    else:
        _draw_confusion(axes, scene)


def _draw_plane(axes: Any, scene: Scene, by_prediction: bool) -> None:
    """Two features: points, and the line or the regions that tell the classes apart."""
    low, high = scene.x.min(axis=0), scene.x.max(axis=0)
    margin = np.where(high > low, 0.06 * (high - low), 1.0)
    low, high = low - margin, high + margin
    _draw_regions(axes, scene, low, high)
    predicted = scene.predict(scene.x)
    shown = predicted if by_prediction else scene.true
    prefix = _prefix(scene, by_prediction)
    for k, name in enumerate(scene.classes):
        chosen = (shown == k) & (by_prediction | ~scene.held)
        style = {"s": 26, "alpha": 0.55, "edgecolors": "none", "color": scene.colors[k]}
        axes.scatter(*scene.x[chosen].T, label=f"{prefix}{name}", **style)
    if by_prediction:
        wrong = predicted != scene.true
        axes.scatter(*scene.x[wrong].T, s=34, facecolors="none", edgecolors=_WRONG, label="wrong")
    elif scene.held.any():
        colors = [scene.colors[k] for k in scene.true[scene.held]]
        axes.scatter(*scene.x[scene.held].T, s=30, c=colors, edgecolors="black", linewidths=0.9)
        axes.scatter([], [], s=30, c="white", edgecolors="black", linewidths=0.9, label="held out")
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_xlabel(scene.features[0])
    axes.set_ylabel(scene.features[1])
    _legend_below(axes)


def _draw_regions(axes: Any, scene: Scene, low: np.ndarray, high: np.ndarray) -> None:
    first, second = np.meshgrid(
        np.linspace(low[0], high[0], _GRID), np.linspace(low[1], high[1], _GRID)
    )
    grid = np.column_stack([first.ravel(), second.ravel()])
    regions = scene.predict(grid).reshape(first.shape)
    axes.pcolormesh(
        first,
        second,
        regions,
        cmap=ListedColormap(scene.colors),
        vmin=-0.5,
        vmax=len(scene.classes) - 0.5,
        alpha=0.10,
        shading="nearest",
        rasterized=True,
        linewidth=0,
    )
    if len(scene.classes) > 2:
        return
    slope = scene.coef[0]
    if not slope.any():
        return
    # The point of the line nearest to the middle of the picture, and the line's direction.
    middle = (low + high) / 2
    unit = np.array([-slope[1], slope[0]])
    point = middle - slope * float(scene.scores(middle[None, :])[0, 0]) / float(slope @ slope)
    axes.axline(point, xy2=point + unit / np.abs(unit).max() * (high - low).max(), color="black")
    axes.plot([], [], color="black", label=_LINE_LABEL)


def _draw_scores(axes: Any, scene: Scene, limits: tuple[float, float] | None) -> None:
    """Two classes, any number of features: how far from the decision line the samples lie."""
    mask, name = scene.judged()
    scores = scene.scores(scene.x[mask])[:, 0]
    true = scene.true[mask]
    low, high = limits or (float(scores.min()), float(scores.max()))
    bins = np.linspace(low, high, 41) if high > low else 10
    for k, label in enumerate(scene.classes):
        axes.hist(
            scores[true == k], bins=bins, color=scene.colors[k], alpha=0.6, label=f"class {label}"
        )
    axes.axvline(0.0, color="black", linestyle="--", label=_LINE_LABEL)
    count = scene.x.shape[1]
    combined = f"{count} features combined" if count > 1 else scene.features[0]
    axes.set_xlabel(f"decision function ({combined})")
    axes.set_ylabel(f"{name} rows")
    _legend_below(axes)


def _score_limits(scene: Scene, states: list[Any]) -> tuple[float, float]:
    """One range for all the frames, so that the axis stands still."""
    threshold = 0.5 if scene.squared else 0.0
    mask, _ = scene.judged()
    low, high = np.inf, -np.inf
    for _, coef, intercept in states:
        scores = scene.x[mask] @ coef.T + intercept - threshold
        low, high = min(low, float(scores.min())), max(high, float(scores.max()))
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def _draw_confusion(axes: Any, scene: Scene) -> None:
    """More than two classes and features: which class is taken for which."""
    mask, name = scene.judged()
    count = len(scene.classes)
    counts = np.zeros((count, count), dtype=int)
    np.add.at(counts, (scene.true[mask], scene.predict(scene.x[mask])), 1)
    axes.imshow(counts, cmap="Blues", vmin=0)
    axes.set_xlabel(f"predicted class ({name} rows)")
    axes.set_ylabel("true class")
    every = 1 + (count - 1) // 30
    ticks = list(range(0, count, every))
    names = [scene.classes[k] for k in ticks]
    crowded = sum(len(label) + 2 for label in names) > 48
    axes.set_xticks(ticks, names, rotation=90 if crowded else 0)
    axes.set_yticks(ticks, names)
    if count > _MOST_NUMBERED:
        return
    for row in range(count):
        for column in range(count):
            value = counts[row, column]
            color = "white" if value > 0.55 * counts.max() else "black"
            axes.text(column, row, str(value), ha="center", va="center", color=color, fontsize=9)


def _draw_losses(axes: Any, scene: Scene, shown: int) -> None:
    losses = np.asarray(scene.losses)
    first = 1 if scene.passes else 0
    steps = np.arange(first, first + len(losses))
    marker = "o" if len(losses) <= 60 else ""
    axes.plot(steps[:shown], losses[:shown], color="#444444", marker=marker, markersize=3.5)
    axes.set_xlabel("passes over the data" if scene.passes else "steps taken")
    penalty = " with penalty" if scene.penalized else ""
    axes.set_ylabel(f"mean {'squared error' if scene.squared else 'log loss'}{penalty}")
    positive = losses.min() > 0
    low, high = float(losses.min()), float(losses.max())
    if positive and high > 20 * low:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.3, high * 1.3)
    else:
        axes.set_ylim(max(0.0, low - 0.08 * (high - low)), high + 0.08 * (high - low) + 1e-12)
    edge = max(0.5, 0.03 * len(losses))
    axes.set_xlim(steps[0] - edge, steps[-1] + edge)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.25)


def _palette(count: int) -> list[str]:
    if count == 2:
        return list(_PAIR)
    if count <= len(_MANY):
        return list(_MANY[:count])
    return [to_hex(colormaps["tab20"](k % 20)) for k in range(count)]


def _prefix(scene: Scene, by_prediction: bool) -> str:
    """What stands before a class in the legend, where there is room for it."""
    if len(scene.classes) > _FEW_LABELS:
        return ""
    return "predicted " if by_prediction else "class "


def _legend_columns(labels: Sequence[str]) -> int:
    room = 80 if len(labels) <= _FEW_LABELS else 110
    return max(1, min(len(labels), room // (max(map(len, labels)) + 6)))


def _legend_height(scene: Scene) -> float:
    """Share of a frame's height that its legend takes."""
    if scene.x.shape[1] != 2:
        return 0.05
    labels = [f"{_prefix(scene, True)}{name}" for name in scene.classes] + ["wrong"]
    labels += [_LINE_LABEL] if len(scene.classes) == 2 else []
    rows = -(-len(labels) // _legend_columns(labels))
    return rows * (0.05 if len(labels) <= _FEW_LABELS else 0.04)


def _legend_below(axes: Any) -> None:
    handles, labels = axes.get_legend_handles_labels()
    # The classes come first, whatever was drawn first.
    order = sorted(range(len(labels)), key=lambda k: labels[k] == _LINE_LABEL)
    handles, labels = [handles[k] for k in order], [labels[k] for k in order]
    size = 10 if len(labels) <= _FEW_LABELS else 8
    axes.legend(
        handles,
        labels,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        # In units of the font's size: 38 points leave room for the axis label at any height.
        borderaxespad=38 / size,
        ncols=_legend_columns(labels),
        fontsize=size,
        columnspacing=1.2,
        frameon=False,
    )
