"""Markdown pages from the inventory: a page for each name, one for each namespace, an index."""

from __future__ import annotations

import enum
import posixpath
import re
from collections.abc import Iterable, Iterator

from .docstrings import Docstring, parse
from .inventory import Entry, Member, signature_text

# dtypes by what people call them together.
DTYPE_GROUPS = {
    "bool": ["bool"],
    "integers": "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split(),
    "signed integers": "int8 int16 int32 int64".split(),
    "unsigned integers": "uint8 uint16 uint32 uint64".split(),
    "floats": "float16 bfloat16 float32 float64".split(),
    "complex": "complex64 complex128".split(),
}
DTYPE = r"(?:bool|bfloat16|u?int(?:8|16|32|64)|float(?:16|32|64)|complex(?:64|128))"
IGNORED = re.compile(r"(?:accepted|kept)[^.:;]*(?:ignored|compatibility)\.?")
NAMESPACE_WORDS = {
    "function": "Functions",
    "class": "Classes",
    "exception": "Exceptions",
    "dtype": "dtypes",
    "constant": "Constants",
}


class Reference:
    """Knows every name's page, so that names in the text become links."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.targets: dict[str, str] = {}
        for entry in entries:
            for name in entry.names:
                self.targets[name] = self.path(entry)
            for member in entry.members:
                for name in entry.names:
                    self.targets[f"{name}.{member.name}"] = f"{self.path(entry)}#{member.name}"

    def path(self, entry: Entry) -> str:
        """Where the entry's page is, from the root of the pages."""
        parts = entry.name.split(".")
        if entry.kind == "module":
            return posixpath.join("reference", *parts, "index.md")
        if entry.kind in ("dtype", "constant"):
            return "reference/tf/dtypes/index.md"
        return posixpath.join("reference", *parts) + ".md"

    def pages(self) -> Iterator[tuple[str, str]]:
        """All pages: their paths and their text."""
        yield "reference/index.md", self.index()
        for entry in self.entries:
            if entry.kind == "module":
                yield self.path(entry), self.namespace(entry)
            elif entry.kind not in ("dtype", "constant"):
                yield self.path(entry), self.page(entry)

    # -- Kinds of pages ----------------------------------------------------------------------------
    def index(self) -> str:
        here = "reference/index.md"
        lines = ["# Reference", "", "`import pyten as tf`. Made from the docstrings and the op"]
        lines += ["registry; every example on these pages is run by the tests.", ""]
        lines += ["| namespace | |", "| --- | --- |"]
        for entry in self.modules():
            summary = self.inline(parse(entry.doc).summary, here)
            lines.append(f"| {self.link(entry.name, here)} | {_cell(summary)} |")
        lines += ["", "## All names", ""]
        names = sorted((n for e in self.entries for n in e.names if e.kind != "module"), key=_key)
        initial = ""
        for name in names:
            last = name.rpartition(".")[2]
            if last[0].upper() != initial:
                initial = last[0].upper()
                lines += ["", f"**{initial}**", ""]
            lines.append(self.link(name, here))
        return "\n".join(lines) + "\n"

    def modules(self) -> list[Entry]:
        return [e for e in self.entries if e.kind == "module"]

    def namespace(self, entry: Entry) -> str:
        here = self.path(entry)
        doc = parse(entry.doc)
        lines = [f"# {entry.name}", "", self.inline(doc.summary, here), ""]
        if entry.names[1:]:
            lines += [_also(entry), ""]
        if doc.body:
            lines += [self.prose(doc.body, here), ""]
        lines += self.example(doc)
        groups: dict[str, list[tuple[str, Entry]]] = {}
        for other in self.entries:
            for name in other.names:
                if name.rpartition(".")[0] == entry.name and other.kind != "module":
                    groups.setdefault(other.kind, []).append((name, other))
        for kind, word in NAMESPACE_WORDS.items():
            rows = sorted(groups.get(kind, ()), key=lambda row: _key(row[0]))
            if not rows:
                continue
            lines += [f"## {word}", "", "| name | |", "| --- | --- |"]
            for name, other in rows:
                if kind in ("dtype", "constant"):
                    text = _constant(other)
                    lines.append(f"| `{name}` | {text} |")
                    continue
                summary = self.inline(parse(other.doc).summary, here)
                lines.append(f"| {self.link(name, here)} | {_cell(summary)} |")
            lines.append("")
        return "\n".join(lines)

    def page(self, entry: Entry) -> str:
        here = self.path(entry)
        doc = parse(entry.doc)
        home = entry.name.rpartition(".")[0]
        lines = [f"# {entry.name}", "", f"{self.link(home, here)}", "{ .crumb }", ""]
        if entry.names[1:]:
            lines += [_also(entry), "{ .crumb }", ""]
        if entry.kind == "exception":
            bases = [b.__name__ for b in entry.value.__mro__[1:-3]]
            lines += [f"Exception; also caught as {', '.join(f'`{b}`' for b in bases)}.", ""]
        elif not (isinstance(entry.value, type) and issubclass(entry.value, enum.Enum)):
            lines += ["```python", signature_text(entry.name, entry.value), "```", ""]
        lines += [self.inline(doc.summary, here), ""]
        if doc.body:
            lines += [self.prose(doc.body, here), ""]
        if isinstance(entry.value, type) and issubclass(entry.value, enum.Enum):
            lines += ["| member | value |", "| --- | --- |"]
            lines += [f"| `{m.name}` | `{m.value!r}` |" for m in entry.value] + [""]
        lines += self.sections(doc, entry, here, "##")
        lines += self.members(entry, here)
        return "\n".join(lines)

    def sections(self, doc: Docstring, entry: Entry | None, here: str, level: str) -> Iterator[str]:
        yield from self.definitions("Arguments", doc.items("Args"), here, level)
        yield from self.definitions("Attributes", doc.items("Attributes"), here, level)
        for title in ("Returns", "Yields"):
            if title in doc.sections:
                yield from self.titled(title, self.prose(doc.sections[title], here), level)
        yield from self.facts(doc, entry, here, level)
        for title in ("Raises", "Warns"):
            items = doc.items(title)
            if items:
                yield from self.definitions(title, items, here, level)
            elif title in doc.sections:
                yield from self.titled(title, self.prose(doc.sections[title], here), level)
        for title in ("Source", "Note", "See also"):
            if title in doc.sections:
                yield from self.titled(title, self.prose(doc.sections[title], here), level)
        yield from self.example(doc, level)

    def facts(self, doc: Docstring, entry: Entry | None, here: str, level: str) -> Iterator[str]:
        gradient = self.prose(doc.sections.get("Gradient", ""), here)
        if entry is not None and entry.is_compiled:
            if entry.value.differentiable:
                lead = "Differentiable to any order."
                gradient = f"{lead} The gradient: {gradient}" if gradient else lead
            elif "None" not in gradient:
                gradient = f"No gradient flows through: it is `None`. {gradient}".strip()
            yield from self.titled("dtypes", f"{dtype_words(entry.value.dtypes)}.", level)
        if gradient:
            yield from self.titled("Gradient", _first_upper(gradient), level)

    def members(self, entry: Entry, here: str) -> Iterator[str]:
        attributes = [m for m in entry.members if m.kind == "attribute"]
        methods = [m for m in entry.members if m.kind != "attribute"]
        if attributes and entry.kind == "class":
            yield "## Attributes"
            yield ""
            for member in sorted(attributes, key=lambda m: m.name.lower()):
                doc = parse(member.doc)
                yield f"### {member.name} {{ #{member.name} }}"
                yield ""
                yield self.inline(doc.summary, here)
                yield ""
                yield from self.sections(doc, None, here, "####")
        if methods and entry.kind == "class":
            yield "## Methods"
            yield ""
            for member in sorted(methods, key=lambda m: m.name.lower()):
                yield from self.method(entry, member, here)

    def method(self, entry: Entry, member: Member, here: str) -> Iterator[str]:
        doc = parse(member.doc)
        short = entry.name.rpartition(".")[2]
        owner = f"{short}." if member.kind in ("class method", "static method") else ""
        yield f"### {member.name} {{ #{member.name} }}"
        yield ""
        yield "```python"
        yield signature_text(f"{owner}{member.name}", member.value)
        yield "```"
        yield ""
        yield self.inline(doc.summary, here)
        yield ""
        if doc.body:
            yield self.prose(doc.body, here)
            yield ""
        yield from self.sections(doc, None, here, "####")

    # -- Parts -------------------------------------------------------------------------------------
    def definitions(
        self, title: str, items: dict[str, str], here: str, level: str
    ) -> Iterator[str]:
        if not items:
            return
        yield from self.titled(title, "", level)
        ignored = [n for n, text in items.items() if IGNORED.fullmatch(text) or n == "name"]
        if ignored:
            items = {n: text for n, text in items.items() if n not in ignored}
            items["`, `".join(ignored)] = "accepted for compatibility and ignored."
        for name, text in items.items():
            yield f"`{name}`"
            words = self.inline(" ".join(grouped(text).split()), here)
            yield f":   {words or '&nbsp;'}"
            yield ""

    def titled(self, title: str, text: str, level: str) -> Iterator[str]:
        # Small headings inside methods would fill the table of contents.
        yield f"{level} {title}" if level == "##" else f"**{title}**"
        yield ""
        if text:
            yield text
            yield ""

    def example(self, doc: Docstring, level: str = "##") -> Iterator[str]:
        text = doc.sections.get("Example", "")
        if text:
            yield from self.titled("Example", self.prose(text, ""), level)

    def prose(self, text: str, here: str) -> str:
        """Paragraphs as they are, with links; doctest lines as code blocks."""
        out: list[str] = []
        for block in re.split(r"\n\s*\n", text):
            lines = block.split("\n")
            if lines[0].lstrip().startswith(">>>"):
                margin = len(lines[0]) - len(lines[0].lstrip())
                code = [line[margin:].replace("<BLANKLINE>", "") for line in lines]
                if out and out[-1].startswith("```pycon"):
                    out[-1] = out[-1][: -len("\n```")] + "\n\n" + "\n".join(code) + "\n```"
                else:
                    if not any("import" in line for line in code):
                        code.insert(0, ">>> import pyten as tf")
                    out.append("\n".join(["```pycon", *code, "```"]))
            elif any(line.startswith((" ", "|", "- ", "* ")) for line in lines):
                out.append(
                    "\n".join(
                        line if line.startswith("    ") else self.inline(line, here)
                        for line in lines
                    )
                )
            else:
                out.append(self.inline(grouped(" ".join(lines)), here))
        return "\n\n".join(out)

    def inline(self, text: str, here: str) -> str:
        """Escapes what Markdown would misread and turns names of pyten into links."""
        pieces = re.split(r"(``.+?``|`[^`]+`)", text)
        return "".join(
            self.code(p.strip("`"), here) if p.startswith("`") else self.plain(p, here)
            for p in pieces
        )

    def code(self, text: str, here: str) -> str:
        name = re.fullmatch(r"(tf\.[\w.]+)(\(.*\))?", text)
        if name and name[1] in self.targets:
            return self.link(name[1], here, text)
        return f"`{text}`"

    def plain(self, text: str, here: str) -> str:
        parts = re.split(r"(\btf\.\w+(?:\.\w+)*)", text)
        return "".join(
            self.link(p, here) if p in self.targets else f"`{p}`" if i % 2 else _escape(p)
            for i, p in enumerate(parts)
        )

    def link(self, name: str, here: str, text: str = "") -> str:
        target = self.targets.get(name)
        if target is None:
            return f"`{text or name}`"
        path, _, anchor = target.partition("#")
        relative = posixpath.relpath(path, posixpath.dirname(here) or ".")
        if path == here:
            relative = posixpath.basename(here)
        return f"[`{text or name}`]({relative}{'#' + anchor if anchor else ''})"


def grouped(text: str) -> str:
    """Long lists of dtypes by their names in common."""
    return re.sub(rf"\b{DTYPE}(?:, {DTYPE}){{2,}}\b", lambda m: dtype_words(m[0].split(", ")), text)


def dtype_words(names: Iterable[str]) -> str:
    """`["float16", …, "complex128"]` as "floats, complex"."""
    rest = list(names)
    if len(set(rest)) == 15:
        return "any dtype"
    words = []
    for word, members in DTYPE_GROUPS.items():
        if all(m in rest for m in members):
            words.append(word)
            rest = [n for n in rest if n not in members]
    exact = [n for n in rest if "int" in n]
    return ", ".join(exact + words + [n for n in rest if n not in exact])


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _escape(text: str) -> str:
    return re.sub(r"([\\*_\[\]>|])", r"\\\1", text).replace("<", "&lt;")


def _cell(text: str) -> str:
    return text.replace("\n", " ")


def _also(entry: Entry) -> str:
    return "Also " + ", ".join(f"`{n}`" for n in entry.names[1:])


def _key(name: str) -> tuple[str, str]:
    last = name.rpartition(".")[2]
    return last.lower(), name


def _constant(entry: Entry) -> str:
    if entry.kind == "dtype":
        d = entry.value
        kinds = [
            k
            for k in ("floating", "complex", "integer", "unsigned", "bool")
            if getattr(d, f"is_{k}")
        ]
        return (
            f"{d.size * 8} bits, {' '.join(reversed(kinds))}" if not d.is_bool else "true or false"
        )
    return f"`{entry.value!r}`"
