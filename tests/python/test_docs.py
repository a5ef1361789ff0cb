"""What is written is true: examples in docstrings and in the README run, links lead somewhere."""

import contextlib
import doctest
import io
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import pyten as tf
from pyten import _core

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "examples/cpp/README.md"]
PAGES += sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))

sys.path.insert(0, str(ROOT / "tools"))

from reference.inventory import inventory  # noqa: E402
from reference.lint import problems  # noqa: E402
from reference.pages import Reference  # noqa: E402


def run_examples(name, text):
    test = doctest.DocTestParser().get_doctest(text, {"tf": tf, "np": np}, name, None, 0)
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=report.write)
    assert runner.failures == 0, report.getvalue()


def documented():
    """Public names, their members, and every compiled function."""
    for entry in inventory():
        yield entry.name, entry.doc
        for member in entry.members:
            yield f"{entry.name}.{member.name}", member.doc
    for name in _core._function_names:
        yield f"_core.{name}", getattr(_core, name).__doc__


EXAMPLES = {name: doc for name, doc in documented() if ">>>" in doc}


@pytest.mark.skipif(np.__version__.startswith("1."), reason="the examples show NumPy 2's text")
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name):
    run_examples(name, EXAMPLES[name])


@pytest.mark.parametrize("name", [n for n in _core._function_names if not n.startswith("_")])
def test_compiled_functions_are_documented(name):
    doc = getattr(_core, name).__doc__
    assert "Args:" in doc and "Returns:" in doc
    assert doc.split("\n")[0].endswith(".")


def test_readme_example_runs():
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(code.strip().split("\n")) <= 20
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert "9.8" in printed.getvalue() and "['a']" in printed.getvalue()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    folder = (ROOT / page).parent
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(), flags=re.DOTALL)
    generated = {path for path, _ in Reference(inventory()).pages()}
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        known = target.startswith("http") or target in generated
        assert known or (folder / target).exists(), f"{page}: {target}"


def test_public_docstrings_are_complete():
    found = problems(inventory())
    assert not found, "python tools/generate_reference.py --check\n" + "\n".join(found)


def test_every_public_name_has_a_page():
    entries = inventory()
    pages = dict(Reference(entries).pages())
    reference = Reference(entries)
    assert all(reference.path(entry) in pages for entry in entries)


@pytest.mark.parametrize("page", ["tutorial", "array-api"])
def test_page_runs(page):
    blocks = re.findall(r"```pycon\n(.*?)```", (ROOT / f"docs/{page}.md").read_text(), re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page, None, 0)
    report = io.StringIO()
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    runner = doctest.DocTestRunner(optionflags=flags)
    runner.run(test, out=report.write)
    assert runner.failures == 0, report.getvalue()
