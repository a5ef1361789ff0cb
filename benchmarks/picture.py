"""The README's picture: how many times longer the peers take, on a logarithmic axis."""

from __future__ import annotations

import textwrap
from typing import Any

from benchmarks.cases import PICTURE
from benchmarks.peers import PEERS, TITLES

COLORS = {
    "numpy": "#4c78a8",
    "torch": "#e4572e",
    "tensorflow": "#f2a900",
    "jax": "#59a14f",
    "mlx": "#9d6bb0",
}
MARKERS = {"numpy": "s", "torch": "o", "tensorflow": "^", "jax": "D", "mlx": "v"}


def points(row: dict[str, Any]) -> dict[str, float]:
    """Each peer's time as a multiple of pyten's: its fastest variant's median."""
    times = row.get("times", {})
    if row.get("subject") not in times:
        return {}
    ours = times[row["subject"]]["median"]
    found: dict[str, float] = {}
    for name, figures in times.items():
        peer = name.split(":")[0]
        if peer in COLORS and ours > 0:
            ratio = figures["median"] / ours
            found[peer] = min(found.get(peer, ratio), ratio)
    return found


def draw(results: dict[str, Any], path: str) -> None:
    """Writes the picture of a run: a row for each case of PICTURE that it has, or else for each case.

    Args:
      results: what a run gave.
      path: where to; the name's ending says the format.

    Raises:
      ValueError: there is no case with a peer.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    by_name = {row["name"]: row for row in results["rows"] if points(row)}
    rows = [by_name[name] for name in PICTURE if name in by_name] or list(by_name.values())
    if not rows:
        raise ValueError("draw: no case of this run has pyten and a peer")
    rows.reverse()  # the first case at the top
    figure, axes = plt.subplots(figsize=(9, 1.9 + 0.34 * len(rows)))
    used: set[str] = set()
    for y, row in enumerate(rows):
        found = points(row)
        axes.plot([1, *found.values()], [y] * (len(found) + 1), color="#d0d0d0", lw=1, zorder=1)
        for peer, ratio in found.items():
            axes.scatter(ratio, y, s=42, color=COLORS[peer], marker=MARKERS[peer], zorder=3, lw=0)
            used.add(peer)
    axes.axvline(1, color="black", lw=1.2, zorder=2)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.5), max(high, 2))
    axes.axvspan(axes.get_xlim()[0], 1, color="#f4f0f0", zorder=0)
    ticks = [
        t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if _within(axes, t)
    ]
    axes.set_xticks(ticks, [f"{t:g}×" for t in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(rows)), [row["title"] for row in rows])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.grid(axis="x", color="#ececec", lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("time as a multiple of pyten's, logarithmic; left of the line pyten is slower")
    about = results["about"]
    figure.suptitle(
        f"pyten (line at 1×) and its peers, {about['threads']} threads each", weight="bold"
    )
    handles = [
        axes.scatter(
            [],
            [],
            s=42,
            color=COLORS[p],
            marker=MARKERS[p],
            label=f"{TITLES[p]} {_short(about, p)}",
        )
        for p in PEERS
        if p in used
    ]
    inch = 1 / figure.get_figheight()  # title, legend and note take the same room in any picture
    figure.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, 1 - 0.35 * inch),
        ncols=5,
        frameon=False,
    )
    note = (
        f"{about['cpu']}, {about['cores']} cores, CPython {about['python']}; each peer's fastest variant "
        f"(jit, function, compile), medians of up to {about['rounds']} interleaved rounds."
    )
    figure.text(0.01, 0.01, "\n".join(textwrap.wrap(note, 120)), fontsize=8, color="#606060")
    figure.tight_layout(rect=(0, 0.35 * inch, 1, 1 - 0.55 * inch))
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _within(axes: Any, x: float) -> bool:
    low, high = axes.get_xlim()
    return low <= x <= high


def _short(about: dict[str, Any], peer: str) -> str:
    return ".".join(about["versions"].get(peer, "").split("+")[0].split(".")[:2])
