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


# What is not run when --device names a GPU: parts of tests' names, and why.
NOT_ON_A_GPU = {
    "errors/index.gather_nd": "indices on a GPU that are out of range do not raise",
    "errors/index.sparse_label": "labels on a GPU that are out of range give NaN",
    "errors/variable_shape.scatter": "indices on a GPU that are out of range do not raise",
    "test_scatter_out_of_range": "indices on a GPU that are out of range do not raise",
    "test_mistakes[gather-0]": "indices on a GPU that are out of range do not raise",
    "test_mistakes[sparse_softmax_cross_entropy_with_logits-0]": "labels out of range give NaN",
    "interop/dlpack": "NumPy takes no memory of GPUs",
    "test_what_is_not_in_a_recording[dlpack]": "NumPy takes no memory of GPUs",
    "test_networks_row_by_row[True": "takes minutes on an emulated GPU",
}


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
        for name, reason in NOT_ON_A_GPU.items():
            if name in item.nodeid:
                item.add_marker(pytest.mark.skip(reason=reason))


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


@pytest.fixture
def nothing_falls_back() -> Iterator[None]:
    """An op without a kernel raises instead of running on the CPU."""
    before = tf.config.get_soft_device_placement()
    tf.config.set_soft_device_placement(False)
    yield
    tf.config.set_soft_device_placement(before)
