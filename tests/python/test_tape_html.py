"""GradientTape.to_html: the page holds what the tape does, safely, in one file."""

import itertools
import os
import re
import time
from html.parser import HTMLParser

import numpy as np
import pytest

import pyten as tf
from pyten._tape_layout import groups_by_repetition, layered

VOID = {"meta", "input", "img", "br", "hr"}
OPTIONAL = {"th", "td", "tr"}  # elements that need no end tag


class Page(HTMLParser):
    """Rows, nodes and every attribute of a page; checks that elements nest."""

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.rows = {}
        self.nodes = {"all": [], "groups": []}
        self.edges = {"all": [], "groups": []}
        self.attributes = []
        self.tags = []
        self._open = []
        self._row = None
        self._graph = None
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.attributes.extend(attrs.items())
        if tag == "svg" and "graph" in attrs.get("class", ""):
            self._graph = attrs["id"]
        if tag == "tr" and "id" in attrs:
            self._row = self.rows.setdefault(attrs["id"], {"class": attrs["class"], "cells": []})
        if tag == "td":
            self._row["cells"].append("")
        if tag == "g" and "data-r" in attrs:
            self.nodes[self._graph].append([attrs["data-r"], attrs["class"], ""])
        if tag == "path" and "data-e" in attrs:
            self.edges[self._graph].append(tuple(map(int, attrs["data-e"].split())))
        if tag not in VOID | OPTIONAL and tag not in ("path", "rect"):
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if tag in OPTIONAL:
            return
        assert self._open.pop() == tag
        if tag in ("table", "tbody"):
            self._row = None

    def handle_data(self, data):
        if "text" in self._open:
            self.nodes[self._graph][-1][2] += data
        elif self._row is not None and self._row["cells"]:
            self._row["cells"][-1] += data.strip("\n")

    def row_of(self, op):
        """The cells of the one row whose op this is."""
        (found,) = [
            r["cells"]
            for r in self.rows.values()
            if re.search(rf"(^|= ){op}$", r["cells"][1].replace(" no gradient", ""))
        ]
        return found


def numbers(text):
    return [float(x) for x in re.findall(r"-?(?:\d+\.?\d*(?:e-?\d+)?|inf|nan)", text)]


def page_of(tape, folder, *args, **kwargs):
    path = folder / "page.html"
    tape.to_html(path, *args, **kwargs)
    return Page(path.read_text(encoding="utf-8"))


def test_ops_names_values_and_gradients(tmp_path):
    w = tf.Variable([[1.0], [-2.0]], name="w")
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.keep_values()
        logits = x @ w
        shifted = logits + 0.5
        loss = tf.reduce_mean(tf.square(shifted))
    tape.to_html(tmp_path / "page.html", target=loss, sources={"weights": w})
    page = Page((tmp_path / "page.html").read_text())
    assert [r for r in page.rows if r.startswith("op")] == ["op0", "op1", "op2", "op3"]
    assert [n[0] for n in page.nodes["all"] if n[0].startswith("op")] == [
        f"op{i}" for i in range(4)
    ]

    number, op, inputs, attrs, line, shape, value, gradient = page.row_of("matmul")
    assert (number, op, inputs) == ("0", "logits = matmul", "x weights")
    assert "transpose_a=False" in attrs
    assert "test_tape_html.py" in line and "logits = x @ w" in line
    assert shape == "float32 (2, 1)"
    y = x.numpy() @ w.numpy()
    np.testing.assert_allclose(numbers(value), y.reshape(-1))
    np.testing.assert_allclose(numbers(gradient), (y + 0.5).reshape(-1))
    assert page.row_of("reduce_mean")[1] == "loss = reduce_mean"
    np.testing.assert_allclose(numbers(page.row_of("reduce_mean")[6]), [np.mean((y + 0.5) ** 2)])
    np.testing.assert_allclose(numbers(page.row_of("reduce_mean")[7]), [1.0])
    assert "shifted (#1)" in page.row_of("square")[2]

    (weights,) = [r for r in page.rows.values() if r["cells"][0] == "weights"]
    assert weights["class"] == "source" and weights["cells"][1] == "variable w:0"
    np.testing.assert_allclose(numbers(weights["cells"][3]), [1.0, -2.0])
    np.testing.assert_allclose(numbers(weights["cells"][4]), (x.numpy().T @ (y + 0.5)).reshape(-1))
    assert page.rows["op3"]["class"] == "target"
    # What is drawn: x and w into the product, that and 0.5 into the sum, and on.
    names = [n[0] for n in page.nodes["all"]]
    assert {(names[a], names[b]) for a, b in page.edges["all"] if a < 4} == {
        ("op0", "op1"), ("op1", "op2"), ("op2", "op3")
    }  # fmt: skip
    assert sum(names[b] == "op0" for _, b in page.edges["all"]) == 2
    # One use of a tape that is not persistent is gone.
    with pytest.raises(RuntimeError, match="persistent"):
        tape.gradient(loss, w)
    with pytest.raises(ValueError, match=r"call to_html before it, or use .*persistent=True"):
        tape.to_html(tmp_path / "page.html")


def test_persistent_tape_stays_usable(tmp_path):
    v = tf.Variable([3.0])
    with tf.GradientTape(persistent=True) as tape:
        y = v * v
    first = page_of(tape, tmp_path, y)
    assert page_of(tape, tmp_path, y).text == first.text
    np.testing.assert_array_equal(tape.gradient(y, v), [6.0])
    with tf.GradientTape(persistent=False) as once:
        y = v * v
    page_of(once, tmp_path)
    np.testing.assert_array_equal(once.gradient(y, v), [6.0])


def test_values_that_were_not_kept_say_how_to(tmp_path):
    v = tf.Variable([3.0])
    with tf.GradientTape() as tape:
        tf.identity(v + 1.0)
    page = page_of(tape, tmp_path)
    assert page.row_of("add")[6] == "not kept"
    assert "<code>tape.keep_values()</code>" in page.text
    with tf.GradientTape() as tape:
        tape.keep_values()
        tf.identity(v + 1.0)
    page = page_of(tape, tmp_path)
    assert numbers(page.row_of("add")[6]) == [4.0]
    assert "not kept" not in page.text


def test_gradients_that_are_none(tmp_path):
    v, other = tf.Variable([3.0]), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        tape.keep_values()
        y = v * v
        tf.exp(other)
        tf.argmax(v)
    page = page_of(tape, tmp_path, y)
    assert numbers(page.row_of("multiply")[7]) == [1.0]
    assert page.row_of("exp")[7] == "None: no path to the target"
    assert page.row_of("argmax")[7] == "None: int64"
    assert "no gradient" in page.row_of("argmax")[1]
    with tf.GradientTape() as tape:
        tf.exp(v)
    page = page_of(tape, tmp_path, tf.constant(1.0))
    assert "depends on nothing recorded" in page.text


def test_a_variable_read_twice_has_the_sum(tmp_path):
    v = tf.Variable(3.0, name="v")
    with tf.GradientTape() as tape:
        tape.keep_values()
        y = tf.square(v)
        v.assign_add(1.0)
        z = y * v
    page = page_of(tape, tmp_path, z)
    leaves = [r["cells"] for k, r in page.rows.items() if k.startswith("v")]
    assert [numbers(c[3]) for c in leaves] == [[3.0], [4.0]]
    assert [numbers(c[4]) for c in leaves] == [[2 * 3 * 4 + 9.0]] * 2


def test_large_values_are_summarised(tmp_path):
    a = np.random.default_rng(0).normal(size=(300, 400)).astype("f")
    v = tf.Variable(a)
    with tf.GradientTape() as tape:
        tape.keep_values()
        tf.exp(v)
    page = page_of(tape, tmp_path)
    assert len(page.text) < 40_000
    shown = numbers(page.row_of("exp")[6].split("histogram")[0])
    e = np.exp(a.astype("d"))
    np.testing.assert_allclose(shown, [e.min(), e.mean(), e.max()], rtol=1e-4)
    assert page.tags.count("img") == 2
    assert all(v.startswith("data:image/png;base64,") for k, v in page.attributes if k == "src")


@pytest.mark.filterwarnings("error")
def test_the_largest_numbers_are_no_trouble(tmp_path):
    v = tf.Variable(np.array([1e308, -1e308, 1e308] * 20))
    with tf.GradientTape() as tape:
        tape.keep_values()
        y = v * 1.0
    page = page_of(tape, tmp_path, y)
    shown = numbers(page.row_of("multiply")[6].replace("e+", "e"))
    np.testing.assert_allclose(shown, [-1e308, 1e308 / 3, 1e308], rtol=1e-5)
    assert page.rows["op0"]["class"] == "target"


@pytest.mark.parametrize("size", [3, 1000])
def test_nan_and_infinity_stand_out(tmp_path, size):
    a = np.ones(size, "f")
    a[1], a[2] = 0.0, -1.0
    v = tf.Variable(a)
    with tf.GradientTape() as tape:
        tape.keep_values()
        fine = v * 1.0
        y = tf.math.log(fine)
        tf.identity(y)
    page = page_of(tape, tmp_path)
    assert page.rows["op0"]["class"] == ""
    assert page.rows["op1"]["class"] == "notfinite"
    assert f"1 NaN and 1 infinite of {size}" in page.row_of("log")[6]
    assert re.search(r'First NaN or infinity: <a href="#op1">#1 log</a>', page.text)
    drawn = {n[0]: n[1] for n in page.nodes["all"]}
    assert "notfinite" in drawn["op1"] and "notfinite" not in drawn["op0"]


@pytest.mark.parametrize(
    "dtype", ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3, 4), (5, 6, 7)])
def test_every_dtype_and_shape(tmp_path, dtype, shape):
    v = tf.Variable(tf.cast(tf.ones(shape), dtype))
    with tf.GradientTape() as tape:
        tape.keep_values()
        y = v * v
    page = page_of(tape, tmp_path, y)
    assert page.rows["op0"]["cells"][5].startswith(dtype)
    assert page.rows["op0"]["class"] == "target"


def test_everything_is_escaped_and_nothing_is_outside(tmp_path):
    evil = "</script><script>alert(1)</script><img src=http://example.com/x onerror='a' \"&"
    v = tf.Variable([1.0, 2.0], name=evil)
    with tf.GradientTape() as tape:
        tape.keep_values()
        y = v * 2.0 if "</script><b>" else v  # this line too is shown
    del v
    page = page_of(tape, tmp_path, y, {evil: y})
    assert page.tags.count("script") == 1 and page.tags.count("img") == 0
    assert evil in page.rows["op0"]["cells"][1]
    assert '"</script><b>"' in page.rows["op0"]["cells"][4]
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("src", "href", "data", "action", "srcset"):
            assert value.startswith(("#", "data:image/png"))
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|import\(", page.text)
    assert "link" not in page.tags and "iframe" not in page.tags


def thousand(keep):
    w = tf.Variable(np.eye(8, dtype="f"), name="w")
    with tf.GradientTape(persistent=True) as tape:
        if keep:
            tape.keep_values()
        h = tf.ones((2, 8))
        for _ in range(334):
            z = h @ w
            a = z + 0.001
            h = tf.tanh(a)
        loss = tf.reduce_sum(h)
    return tape, loss


@pytest.mark.parametrize("keep", [False, True])
def test_a_thousand_ops(tmp_path, keep):
    tape, loss = thousand(keep)
    start = time.perf_counter()
    tape.to_html(tmp_path / "page.html", loss)
    took = time.perf_counter() - start
    page = Page((tmp_path / "page.html").read_text())
    assert len([r for r in page.rows if r.startswith("op")]) == 1003
    # By line, or by place in the repetition: three nodes for the loop, and the sum and w.
    groups = list(page.nodes["groups"])
    assert len(groups) == 5
    assert sum("334" in n[2] for n in groups) == 3
    assert len(page.text) < 4_000_000
    assert took < 3  # 0.4 s on a free core


def test_layout_has_no_overlaps_and_goes_down():
    rng = np.random.default_rng(0)
    count = 120
    edges = sorted({(int(rng.integers(max(0, b - 9), b)), b) for b in range(1, count)})
    edges += [(int(rng.integers(0, b)), b) for b in range(5, count, 5)]
    widths = rng.integers(40, 200, count).tolist()
    drawn = layered(widths, edges, [False] * count)
    assert len(drawn.paths) == len(edges)
    for a, b in edges:
        assert drawn.centres[a][1] < drawn.centres[b][1]
    rows = {}
    for (x, y), w in zip(drawn.centres, widths, strict=True):
        assert 0 <= x - w / 2 and x + w / 2 <= drawn.width + 1e-6 and y < drawn.height
        rows.setdefault(y, []).append((x - w / 2, x + w / 2))
    for row in rows.values():
        row.sort()
        assert all(left[1] < right[0] for left, right in itertools.pairwise(row))


def test_repetition():
    keys = groups_by_repetition(list("s" + "abc" * 4 + "e"))
    assert len(set(keys)) == 5
    assert keys[1] == keys[4] == keys[10] != keys[2]
    assert len(set(groups_by_repetition(list("abab")))) == 4  # twice is no repetition
    assert groups_by_repetition([]) == []


def test_a_failed_write_leaves_the_old_page(tmp_path, monkeypatch):
    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        y = v * v
    path = tmp_path / "page.html"
    path.write_text("old")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="to_html: path must be writable, got 'No space left"):
        tape.to_html(path)
    monkeypatch.undo()
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["page.html"]
    with pytest.raises(FileNotFoundError, match="to_html: path must be in a folder that exists"):
        tape.to_html(tmp_path / "none" / "page.html", y)
    # The mistake did not use the tape up.
    assert tape.gradient(y, v) == 2.0


def test_mistakes(tmp_path):
    path = tmp_path / "page.html"
    with tf.GradientTape() as tape:
        tf.constant(1.0) * 2.0
    with pytest.raises(ValueError, match="to_html: the tape must have recorded an op, got none"):
        tape.to_html(path)
    with pytest.raises(TypeError, match="to_html: target must be tensors or variables, got int 3"):
        tape.to_html(path, target=3)
    with pytest.raises(TypeError, match="to_html: sources must be .* got str 'w'"):
        tape.to_html(path, sources=["w"])
    assert not path.exists()
