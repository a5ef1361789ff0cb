"""pandas, matplotlib and tqdm with tensors and variables as they are, and docs/ecosystem.md."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyten as tf

PAGE = Path(__file__).parents[2] / "docs/ecosystem.md"


# -- pandas ----------------------------------------------------------------------------------------------
@pytest.fixture
def pd() -> Any:
    return pytest.importorskip("pandas")


KINDS: dict[str, Callable[[Any], Any]] = {"tensor": tf.constant, "variable": tf.Variable}
DTYPES = [
    "bool",
    "int8",
    "int32",
    "int64",
    "uint8",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex128",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_frames_and_series(pd: Any, kind: str, dtype: str) -> None:
    make = KINDS[kind]
    a = np.array([[0, 1], [1, 0], [3, 1]]).astype(dtype)
    for frame in (pd.DataFrame(make(a)), pd.DataFrame({0: make(a[:, 0]), 1: make(a[:, 1])})):
        assert [str(d) for d in frame.dtypes] == [dtype] * 2
        np.testing.assert_array_equal(frame.to_numpy(), a)
    series = pd.Series(make(a[:, 0]), index=list("xyz"))
    assert series.dtype == dtype and series["z"] == a[2, 0]
    frame = pd.DataFrame({"k": [1, 2, 3]})
    frame["new"] = make(a[:, 0])
    frame.loc[:, "other"] = make(a[:, 1])
    frame = frame.assign(third=make(a[:, 1]))
    np.testing.assert_array_equal(frame["new"].to_numpy(), a[:, 0])
    np.testing.assert_array_equal(frame["third"].to_numpy(), a[:, 1])
    assert frame["new"].dtype == dtype


def test_frames_own_their_values(pd: Any) -> None:
    t, v = tf.constant([1.0, 2.0]), tf.Variable([1.0, 2.0])
    frame = pd.DataFrame({"t": t, "v": v})
    series, wide = pd.Series(t, copy=True), pd.DataFrame(tf.ones((2, 2)))
    frame.loc[0, "t"] = 9.0
    frame.loc[0, "v"] = 9.0
    series[0] = 9.0
    wide.iloc[0, 0] = 9.0
    v.assign([5.0, 5.0])
    assert t.numpy().tolist() == [1.0, 2.0] and frame["v"].tolist() == [9.0, 2.0]
    with pytest.raises(ValueError, match="Must pass 2-d input"):
        pd.DataFrame(tf.ones((2, 2, 2)))


def test_arithmetic_with_frames(pd: Any) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})
    t = tf.constant([1, 2, 4], tf.int64)
    assert isinstance(t + frame["a"], tf.Tensor)
    assert (frame["a"] == t).tolist() == [True, True, False]
    assert (frame["a"] + t).tolist() == [2, 4, 7]
    weights = tf.Variable([[1.0], [2.0]])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.matmul(frame.astype(np.float32), weights))
    assert tape.gradient(y, weights).numpy().ravel().tolist() == [6.0, 4.5]
    assert [int(n) for n in frame.iloc[tf.constant([0, 2])]["a"]] == [1, 3]


def test_tensors_from_pandas(pd: Any) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    x = tf.constant(frame)
    assert x.dtype == tf.float64 and x.numpy().tolist() == [[1.0, 0.5], [2.0, 1.5]]
    assert tf.constant(frame, tf.float32).dtype == tf.float32
    assert tf.constant(frame["a"]).dtype == tf.int64 and tf.constant(frame.index).shape == (2,)
    assert tf.Variable(frame["b"]).numpy().tolist() == [0.5, 1.5]
    assert tf.constant(pd.Series([1, 2], dtype="Int64")).numpy().tolist() == [1, 2]
    rows = list(tf.data.Dataset.from_tensor_slices(dict(frame)))
    assert rows[1]["a"].numpy() == 2 and rows[1]["b"].dtype == tf.float64
    part = frame[frame["a"] > 1]
    assert tf.constant(part).numpy().tolist() == [[2.0, 1.5]]


def messages(pd: Any) -> list[tuple[Any, str]]:
    return [
        (
            pd.DataFrame({"a": [1], "name": ["x"], "day": pd.to_datetime(["2020-01-01"])}),
            r"these hold no numbers: 'name' \((str|object)\), 'day' \(datetime64\[\w+\]\); leave them out, "
            r"df\.select_dtypes\('number'\)",
        ),
        (pd.DataFrame({str(i): ["x"] for i in range(8)}), r"'4' \(\w+\) and 3 more; leave"),
        (
            pd.DataFrame({"a": [1], "b": [True]}),
            r"columns have the dtypes bool, int64; use df\.to_numpy\(np\.float32\)",
        ),
        (
            pd.DataFrame({"a": pd.Series([1, None], dtype="Int64"), "b": [True, False]}),
            r"use df\.to_numpy\(np\.float32, na_value=np\.nan\)",
        ),
        (pd.Series(["x", "y"]), r"they are text; pd\.factorize\(series\)\[0\] numbers"),
        (pd.Series(["x", "y"], dtype="category"), r"use series\.cat\.codes"),
        (pd.Categorical(["x", "y"]), r"use categorical\.codes"),
        (
            pd.Series([True, None], dtype="boolean"),
            r"some of the boolean values are missing; use series\.to_numpy\(np\.float32, na_value=np\.nan\)",
        ),
        (pd.Series([1, "x"]), r"dtype object\); use array\.astype\(np\.float32\)"),
        (pd.date_range("2020-01-01", periods=2), r"no dtype datetime64\[\w+\]; use array\.astype\(np\.int64\)"),
    ]  # fmt: skip


def test_what_is_no_number_says_what_to_do(pd: Any) -> None:
    for value, message in messages(pd):
        for convert in (
            tf.constant,
            tf.Variable,
            tf.reduce_sum,
            lambda x: tf.constant(x, tf.float32),
        ):
            with pytest.raises(TypeError, match=message):
                convert(value)


# -- matplotlib ------------------------------------------------------------------------------------------
def make_plots(make: Callable[[Any], Any]) -> dict[str, Callable[[Any], Any]]:
    x, y = make([0, 1, 2, 3]), make([1, 0, 1, 4])
    m, two = make([[0, 1, 2], [3, 4, 6]]), make([[0, 1, 1, 3], [1, 0, 1, 2]])
    return {
        "plot": lambda ax: ax.plot(x, y),
        "plot of one": lambda ax: ax.plot(y, "-r"),
        "plot of a matrix": lambda ax: ax.plot(m),
        "scatter": lambda ax: ax.scatter(x, y, c=y, alpha=0.5),
        "scatter of columns": lambda ax: ax.scatter(two[0], two[1], c=two[0] == two[1]),
        "hist": lambda ax: ax.hist(y),
        "fill_between": lambda ax: ax.fill_between(x, y, x),
        "errorbar": lambda ax: ax.errorbar(x, y, yerr=y, xerr=two),
        "step": lambda ax: ax.step(x, y),
        "stem": lambda ax: ax.stem(x, y),
        "vlines": lambda ax: ax.vlines(x, 0, y),
        "axhline": lambda ax: ax.axhline(y[3]),
        "pcolormesh": lambda ax: ax.pcolormesh(m),
        "text": lambda ax: ax.text(x[0], y[0], "a"),
        "bar": lambda ax: ax.bar([0, 1, 2, 3], y),
        "barh": lambda ax: ax.barh(x, y),
        "imshow": lambda ax: ax.imshow(m),
        "contourf": lambda ax: ax.contourf(m),
        "boxplot": lambda ax: ax.boxplot(y),
        "violinplot": lambda ax: ax.violinplot(y),
        "set_xlim": lambda ax: ax.set_xlim(x[0], x[3]),
        "set_xticks": lambda ax: ax.set_xticks(x),
        "quiver": lambda ax: ax.quiver(x, y, x, y),
        "stackplot": lambda ax: ax.stackplot(x, y, y),
        "scatter with sizes": lambda ax: ax.scatter(x, y, s=y),
    }


# What NumPy cannot do with bfloat16 arrays either, or what is no plot of true and false.
NOT = {
    "bfloat16": {"bar", "barh", "imshow", "contourf", "scatter with sizes"},
    "bool": {"boxplot", "set_xlim", "set_xticks", "violinplot", "scatter with sizes", "errorbar", "hist"},
}  # fmt: skip


@pytest.fixture
def plt() -> Iterator[Any]:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


PLOTTED = ["float32", "float64", "float16", "bfloat16", "int32", "int64", "uint8", "bool"]


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [(d, "tensor") for d in PLOTTED] + [("float32", "variable"), ("bfloat16", "variable")],
)
def test_plots(plt: Any, dtype: str, kind: str) -> None:
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    plots = make_plots(lambda value: KINDS[kind](tf.cast(value, dtype)))
    arrays = make_plots(lambda value: tf.cast(value, dtype).numpy().astype(np.float64))
    names = [name for name in plots if name not in NOT.get(dtype, ())]
    figure = plt.figure(figsize=(3, 3), dpi=30)
    for name in names:
        figure.clear()
        ours, theirs = (figure.add_axes(place) for place in ((0, 0, 0.5, 1), (0.5, 0, 0.5, 1)))
        ours.set_axis_off()  # ticks take most of the time
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            plots[name](ours)
            figure.canvas.draw()
        if dtype == "bool":
            continue
        arrays[name](theirs)
        limits = (ours.dataLim.get_points(), theirs.dataLim.get_points())
        np.testing.assert_allclose(*limits, rtol=1e-2, atol=1e-6)
        for one, other in zip(ours.lines, theirs.lines, strict=True):
            points = np.array(one.get_xydata(), float)
            np.testing.assert_allclose(points, other.get_xydata(), rtol=1e-2, atol=1e-6)


def test_pictures_show_the_values(plt: Any) -> None:
    picture = tf.random.stateless_uniform((4, 5, 3), seed=[1, 2])
    shown = plt.imshow(picture).get_array()
    np.testing.assert_allclose(np.asarray(shown, np.float32), picture.numpy(), atol=1 / 255)
    heights = [bar.get_height() for bar in plt.bar([0, 1], tf.Variable([2.0, 3.0]))]
    assert heights == [2.0, 3.0]
    counts, edges, _ = plt.hist(tf.Variable([1.0, 1.0, 2.0]), bins=tf.constant([0.5, 1.5, 2.5]))
    assert counts.tolist() == [2, 1] and edges.tolist() == [0.5, 1.5, 2.5]


def test_plotting_under_a_tape(plt: Any, recwarn: pytest.WarningsRecorder) -> None:
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = v * v
        plt.plot(v, y)
        plt.scatter(v, y, c=y)
    assert tape.gradient(y, v).numpy().tolist() == [2.0, 4.0]
    assert not [w for w in recwarn if "pyten" in str(w.message)]


@pytest.mark.parametrize("name", make_plots(tf.constant))
def test_every_plot_under_a_tape(plt: Any, name: str) -> None:
    with warnings.catch_warnings(), tf.GradientTape(persistent=True):
        warnings.simplefilter("error")
        make_plots(lambda value: tf.Variable(tf.cast(value, tf.float32)))[name](plt.gca())


# -- tqdm ------------------------------------------------------------------------------------------------
def test_progress_bars() -> None:
    tqdm = pytest.importorskip("tqdm").tqdm
    cases: list[tuple[Any, list[int], str]] = [
        (tf.range(3), [0, 1, 2], "3/3"),
        (tf.Variable([4, 5]), [4, 5], "2/2"),
        (tf.data.Dataset.range(4), [0, 1, 2, 3], "4/4"),
        (tf.data.Dataset.range(9).repeat().take(3), [0, 1, 2], "3/3"),
        (tf.data.Dataset.range(4).filter(lambda n: n > 1), [2, 3], "2it"),  # of unknown length
    ]
    for values, expected, text in cases:
        out = io.StringIO()
        assert [int(n) for n in tqdm(values, file=out)] == expected
        assert text in out.getvalue()
    assert [len(b) for b in tqdm(tf.data.Dataset.range(5).batch(2), file=io.StringIO())] == [
        2,
        2,
        1,
    ]


# -- The page ----------------------------------------------------------------------------------------------
def blocks() -> list[tuple[int, str]]:
    if not PAGE.exists():
        return []
    text = PAGE.read_text()
    return [
        (text[: m.start()].count("\n") + 1, m[1])
        for m in re.finditer(r"```python\n(.*?)```", text, re.S)
    ]


@pytest.mark.parametrize(
    ("line", "code"), blocks(), ids=lambda p: f"line {p}" if isinstance(p, int) else ""
)
def test_page(
    line: int, code: str, plt: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("pandas", "tqdm", "einops", "ml_dtypes"):
        pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    # As a file: worker processes import what they are to run.
    path = tmp_path / "page.py"
    path.write_text("\n" * line + code)
    if "multiprocessing" in code or "ProcessPool" in code:
        import subprocess
        import sys

        done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    else:
        exec(compile(path.read_text(), str(PAGE), "exec"), {"__name__": "__main__"})
