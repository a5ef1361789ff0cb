"""Exceptions. Each is caught by TensorFlow's class and by Python's own for the same mistake.

Shapes and values that do not fit raise `InvalidArgumentError`, which is a `ValueError` too; its
subclasses for dtypes, indices and division by zero are also `TypeError`, `IndexError` and
`ZeroDivisionError`.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AbortedError",
    "AlreadyExistsError",
    "CancelledError",
    "DataLossError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "InvalidDTypeError",
    "InvalidDivisionError",
    "InvalidIndexError",
    "NotFoundError",
    "OpError",
    "OperatorNotAllowedInGraphError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
]

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """An operation failed. The base of all others here.

    Takes the message alone, or TensorFlow's `(node_def, op, message[, error_code])`.

    Attributes:
      message: the text.
      error_code: an integer, one of the constants of this module.
      node_def, op: None; they exist for TensorFlow's sake.

    Example:
      >>> import pyten as tf
      >>> try:
      ...     tf.ones((2, 3)) + tf.ones(4)
      ... except tf.errors.OpError as e:
      ...     print(e.message)
      add: incompatible shapes: [2,3] vs. [4]; sizes must be equal or 1, from the last axis on
    """

    error_code: int = UNKNOWN

    def __init__(
        self, node_def: Any = None, op: Any = None, message: str | None = None, *args: Any
    ) -> None:
        if message is None:
            node_def, message = None, str(node_def)
        super().__init__(message)
        self.node_def = node_def
        self.op = op
        self.message = message
        if type(self) is OpError and args:
            self.error_code = args[0]

    @property
    def experimental_payloads(self) -> dict[str, bytes]:
        """An empty dictionary."""
        return {}

    def __reduce__(self) -> tuple[Any, ...]:
        rest = (self.error_code,) if type(self) is OpError else ()
        return (type(self), (self.node_def, self.op, self.message, *rest))


class InvalidArgumentError(OpError, ValueError):
    """An operation got an argument that it cannot work with."""

    error_code = INVALID_ARGUMENT


class InvalidDTypeError(InvalidArgumentError, TypeError):
    """A dtype that the operation does not take, or dtypes that differ."""


class InvalidIndexError(InvalidArgumentError, IndexError):
    """An index or axis out of range."""


class InvalidDivisionError(InvalidArgumentError, ZeroDivisionError):
    """Integer division by zero."""


class UnimplementedError(OpError, NotImplementedError):
    """There is no kernel for this operation, dtype and device."""

    error_code = UNIMPLEMENTED


class ResourceExhaustedError(OpError, MemoryError):
    """Out of memory, or of another resource."""

    error_code = RESOURCE_EXHAUSTED


class CancelledError(OpError):
    """The operation was cancelled."""

    error_code = CANCELLED


class UnknownError(OpError):
    """An error of unknown kind."""

    error_code = UNKNOWN


class DeadlineExceededError(OpError):
    """The operation took longer than it was given."""

    error_code = DEADLINE_EXCEEDED


class NotFoundError(OpError):
    """Something that was asked for, e.g. a file, does not exist."""

    error_code = NOT_FOUND


class AlreadyExistsError(OpError):
    """Something that was to be made exists already."""

    error_code = ALREADY_EXISTS


class PermissionDeniedError(OpError):
    """The caller may not do this."""

    error_code = PERMISSION_DENIED


class UnauthenticatedError(OpError):
    """The caller has not said who it is."""

    error_code = UNAUTHENTICATED


class FailedPreconditionError(OpError):
    """The system is not in the state that the operation needs."""

    error_code = FAILED_PRECONDITION


class AbortedError(OpError):
    """The operation was given up, e.g. because another one came in between."""

    error_code = ABORTED


class OutOfRangeError(OpError):
    """The end was passed, e.g. of a data set."""

    error_code = OUT_OF_RANGE


class InternalError(OpError):
    """A mistake inside pyten."""

    error_code = INTERNAL


class UnavailableError(OpError):
    """The system cannot do this now."""

    error_code = UNAVAILABLE


class DataLossError(OpError, ValueError):
    """Data was lost or is damaged, such as a file that is not whole."""

    error_code = DATA_LOSS


class OperatorNotAllowedInGraphError(TypeError):
    """For code that catches it; pyten runs eagerly and never raises it."""


# What the core raises, by the name of its kind of error.
KINDS: dict[str, type[Exception]] = {
    "InvalidArgument": InvalidArgumentError,
    "InvalidDType": InvalidDTypeError,
    "InvalidIndex": InvalidIndexError,
    "ZeroDivision": InvalidDivisionError,
    "Value": ValueError,
    "Type": TypeError,
    "Index": IndexError,
    "Runtime": RuntimeError,
    "Unimplemented": UnimplementedError,
    "OutOfMemory": ResourceExhaustedError,
    "Internal": InternalError,
}
