"""The notebooks run, and what they show of it is stored in them. CI runs them in Jupyter as well."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples/notebooks").glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    return [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    printed = []
    names: dict[str, Any] = {"__name__": "__main__"}
    with matplotlib.rc_context():
        for number, cell in enumerate(cells(path, "code")):
            code = ast.parse("".join(cell["source"]), f"{path.name}, cell {number}")
            exec(compile(code, f"{path.name}, cell {number}", "exec"), names)
            printed.append(capsys.readouterr().out)
    plt.close("all")
    assert any(printed)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs(path: Path) -> None:
    assert path.stat().st_size < 300_000
    code = cells(path, "code")
    outputs = [output for cell in code for output in cell["outputs"]]
    assert [cell["execution_count"] for cell in code] == [*range(1, len(code) + 1)]
    assert {o["output_type"] for o in outputs} <= {"display_data", "execute_result", "stream"}
    assert not [o for o in outputs if o.get("name") == "stderr"]
    assert sum("image/png" in o.get("data", {}) for o in outputs) >= 3
    text = path.read_text()
    assert "/root" not in text and "/home" not in text and "/tmp" not in text
    assert len(cells(path, "markdown")) >= 8
