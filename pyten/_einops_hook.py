"""Tells einops of pyten's tensors when a program imports both, in whichever order.

einops finds a framework among the subclasses of its AbstractBackend. Ours can be made only once
einops is there, which importing pyten must not bring about.
"""

from __future__ import annotations

from pyten._when_imported import when_imported

__all__ = ["attach"]


def _introduce() -> None:
    from contextlib import suppress

    # Another einops than the one we know works as it did, without pyten.
    with suppress(ImportError, AttributeError):
        from pyten import _einops_backend  # noqa: F401


def attach() -> None:
    """Introduces pyten to einops now, or as soon as it is imported."""
    when_imported("einops._backends", _introduce)
