"""The stubs say what the compiled module has; package and tests are strictly typed;
the examples in docstrings and README run."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import continuum
from continuum import _catalogue, _continuum, _server

ROOT = Path(__file__).resolve().parents[1]


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_stubs() -> None:
    assert "no issues found" in run("mypy.stubtest", "continuum")


def test_strictly_typed() -> None:
    assert "no issues found" in run("mypy", "--strict")


def test_marked_as_typed() -> None:
    assert (Path(continuum.__file__).parent / "py.typed").is_file()


def test_docstrings() -> None:
    # By hand: doctest looks for methods in the module that a class says it lives
    # in, and ours say `continuum`.
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    homes = {"Continuum": _continuum, "Ownership": _continuum, "Server": _server}
    found = finder.find(_catalogue.schemes, "schemes") + finder.find(continuum)
    for name, home in homes.items():
        found += finder.find(getattr(continuum, name), name, module=home)
    for test in found:
        test.globs.update(vars(continuum))
        runner.run(test)
    failed, tried = runner.summarize()
    assert tried > 50
    assert failed == 0


def test_readme() -> None:
    failed, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert tried > 0
    assert failed == 0
