"""The ``pyten`` command."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from pyten._cli.errors import CommandError

__all__ = ["main"]

_INTERRUPTED = 130
_BROKEN_PIPE = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after the program's name; None for those of this process.

    Returns:
        The exit status: 0, 2 for bad input, 130 when interrupted, 141 when whoever read the output
        has gone.
    """
    from pyten._cli.options import parse

    # Labels are the user's own text, and not every terminal can show all of it.
    with contextlib.suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        options = parse(arguments)
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except CommandError as error:
        print(f"pyten {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("pyten: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
