"""pyten.nest."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

import pyten as tf

Pair = namedtuple("Pair", "x y")


@pytest.mark.parametrize(
    ("structure", "leaves"),
    [
        (5, [5]),
        (None, [None]),
        ("text", ["text"]),
        ([], []),
        ([1, (2, [3])], [1, 2, 3]),
        ({"b": 1, "a": [2, 3]}, [2, 3, 1]),
        (Pair(1, {"z": 2, "y": 3}), [1, 3, 2]),
        (OrderedDict(b=1, a=2), [2, 1]),
        ([None, ()], [None]),
        (range(3), [0, 1, 2]),
    ],
)
def test_flatten(structure: object, leaves: list) -> None:
    assert tf.nest.flatten(structure) == leaves


def test_arrays_sets_and_shapes_are_leaves() -> None:
    for leaf in (np.ones(2), tf.ones(2), {1}, tf.TensorShape([1]), b"ab"):
        assert not tf.nest.is_nested(leaf)
        assert tf.nest.flatten(leaf)[0] is leaf


@pytest.mark.parametrize(
    "structure",
    [
        [1, (2, [3])],
        {"b": 1, "a": [2, 3]},
        Pair(1, [2]),
        OrderedDict(b=1, a=2),
        defaultdict(list, b=1),
        (),
        [None, ()],
        7,
    ],
)
def test_pack_is_the_inverse_of_flatten(structure: object) -> None:
    packed = tf.nest.pack_sequence_as(structure, tf.nest.flatten(structure))
    assert packed == structure and type(packed) is type(structure)


def test_pack_keeps_the_order_of_keys() -> None:
    assert list(tf.nest.pack_sequence_as({"b": 1, "a": 2}, [3, 4])) == ["b", "a"]
    assert tf.nest.pack_sequence_as(defaultdict(list, b=1), [2]).default_factory is list


def test_map_structure() -> None:
    assert tf.nest.map_structure(lambda a, b: a + b, [1, (2,)], [10, (20,)]) == [11, (22,)]
    assert tf.nest.map_structure(lambda a, b: a + b, [1], (2,), check_types=False) == [3]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tf.nest.map_structure(1, [1]), TypeError, "func must be callable"),
        (lambda: tf.nest.map_structure(abs), ValueError, "at least one structure"),
        (lambda: tf.nest.map_structure(abs, [1], foo=2), ValueError, "not: `foo`"),
        (lambda: tf.nest.map_structure(max, [1], [1, 2]), ValueError, "number of elements"),
        (lambda: tf.nest.map_structure(max, [1], (1,)), TypeError, "same sequence type"),
        (lambda: tf.nest.pack_sequence_as([1, 2], [1]), ValueError, "had 2 atoms, but .* 1 items"),
        (lambda: tf.nest.pack_sequence_as([1], 5), TypeError, "incompatible type"),
        (lambda: tf.nest.assert_same_structure([1], 1), ValueError, "is a sequence, while"),
        (lambda: tf.nest.assert_same_structure({"a": 1}, {"b": 1}), ValueError, "set of keys"),
        (lambda: tf.nest.flatten({1: 2, "a": 3}), TypeError, "not supported between"),
    ],
)
def test_errors(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_namedtuples_of_one_name_are_the_same_structure() -> None:
    again = namedtuple("Pair", "x y")
    tf.nest.assert_same_structure(Pair(1, 2), again(3, 4))
    other = namedtuple("Other", "x y")
    with pytest.raises(TypeError):
        tf.nest.assert_same_structure(Pair(1, 2), other(3, 4))
