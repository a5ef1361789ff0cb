"""What all tests share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

import pyten as tf

# A run that was started in the background may have inherited that Ctrl-C is ignored, and so would
# the programs that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", help="runs every test under tf.device(…), e.g. GPU:0")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "cpu(reason): about the CPU's memory, so left out when --device names a GPU"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    device = config.getoption("--device")
    if device is None or device.upper().startswith("CPU"):
        return
    number = int(device.rpartition(":")[2]) if ":" in device else 0
    if number >= len(tf.config.list_logical_devices("GPU")):
        raise pytest.UsageError(
            f"--device {device}: there is none here ({tf._core.accelerator_problem()})"
        )
    for item in items:
        if mark := item.get_closest_marker("cpu"):
            item.add_marker(pytest.mark.skip(reason=mark.args[0]))


@pytest.fixture(autouse=True)
def on_the_device(request: pytest.FixtureRequest) -> Iterator[None]:
    device = request.config.getoption("--device")
    with nullcontext() if device is None else tf.device(device):
        yield


@pytest.fixture(autouse=True)
def fresh_random_streams() -> Iterator[None]:
    """No test sees the global seed of another one."""
    yield
    tf.random.set_seed(None)
