"""Runs the notebooks and writes their outputs into them: python tools/execute_notebooks.py

Needs `pip install 'pyten[notebooks]'`. CI runs them too, with nbmake, and keeps nothing.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "examples/notebooks"


def main() -> None:
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        print(path.name)
        notebook = nbformat.read(path, 4)
        NotebookClient(notebook, timeout=300, record_timing=False).execute()
        # What depends on the machine that it ran on.
        notebook.metadata["language_info"] = {"name": "python"}
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
