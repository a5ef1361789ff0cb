"""Docstrings taken apart: a summary, prose, and sections such as Args and Returns."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

SECTIONS = (
    "Args", "Attributes", "Returns", "Yields", "Raises", "Warns", "Gradient", "Source", "Note",
    "Notes", "Example", "Examples", "See also",
)  # fmt: skip
_HEAD = re.compile(rf"({'|'.join(SECTIONS)}):(?:[ ](.*))?")
_ITEM = re.compile(r"((?:\*{0,2}\w+)(?:, \*{0,2}\w+)*)(?: \([^)]*\))?:(?: (.*))?")

_NAMES_GO_ON = re.compile(r"^(\*{0,2}\w+(?:, \w+)*,)\n +(?=\w+[,:])", re.MULTILINE)


@dataclass
class Docstring:
    summary: str
    body: str  # prose between summary and sections
    sections: dict[str, str] = field(default_factory=dict)  # dedented

    def items(self, section: str) -> dict[str, str]:
        """The entries `name: text` of a section; several names before a colon share the text."""
        found: dict[str, str] = {}
        names: list[str] = []
        # A list of names may go on in the next line.
        text, joined = self.sections.get(section, ""), 1
        while joined:
            text, joined = _NAMES_GO_ON.subn(r"\1 ", text)
        for line in text.split("\n"):
            head = _ITEM.fullmatch(line)
            if head and not line.startswith(" "):
                names = [n.lstrip("*") for n in head[1].split(", ")]
                found.update(dict.fromkeys(names, head[2] or ""))
            else:
                for name in names:
                    found[name] = f"{found[name]}\n{line.strip()}".strip()
        return found

    @property
    def has_example(self) -> bool:
        return ">>>" in self.body or any(">>>" in text for text in self.sections.values())


def parse(text: str) -> Docstring:
    lines = text.strip().split("\n")
    paragraphs: list[str] = []
    while lines and lines[0].strip() and not _HEAD.fullmatch(lines[0]):
        paragraphs.append(lines.pop(0))
    doc = Docstring(" ".join(paragraphs), "")
    current = ""
    collected: dict[str, list[str]] = {"": []}
    for line in lines:
        head = _HEAD.fullmatch(line)
        if head:
            current = head[1].replace("Examples", "Example").replace("Notes", "Note")
            collected.setdefault(current, [])
            if head[2]:
                collected[current].append(head[2])
        elif line and not line.startswith(" ") and current and collected[current][-1:] != [""]:
            collected[current].append(line)  # a sentence after "Gradient:" that goes on
        elif line and not line.startswith(" "):
            current = ""
            collected[current].append(line)
        else:
            collected[current].append(line)
    doc.body = "\n".join(collected.pop("")).strip()
    doc.sections = {name: dedent(part) for name, part in collected.items()}
    return doc


def dedent(lines: list[str]) -> str:
    """Without the indentation that all lines but the first share, and empty lines around."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    while lines and not lines[0].strip():
        lines = lines[1:]
    margins = [len(line) - len(line.lstrip()) for line in lines if line.startswith(" ")]
    margin = min(margins, default=0)
    return "\n".join(line[margin:] if line.startswith(" ") else line for line in lines)
