"""What notebooks show of a tensor or variable: what it is, and its values over a heat map.

Only the elements that are shown are read, and the range of small tensors. Colours lie over the
page's own background with some transparency, so that light and dark pages both work.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pyten import _core
from pyten._tensor import numpy_view
from pyten._variable import Variable

__all__ = ["repr_html"]

_EDGE = 5  # rows and columns at each end of an axis that is too long
_EDGE_OF_MANY = 3  # the same where several matrices are shown
_EDGE_OF_VECTOR = 8
_RANGE_UP_TO = 1 << 20  # elements of which the range is looked up

_LOW, _HIGH = "33,102,172", "230,120,30"  # blue and orange, told apart by all eyes
_STRONGEST = 0.65  # so that text of the page's colour stays legible
_FONT = "font:12px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace"
_CELL = "padding:1px 6px;text-align:right;border:1px solid rgba(128,128,128,.18);white-space:nowrap"
_HEAD = "padding:1px 6px;text-align:right;border:none;opacity:.55;font-weight:normal"
_HATCHED = "background:repeating-linear-gradient(45deg,rgba(200,0,120,.35) 0 4px,rgba(200,0,120,.12) 4px 8px)"


def repr_html(x: Any) -> str:
    """Returns the HTML of a tensor or variable."""
    with _core._pause_tapes():
        value = _core._array_value(_core.convert(x))
        facts = _facts(x, value)
        if value.size == 0:
            return _page(x, facts, "<div style='opacity:.6'>no elements</div>")
        panels = list(_panels(value))
        scale = _Scale(_whole(value), [panel.block for panel in panels])
    facts += scale.facts
    body = "".join(panel.table(scale) for panel in panels)
    skipped = math.prod(value.shape[:-2]) - len(panels)
    if skipped > 0:
        body += f"<span style='align-self:center;opacity:.6'>and {skipped:,} more matrices</span>"
    return _page(x, facts, body)


def _page(x: Any, facts: Sequence[str], body: str) -> str:
    if isinstance(x, Variable):
        title = f"tf.Variable <i>{html.escape(x.name)}</i>"
    else:
        title = "tf.Tensor" if type(x) is _core.Tensor else html.escape(type(x).__name__)
    chips = "".join(
        f"<span style='margin-left:6px;padding:0 5px;border-radius:3px;"
        f"background:rgba(128,128,128,.16)'>{html.escape(fact)}</span>"
        for fact in facts
    )
    return (
        f"<div style='{_FONT};margin:2px 0'><div style='margin-bottom:4px'><b>{title}</b>{chips}</div>"
        f"<div style='display:flex;flex-wrap:wrap;gap:4px 16px'>{body}</div></div>"
    )


def _facts(x: Any, value: Any) -> list[str]:
    device = value.device.rsplit("device:", 1)[-1]
    facts = [f"shape {tuple(value.shape)}", value.dtype.name, device, _bytes(value.nbytes)]
    if isinstance(x, Variable) and not x.trainable:
        facts.append("not trainable")
    return facts


def _bytes(n: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if n < 1000:
            return f"{n:.3g} {unit}"
        n /= 1000
    return f"{n:,.3g} TB"


def _whole(value: Any) -> np.ndarray | None:
    """All elements, if they are few enough to look at."""
    return numpy_view(value) if value.size <= _RANGE_UP_TO else None


# -- Colours -------------------------------------------------------------------------------------
def _magnitudes(a: np.ndarray) -> np.ndarray:
    """What the colours stand for: the values, or how large complex ones are."""
    with np.errstate(all="ignore"):
        return np.abs(a).astype(np.float64) if a.dtype.kind == "c" else a.astype(np.float64)


def _finite_range(a: np.ndarray) -> tuple[float, float]:
    if a.dtype.kind == "c":
        a = _magnitudes(a)
    low, high = float(a.min()), float(a.max())
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    finite = a[np.isfinite(a)]
    return float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))


class _Scale:
    """From values to colours: around 0 when there are both signs, else from least to greatest."""

    def __init__(self, whole: np.ndarray | None, shown: Sequence[np.ndarray]) -> None:
        blocks = shown if whole is None else [whole]
        ranges = [_finite_range(block) for block in blocks]
        self._low = min(low for low, _ in ranges)
        self._high = max(high for _, high in ranges)
        if self._low > self._high:  # nothing finite
            self._low = self._high = 0.0
        self._is_bool = blocks[0].dtype.kind == "b"
        self._around_zero = self._low < 0 < self._high
        self.facts = [] if whole is None or whole.size == 1 else self._describe(whole)

    def _describe(self, whole: np.ndarray) -> list[str]:
        if self._is_bool:
            return [f"{int(whole.sum()):,} true"]
        counts = [
            (int(test(whole).sum()), name) for name, test in (("nan", np.isnan), ("inf", np.isinf))
        ]
        facts = [f"{count:,} {name}" for count, name in counts if count]
        if sum(count for count, _ in counts) == whole.size:
            return facts
        # Large integers are not what they are as floats.
        low, high = self._low, self._high
        if whole.dtype.kind in "iu":
            low, high = whole.min(), whole.max()
        prefix = "|x| " if whole.dtype.kind == "c" else ""
        if low == high:
            return [f"{prefix}all {_text(low)}", *facts]
        return [f"{prefix}{_text(low)} … {_text(high)}", *facts]

    def style(self, value: float) -> str:
        if math.isnan(value):
            return _HATCHED + ";font-weight:bold"
        if math.isinf(value):
            colour = _HIGH if value > 0 else _LOW
            return (
                f"background:rgba({colour},{_STRONGEST});font-weight:bold;text-decoration:underline"
            )
        if self._is_bool:
            colour, strength = _HIGH, value * 0.7
        elif self._around_zero:
            colour = _LOW if value < 0 else _HIGH
            strength = abs(value) / max(-self._low, self._high)
        elif self._high > self._low:
            # Halves before the difference, which may be too large for a float.
            span = self._high / 2 - self._low / 2
            colour, strength = _HIGH, (value / 2 - self._low / 2) / span
        else:
            return ""
        alpha = _STRONGEST * min(max(strength, 0.0), 1.0)
        return f"background:rgba({colour},{alpha:.2f})" if alpha >= 0.01 else ""


# -- Numbers ---------------------------------------------------------------------------------------
def _text(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.4g}"
    if isinstance(value, np.complexfloating):
        return f"{complex(value):.3g}"
    return str(value)


# -- Tables ----------------------------------------------------------------------------------------
def _places(n: int, edge: int) -> list[int]:
    """The indices of an axis that are shown."""
    return list(range(n)) if n <= 2 * edge else [*range(edge), *range(n - edge, n)]


def _ends(n: int, edge: int) -> list[slice]:
    """The same as slices, which read nothing else."""
    return [slice(0, n)] if n <= 2 * edge else [slice(0, edge), slice(n - edge, n)]


class _Panel:
    """One matrix (or vector, or number) of the tensor, or its corners."""

    def __init__(self, value: Any, caption: str, edge: int) -> None:
        self._caption = caption
        self._rank = value.ndim
        while value.ndim < 2:
            value = _core.expand_dims(value, 0)
        rows, columns = value.shape
        self._rows, self._columns = _places(rows, edge), _places(columns, edge)
        self.block = np.concatenate(
            [
                np.concatenate(
                    [numpy_view(value[down, across]) for across in _ends(columns, edge)], 1
                )
                for down in _ends(rows, edge)
            ]
        )

    def table(self, scale: _Scale) -> str:
        values = _magnitudes(self.block)
        row_gap, column_gap = _gap(self._rows), _gap(self._columns)
        lines = []
        if self._rank > 0:
            heads = "".join(
                f"<th style='{_HEAD}'>{j}</th>"
                + (f"<th style='{_HEAD}'></th>" if i == column_gap else "")
                for i, j in enumerate(self._columns)
            )
            corner = f"<th style='{_HEAD}'></th>" if self._rank > 1 else ""
            lines.append(corner + heads)
        for i, row in enumerate(self._rows):
            cells = [f"<th style='{_HEAD}'>{row}</th>"] if self._rank > 1 else []
            for j in range(len(self._columns)):
                style = scale.style(float(values[i, j]))
                cells.append(f"<td style='{_CELL};{style}'>{_text(self.block[i, j])}</td>")
                if j == column_gap:
                    cells.append(f"<td style='{_HEAD}'>…</td>")
            lines.append("".join(cells))
            if i == row_gap:
                width = len(self._columns) + (column_gap >= 0)
                lines.append(f"<th></th>{f'<td style={_HEAD!r}>⋮</td>' * width}")
        body = "".join(f"<tr style='background:none'>{line}</tr>" for line in lines)
        caption = f"<div style='opacity:.6'>{self._caption}</div>" if self._caption else ""
        return (
            f"<div>{caption}<table style='{_FONT};border-collapse:collapse;border:none;margin:0'>"
            f"<tbody>{body}</tbody></table></div>"
        )


def _gap(places: list[int]) -> int:
    """The position after which indices are left out, or -1."""
    return next((i for i in range(len(places) - 1) if places[i + 1] != places[i] + 1), -1)


def _panels(value: Any) -> Iterator[_Panel]:
    if value.ndim <= 2:
        yield _Panel(value, "", _EDGE_OF_VECTOR if value.ndim == 1 else _EDGE)
        return
    leading = tuple(value.shape[:-2])
    count = math.prod(leading)
    edge = _EDGE if count == 1 else _EDGE_OF_MANY
    for flat in range(count) if count <= 3 else (0, 1, count - 1):
        at = tuple(int(i) for i in np.unravel_index(flat, leading))
        yield _Panel(value[at], f"[{', '.join(map(str, at))}, :, :]", edge)
