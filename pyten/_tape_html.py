"""A tape's recording as one page of HTML, to be looked at: GradientTape.to_html."""

from __future__ import annotations

import os
from collections.abc import Hashable
from html import escape
from typing import Any

from pyten import _core, nest

__all__ = ["write"]

_COLLAPSE_FROM = 60  # ops; from here on the page opens with repeated ones together
_SHARED_LEAF = 3  # a leaf used more often is drawn beside each use
_MERGED_LEAVES = 4  # leaves of one use drawn as one node, in the collapsed graph
_LABEL = 34  # characters


class _Node:
    """An op, or a leaf: a variable or a value from outside."""

    def __init__(self, number: int, entry: Any) -> None:
        self.number = number
        self.op, self.inputs, self.outputs, self.attrs, self.place, self.differentiable = entry
        self.bad = 0


class _Recording:
    """What the tape holds, with names, and what each value looks like."""

    def __init__(self, tape: Any, names: dict[int, str]) -> None:
        found = _core._tape_records(tape)
        self.keeps: bool = found["keeps"]
        self.released: bool = found["released"]
        self.values: dict[int, Any] = found["values"]
        self.variables: dict[int, Any] = found["variables"]
        self.names = names
        #: of a value that a variable was read as: the variable.
        self.read_from: dict[int, int] = {}
        self.ops: list[_Node] = []
        for entry in found["entries"]:
            if entry[0] == "read_variable":
                self.read_from[entry[2][0]] = entry[1][0]
            else:
                self.ops.append(_Node(len(self.ops), entry))
        self.maker = {out: op.number for op in self.ops for out in op.outputs}
        #: ids of the values that no op made, in the order of their first use.
        used = dict.fromkeys(i for op in self.ops for i in op.inputs)
        self.leaves: list[int] = [i for i in used if i not in self.maker]

    def name(self, value: int) -> str:
        """The user's name of a value, or nothing."""
        variable = self.read_from.get(value)
        name = self.names.get(value) or self.names.get(variable or 0, "")
        if not name and variable in self.variables:
            name = self.variables[variable].name
        return name

    def is_variable(self, value: int) -> bool:
        return value in self.read_from


def write(tape: Any, path: str | os.PathLike[str], target: Any, sources: Any, frame: Any) -> None:
    """See GradientTape.to_html; `frame` is its caller's."""
    from pyten._atomic import check_writable, write_atomically
    from pyten._tape_page import page

    targets = [] if target is None else nest.flatten(target)
    marked = [] if sources is None else nest.flatten(sources)
    for role, given in (("target", targets), ("sources", marked)):
        for item in given:
            if not isinstance(item, (_core.Tensor, _core.Variable)):
                raise TypeError(
                    f"to_html: {role} must be tensors or variables, got {type(item).__name__} "
                    f"{item!r}"
                )
    check_writable(path, "to_html", "path")
    with _core._pause_tapes():
        names = _caller_names(frame)
        names.update(_given_names(sources))
        recording = _Recording(tape, names)
        if not recording.ops:
            why = (
                "gradient() used its recording up; call to_html before it, or use "
                "tf.GradientTape(persistent=True)"
                if recording.released
                else "compute with a variable or a watched tensor inside the `with` block"
            )
            raise ValueError(f"to_html: the tape must have recorded an op, got none: {why}")
        gradients: Any = _core._tape_gradients(tape, targets) if targets else None
        text = page(
            recording,
            [_core._value_id(t) for t in targets],
            [_core._value_id(s) for s in marked],
            gradients,
        )
    write_atomically(path, text.encode("utf-8", "backslashreplace"), "to_html")


def _caller_names(frame: Any) -> dict[int, str]:
    """The names of the caller's Python variables that are tensors, by the tensors' numbers."""
    names: dict[int, str] = {}
    scopes = [frame.f_locals]
    if frame.f_globals is not frame.f_locals:
        scopes.append(frame.f_globals)
    for scope in scopes:
        for name, value in list(scope.items()):
            if name.startswith("_"):
                continue
            items = [(name, value)]
            if type(value) in (list, tuple) and len(value) <= 64:
                items = [(f"{name}[{i}]", item) for i, item in enumerate(value)]
            elif type(value) is dict and len(value) <= 64 and value is not scope:
                items = [(f"{name}[{k!r}]", item) for k, item in value.items()]
            for shown, item in items:
                if isinstance(item, (_core.Tensor, _core.Variable)):
                    number = _core._value_id(item)
                    if number:
                        names.setdefault(number, shown)
    return names


def _given_names(sources: Any) -> dict[int, str]:
    if not isinstance(sources, dict):
        return {}
    named = ((str(k), v) for k, v in sources.items())
    return {
        _core._value_id(v): k for k, v in named if isinstance(v, (_core.Tensor, _core.Variable))
    }


# -- The graphs that are drawn ---------------------------------------------------------------------
class Box:
    """A node of a drawing.

    Attributes:
      ref: the id of the table's row, or of the group, that it stands for.
      title: its first line.
      below: its second line.
      kind: its CSS classes.
      leaf: whether it has no inputs.
    """

    def __init__(self, ref: str, title: str, below: str, kind: str, leaf: bool) -> None:
        self.ref = ref
        self.title = shortened(title)
        self.below = shortened(below)
        self.kind = kind
        self.leaf = leaf


def shortened(text: str, most: int = _LABEL) -> str:
    """The text, cut in the end to fit."""
    return text if len(text) <= most else text[: most - 1] + "…"


def shape_text(recording: Any, value: int) -> str:
    """Such as "float32 (2, 3)"."""
    shape, dtype, _ = recording.values[value]
    return f"{dtype} ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def leaf_kind(recording: Any, value: int) -> str:
    """The CSS class of a leaf."""
    return "variable" if recording.is_variable(value) else "input"


def leaf_title(recording: Any, value: int) -> str:
    """What a leaf is called: its name, its value when that is one number, or "input"."""
    name: str = recording.name(value)
    if name:
        return name
    shape, _, tensor = recording.values[value]
    if tensor is not None and not shape:
        return f"{tensor.numpy():.6g}" if tensor.dtype.is_floating else str(tensor.numpy())
    return "input"


def whole_graph(recording: Any, kinds: dict[str, str]) -> tuple[list[Box], list[tuple[int, int]]]:
    """Every op, and the leaves."""
    boxes: list[Box] = []
    for op in recording.ops:
        out = op.outputs[0]
        title = f"{recording.name(out)} = {op.op}" if recording.name(out) else op.op
        more = f" and {len(op.outputs) - 1} more" if len(op.outputs) > 1 else ""
        kind = f"op {kinds.get(f'op{op.number}', '')}" + ("" if op.differentiable else " cut")
        boxes.append(Box(f"op{op.number}", title, shape_text(recording, out) + more, kind, False))
    uses: dict[int, list[int]] = {}
    edges = []
    for op in recording.ops:
        for value in dict.fromkeys(op.inputs):
            maker = recording.maker.get(value)
            if maker is None:
                uses.setdefault(value, []).append(op.number)
            else:
                edges.append((maker, op.number))
    for value, by in uses.items():
        kind = f"{leaf_kind(recording, value)} {kinds.get(f'v{value}', '')}"
        for users in [by] if len(by) <= _SHARED_LEAF else [[user] for user in by]:
            edges.extend((len(boxes), user) for user in users)
            title = leaf_title(recording, value)
            boxes.append(Box(f"v{value}", title, shape_text(recording, value), kind, True))
    return boxes, list(dict.fromkeys(edges))


class Groups:
    """Ops that come from one line, or, where lines are unknown, from one place of a repetition.

    Attributes:
      of: the group of each op.
      members: the ops of each group.
    """

    def __init__(self, recording: Any) -> None:
        from pyten._tape_layout import groups_by_repetition

        ops = recording.ops
        keys: list[Hashable]
        if any(op.place for op in ops):
            keys = [op.place[:2] if op.place else (op.op, op.number) for op in ops]
        else:
            keys = groups_by_repetition([(op.op, len(op.inputs)) for op in ops])
        numbers: dict[Hashable, int] = {}
        self.of = [numbers.setdefault(key, len(numbers)) for key in keys]
        self.members: list[list[Any]] = [[] for _ in numbers]
        for op, group in zip(ops, self.of, strict=True):
            self.members[group].append(op)


def collapsed_graph(
    recording: Any, groups: Groups, kinds: dict[str, str]
) -> tuple[list[Box], list[tuple[int, int]]]:
    """A node for each group, and the variables and named inputs."""
    boxes: list[Box] = []
    for number, members in enumerate(groups.members):
        first = members[0]
        shape = shape_text(recording, first.outputs[0])
        if first.place:
            title = first.place[2] or first.op
            where = f"{os.path.basename(first.place[0])}:{first.place[1]}"
            below = f"{where}, {len(members)} op{'s' if len(members) > 1 else ''}"
        elif len(members) > 1:
            title, below = f"{first.op}, {len(members)} times", shape
        else:
            title, below = first.op, shape
        marks = {mark for op in members for mark in kinds.get(f"op{op.number}", "").split()}
        boxes.append(Box(f"g{number}", title, below, " ".join(["op", *sorted(marks)]), False))
    edges: dict[tuple[int, int], None] = {}
    uses: dict[int, set[int]] = {}
    for op in recording.ops:
        group = groups.of[op.number]
        for value in op.inputs:
            maker = recording.maker.get(value)
            if maker is not None:
                if groups.of[maker] != group:
                    edges[groups.of[maker], group] = None
            elif recording.name(value):
                # All readings of a variable are one node here.
                uses.setdefault(recording.read_from.get(value, value), set()).add(group)
    first_value = {v: value for value, v in reversed(list(recording.read_from.items()))}
    together: dict[tuple[frozenset[int], str], list[int]] = {}
    for leaf, by in uses.items():
        value = first_value.get(leaf, leaf)
        together.setdefault((frozenset(by), leaf_kind(recording, value)), []).append(value)
    for (by_groups, kind), values in together.items():
        for some in [values] if len(values) >= _MERGED_LEAVES else [[v] for v in values]:
            edges.update(((len(boxes), group), None) for group in sorted(by_groups))
            title, below = leaf_title(recording, some[0]), shape_text(recording, some[0])
            if len(some) > 1:
                title = f"{len(some)} {kind}s"
                below = ", ".join(leaf_title(recording, v) for v in some)
            mark = " ".join(kinds.get(f"v{v}", "") for v in some)
            boxes.append(Box(f"v{some[0]}", title, below, f"{kind} {mark}", True))
    return boxes, list(edges)


def opens_collapsed(recording: Any, groups: Groups) -> bool:
    """Whether the graph of groups is the one to begin with."""
    return len(recording.ops) > _COLLAPSE_FROM and len(groups.members) < 0.7 * len(recording.ops)


def link(recording: Any, value: int) -> str:
    """A reference to the row in which a value is shown."""
    maker = recording.maker.get(value)
    name = recording.name(value)
    if maker is None:
        return f'<a href="#v{value}">{escape(leaf_title(recording, value))}</a>'
    shown = f"{name} (#{maker})" if name else f"#{maker}"
    return f'<a href="#op{maker}">{escape(shown)}</a>'
