"""Where the nodes of a recorded graph go on a page: layers from top to bottom, few crossings."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence

__all__ = ["Drawing", "groups_by_repetition", "layered"]

_ROW = 84  # pixels from layer to layer
_GAP = 18  # pixels between neighbours
_BEND_WIDTH = 10
_LONGEST_ROUTE = 12  # layers an edge is led between the nodes; longer ones go around
_LONGEST_PERIOD = 64


class Drawing:
    """A finished layout.

    Attributes:
      centres: of each node, (x, y) in pixels.
      paths: of each edge, the `d` of an SVG path.
      width: of the whole, in pixels.
      height: of the whole, in pixels.
    """

    def __init__(
        self,
        centres: list[tuple[float, float]],
        paths: list[str],
        width: float,
        height: float,
    ) -> None:
        self.centres = centres
        self.paths = paths
        self.width = width
        self.height = height


def layered(
    widths: Sequence[float],
    edges: Sequence[tuple[int, int]],
    leaves: Sequence[bool],
    height: float = 44,
) -> Drawing:
    """Places nodes in layers, each below all that it depends on (Sugiyama's method).

    Args:
      widths: of each node, in pixels. Nodes are numbered so that a forward edge goes from a lower
        to a higher number, leaves aside.
      edges: pairs (from, to). One that goes back, from a higher number, is led around.
      leaves: which nodes have no inputs; they go right above what first uses them.
      height: of every node, in pixels.

    Returns:
      The Drawing.
    """
    count = len(widths)
    forward = [leaves[a] or a < b for a, b in edges]
    layer = [1] * count
    into: list[list[int]] = [[] for _ in range(count)]
    for (a, b), ahead in zip(edges, forward, strict=True):
        if ahead:
            into[b].append(a)
    for b in range(count):
        if not leaves[b]:
            layer[b] = max((layer[a] + 1 for a in into[b] if not leaves[a]), default=1)
    _sink(layer, into, leaves)
    first_use: dict[int, int] = {}
    for a, b in edges:
        if leaves[a]:
            first_use[a] = min(first_use.get(a, layer[b]), layer[b])
    for a, use in first_use.items():
        layer[a] = use - 1

    # Edges over several layers get a bend in each layer between.
    size = list(widths)
    chains: list[list[int]] = []
    links: list[tuple[int, int]] = []
    for (a, b), ahead in zip(edges, forward, strict=True):
        chain = [a, b]
        if ahead and 1 < layer[b] - layer[a] <= _LONGEST_ROUTE:
            bends = range(len(size), len(size) + layer[b] - layer[a] - 1)
            layer.extend(range(layer[a] + 1, layer[b]))
            size.extend([_BEND_WIDTH] * len(bends))
            chain = [a, *bends, b]
        chains.append(chain)
        if ahead and layer[b] - layer[a] <= _LONGEST_ROUTE:
            links.extend(itertools.pairwise(chain))

    rows: list[list[int]] = [[] for _ in range(max(layer, default=0) + 1)]
    for node, at in enumerate(layer):
        rows[at].append(node)
    x = _abscissas(size, rows, links)
    low = min((x[i] - size[i] / 2 for i in range(len(size))), default=0.0)
    high = max((x[i] + size[i] / 2 for i in range(len(size))), default=0.0)
    lane = high + 2 * _GAP
    paths, lanes = [], 0
    for chain, (a, b), ahead in zip(chains, edges, forward, strict=True):
        if ahead and layer[b] - layer[a] <= _LONGEST_ROUTE:
            paths.append(_curve([(x[i] - low, layer[i] * _ROW) for i in chain], height))
            continue
        side = lane - low + 6 * (lanes % 12)
        lanes += 1
        ya, yb = layer[a] * _ROW + height / 2, layer[b] * _ROW + height / 2
        xa, xb = x[a] + size[a] / 2 - low, x[b] + size[b] / 2 - low
        paths.append(
            f"M{xa:.0f} {ya:.0f}C{side:.0f} {ya:.0f} {side:.0f} {yb:.0f} {xb:.0f} {yb:.0f}"
        )
    return Drawing(
        [(x[i] - low, layer[i] * _ROW + height / 2) for i in range(count)],
        paths,
        high - low + (_GAP * 2 + 72 if lanes else 0),
        (len(rows) - 1) * _ROW + height,
    )


def _sink(layer: list[int], into: list[list[int]], leaves: Sequence[bool]) -> None:
    """Moves what is computed of leaves alone, for one use, down to that use."""
    uses: list[list[int]] = [[] for _ in layer]
    for b, sources in enumerate(into):
        for a in sources:
            uses[a].append(b)
    free = [False] * len(layer)
    for b, sources in enumerate(into):
        if not leaves[b] and len(uses[b]) == 1:
            free[b] = all(leaves[a] or free[a] for a in sources)
    for a in range(len(layer) - 1, -1, -1):
        if free[a]:
            layer[a] = layer[uses[a][0]] - 1


def _curve(points: list[tuple[float, float]], height: float) -> str:
    (x, y), *rest = points
    y += height
    out = [f"M{x:.0f} {y:.0f}"]
    for to_x, to_y in rest:
        half = (y + to_y) / 2
        out.append(f"C{x:.0f} {half:.0f} {to_x:.0f} {half:.0f} {to_x:.0f} {to_y:.0f}")
        x, y = to_x, to_y
    return "".join(out)


def _abscissas(
    size: list[float], rows: list[list[int]], links: list[tuple[int, int]]
) -> list[float]:
    """The x of each node: near its neighbours in the layers above and below, none overlapping."""
    above: list[list[int]] = [[] for _ in size]
    below: list[list[int]] = [[] for _ in size]
    for a, b in links:
        above[b].append(a)
        below[a].append(b)
    x = [0.0] * len(size)
    for row in rows:
        _spread(row, [0.0] * len(row), size, x)
    for sweep in range(6):
        near = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [sum(x[j] for j in near[i]) / len(near[i]) if near[i] else x[i] for i in row]
            order = sorted(range(len(row)), key=wanted.__getitem__)
            row[:] = [row[k] for k in order]
            _spread(row, [wanted[k] for k in order], size, x)
    return x


def _spread(row: list[int], wanted: list[float], size: list[float], x: list[float]) -> None:
    """Places a row in its order, close to where its nodes want to be."""
    if not row:
        return
    edge = float("-inf")
    for i, want in zip(row, wanted, strict=True):
        x[i] = max(want, edge + size[i] / 2)
        edge = x[i] + size[i] / 2 + _GAP
    shift = sum(w - x[i] for i, w in zip(row, wanted, strict=True)) / len(row)
    for i in row:
        x[i] += shift


def groups_by_repetition(names: Sequence[Hashable]) -> list[Hashable]:
    """A key for each item: items at the same place of a repeated stretch share one.

    Args:
      names: what is compared, in order.

    Returns:
      The keys, one for each name. A stretch counts when it comes at least 3 times in a row.
    """
    keys: list[Hashable] = []
    at, count = 0, len(names)
    # How far names[i:] agrees with names[i - p:], for each period p that is tried.
    runs = []
    for period in range(1, min(_LONGEST_PERIOD, count // 3) + 1):
        run = [0] * (count + 1)
        for i in range(count - period - 1, -1, -1):
            run[i] = run[i + 1] + 1 if names[i] == names[i + period] else 0
        runs.append(run)
    while at < count:
        best, best_period = 0, 0
        for period, run in enumerate(runs, 1):
            times = run[at] // period + 1
            if times >= 3 and times * period > best:
                best, best_period = times * period, period
        if best:
            keys.extend((at, k % best_period) for k in range(best))
        else:
            keys.append((at, 0))
        at += best or 1
    return keys
