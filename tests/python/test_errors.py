"""Exception classes, and the classes that the core raises."""

from __future__ import annotations

import pickle

import pytest

import pyten as tf
from pyten import errors

CLASSES = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]
OP_ERRORS = [c for c in CLASSES if issubclass(c, errors.OpError)]


@pytest.mark.parametrize("kind", OP_ERRORS, ids=lambda c: c.__name__)
def test_both_forms_of_arguments(kind: type[errors.OpError]) -> None:
    for e in (kind("text"), kind(None, None, "text"), kind(node_def=None, op=None, message="text")):
        assert (str(e), e.message, e.node_def, e.op, e.args) == (
            "text",
            "text",
            None,
            None,
            ("text",),
        )
        again = pickle.loads(pickle.dumps(e))
        assert type(again) is kind and str(again) == "text" and again.error_code == e.error_code


def test_error_codes() -> None:
    codes = {c.__name__: c("x").error_code for c in OP_ERRORS}
    assert (
        codes["InvalidArgumentError"] == codes["InvalidIndexError"] == errors.INVALID_ARGUMENT == 3
    )
    assert (codes["UnimplementedError"], codes["ResourceExhaustedError"]) == (12, 8)
    assert errors.OpError(None, None, "x", 7).error_code == 7


@pytest.mark.parametrize(
    ("call", "classes"),
    [
        (lambda: tf.ones((2, 3)) + tf.ones(4), (errors.InvalidArgumentError, ValueError)),
        (lambda: tf.ones(2) + tf.ones(2, tf.int32), (errors.InvalidArgumentError, TypeError)),
        (lambda: tf.ones(2)[5], (errors.InvalidArgumentError, IndexError)),
        (lambda: tf.constant(1) // 0, (errors.InvalidArgumentError, ZeroDivisionError)),
        (lambda: tf.sqrt(4), (errors.InvalidArgumentError, TypeError)),
        (lambda: tf.reshape(tf.range(6), (4, 2)), (errors.OpError, ValueError)),
    ],
)
def test_tensorflow_and_python_classes(call: object, classes: tuple[type, type]) -> None:
    for kind in classes:
        with pytest.raises(kind):
            call()


def test_python_bases() -> None:
    assert issubclass(errors.UnimplementedError, NotImplementedError)
    assert issubclass(errors.ResourceExhaustedError, MemoryError)
    assert issubclass(errors.OperatorNotAllowedInGraphError, TypeError)


def test_message_names_the_op_and_the_shapes() -> None:
    with pytest.raises(errors.InvalidArgumentError, match=r"add: .*\[2,3\] vs. \[4\]"):
        tf.ones((2, 3)) + tf.ones(4)
