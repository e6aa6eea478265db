"""The stubs say what the compiled module has; package and tests are strictly typed;
the README's examples run."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import continuum

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = ROOT.parents[1]


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


@pytest.mark.parametrize("readme", [ROOT / "README.md", REPOSITORY / "README.md"], ids=str)
def test_readmes(readme: Path) -> None:
    text = readme.read_text()
    wanted = "nginx"
    if f"scheme='{wanted}'" in text and wanted not in {s.name for s in continuum.schemes()}:
        pytest.skip(f"{wanted} is not in the catalogue")
    failed, tried = doctest.testfile(str(readme), module_relative=False)
    assert tried > 0
    assert failed == 0
