"""The seed, what is installed, and the summary."""

from __future__ import annotations

import ctypes
import importlib
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, NoReturn
from zlib import crc32

import pytest

from . import record
from .cases import KEYS, AnyCase, Tally, compare
from .naming import Naming

# Workers of pytest-xdist inherit the seed of the process that starts them.
SEED = os.environ.get("CONTINUUM_LIVE_SEED") or secrets.token_hex(8)
os.environ["CONTINUUM_LIVE_SEED"] = SEED
_LINES = pytest.StashKey[list[str]]()
_AGAIN = f"run again with CONTINUUM_LIVE_SEED={SEED}"
_WORKER = "live proof"
"""Where a worker keeps its lines for the process that started it."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LINES] = []
    # A shell starts what runs in the background with interrupts ignored; some tests send one.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    return f"live proof: seed {SEED} ({_AGAIN})"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    record.write()
    if lines := config.stash[_LINES]:
        terminalreporter.section(f"live proof, seed {SEED}")
        for line in lines:
            terminalreporter.line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output[_WORKER] = session.config.stash[_LINES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes over the lines of a worker that has ended; one that crashed has left none."""
    node.config.stash[_LINES] += getattr(node, "workeroutput", {}).get(_WORKER, [])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.failed and Path(__file__).parent in item.path.parents:
        report.sections.append(("live proof", f"seed {SEED}: {_AGAIN}"))


@dataclass
class Live:
    """What a test needs: its part of the seed, a directory, programs, the comparison."""

    program: str
    rng: Random
    dir: Path
    sockets: Path
    lines: list[str]
    started: float

    def tool(self, name: str, package: str) -> str:
        """The path of an installed program."""
        # Programs from PyPI stand beside the interpreter.
        folders = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
        path = shutil.which(
            name, path=":".join([*folders, "/usr/local/sbin", "/usr/sbin", "/sbin"])
        )
        return path or _missing(
            f"{name} is not installed: run tests/live/install.sh (Debian package {package})"
        )

    def file(self, path: str, package: str) -> Path:
        """A file or a folder of an installed package."""
        if not Path(path).exists():
            _missing(f"there is no {path}: run tests/live/install.sh (Debian package {package})")
        return Path(path)

    def continuum(self) -> str | None:
        """The program `continuum`, if scripts/test-live built it."""
        path = os.environ.get("CONTINUUM_PROGRAM")
        if path is None and os.environ.get("CI") == "true":
            _missing("CONTINUUM_PROGRAM does not name the program: run scripts/test-live")
        return path

    def library(self, name: str, package: str) -> str:
        """A shared library that the loader finds."""
        try:
            ctypes.CDLL(name)
        except OSError as error:
            _missing(f"{error}: run tests/live/install.sh (Debian package {package})")
        return name

    def module(self, name: str) -> ModuleType:
        """An installed Python module."""
        try:
            return importlib.import_module(name)
        except ImportError as error:
            _missing(f"{error}: run scripts/test-live, which installs it")

    def missing(self, sentence: str) -> NoReturn:
        """Fails where CI is set, else skips, with a sentence that says what to install."""
        _missing(sentence)

    def compare(self, cases: Iterable[AnyCase], least: int = KEYS) -> None:
        tally = Tally(self.program)

        def note(_: str) -> None:
            tally.seconds = time.monotonic() - self.started
            self.lines.append(str(tally))

        naming = Naming(self.program)
        compare(tally, naming.watch(cases), note, least)
        self.lines.append(naming.check())


@pytest.fixture
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    if sys.platform != "linux":
        _missing("the live proof needs Linux: every 127.x.y.z is loopback there")
    program = request.node.name.removeprefix("test_")
    # Its text is hashed, so it follows from the seed; it is short, as paths of sockets are.
    sockets = Path("/tmp") / f"continuum-live-{SEED}-{crc32(program.encode()):08x}"
    sockets.mkdir(mode=0o700, exist_ok=True)
    try:
        yield Live(
            program,
            Random(f"{SEED}/{program}"),
            tmp_path,
            sockets,
            request.config.stash[_LINES],
            time.monotonic(),
        )
    finally:
        shutil.rmtree(sockets, ignore_errors=True)


def _missing(sentence: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)
