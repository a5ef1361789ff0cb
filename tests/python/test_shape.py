"""TensorShape, known and unknown."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

import pyten as tf
from pyten import TensorShape

S = TensorShape([2, 3])
PARTLY = TensorShape([None, 3])
UNKNOWN = TensorShape(None)


def test_it_is_no_tuple() -> None:
    assert not isinstance(S, tuple)
    assert bool(tf.ones(()).shape) is True
    assert not hasattr(S, "index") and not hasattr(S, "count")
    for operation in (lambda: S * 2, lambda: S < (2, 3)):
        with pytest.raises(TypeError):
            operation()


def test_equality_and_hash() -> None:
    assert S == (2, 3) == S and S == [2, 3] and S == np.array([2, 3])
    assert S != (3, 2) and S != (2,) and S != 5 and S != "ab" and S != None  # noqa: E711
    assert TensorShape([2]) == 2
    assert PARTLY == (None, 3)
    assert TensorShape(None) == UNKNOWN and UNKNOWN != S
    assert hash(S) == hash((2, 3))


def test_sequence() -> None:
    assert (S[0], S[-1], len(S), list(S), tuple(S), 3 in S) == (2, 3, 2, [2, 3], (2, 3), True)
    assert S[1:] == TensorShape([3]) and isinstance(S[1:], TensorShape)
    rows, columns = S
    assert (rows, columns, type(rows)) == (2, 3, int)
    with pytest.raises(IndexError, match="tuple index out of range"):
        S[5]
    assert (np.prod(S), math.prod(S), max(S), np.zeros(S).shape) == (6, 6, 3, (2, 3))


def test_sums_are_shapes() -> None:
    for total in (S + (4,), S + [4], S + TensorShape(4), S.concatenate([4])):
        assert isinstance(total, TensorShape) and total == (2, 3, 4)
    for total in ((4,) + S, [4] + S):
        assert isinstance(total, TensorShape) and total == (4, 2, 3)
    assert (S + None).rank is None


def test_as_arguments() -> None:
    assert tf.zeros(S).shape == S and tf.reshape(tf.range(6), S).shape == S
    t = tf.convert_to_tensor(S)
    assert t.dtype == tf.int32 and t.numpy().tolist() == [2, 3]


def test_text() -> None:
    assert [str(s) for s in (S, TensorShape(5), TensorShape([]), PARTLY, UNKNOWN)] == [
        "(2, 3)",
        "(5,)",
        "()",
        "(None, 3)",
        "<unknown>",
    ]
    assert (repr(S), repr(UNKNOWN)) == ("TensorShape([2, 3])", "TensorShape(None)")


def test_what_is_known() -> None:
    assert (S.rank, S.ndims, S.dims, S.as_list(), S.num_elements()) == (2, 2, [2, 3], [2, 3], 6)
    assert S.is_fully_defined() and not PARTLY.is_fully_defined()
    assert (PARTLY.num_elements(), UNKNOWN.num_elements(), UNKNOWN.rank, UNKNOWN.dims) == (
        None,
    ) * 4
    assert [d.size for d in S.as_proto().dim] == [2, 3] and UNKNOWN.as_proto().unknown_rank


def test_unknown_rank() -> None:
    assert not UNKNOWN and UNKNOWN[0] is None
    assert UNKNOWN[1:].rank is None and UNKNOWN[1:3] == (None, None)
    for operation, message in (
        (lambda: len(UNKNOWN), "Cannot take the length"),
        (lambda: list(UNKNOWN), "Cannot iterate"),
        (UNKNOWN.as_list, "not defined on an unknown"),
        (lambda: UNKNOWN[::2], "Steps are not yet handled"),
    ):
        with pytest.raises(ValueError, match=message):
            operation()


def test_compatibility() -> None:
    assert PARTLY.is_compatible_with([7, 3]) and UNKNOWN.is_compatible_with([7])
    assert not PARTLY.is_compatible_with([7, 4]) and not S.is_compatible_with([2])
    assert S.is_subtype_of(PARTLY) and not PARTLY.is_subtype_of(S)
    assert PARTLY.merge_with([2, None]) == S and UNKNOWN.merge_with(S) == S
    assert S.most_specific_compatible_shape([2, 4]) == (2, None)
    assert S.most_specific_compatible_shape([2]).rank is None
    assert UNKNOWN.with_rank(2) == (None, None) and S.with_rank(2) is S
    assert S.with_rank_at_least(1) is S and S.with_rank_at_most(2) is S


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (lambda: S.merge_with([2, 4]), r"Shapes \(2, 3\) and \(2, 4\) are not compatible"),
        (lambda: S.assert_is_compatible_with([4]), "are incompatible"),
        (lambda: S.assert_has_rank(3), r"Shape \(2, 3\) must have rank 3"),
        (lambda: S.assert_same_rank([1]), "must have the same rank"),
        (lambda: S.with_rank(3), "must have rank 3"),
        (lambda: S.with_rank_at_least(3), "must have rank at least 3"),
        (lambda: S.with_rank_at_most(1), "must have rank at most 1"),
        (PARTLY.assert_is_fully_defined, "is not fully defined"),
        (lambda: TensorShape([2, -1]), "Dimension -1 must be >= 0"),
    ],
)
def test_value_errors(operation: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        operation()


@pytest.mark.parametrize("dims", [[2.5], "ab", object()])
def test_type_errors(dims: object) -> None:
    with pytest.raises(TypeError):
        TensorShape(dims)


def test_from_other_values() -> None:
    assert TensorShape(5) == (5,) and TensorShape(S) == S
    assert TensorShape([tf.constant(2), np.int64(3)]) == S
    assert TensorShape(np.array([2, 3])) == S and TensorShape(n for n in (2, 3)) == S


def test_copies() -> None:
    for shape in (S, PARTLY, UNKNOWN):
        assert pickle.loads(pickle.dumps(shape)) == shape == copy.deepcopy(shape)
