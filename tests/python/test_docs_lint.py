"""The docstring check finds what is missing, and the pages show what is there."""

import sys
from pathlib import Path

import pytest

import pyten as tf

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from reference import lint
from reference.docstrings import parse
from reference.inventory import Entry, Member, inventory, signature_text
from reference.pages import Reference, dtype_words, grouped


def complete(x, axis=None, name=None):
    """Does a thing.

    Args:
      x: a tensor.
      axis: an integer,
        or None.
      name: accepted and ignored.

    Returns:
      A tensor.

    Gradient: 0 at 0.

    Example:
      >>> 1 + 1
      2
    """


def found(doc, function=complete):
    def copy(x, axis=None, name=None):
        pass

    copy.__doc__ = doc
    return list(lint.of_entry(Entry(["tf.f"], copy, "function")))


def test_a_complete_docstring_passes():
    assert found(complete.__doc__) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Does a thing.", "Does a thing", "does not end with a period"),
        ("x: a tensor.", "", "parameter x is not in Args"),
        ("axis: an integer,\n        or None.", "axis:", "parameter axis has no description"),
        ("x: a tensor.", "x: a tensor.\n      y: more.", "Args names y, which is no parameter"),
        (">>> 1 + 1", "1 + 1", "has no example"),
    ],
)
def test_each_gap_is_found(old, new, problem):
    assert old in complete.__doc__
    assert [p for p in found(complete.__doc__.replace(old, new)) if problem in p]


def test_a_missing_docstring_is_found():
    assert found(None) == ["has no docstring"]


def test_a_missing_result_is_found():
    def f(x) -> int:
        """Does a thing.

        Args:
          x: a number.

        Example:
          >>> 1
          1
        """
        return 1

    assert list(lint.of_entry(Entry(["tf.f"], f, "function"))) == ["has no Returns"]
    f.__annotations__["return"] = "None"
    assert list(lint.of_entry(Entry(["tf.f"], f, "function"))) == []


def test_methods_are_checked():
    class C:
        """A class."""

        def m(self, x) -> int:
            """Does a thing."""
            return x

    member = Member("m", C.m, "method", C.m.__doc__)
    entry = Entry(["tf.C"], C, "class", [member])
    assert lint.problems([entry]) == [
        "tf.C: has no example (>>> lines)",
        "tf.C.m: parameter x is not in Args",
        "tf.C.m: has no Returns",
    ]
    member.doc = "Does a thing; see tf.square."
    assert lint.problems([entry]) == ["tf.C: has no example (>>> lines)"]


def test_parse():
    doc = parse("One sentence\non two lines.\n\nProse.\n\nArgs:\n  a, b: text\n    goes on.\n")
    assert (doc.summary, doc.body) == ("One sentence on two lines.", "Prose.")
    assert doc.items("Args") == {"a": "text\ngoes on.", "b": "text\ngoes on."}


def test_a_list_of_names_may_go_on():
    doc = parse("One.\n\nArgs:\n  a, b,\n    c, d: see tf.square.\n  e: text.\n")
    assert list(doc.items("Args")) == ["a", "b", "c", "d", "e"]


def test_inherited_methods_are_told_of_once():
    class Base:
        """A base.

        Example:
          >>> 1
          1
        """

        def m(self, x):
            """Does a thing."""

    class Derived(Base):
        __doc__ = Base.__doc__

    member = Member("m", Base.m, "method", Base.m.__doc__)
    entries = [Entry([f"tf.{c.__name__}"], c, "class", [member]) for c in (Base, Derived)]
    assert {p.split(":")[0] for p in lint.problems(entries)} == {"tf.Base.m"}


def test_aliases_share_a_page():
    reference = Reference(inventory())
    assert reference.targets["tf.math.add"] == reference.targets["tf.add"] == "reference/tf/add.md"
    page = dict(reference.pages())["reference/tf/add.md"]
    assert "Also `tf.math.add`" in page and "Differentiable to any order" in page
    assert "](reduce_sum.md)" in dict(reference.pages())["reference/tf/index.md"]


def test_signatures():
    assert signature_text("tf.sqrt", tf.sqrt) == "tf.sqrt(x, name=None)"
    assert signature_text("f", tf.GradientTape) == (
        "f(persistent=False, watch_accessed_variables=True)"
    )


def test_dtypes_are_grouped():
    assert dtype_words(tf.sqrt.dtypes) == "floats, complex"
    assert dtype_words(["int32", "float32"]) == "int32, float32"
    assert grouped("a tensor; float16, bfloat16, float32, float64.") == "a tensor; floats."
