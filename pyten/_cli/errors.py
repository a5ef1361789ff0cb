"""Errors that are the user's to mend: shown in one line, exit status 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["CommandError", "reported"]


class CommandError(Exception):
    """Bad input; its text is ``command: requirement, got actuals; remedy``."""


@contextmanager
def reported(command: str) -> Iterator[None]:
    """Turn a library error about the user's input into a :class:`CommandError`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        # Ours carry their whole message in the second argument.
        message = str(error.strerror or error)
        raise CommandError(f"{command}: {message}") from error
    except (ValueError, TypeError) as error:
        raise CommandError(f"{command}: {error}") from error
