"""The stubs say what the compiled module has; package and tests are strictly typed;
the examples in docstrings and README run."""

from __future__ import annotations

import doctest
import importlib
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
    _plan,
    _server,
    _transition,
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
    for test in found:
        test.globs.update(vars(continuum))
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


def test_readme() -> None:
    failed, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert tried > 0
    assert failed == 0
