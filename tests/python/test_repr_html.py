"""What notebooks show: read back from the HTML, cell by cell."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import pyten as tf
from pyten._dtypes import ALL_DTYPES


class Page(HTMLParser):
    """The facts behind the title, and the tables: rows of (text, style), with their headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.facts: list[str] = []
        self.tables: list[list[list[tuple[str, str]]]] = []
        self.heads: list[str] = []
        self.text = ""
        self._style = ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        assert tag not in ("script", "style", "link")
        self.open.append(tag)
        self._style = dict(attributes).get("style") or ""
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open[-1] == "td":
            self.tables[-1][-1].append((data, self._style))
        elif self.open[-1] == "th":
            self.heads.append(data)
        elif self.open[-1] == "span":
            self.facts.append(data)

    def cells(self, table: int = 0) -> list[list[str]]:
        return [[text for text, _ in row] for row in self.tables[table] if row]

    def alphas(self, table: int = 0) -> list[list[float]]:
        """How strong each cell's colour is; blue is negative."""

        def alpha(style: str) -> float:
            if "rgba(" not in style.split("white-space:nowrap;")[-1]:
                return 0.0
            colour = style.split("rgba(")[-1].split(")")[0].split(",")
            return float(colour[-1]) * (1 if int(colour[0]) > int(colour[2]) else -1)

        return [[alpha(style) for _, style in row] for row in self.tables[table] if row]


def page(x: Any) -> Page:
    return Page(x._repr_html_())


@pytest.mark.parametrize("dtype", [d.name for d in ALL_DTYPES])
def test_every_dtype(dtype: str) -> None:
    p = page(tf.cast([[0, 1, 1], [1, 0, 1]], dtype))
    assert p.facts[:3] == ["shape (2, 3)", dtype, "CPU:0"]
    one, zero = {"bool": ("True", "False"), "complex64": ("1+0j", "0+0j")}.get(
        dtype.replace("128", "64"), ("1", "0")
    )
    assert p.cells() == [[zero, one, one], [one, zero, one]]
    assert np.sign(p.alphas()).tolist() == [[0, 1, 1], [1, 0, 1]]
    assert p.heads == ["0", "1", "2", "0", "1"]


def test_scalars_vectors_and_nothing() -> None:
    p = page(tf.constant(3.14159))
    assert p.cells() == [["3.142"]] and p.heads == [] and p.facts[0] == "shape ()"
    p = page(tf.constant([1.0, -2.0]))
    assert p.cells() == [["1", "-2"]] and p.heads == ["0", "1"] and p.facts[-1] == "-2 … 1"
    p = page(tf.zeros((0, 3)))
    assert p.tables == [] and "no elements" in p.text


def test_colours() -> None:
    p = page(tf.constant([[-1.0, 0.0, 2.0]]))
    low, middle, high = p.alphas()[0]
    assert middle == 0 and high == pytest.approx(-2 * low, abs=0.02) and high > 0.5
    p = page(tf.constant([[100.0, 101.0, 102.0]]))  # no zero between: from least to greatest
    low, middle, high = p.alphas()[0]
    assert low == 0 and middle == pytest.approx(high / 2, abs=0.01)
    assert set(page(tf.fill([2, 2], 7.0)).alphas()[0]) == {0.0}
    huge = np.finfo(np.float64).max
    assert page(tf.constant(np.array([huge, -huge, 0.0]))).alphas()[0][:2] == [0.65, -0.65]
    assert page(tf.constant(np.array([[huge, huge / 2]]))).alphas()[0] == [0.65, 0.0]


def test_what_is_not_finite_is_marked() -> None:
    inf, nan = float("inf"), float("nan")
    p = page(tf.constant([[1.0, nan, inf], [-inf, -1.0, 0.0]]))
    assert p.cells() == [["1", "nan", "inf"], ["-inf", "-1", "0"]]
    (_, nans), (_, high) = p.tables[0][1][1:]
    assert "repeating-linear-gradient" in nans and "underline" in high
    assert p.facts[-3:] == ["-1 … 1", "1 nan", "2 inf"]
    assert page(tf.constant([nan, nan])).facts[-1] == "2 nan"
    assert page(tf.constant(nan)).cells() == [["nan"]]
    p = page(tf.constant([complex(nan, 1), complex(0, inf), 3 + 4j]))
    assert p.facts[-3:] == ["|x| all 5", "1 nan", "1 inf"]


def test_ranges() -> None:
    assert page(tf.constant([2**62, 2**62 - 1])).facts[-1] == f"{2**62 - 1} … {2**62}"
    assert page(tf.ones((2, 2))).facts[-1] == "all 1"
    assert page(tf.constant([True, False, True])).facts[-1] == "2 true"
    assert page(tf.zeros((2000, 2000), tf.int8)).facts[-1] == "4 MB"  # not looked up
    # What is shown alone decides the colours then.
    p = page(tf.tensor_scatter_nd_update(tf.zeros((1100, 1000)), [[500, 500], [0, 0]], [9.0, 1.0]))
    assert p.alphas()[0][0] == 0.65


def test_large_ones_are_summarised() -> None:
    p = page(tf.range(100))
    assert p.cells()[0] == [*map(str, range(8)), "…", *map(str, range(92, 100))]
    m = tf.reshape(tf.range(3000), (100, 30))
    p = page(m)
    rows = [0, 1, 2, 3, 4, 95, 96, 97, 98, 99]
    columns = [0, 1, 2, 3, 4, 25, 26, 27, 28, 29]
    expected = [[str(30 * i + j) for j in columns] for i in rows]
    shown = [[text for text in row if text != "…"] for row in p.cells() if "⋮" not in row]
    assert shown == expected
    assert [len(row) for row in p.cells()] == [11] * 11 and p.cells()[5] == ["⋮"] * 11
    assert p.heads == [*map(str, columns), *map(str, rows)]


def test_more_axes() -> None:
    t = tf.reshape(tf.range(120), (5, 2, 3, 4))
    p = page(t)
    for number, at in enumerate([(0, 0), (0, 1), (4, 1)]):
        assert p.cells(number) == [[str(n) for n in row] for row in t[at].numpy().tolist()]
        assert f"[{at[0]}, {at[1]}, :, :]" in p.text
    assert "and 7 more matrices" in p.text
    assert len(page(tf.ones((3, 2, 2))).tables) == 3
    assert len(page(tf.ones((1, 20, 20))).cells()) == 11  # a single matrix has its full preview


def test_huge_ones_are_not_read() -> None:
    # A million million elements, which exist nowhere.
    t = tf.broadcast_to(tf.constant(1.0), (10**6, 10**6))
    start = time.perf_counter()
    p = page(t)
    assert time.perf_counter() - start < 2 and p.facts[:4] == [
        "shape (1000000, 1000000)",
        "float32",
        "CPU:0",
        "4 TB",
    ]
    assert len(t._repr_html_()) < 30_000


def test_variables() -> None:
    v = tf.Variable([[1.0, 2.0]], name='<script>alert("x")</script>&', trainable=False)
    html = v._repr_html_()
    assert "<script" not in html and "&lt;script&gt;" in html
    p = Page(html)
    assert v.name in p.text and "not trainable" in p.facts and p.cells() == [["1", "2"]]
    assert page(tf.Variable([[1.0]], shape=[None, 1])).facts[0] == "shape (1, 1)"


def test_looking_is_not_recorded(recwarn: pytest.WarningsRecorder) -> None:
    v = tf.Variable([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        v._repr_html_()
        assert tape.watched_variables() == ()
        y = v * v
        y._repr_html_()
    assert tape.gradient(y, v).numpy().tolist() == [[2.0, 4.0]] and not recwarn.list


def test_print_options_of_numpy_do_not_matter() -> None:
    with np.printoptions(precision=1, threshold=1):
        assert page(tf.constant([1.234, 5.678])).cells() == [["1.234", "5.678"]]


def test_arrays_of_the_array_api() -> None:
    from pyten import array_api as xp

    a = xp.asarray([[1.0, 2.0], [3.0, 4.0]])
    a[0, 0] = -1.0
    p = page(a)
    assert p.text.startswith("Array") and p.facts[:3] == ["shape (2, 2)", "float64", "CPU:0"]
    assert p.cells() == [["-1", "2"], ["3", "4"]]
