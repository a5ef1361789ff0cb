"""What all tests share."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

import pyten as tf

# A run that was started in the background may have inherited that Ctrl-C is ignored, and so would
# the programs that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def fresh_random_streams() -> Iterator[None]:
    """No test sees the global seed of another one."""
    yield
    tf.random.set_seed(None)
