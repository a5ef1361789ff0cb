"""Ctrl-C stops training at once and keeps what was learnt."""

import os
import select
import signal
import subprocess

import pytest
from cli_run import COMMAND, clean_env

from pyten.linear import LinearClassifier

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


def start(cwd, *arguments):
    return subprocess.Popen(
        [*COMMAND, "train", *arguments],
        cwd=cwd,
        env=clean_env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


@pytest.mark.parametrize("old", [None, b"an older model"])
def test_the_model_so_far_is_written(tmp_path, old):
    if old is not None:
        (tmp_path / "m").write_bytes(old)
    process = start(tmp_path, "--steps", "100000000", "--out", "m")
    line = ""
    while not line.startswith("step 1 "):
        line = process.stdout.readline()
        assert line, process.stderr.read()
    process.send_signal(signal.SIGINT)
    output, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "Traceback" not in error
    assert "interrupted in step" in output and "what was learnt so far is kept" in output
    model = LinearClassifier.load(tmp_path / "m")
    assert 1 <= model.n_iter_ < 100000000 and model.feature_names_in_.tolist() == ["x", "y"]
    # Training stopped at once: there is no picture of an unfinished model.
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_mini_batches_too(tmp_path):
    process = start(tmp_path, "--steps", "10000000", "--solver", "sgd", "--out", "m")
    while not process.stdout.readline().startswith("step 1 "):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in error
    assert LinearClassifier.load(tmp_path / "m").n_iter_ >= 1


def test_a_terminal_gets_a_bar(tmp_path):
    pytest.importorskip("tqdm")
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "train", "--out", "m", "--plot", "p.svg"],
        cwd=tmp_path,
        env=clean_env(TERM="xterm", COLUMNS="100"),
        stdout=subprocess.PIPE,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    while True:
        ready, _, _ = select.select([ours], [], [], 60)
        assert ready
        try:
            chunk = os.read(ours, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    os.close(ours)
    output = process.stdout.read()
    process.stdout.close()
    assert process.wait() == 0
    assert b"40/40" in shown and b"loss" in shown
    assert b"step 1 of 40" not in output
