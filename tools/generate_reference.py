"""The reference documentation, from docstrings and the op registry.

    python tools/generate_reference.py --check      lists what public docstrings lack; exits with 1
    python tools/generate_reference.py FOLDER       writes the Markdown pages there

`mkdocs build` makes the same pages by itself (tools/mkdocs_hook.py).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from reference.inventory import inventory
from reference.lint import problems
from reference.pages import Reference


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks docstrings, writes the reference.")
    parser.add_argument("folder", nargs="?", type=Path, help="where the pages go")
    parser.add_argument("--check", action="store_true", help="check only")
    arguments = parser.parse_args()
    if not arguments.check and arguments.folder is None:
        parser.error("give a FOLDER or --check")
    entries = inventory()
    found = problems(entries)
    for line in found:
        print(line)
    if arguments.folder is not None:
        for path, text in Reference(entries).pages():
            file = arguments.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
