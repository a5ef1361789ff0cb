"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import pyten as tf


@pytest.fixture(autouse=True)
def fresh_random_streams() -> Iterator[None]:
    """No test sees the global seed of another one."""
    yield
    tf.random.set_seed(None)
