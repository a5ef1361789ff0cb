"""`pyten predict`, `pyten doctor` and the command itself."""

import csv
import io
import subprocess

import numpy as np
import pytest
from cli_run import COMMAND, clean_env, run, write_csv

import pyten
from pyten.linear import LinearClassifier


@pytest.fixture
def trained(tmp_path):
    write_csv(tmp_path / "d.csv", classes=3)
    assert run("train", "d.csv", "--target", "label", "--out", "m", cwd=tmp_path).returncode == 0
    return tmp_path


def test_labels_and_probabilities(trained):
    result = run("predict", "m", "d.csv", cwd=trained)
    assert result.returncode == 0, result.stderr
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(rows[0]) == [
        "prediction",
        "probability_ant",
        "probability_bee",
        "probability_cat",
    ]
    assert len(rows) == 90
    data = list(csv.reader((trained / "d.csv").open()))[1:]
    X = np.array([[float(v) for v in row[:3]] for row in data])
    model = LinearClassifier.load(trained / "m")
    del model.feature_names_in_
    assert [row["prediction"] for row in rows] == model.predict(X).tolist()
    p = np.array([[float(row[key]) for key in list(row)[1:]] for row in rows])
    np.testing.assert_allclose(p, model.predict_proba(X), rtol=1e-4)


def test_columns_are_found_by_name(trained):
    lines = (trained / "d.csv").read_text().splitlines()
    turned = "\n".join(";".join(line.split(",")[::-1]) for line in lines)
    (trained / "turned.csv").write_text(turned)
    expected = run("predict", "m", "d.csv", cwd=trained).stdout
    assert run("predict", "m", "turned.csv", cwd=trained).stdout == expected


def test_to_a_file(trained):
    expected = run("predict", "m", "d.csv", cwd=trained).stdout
    (trained / "out.csv").write_text("old")
    result = run("predict", "m", "d.csv", "-o", "out.csv", cwd=trained)
    assert result.returncode == 0 and result.stdout == ""
    assert "90 predictions written to out.csv" in result.stderr
    assert (trained / "out.csv").read_text() == expected


def test_a_model_without_names_takes_columns_in_order(tmp_path):
    model = LinearClassifier().fit([[0.0, 1.0], [1.0, 0.0], [0.1, 0.9], [0.9, 0.1]], [5, 7, 5, 7])
    model.save(tmp_path / "m")
    (tmp_path / "d.csv").write_text("p,q\n0,1\n1,0\n")
    result = run("predict", "m", "d.csv", cwd=tmp_path)
    assert result.stdout.splitlines()[0] == "prediction,probability_5,probability_7"
    assert [line.split(",")[0] for line in result.stdout.splitlines()[1:]] == ["5", "7"]


def test_a_reader_that_has_gone_is_no_error(trained):
    process = subprocess.Popen(
        [*COMMAND, "predict", "m", "d.csv"],
        cwd=trained,
        env=clean_env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141
    assert b"Traceback" not in error and b"BrokenPipe" not in error


def test_doctor_speaks_plainly(tmp_path):
    result = run("doctor", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for text in ("CPU", "kernels in use:", "GPU kernels in this build:", "NVIDIA driver:"):
        assert text in result.stdout
    assert result.stdout.startswith(f"pyten {pyten.__version__}")
    assert "Extras" in result.stdout and "matplotlib:" in result.stdout


def test_version_and_help(tmp_path):
    assert run("--version", cwd=tmp_path).stdout.strip() == f"pyten {pyten.__version__}"
    for arguments in ((), ("train",), ("predict",), ("doctor",)):
        result = run(*arguments, "--help", cwd=tmp_path)
        assert result.returncode == 0 and "usage: pyten" in result.stdout
    result = run(cwd=tmp_path)
    assert result.returncode == 2 and "usage: pyten" in result.stderr
