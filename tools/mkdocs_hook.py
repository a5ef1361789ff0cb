"""What `mkdocs build` adds to docs/: the reference, and the pages at the root of the repository."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from reference.inventory import inventory  # noqa: E402
from reference.lint import problems  # noqa: E402
from reference.pages import Reference  # noqa: E402

ROOT_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
# `--strict` makes an error of each warning.
log = logging.getLogger("mkdocs.pyten")


_entries = inventory()


def on_config(config: Any) -> Any:
    """The namespaces, in the navigation."""
    (section,) = (part["Reference"] for part in config.nav if "Reference" in part)
    reference = Reference(_entries)
    for entry in reference.modules():
        section.append({entry.name: reference.path(entry)})
    return config


def on_files(files: Files, config: Any) -> Files:
    entries = _entries
    for problem in problems(entries):
        log.warning("docstring: %s", problem)
    for path, text in Reference(entries).pages():
        files.append(File.generated(config, path, content=text))
    for source, path in ROOT_PAGES.items():
        text = (ROOT / source).read_text()
        files.append(File.generated(config, path, content=text))
        for picture in re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text):
            if "://" not in picture:
                where = str(ROOT / picture)
                files.append(File.generated(config, picture, abs_src_path=where))
    return files


def command_help(command: str) -> str:
    """What `pyten COMMAND --help` prints."""
    from pyten._cli.options import parse

    os.environ["COLUMNS"] = "96"
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        parse([command, "--help"])
    return f"## pyten {command}\n\n```text\n{text.getvalue()}```\n"


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links between files of the repository become links between pages, or plain text."""
    if page.file.src_uri == "command-line.md":
        commands = ("train", "predict", "doctor")
        markdown = "\n\n".join([markdown, *map(command_help, commands)])
    source = next((s for s, p in ROOT_PAGES.items() if p == page.file.src_uri), None)
    if page.file.src_uri.startswith("reference/"):
        return markdown
    folder = ROOT if source else ROOT / "docs"

    def change(match: re.Match[str]) -> str:
        text, target = match[1], match[2]
        if "://" in target or target.startswith("#"):
            return match[0]
        path, _, anchor = target.partition("#")
        anchor = f"#{anchor}" if anchor else ""
        if not source and files.get_file_from_path(path):  # a page beside this one
            return match[0]
        if not (folder / path).exists():
            log.warning("%s: the link to %s leads nowhere", page.file.src_uri, target)
            return match[0]
        found = (folder / path).resolve().relative_to(ROOT).as_posix()
        if found in ROOT_PAGES:
            return f"[{text}]({ROOT_PAGES[found]}{anchor})"
        if found.startswith("docs/") and files.get_file_from_path(found[5:]):
            return f"[{text}]({found[5:]}{anchor})"
        return text if text == path else f"{text} (`{found}`)"

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", change, markdown)
