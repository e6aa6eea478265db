"""Makes the modules beside the tests importable, whatever folder pytest runs in, and
shows what was compared with recorded answers."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import recorded  # noqa: E402


def pytest_configure() -> None:
    # A shell starts what runs in the background with interrupts ignored; some tests send one.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if recorded.REPORT:
        terminalreporter.section("recorded answers")
        for line in recorded.REPORT:
            terminalreporter.write_line(line)
