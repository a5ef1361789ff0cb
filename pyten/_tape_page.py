"""The page of GradientTape.to_html: its table, drawings, style and script."""

from __future__ import annotations

import os
from html import escape
from typing import Any

from pyten._tape_html import (
    Box,
    Groups,
    collapsed_graph,
    leaf_kind,
    leaf_title,
    link,
    opens_collapsed,
    shape_text,
    whole_graph,
)
from pyten._tape_layout import layered
from pyten._tape_values import Looked, look

__all__ = ["page"]

_BOX_HEIGHT = 44
_NOT_KEPT = "<span class=q>not kept</span>"
_NO_PATH = "<span class=q>None: no path to the target</span>"


class _Values:
    """The values and gradients of a recording as HTML, each looked at once."""

    def __init__(self, recording: Any, gradients: dict[int, Any] | None) -> None:
        self._recording = recording
        self._gradients = gradients
        self._looked: dict[tuple[bool, int], Looked] = {}
        self.not_kept = 0

    def value(self, value: int) -> Looked:
        return self._look(False, value, self._recording.values[value][2], _NOT_KEPT)

    def gradient(self, value: int) -> Looked:
        gradients = self._gradients or {}
        # A variable's gradient is the sum over all that was read of it.
        number = self._recording.read_from.get(value, value)
        dtype = self._recording.values[value][1]
        floating = dtype.startswith(("float", "bfloat", "complex"))
        missing = _NO_PATH if floating else f"<span class=q>None: {escape(dtype)}</span>"
        return self._look(True, value, gradients.get(number), missing)

    def _look(self, is_gradient: bool, value: int, tensor: Any, missing: str) -> Looked:
        key = is_gradient, value
        if key not in self._looked:
            if tensor is None:
                self.not_kept += not is_gradient
                self._looked[key] = Looked(missing, 0)
            else:
                self._looked[key] = look(tensor)
        return self._looked[key]


def page(
    recording: Any, targets: list[int], sources: list[int], gradients: dict[int, Any] | None
) -> str:
    """The whole page.

    Args:
      recording: what the tape holds.
      targets: numbers of the values whose gradient is taken.
      sources: numbers of the values and variables to mark.
      gradients: of the targets by each value, by its number; None when none were asked for.

    Returns:
      HTML with everything inside.
    """
    values = _Values(recording, gradients)
    groups = Groups(recording)
    kinds = _marks(recording, targets, sources, values, gradients is not None)
    rows = _op_rows(recording, groups, values, kinds, gradients is not None)
    leaves = _leaf_rows(recording, values, kinds, gradients is not None)
    collapsed = opens_collapsed(recording, groups)
    drawings = []
    for name, (boxes, edges), hidden in (
        ("all", whole_graph(recording, kinds), collapsed),
        ("groups", collapsed_graph(recording, groups, kinds), not collapsed),
    ):
        drawings.append(_drawing(name, boxes, edges, hidden))
    count = len(recording.ops)
    title = f"Tape: {count} op{'s' if count != 1 else ''}"
    by = "line" if any(op.place for op in recording.ops) else "repetition"
    gradient_head = "<th>gradient of the target" if gradients is not None else ""
    return "".join(
        [
            '<!DOCTYPE html><html lang=en><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{title}</title><style>{_STYLE}</style></head><body>",
            f"<header><h1>{title}</h1>{_summary(recording, values, kinds, targets, gradients)}",
            '<div class="bar" hidden>',
            '<input id="search" type="search" placeholder="Search: op, name, line, shape" ',
            'aria-label="Search"><output id="found"></output>',
            f'<button id="view" data-by="{by}">All ops</button>',
            '<button id="fit">Fit</button></div></header>',
            '<main><div id="graph">',
            *drawings,
            '</div><aside id="details" hidden></aside></main>',
            '<section><h2>Operations</h2><table id="ops"><thead><tr><th>#<th>op<th>inputs',
            f"<th>attributes<th>line<th>shape<th>value{gradient_head}</thead><tbody>",
            *rows,
            '</tbody></table><h2>Variables and inputs</h2><table id="leaves"><thead><tr>',
            f"<th>name<th>kind<th>shape<th>value{gradient_head}</thead><tbody>",
            *leaves,
            f"</tbody></table></section><script>{_SCRIPT}</script></body></html>\n",
        ]
    )


def _marks(
    recording: Any, targets: list[int], sources: list[int], values: _Values, graded: bool
) -> dict[str, str]:
    """CSS classes of rows and nodes: what is marked, what is not finite."""
    kinds: dict[str, list[str]] = {}
    for op in recording.ops:
        marks = kinds.setdefault(f"op{op.number}", [])
        if any(out in targets for out in op.outputs):
            marks.append("target")
        if any(out in sources for out in op.outputs):
            marks.append("source")
        op.bad = sum(values.value(out).bad for out in op.outputs)
        if op.bad or (graded and any(values.gradient(out).bad for out in op.outputs)):
            marks.append("notfinite")
    for value in recording.leaves:
        marks = kinds.setdefault(f"v{value}", [])
        both = {value, recording.read_from.get(value, value)}
        if both & set(targets):
            marks.append("target")
        if both & set(sources):
            marks.append("source")
        if values.value(value).bad or (graded and values.gradient(value).bad):
            marks.append("notfinite")
    return {ref: " ".join(marks) for ref, marks in kinds.items()}


def _summary(
    recording: Any,
    values: _Values,
    kinds: dict[str, str],
    targets: list[int],
    gradients: dict[int, Any] | None,
) -> str:
    out = []
    first = next((op for op in recording.ops if op.bad), None)
    if first is not None:
        out.append(
            f'<p class="bad">First NaN or infinity: <a href="#op{first.number}">'
            f"#{first.number} {escape(first.op)}</a></p>"
        )
    elif any("notfinite" in marks for marks in kinds.values()):
        out.append('<p class="bad">There are NaN or infinities: rows and nodes in red.</p>')
    if gradients is not None and not gradients:
        out.append(
            "<p>The target depends on nothing recorded here: all gradients are None. "
            "tape.explain(target, source) says why.</p>"
        )
    if values.not_kept:
        out.append(
            f"<p>{values.not_kept} values were not kept: call <code>tape.keep_values()</code> at "
            "the start of the <code>with</code> block.</p>"
        )
    if gradients is None:
        out.append("<p>Gradients are shown when <code>to_html</code> is given a target.</p>")
    return "".join(out)


def _cells(values: _Values, outputs: list[int], graded: bool) -> str:
    found = [values.value(out).text for out in outputs]
    if graded:
        slopes = [values.gradient(out).text for out in outputs]
        return f"<td>{'<hr>'.join(found)}<td>{'<hr>'.join(slopes)}"
    return f"<td>{'<hr>'.join(found)}"


def _op_rows(
    recording: Any, groups: Groups, values: _Values, kinds: dict[str, str], graded: bool
) -> list[str]:
    rows = []
    for op in recording.ops:
        ref = f"op{op.number}"
        names = ", ".join(filter(None, map(recording.name, op.outputs)))
        named = f"<b>{escape(names)}</b> = " if names else ""
        inputs = " ".join(link(recording, i) for i in op.inputs)
        attrs = ", ".join(f"{k}={v!r}" for k, v in op.attrs.items())
        line = ""
        if op.place:
            file, number, source = op.place
            line = (
                f'<span class=q title="{escape(file)}">{escape(os.path.basename(file))}:{number}'
                f"</span> <code>{escape(source)}</code>"
            )
        shapes = "<hr>".join(escape(shape_text(recording, out)) for out in op.outputs)
        cut = "" if op.differentiable else " <span class=q>no gradient</span>"
        rows.append(
            f'<tr id="{ref}" class="{kinds[ref]}" data-group="g{groups.of[op.number]}">'
            f"<td>{op.number}<td>{named}<span class=o>{escape(op.op)}</span>{cut}<td>{inputs}"
            f"<td>{escape(attrs)}<td>{line}<td class=w>{shapes}{_cells(values, op.outputs, graded)}\n"
        )
    return rows


def _leaf_rows(recording: Any, values: _Values, kinds: dict[str, str], graded: bool) -> list[str]:
    rows = []
    for value in recording.leaves:
        ref = f"v{value}"
        kind = leaf_kind(recording, value)
        variable = recording.variables.get(recording.read_from.get(value))
        about = f" <span class=q>{escape(variable.name)}</span>" if variable is not None else ""
        rows.append(
            f'<tr id="{ref}" class="{kinds[ref]}"><td><b>{escape(leaf_title(recording, value))}</b>'
            f"<td>{kind}{about}<td class=w>{escape(shape_text(recording, value))}"
            f"{_cells(values, [value], graded)}\n"
        )
    return rows


def _drawing(name: str, boxes: list[Box], edges: list[tuple[int, int]], hidden: bool) -> str:
    widths = [max(64.0, 20 + 6.9 * max(len(b.title), 0.86 * len(b.below))) for b in boxes]
    drawn = layered(widths, edges, [b.leaf for b in boxes], _BOX_HEIGHT)
    out = [
        f'<svg class="graph" id="{name}" width="{drawn.width:.0f}" height="{drawn.height:.0f}" '
        f'viewBox="-8 -8 {drawn.width + 16:.0f} {drawn.height + 16:.0f}"{" hidden" * hidden} '
        'role="img" aria-label="The recorded graph; the table below says the same"><g>'
    ]
    for (a, b), path in zip(edges, drawn.paths, strict=True):
        out.append(f'<path class="e" data-e="{a} {b}" d="{path}"/>')
    for box, width, (x, y) in zip(boxes, widths, drawn.centres, strict=True):
        left, top = x - width / 2, y - _BOX_HEIGHT / 2
        out.append(
            f'<g class="n {box.kind}" data-r="{box.ref}" tabindex="0" '
            f'transform="translate({left:.0f} {top:.0f})"><rect width="{width:.0f}" '
            f'height="{_BOX_HEIGHT}" rx="{16 if box.leaf else 5}"/>'
            f'<text x="{width / 2:.0f}" y="18">{escape(box.title)}</text>'
            f'<text class="s" x="{width / 2:.0f}" y="34">{escape(box.below)}</text></g>\n'
        )
    out.append("</g></svg>")
    return "".join(out)


_STYLE = """
:root{color-scheme:light dark;--b:#fff;--f:#1c2330;--q:#667085;--l:#d5dae3;--op:#eef2fa;--opl:#8fa3c8;
--v:#fff3d6;--vl:#c9982f;--i:#eef0f2;--t:#1f7a4d;--s:#8a4fd0;--bad:#c8102e;--badb:#ffe3e6;--hi:#2f6fed}
@media(prefers-color-scheme:dark){:root{--b:#14181f;--f:#e3e8f0;--q:#98a2b3;--l:#313947;--op:#222b3a;
--opl:#5c74a4;--v:#3a3017;--vl:#b98d2c;--i:#272c34;--t:#4cc38a;--s:#b58af0;--bad:#ff6b7d;--badb:#4a1a22;
--hi:#7aa7ff}}
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0;background:var(--b);color:var(--f);font:14px/1.4 system-ui,sans-serif}
header,section{padding:8px 16px}h1{font-size:18px;margin:4px 0}h2{font-size:15px}p{margin:3px 0}
.bar{display:flex;gap:8px;align-items:center;margin:8px 0}#search{width:260px;padding:5px 8px}
main{display:flex;height:64vh;min-height:320px;border-block:1px solid var(--l)}
#graph{flex:1;overflow:auto;min-width:0;padding:8px}.js #graph{overflow:hidden;padding:0}
.js svg.graph{width:100%;height:100%;cursor:grab;touch-action:none;user-select:none}
aside{width:360px;overflow:auto;padding:8px 14px;border-left:1px solid var(--l)}
aside dt{color:var(--q);font-size:12px;margin-top:6px}aside dd{margin:0;overflow-wrap:anywhere}
.n{cursor:pointer}.n rect{fill:var(--op);stroke:var(--opl)}.n text{fill:var(--f);text-anchor:middle;
font:600 12px ui-monospace,monospace}.n text.s{fill:var(--q);font-weight:400;font-size:10.5px}
.variable rect{fill:var(--v);stroke:var(--vl)}.input rect{fill:var(--i)}.cut rect{stroke-dasharray:4 3}
.target rect{stroke:var(--t);stroke-width:3}.source rect{stroke:var(--s);stroke-width:3}
.notfinite rect{fill:var(--badb);stroke:var(--bad);stroke-width:2.5}
.e{fill:none;stroke:var(--opl);stroke-width:1.2;opacity:.75}
svg.picked .n:not(.on),svg.searched .n:not(.hit){opacity:.25}svg.picked .e:not(.on){opacity:.12}
.e.on{stroke:var(--hi);stroke-width:2;opacity:1}.n.here rect{stroke:var(--hi);stroke-width:4}
.n:focus{outline:none}.n:focus-visible rect{stroke:var(--hi);stroke-width:3}
table{border-collapse:collapse;font-size:13px}th,td{border-bottom:1px solid var(--l);padding:4px 10px;
text-align:left;vertical-align:top}th{position:sticky;top:0;background:var(--b);color:var(--q)}
tr:target,tr.pick{outline:2px solid var(--hi)}tr.notfinite td:first-child{border-left:4px solid var(--bad)}
pre{margin:0;font:12px ui-monospace,monospace}code,.o{font-family:ui-monospace,monospace}.w{white-space:nowrap}
.q{color:var(--q)}.bad{color:var(--bad)}a{color:var(--hi)}hr{border:0;border-top:1px dotted var(--l)}
svg.h{display:block;width:96px;height:32px}svg.h path{fill:var(--opl)}
img.m{image-rendering:pixelated;display:block;margin-top:3px}
"""

_SCRIPT = """
(() => {
const $ = id => document.getElementById(id), all = (s, r = document) => [...r.querySelectorAll(s)];
document.documentElement.classList.add('js');
document.querySelector('.bar').hidden = false;
const details = $('details'), button = $('view');
const graphs = all('svg.graph').map(svg => {
  const nodes = all('.n', svg), ins = nodes.map(() => []), outs = nodes.map(() => []);
  const edges = all('.e', svg).map(path => {
    const [a, b] = path.dataset.e.split(' ').map(Number);
    ins[b].push(a); outs[a].push(b);
    return {path, a, b};
  });
  const w = +svg.getAttribute('width'), h = +svg.getAttribute('height');
  svg.removeAttribute('viewBox');
  return {svg, nodes, ins, outs, edges, w, h, g: svg.firstElementChild, x: 0, y: 0, k: 1, ready: false};
});
let now = graphs.find(g => !g.svg.hasAttribute('hidden'));
const place = g => g.g.setAttribute('transform', `translate(${g.x} ${g.y}) scale(${g.k})`);
// Everything, but never too small to read: then its top.
function fit(g, least) {
  const box = $('graph').getBoundingClientRect();
  g.k = Math.max(least, Math.min(1.3, (box.width - 24) / g.w, (box.height - 24) / g.h));
  g.x = g.w * g.k < box.width ? (box.width - g.w * g.k) / 2 : 12;
  if (least && g.w * g.k > box.width) {
    const t = g.nodes.map(n => n.transform.baseVal[0].matrix).sort((p, q) => p.f - q.f)[0];
    g.x = Math.min(12, box.width / 2 - t.e * g.k);
  }
  g.y = g.h * g.k < box.height ? (box.height - g.h * g.k) / 2 : 12;
  g.ready = true;
  place(g);
}
function show(g) {
  graphs.forEach(o => o.svg.toggleAttribute('hidden', o !== g));
  now = g;
  button.textContent = g.svg.id === 'all' ? 'Collapse by ' + button.dataset.by : 'All ops';
  if (!g.ready) fit(g, .55);
}
function centre(node) {
  const m = node.transform.baseVal[0].matrix, box = $('graph').getBoundingClientRect();
  now.k = Math.max(now.k, .8);
  now.x = box.width / 2 - (m.e + 60) * now.k;
  now.y = box.height / 2 - (m.f + 22) * now.k;
  place(now);
}
function reach(from, next) {
  const seen = new Set(from), todo = [...from];
  while (todo.length) for (const j of next[todo.pop()]) if (!seen.has(j)) { seen.add(j); todo.push(j); }
  return seen;
}
function clear() {
  graphs.forEach(g => {
    g.svg.classList.remove('picked');
    all('.on,.here', g.svg).forEach(e => e.classList.remove('on', 'here'));
  });
  all('tr.pick').forEach(e => e.classList.remove('pick'));
  details.hidden = true;
}
function pick(ref, move) {
  clear();
  let at = now.nodes.flatMap((n, i) => n.dataset.r === ref ? [i] : []);
  if (!at.length && !ref.startsWith('g')) {
    show(graphs.find(g => g.svg.id === 'all'));
    at = now.nodes.flatMap((n, i) => n.dataset.r === ref ? [i] : []);
    move = true;
  }
  const up = reach(at, now.ins), down = reach(at, now.outs);
  now.svg.classList.add('picked');
  now.nodes.forEach((n, i) => n.classList.toggle('on', up.has(i) || down.has(i)));
  now.edges.forEach(({path, a, b}) => path.classList.toggle('on',
    (up.has(a) && up.has(b)) || (down.has(a) && down.has(b))));
  at.forEach(i => now.nodes[i].classList.add('here'));
  if (move && at.length) centre(now.nodes[at[0]]);
  tell(ref, up.size - at.length, down.size - at.length);
}
const make = (tag, text) => Object.assign(document.createElement(tag), {textContent: text});
function tell(ref, up, down) {
  const list = document.createElement('dl');
  const add = (head, nodes) => { const d = make('dd', ''); d.append(...nodes); list.append(make('dt', head), d); };
  const row = $(ref);
  if (row) {
    row.classList.add('pick');
    const heads = all('th', row.closest('table'));
    all('td', row).forEach((td, i) => {
      if (td.textContent || td.firstElementChild) add(heads[i].textContent, [...td.cloneNode(true).childNodes]);
    });
  } else {
    const members = all(`tr[data-group="${ref}"]`);
    add(`${members.length} ops`, members.slice(0, 400).flatMap(r => {
      const a = make('a', '#' + r.id.slice(2) + ' ' + r.children[1].textContent);
      a.href = '#' + r.id;
      if (r.classList.contains('notfinite')) a.className = 'bad';
      return [a, document.createElement('br')];
    }));
  }
  add('graph', [`depends on ${up}, used by ${down} nodes of the drawing`]);
  details.replaceChildren(list);
  details.hidden = false;
  details.scrollTop = 0;
}
graphs.forEach(g => {
  let drag = null, moved = false;
  g.svg.addEventListener('pointerdown', e => { drag = [e.clientX - g.x, e.clientY - g.y]; moved = false; });
  g.svg.addEventListener('pointermove', e => {
    if (!drag) return;
    const x = e.clientX - drag[0], y = e.clientY - drag[1];
    if (!moved && Math.hypot(x - g.x, y - g.y) < 4) return;
    if (!moved) g.svg.setPointerCapture(e.pointerId);
    moved = true; g.x = x; g.y = y; place(g);
  });
  g.svg.addEventListener('pointerup', () => drag = null);
  g.svg.addEventListener('pointercancel', () => drag = null);
  g.svg.addEventListener('wheel', e => {
    e.preventDefault();
    const box = g.svg.getBoundingClientRect(), x = e.clientX - box.left, y = e.clientY - box.top;
    const k = Math.min(6, Math.max(.02, g.k * Math.exp(-e.deltaY * .0015)));
    g.x = x - (x - g.x) * k / g.k; g.y = y - (y - g.y) * k / g.k; g.k = k; place(g);
  }, {passive: false});
  g.svg.addEventListener('click', e => {
    const node = e.target.closest('.n');
    if (!moved) node ? pick(node.dataset.r) : clear();
  });
  g.svg.addEventListener('keydown', e => {
    const node = e.target.closest('.n');
    if (node && e.key === 'Enter') pick(node.dataset.r);
  });
});
document.addEventListener('click', e => {
  const a = e.target.closest('a[href^="#"]');
  if (!a) return;
  e.preventDefault();
  pick(a.getAttribute('href').slice(1), true);
});
document.addEventListener('keydown', e => { if (e.key === 'Escape') clear(); });
$('ops').addEventListener('click', e => {
  const row = e.target.closest('tbody tr');
  if (row && !e.target.closest('a')) pick(row.id, true);
});
button.onclick = () => { clear(); show(graphs.find(g => g !== now)); };
$('fit').onclick = () => fit(now, 0);
let hits = [], turn = 0;
const search = $('search');
search.addEventListener('input', () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  hits = words.length ? all('section tbody tr').filter(r =>
    words.every(w => r.textContent.toLowerCase().includes(w))) : [];
  turn = 0;
  const refs = new Set(hits.flatMap(r => [r.id, r.dataset.group]));
  graphs.forEach(g => {
    g.svg.classList.toggle('searched', words.length > 0);
    g.nodes.forEach(n => n.classList.toggle('hit', refs.has(n.dataset.r)));
  });
  all('section tbody tr').forEach(r => r.hidden = words.length > 0 && !refs.has(r.id));
  $('found').textContent = words.length ? `${hits.length} found` : '';
});
search.addEventListener('keydown', e => {
  if (e.key === 'Enter' && hits.length) pick(hits[turn++ % hits.length].id, true);
});
show(now);
if (location.hash.length > 1 && $(location.hash.slice(1))) pick(location.hash.slice(1), true);
})();
"""
