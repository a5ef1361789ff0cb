"""The linear classifier and the command line on a GPU."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

import pyten as tf

gpus = tf.config.list_logical_devices("GPU")
on_gpu = pytest.mark.skipif(not gpus, reason="no GPU, and no emulator of one")


def clouds(classes=2):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2)) + 3.0 * np.arange(60)[:, None] % classes
    return x, np.arange(60) % classes


@on_gpu
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("solver", ["newton", "lbfgs", "gd", "sgd"])
def test_training_on_a_gpu_gives_what_the_cpu_gives(solver, classes):
    x, y = clouds(classes)
    fitted = []
    for device in ("CPU:0", "GPU:0"):
        model = tf.LinearClassifier(
            solver=solver, device=device, max_iter=8, batch_size=16, random_state=0
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some stop before they have converged
            fitted.append(model.fit(x, y))
    a, b = fitted
    np.testing.assert_allclose(b.coef_, a.coef_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(b.predict_proba(x), a.predict_proba(x), rtol=1e-9)
    assert tf.config.experimental.get_memory_info("GPU:0")["peak"] > 0


@on_gpu
def test_a_portion_at_a_time_and_the_file(tmp_path):
    x, y = clouds()
    model = tf.LinearClassifier(device="gpu").partial_fit(x, y, classes=[0, 1])
    model.save(tmp_path / "m.safetensors")
    loaded = tf.LinearClassifier.load(tmp_path / "m.safetensors")
    assert loaded.device is None
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


def test_devices_that_cannot_be():
    x, y = clouds()
    with pytest.raises(ValueError, match="device must name a GPU that can be used, got 'GPU:77'"):
        tf.LinearClassifier(device="GPU:77").fit(x, y)
    with pytest.raises(TypeError, match="device must be a name such as 'GPU:0', or None, got 3"):
        tf.LinearClassifier(device=3).fit(x, y)
    with pytest.raises(ValueError, match="device must be a CPU or a GPU, got 'TPU:0'"):
        tf.LinearClassifier(device="TPU:0").fit(x, y)


def train(tmp_path, *options):
    return subprocess.run(
        [sys.executable, "-m", "pyten", "train", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(tf.__file__))},
        capture_output=True,
        text=True,
        timeout=120,
    )


@on_gpu
def test_the_command_line_trains_on_a_gpu(tmp_path):
    there = train(tmp_path, "--device", "gpu", "--out", "a.safetensors")
    here = train(tmp_path, "--out", "b.safetensors")
    assert there.returncode == 0, there.stderr
    assert ", on GPU:0" in there.stdout
    lines = [
        [line for line in run.stdout.splitlines() if line.startswith(("final", "accuracy", "line"))]
        for run in (there, here)
    ]
    assert lines[0] == lines[1] and len(lines[0]) == 3


def test_the_command_line_says_what_is_wrong(tmp_path):
    done = train(tmp_path, "--device", "abacus")
    assert done.returncode == 2 and "must be cpu, gpu or gpu:N, got 'abacus'" in done.stderr
    done = train(tmp_path, "--device", "gpu:77")
    assert done.returncode == 2
    assert "device must name a GPU that can be used, got 'GPU:77'" in done.stderr


@on_gpu
def test_the_doctor_names_the_gpus(capsys):
    from pyten._cli import main

    assert main(["doctor"]) == 0
    assert f"ready: GPU:0 is {tf._core.accelerator_info(0)['name']}" in capsys.readouterr().out
