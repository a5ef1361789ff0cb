"""The benchmark's work is the same in pyten and NumPy, and its runner survives what goes wrong."""

import dataclasses
import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
if not (ROOT / "benchmarks" / "__main__.py").exists():
    pytest.skip("the benchmark is not part of the source package", allow_module_level=True)
sys.path.append(str(ROOT))

from benchmarks import __main__ as command  # noqa: E402
from benchmarks import cases, checks, compare, peers, reference, report, runner  # noqa: E402
from benchmarks.workers import Gone, Missing, Spec, Worker  # noqa: E402

LARGE = re.compile("16M|mnist$|/2048|/1024|vector|random")
SMALL_CASES = [c for c in cases.CASES.values() if not LARGE.search(c.name)]


@pytest.fixture(scope="module")
def pyten_peer():
    return peers.load("pyten", 2)


@pytest.fixture(scope="module")
def numpy_peer():
    return peers.load("numpy", 2)


def results(peer, case, variant):
    f = peer.variants(case)[variant]
    return [[np.array(peer.numpy(r)) for r in reference.as_list(f())] for _ in range(case.calls)]


@pytest.mark.parametrize("case", SMALL_CASES, ids=lambda c: c.name)
def test_pyten_does_the_work_that_the_reference_does(case, pyten_peer):
    for variant in pyten_peer.variants(case):
        assert checks.error_of(case, results(pyten_peer, case, variant)) <= case.tolerance


@pytest.mark.parametrize(
    "case", [c for c in SMALL_CASES if c.group in ("train", "small")], ids=lambda c: c.name
)
def test_numpy_does_too(case, numpy_peer):
    for variant in numpy_peer.variants(case):
        assert checks.error_of(case, results(numpy_peer, case, variant)) <= case.tolerance


@pytest.mark.parametrize("kind", ["normal", "uniform"])
@pytest.mark.parametrize("name", ["pyten", "numpy"])
def test_random_numbers_pass_the_check_and_others_do_not(kind, name):
    case = dataclasses.replace(
        cases.CASES[f"random/{kind}"], options={"n": 1 << 22}, tolerance=3e-3
    )
    (drawn,) = results(peers.load(name, 2), case, "eager")
    assert checks.error_of(case, [drawn]) <= case.tolerance
    assert checks.error_of(case, [[drawn[0] * 1.02]]) > case.tolerance


@pytest.mark.parametrize(
    "name", ["small/add/10", "train/linear", "train/transformer", "matmul/float64/64"]
)
def test_a_wrong_result_is_seen(name, pyten_peer):
    case = cases.CASES[name]
    got = results(pyten_peer, case, "eager")
    got[-1] = [g * (1 + 4 * case.tolerance) for g in got[-1]]
    assert checks.error_of(case, got) > case.tolerance
    got[-1] = [np.full_like(g, np.nan) for g in got[-1]]
    assert checks.error_of(case, got) == math.inf


def test_the_reference_has_the_error_function():
    x = np.linspace(-8, 8, 101)
    np.testing.assert_allclose(reference.erf(x), [math.erf(v) for v in x], atol=1e-13)


def test_every_bar_of_a_case_names_a_peer():
    for case in cases.CASES.values():
        for bar in case.bars:
            assert bar.of in ("best", "limit") or bar.of.split(":")[0] in peers.PEERS
            assert bar.of != "limit" or case.needs
    assert set(cases.PICTURE) <= set(cases.CASES)
    assert set(cases.MEMORY.values()) <= set(cases.CASES)


# -- The runner ------------------------------------------------------------------------------------
def fake_pyten(folder, on_constant):
    """A module pyten for worker processes in which tf.constant(…) does something else."""
    folder.mkdir()
    (folder / "pyten.py").write_text(
        "import os, signal, sys\n"
        "__version__ = 'fake'\n"
        "def constant(*args):\n"
        f"    {on_constant}\n"
        "class _Any:\n"
        "    def __getattr__(self, name): return _Any()\n"
        "def __getattr__(name): return _Any()\n"
    )
    return Spec("pyten", "pyten", path=str(folder))


def test_a_missing_peer_is_one_sentence():
    with pytest.raises(Missing, match="nowhere cannot be imported by .*python"):
        Worker(Spec("nowhere", "nowhere"), 1)
    with pytest.raises(Missing, match="numpy: /no/such/python cannot be run: No such file"):
        Worker(Spec("numpy", "numpy", python="/no/such/python"), 1)
    told = []
    team = runner.Team([Spec("nowhere", "nowhere"), Spec("numpy", "numpy")], 1, told.append)
    try:
        assert list(team.workers) == ["numpy"]
        assert told[0].startswith("without nowhere: nowhere cannot be imported")
        assert "No module named" in team.missing["nowhere"]
    finally:
        team.close()


def test_a_crash_is_noted_and_the_others_go_on(tmp_path):
    crash = "sys.stderr.write('the last words\\n'); sys.stderr.flush(); os.kill(os.getpid(), signal.SIGSEGV)"
    spec = fake_pyten(tmp_path / "crashing", crash)
    team = runner.Team([spec, Spec("numpy", "numpy")], 1, print)
    settings = runner.Settings(threads=1, rounds=2, batch=0.001)
    try:
        for name in ("small/add/1", "small/mul/1"):  # it is started again for the next case
            row = runner.measure(cases.CASES[name], team, settings)
            assert row.failed["pyten"] == "pyten ended with signal SIGSEGV: the last words"
            assert len(row.times["numpy:eager"]) == 2
            assert [ratio for _, ratio in row.bars()] == [None]
            figures = report.row_json(row)
            assert "did not run" in report.lines(figures)[0] or figures["bars"][0]["met"] is None
            assert "SIGSEGV" in report.lines(figures)[-1]
    finally:
        team.close()


def test_a_crash_in_the_middle_of_the_rounds_leaves_the_others_paired(tmp_path):
    spec = fake_pyten(tmp_path / "dying", "return 1")
    with (tmp_path / "dying" / "pyten.py").open("a") as file:
        file.write(
            "import time\n"
            "end = time.monotonic() + 1.5\n"
            "def exp(x):\n"
            "    if time.monotonic() > end: os._exit(3)\n"
            "    time.sleep(0.02)\n"
        )
    settings = runner.Settings(threads=1, rounds=60, batch=0.04, check=False)
    team = runner.Team([spec, Spec("numpy", "numpy"), Spec("again", "numpy")], 1, print)
    try:
        row = runner.measure(cases.CASES["small/exp/1"], team, settings)
    finally:
        team.close()
    assert row.failed == {"pyten": "pyten ended with exit status 3"}
    assert {n: len(t) for n, t in row.times.items()} == {"numpy:eager": 60, "again:eager": 60}


def test_an_exception_and_a_hang_are_noted(tmp_path):
    worker = Worker(fake_pyten(tmp_path / "failing", "raise OSError('no disk')"), 1)
    try:
        with pytest.raises(RuntimeError, match="OSError: no disk"):
            worker.ask("prepare", case="small/add/1", seconds=0.001, check=True)
        assert worker.ask("drop") == {}
    finally:
        worker.close()
    spec = fake_pyten(tmp_path / "hanging", "import time; time.sleep(60)")
    worker = Worker(spec, 1)
    worker.patience = 0.2
    with pytest.raises(Gone, match=re.escape("pyten gave no answer in 0.2 s")):
        worker.ask("prepare", case="small/add/1", seconds=0.001, check=True)


def test_what_a_library_prints_does_not_disturb_the_answers(tmp_path):
    worker = Worker(
        fake_pyten(tmp_path / "printing", "print('hello'); os.write(1, b'hello'); return 1"), 1
    )
    try:
        answer = worker.ask("prepare", case="small/exp/1", seconds=0.001, check=False)
        assert answer["failed"]["eager"].startswith("TypeError")
    finally:
        worker.close()


def test_a_wrong_variant_is_not_timed(monkeypatch):
    strict = dataclasses.replace(cases.CASES["small/exp/100"], tolerance=-1.0)
    from benchmarks.worker import Service

    monkeypatch.setitem(cases.CASES, strict.name, strict)
    answer = Service(peers.load("numpy", 1)).prepare(strict.name, 0.001, True)
    assert answer["variants"] == [] and answer["failed"]["eager"].startswith("wrong by ")


def row_of(case, **times):
    return runner.Row(cases.CASES[case], {k.replace("__", ":"): v for k, v in times.items()})


def test_ratios_are_of_the_same_round():
    row = row_of(
        "train/linear", pyten__eager=[1, 2, 30], numpy__eager=[4, 4, 60], torch__eager=[10, 40, 300]
    )
    assert row.ratio("numpy") == 0.5  # of 0.25, 0.5 and 0.5
    assert row.rival("best") == "numpy:eager"
    assert row.ratio_of_least("torch") == 0.1
    assert [(bar.of, ratio) for bar, ratio in row.bars()] == [("numpy", 0.5), ("torch:eager", 0.1)]
    row.busy = {"pyten:eager": [2, 4, 30]}
    assert row.bars()[-1] == (cases.Bar("undisturbed", cases.BUSY_BAR), 2.0)


def test_bars_are_about_the_variant_that_the_case_names():
    row = row_of("numerics/chain", pyten__checked=[3.0], pyten__unchecked=[2.0])
    assert row.subject() == "pyten:checked"
    assert row.ratio("pyten:unchecked") == 1.5


# -- The commands ----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def quick_run(tmp_path_factory):
    file = tmp_path_factory.mktemp("benchmark") / "run.json"
    only = [
        "--only",
        "small/add/10$",
        "--only",
        "tape/square",
        "--only",
        "size/",
        "--only",
        "matmul/float32/64",
    ]
    command.main(["--quick", "--busy", "--peers", "numpy", *only, "--json", str(file)])
    return json.loads(file.read_text())


def test_json_says_what_was_measured_where(quick_run):
    about = quick_run["about"]
    assert {"cpu", "cores", "load", "threads", "rounds", "versions", "missing", "python"} <= set(
        about
    )
    assert set(about["versions"]) == {"pyten", "numpy"}
    if "limits" not in about["missing"]:
        assert about["limits"]["flops"]["float32"] > about["limits"]["flops"]["float64"] > 0
        assert all(v > 0 for v in about["limits"]["bytes"].values())
    rows = {row["name"]: row for row in quick_run["rows"]}
    assert set(rows) == {
        "small/add/10",
        "tape/square",
        "matmul/float32/64",
        "size/import",
        "size/wheel",
    }
    for name in ("small/add/10", "matmul/float32/64"):
        row = rows[name]
        assert set(row["times"]) == {"pyten:eager", "numpy:eager"} == set(row["errors"])
        for figures in row["times"].values():
            assert 0 < figures["least"] <= figures["median"]
        for bar in row["bars"]:
            assert bar["met"] == (bar["ratio"] <= bar["bar"])
        assert set(row["busy"]) == set(row["times"])
        assert not row["failed"]
    assert "pyten:eager" in rows["tape/square"]["times"]
    assert rows["tape/square"]["bars"][0]["met"] is None  # against PyTorch, which did not take part
    assert rows["size/import"]["bytes_printed"] == rows["size/import"]["threads_started"] == 0
    assert 1e5 < rows["size/wheel"]["bytes"]["pyten"] < 5e6


def test_the_picture_is_drawn(quick_run, tmp_path):
    pytest.importorskip("matplotlib")
    command_file = tmp_path / "run.json"
    command_file.write_text(json.dumps(quick_run))
    path = tmp_path / "picture.png"
    assert command.main(["--draw", str(command_file), "--picture", str(path)]) == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    from benchmarks.picture import draw

    with pytest.raises(ValueError, match="no case of this run has pyten and a peer"):
        draw({**quick_run, "rows": []}, str(path))


def test_unknown_peers_are_named(capsys):
    with pytest.raises(SystemExit):
        command.main(["--peers", "numpy,theano"])
    assert "unknown peer 'theano'; there are pyten, numpy" in capsys.readouterr().err
    assert command.main(["--list", "--only", "matmul/float64/8$"]) == 0
    assert capsys.readouterr().out == "matmul/float64/8\n"


def test_two_versions_are_compared(capsys, tmp_path):
    folder = str(Path(peers.load("pyten", 2).tf.__file__).parents[1])
    file = tmp_path / "compared.json"
    compare.main([folder, folder, "--quick", "--only", "small/add/10$", "--json", str(file)])
    assert "1 compared" in capsys.readouterr().out
    (row,) = json.loads(file.read_text())
    assert row["name"] == "small/add/10" and row["before"] > 0 < row["after"]
    with pytest.raises(SystemExit):
        compare.main(["no-such-revision", folder])
    assert "no-such-revision" in capsys.readouterr().err


def test_a_change_counts_when_most_rounds_agree():
    assert compare.verdict([1.2, 1.3, 1.25, 1.2, 0.9], 0.05) == "SLOWER"
    assert compare.verdict([0.8, 0.7, 0.75, 0.8, 1.1], 0.05) == "faster"
    assert compare.verdict([0.8, 1.2, 1.0, 1.3, 0.7], 0.05) == "the same"
    assert compare.verdict([1.5], 0.05) == "too few rounds"


def test_times_are_written_with_their_unit():
    texts = [report.seconds_text(s) for s in (7.8e-8, 1.239e-6, 9.996e-4, 0.0351, 2.0)]
    assert texts == ["78 ns", "1.24 us", "1 ms", "35.1 ms", "2 s"]
