"""The stubs say what the compiled module has; package and tests are strictly typed;
the examples in docstrings and README run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import continuum
from continuum import (
    _assignment,
    _bounded,
    _catalogue,
    _columns,
    _continuum,
    _engine,
    _identify,
    _load,
    _members,
    _plan,
    _server,
    _transition,
    sources,
)

ROOT = Path(__file__).resolve().parents[1]


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_stubs() -> None:
    assert "no issues found" in run(
        *("mypy.stubtest", "continuum", "--mypy-config-file", "pyproject.toml"),
        *("--allowlist", "stubtest-allowed.txt"),
    )


def test_strictly_typed() -> None:
    assert "no issues found" in run("mypy", "--strict")


#: Each line is refused: Python would take it for something else.
WRONG = """
Continuum(scheme="ring-1", servers="a:80")
Continuum(scheme="ring-1", servers=b"a:80")
Continuum("nginx")
continuum.add_servers("a:80")
continuum.resolve_all("abc")
continuum.resolve_indices(b"abc")
continuum.resolve_array(bytearray(b"abc"))
identify([("key", "a:80")], "a:80")
"""

#: And this is not.
RIGHT = """
from collections import deque
from continuum import Continuum, Server, identify
continuum = Continuum(scheme="ring-1", servers=["a:80"])
texts = ["a", "b"]
continuum.resolve_all(texts)
continuum.resolve_all(tuple(texts))
continuum.resolve_indices(set(texts) | frozenset(texts))
continuum.resolve_indices(deque(texts))
continuum.resolve_array(iter(texts))
continuum.resolve_array(text for text in texts)
continuum.resolve_all({text: 1 for text in texts}.keys())
continuum.resolve_all(["text", b"bytes", bytearray(b"bytes"), 7])
continuum.add_servers(texts)
continuum.add_servers(continuum)
continuum.add_servers(server for server in continuum)
Continuum(servers=[Server("a", 80), "b:80", {"host": "c"}])
Continuum(servers={"a:80": 1, "b:80": {"weight": 2}})
"""


def test_a_text_is_no_list(tmp_path: Path) -> None:
    asked = tmp_path / "asked.py"
    asked.write_text(RIGHT + WRONG)
    said = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(asked)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    refused = {int(line.split(":")[1]) for line in said.splitlines() if ": error:" in line}
    lines = (RIGHT + WRONG).splitlines()
    assert [lines[number - 1] for number in sorted(refused)] == WRONG.split("\n")[1:-1], said


def test_help_shows_types() -> None:
    for name in (
        *("resolve", "resolve_all", "resolve_indices", "resolve_array", "candidates", "copies"),
        *("copies_in_zones", "resolve_where", "position", "fingerprint"),
    ):
        assert f"`{name}(" in pydoc.render_doc(getattr(continuum.Continuum, name)), name
        shown = inspect.getdoc(getattr(continuum.Continuum, name))
        assert shown is not None and " -> " in shown.splitlines()[0], name


def test_marked_as_typed() -> None:
    assert (Path(continuum.__file__).parent / "py.typed").is_file()


def test_docstrings() -> None:
    # By hand: doctest looks for methods in the module that a class says it lives
    # in, and ours say `continuum`.
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    homes = {
        "Assignment": _assignment,
        "Bounded": _bounded,
        "Continuum": _continuum,
        "InFlight": _bounded,
        "Members": _members,
        "Owners": _engine,
        "Ownership": _continuum,
        "Plan": _plan,
        "Server": _server,
        "Transition": _transition,
    }
    functions = (
        _catalogue.schemes,
        _columns.moved_arrow,
        _identify.identify,
        _load.load,
        _load.load_all,
        _transition.ramp,
    )
    found = finder.find(continuum)
    for function in functions:
        found += finder.find(function, function.__name__)
    found += finder.find(_columns.ColumnCalls, "ColumnCalls", module=_columns)
    for name, home in homes.items():
        found += finder.find(getattr(continuum, name), name, module=home)
    found += finder.find(sources.File, "File", module=sources)
    for test in found:
        test.globs.update(vars(continuum), File=sources.File)
        runner.run(test)
    failed, tried = runner.summarize()
    assert tried > 140
    assert failed == 0


@pytest.mark.parametrize("engine", ["datafusion", "duckdb", "polars"])
def test_engines(engine: str) -> None:
    module = importlib.import_module(f"continuum.{engine}")
    failed, tried = doctest.testmod(module, extraglobs={"Continuum": continuum.Continuum})
    assert tried > 4
    assert failed == 0


@pytest.mark.parametrize("page", ["README.md", "../../docs/BULK.md"])
def test_pages(page: str) -> None:
    failed, tried = doctest.testfile(str(ROOT / page), module_relative=False)
    assert tried > 0
    assert failed == 0
