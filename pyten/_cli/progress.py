"""What the user is shown: a bar on a terminal, plain lines elsewhere, short names."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any

__all__ = ["Progress", "percent", "shortened"]

_SECONDS_BETWEEN_LINES = 2.0


def percent(share: float) -> str:
    """A share as text."""
    return f"{100 * share:.1f} %"


def shortened(label: object, widest: int) -> str:
    """A label in at most ``widest`` signs; its end stays, where names often differ."""
    text = str(label)
    if len(text) <= widest:
        return text
    tail = (widest - 1) // 2
    return f"{text[: widest - 1 - tail]}…{text[len(text) - tail :]}"


class Progress:
    """Shows steps as they come; use it in a ``with`` block.

    Args:
        total: how many steps there will be, or None when the solver decides.
    """

    def __init__(self, total: int | None) -> None:
        self.total = total
        self.lacks_tqdm = False
        self._bar: Any = None
        self._last_line = 0.0
        if sys.stderr is not None and sys.stderr.isatty():
            try:
                from tqdm import tqdm
            except ImportError:
                self.lacks_tqdm = True
            else:
                # Not tqdm's own measures, which are 0 on a terminal that does not tell its size.
                width = min(shutil.get_terminal_size().columns, 100)
                self._bar = tqdm(total=total, unit=" steps", ncols=width, nrows=20, file=sys.stderr)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self, number: int, loss: float) -> None:
        """Show that step ``number``, from 1, began at this loss."""
        if self._bar is not None:
            self._bar.set_postfix_str(f"loss {loss:.4f}", refresh=False)
            self._bar.update(1)
        elif self._is_due(number):
            of_total = "" if self.total is None else f" of {self.total}"
            print(f"step {number}{of_total}  loss {loss:.4f}", flush=True)
            self._last_line = time.monotonic()

    def _is_due(self, number: int) -> bool:
        if number == 1 or number == self.total:
            return True
        if time.monotonic() - self._last_line > _SECONDS_BETWEEN_LINES:
            return True
        if self.total is not None:
            return number % max(1, self.total // 10) == 0
        return number <= 10 or number % (10 if number < 100 else 100) == 0
