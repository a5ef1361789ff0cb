"""`pyten train`."""

import re

import numpy as np
import pytest
from cli_run import run, write_csv

from pyten.linear import LinearClassifier


def accuracy(output):
    return float(re.search(r"accuracy +([\d.]+) %", output).group(1))


class TestClouds:
    def test_default_is_the_articles_training(self, tmp_path):
        result = run("train", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert "step 1 of 40  loss" in result.stdout and "step 40 of 40  loss" in result.stdout
        assert "squared loss, gradient descent, learning rate 0.1" in result.stdout
        assert accuracy(result.stdout) > 95

        rng = np.random.default_rng(0)
        X = np.vstack([rng.multivariate_normal(m, np.eye(2), 500) for m in ([0, 3], [3, 0])])
        targets = np.repeat([0.0, 1.0], 500)[:, None]
        W, b = np.random.RandomState(0).uniform(size=(2, 1)), np.zeros(1)
        for _ in range(40):
            error = X @ W + b - targets
            W, b = W - 0.2 * X.T @ error / 1000, b - 0.2 * error.mean(0)
        model = LinearClassifier.load(tmp_path / "linear_classifier.safetensors")
        np.testing.assert_allclose(model.coef_, W.T, rtol=1e-5)
        np.testing.assert_allclose(model.intercept_, b, rtol=1e-5)
        loss = np.mean((X @ W + b - targets) ** 2)
        assert f"final loss   {loss:.6f} after 40 steps" in result.stdout
        slope, offset = -W[0, 0] / W[1, 0], (0.5 - b[0]) / W[1, 0]
        sign = "+" if offset >= 0 else "-"
        assert f"line         y = {slope:.3f} x {sign} {abs(offset):.3f}" in result.stdout

    def test_is_seeded(self, tmp_path):
        for name, seed in (("a", 5), ("b", 5), ("c", 6)):
            run("train", "--seed", seed, "--out", name, cwd=tmp_path)
        a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
        assert a == b != c

    def test_options_reach_the_training(self, tmp_path):
        result = run(
            *("train", "--loss", "logistic", "--l2", 0.5, "--out", "m", "--plot", "p.svg"),
            cwd=tmp_path,
        )
        assert result.returncode == 0, result.stderr
        model = LinearClassifier.load(tmp_path / "m")
        assert model.loss == "logistic" and model.l2 == 0.5 and model.standardize
        assert model.classes_.tolist() == ["A", "B"]
        assert model.feature_names_in_.tolist() == ["x", "y"]
        other = run("train", "--steps", 3, "--learning-rate", 0.01, "--out", "n", cwd=tmp_path)
        assert "step 3 of 3" in other.stdout
        assert LinearClassifier.load(tmp_path / "n").n_iter_ == 3

    def test_picture_and_animation(self, tmp_path):
        pytest.importorskip("matplotlib")
        image = pytest.importorskip("PIL.Image")
        result = run("train", "--animate", "steps.gif", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        picture = np.asarray(image.open(tmp_path / "linear_classifier.png").convert("RGB"))
        assert picture.shape[0] > 400 and picture.shape[1] > 900
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50
        with image.open(tmp_path / "steps.gif") as frames:
            assert frames.n_frames == 41
            first = np.asarray(frames.convert("RGB"), dtype=int)
            frames.seek(40)
            last = np.asarray(frames.convert("RGB"), dtype=int)
        assert np.abs(first - last).mean() > 1
        assert sorted(p.name for p in tmp_path.iterdir()) == [
            "linear_classifier.png",
            "linear_classifier.safetensors",
            "steps.gif",
        ]

    def test_without_matplotlib_it_trains_and_says_what_to_install(self, tmp_path):
        blocked = tmp_path / "blocked"
        for name in ("matplotlib", "tqdm"):
            (blocked / name).mkdir(parents=True)
            (blocked / name / "__init__.py").write_text(
                f"raise ModuleNotFoundError('No module named {name}', name='{name}')\n"
            )
        import os

        path = os.pathsep.join([str(blocked), *filter(None, [os.environ.get("PYTHONPATH")])])
        result = run("train", "--animate", "a.gif", cwd=tmp_path, PYTHONPATH=path)
        assert result.returncode == 0, result.stderr
        assert (tmp_path / "linear_classifier.safetensors").exists()
        assert "matplotlib is not installed: pip install pyten[plot]" in result.stderr
        assert not (tmp_path / "linear_classifier.png").exists()


class TestFiles:
    @pytest.mark.parametrize("loss", ["logistic", "squared"])
    @pytest.mark.parametrize("classes", [2, 3])
    def test_text_labels(self, tmp_path, loss, classes):
        write_csv(tmp_path / "d.csv", classes=classes)
        result = run("train", "d.csv", "--target", "label", "--loss", loss, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert "72 rows to learn from, 18 held out; 3 features" in result.stdout
        assert "of 18 held-out rows" in result.stdout and accuracy(result.stdout) > 85
        assert re.search(r"true +\| predicted\n +\| +ant +bee", result.stdout)
        model = LinearClassifier.load(tmp_path / "linear_classifier.safetensors")
        assert model.classes_.tolist() == ["ant", "bee", "cat"][:classes]
        assert model.feature_names_in_.tolist() == ["a", "b", "c"]
        assert not list(tmp_path.glob("*.png"))

    def test_split_is_stratified_and_seeded(self, tmp_path):
        rows = ["x,y", *(f"{i},{'rare' if i < 10 else 'common'}" for i in range(100))]
        (tmp_path / "d.csv").write_text("\n".join(rows))
        out = [
            run("train", "d.csv", "--target", "y", "--test-size", 0.3, "--seed", s, cwd=tmp_path)
            for s in (1, 1, 2)
        ]
        assert out[0].stdout == out[1].stdout != out[2].stdout
        for result in out:
            counts = re.findall(r"^(rare|common) +\| +(\d+) +(\d+)$", result.stdout, re.M)
            assert {n: int(a) + int(b) for n, a, b in counts} == {"rare": 3, "common": 27}

    def test_no_rows_held_out(self, tmp_path):
        write_csv(tmp_path / "d.csv")
        result = run("train", "d.csv", "--target", "label", "--test-size", 0, cwd=tmp_path)
        assert "90 rows to learn from; 3 features" in result.stdout
        assert "of 90 rows it learnt from" in result.stdout

    def test_chosen_features_and_whole_number_labels(self, tmp_path):
        (tmp_path / "d.csv").write_text(
            "id,x,name,y\n" + "".join(f"{i},{i % 2 + 0.01 * i},n{i},{i % 2}.0\n" for i in range(40))
        )
        result = run("train", "d.csv", "--target", "y", "--features", "x", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        model = LinearClassifier.load(tmp_path / "linear_classifier.safetensors")
        assert model.feature_names_in_.tolist() == ["x"] and model.classes_.tolist() == [0, 1]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_ways_to_write_one_file(self, tmp_path, delimiter, encoding, newline):
        rows = [["größe", 'a "b", c; d', "label"]]
        for i in range(30):
            rows.append([f"{i % 2 + i / 100}", f" {i / 10} ", "ja;, nein" if i % 2 else "näh"])
        quoted = [['"' + field.replace('"', '""') + '"' for field in row] for row in rows]
        text = newline.join(delimiter.join(row) for row in quoted) + newline + newline
        (tmp_path / "d.csv").write_bytes(text.encode(encoding))
        result = run("train", "d.csv", "--target", "label", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        model = LinearClassifier.load(tmp_path / "linear_classifier.safetensors")
        assert model.feature_names_in_.tolist() == rows[0][:2]
        assert model.classes_.tolist() == ["ja;, nein", "näh"]

    def test_named_encoding_and_delimiter(self, tmp_path):
        text = "x;größe\n" + "".join(f"{i % 2};{'ä' if i % 2 else 'b'}\n" for i in range(20))
        (tmp_path / "d.csv").write_bytes(text.encode("latin-1"))
        options = ("--target", "größe", "--encoding", "latin-1", "--delimiter", "semicolon")
        result = run("train", "d.csv", *options, cwd=tmp_path)
        assert result.returncode == 0, result.stderr

    def test_a_column_without_a_name_is_left_out(self, tmp_path):
        rows = "".join(f"{i},{i % 2 + i / 90},{i % 2}\n" for i in range(30))
        (tmp_path / "d.csv").write_text(",x,y\n" + rows)
        result = run("train", "d.csv", "--target", "y", cwd=tmp_path)
        assert "note: column 1 has no name and is left out" in result.stderr
        model = LinearClassifier.load(tmp_path / "linear_classifier.safetensors")
        assert model.feature_names_in_.tolist() == ["x"]

    def test_warns_when_it_did_not_converge(self, tmp_path):
        write_csv(tmp_path / "d.csv")
        result = run("train", "d.csv", "--target", "label", "--steps", 1, cwd=tmp_path)
        assert result.returncode == 0
        assert "note: fit: the gradient must reach" in result.stderr

    def test_says_when_the_learning_rate_plays_no_part(self, tmp_path):
        write_csv(tmp_path / "d.csv")
        options = ("--target", "label", "--learning-rate", 0.5)
        result = run("train", "d.csv", *options, cwd=tmp_path)
        assert "--learning-rate plays no part; it is for --solver gd and sgd" in result.stdout
        result = run("train", "d.csv", *options, "--solver", "sgd", cwd=tmp_path)
        assert "mini-batch gradient descent, learning rate 0.5" in result.stdout

    @pytest.mark.parametrize(
        "classes, features", [(2, "a,b"), (3, "a,b"), (2, "a,b,c"), (3, "a,b,c"), (2, "a")]
    )
    def test_every_kind_of_picture(self, tmp_path, classes, features):
        pytest.importorskip("matplotlib")
        image = pytest.importorskip("PIL.Image")
        write_csv(tmp_path / "d.csv", classes=classes)
        result = run(
            *("train", "d.csv", "--target", "label", "--features", features),
            *("--plot", "p.png", "--animate", "p.gif"),
            cwd=tmp_path,
        )
        assert result.returncode == 0, result.stderr
        assert image.open(tmp_path / "p.png").size[0] > 900
        assert image.open(tmp_path / "p.gif").n_frames > 3
