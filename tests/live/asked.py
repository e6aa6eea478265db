"""A program in another language that answers in lines: one question a line in, one answer out.

A question is a JSON object with `servers` (texts), `keys` (hexadecimal) and options; an answer is
an array of positions in `servers`, or an object with `error`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from .conftest import Live

DRIVERS = Path(__file__).parent / "drivers"
NODE_MODULES = Path(__file__).parents[2] / "target" / "live-node" / "node_modules"
"""Where scripts/test-live has npm install the packages of Node.js."""


class Asked:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, servers: Sequence[Any], keys: Sequence[bytes], **options: Any) -> list[int]:
        question = {"servers": list(servers), "keys": [key.hex() for key in keys], **options}
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"no answer: exit status {self._process.wait()}"
        answer = json.loads(line)
        assert isinstance(answer, list), answer
        return [int(number) for number in answer]


def ruby(live: Live, driver: str, library: str) -> AbstractContextManager[Asked]:
    """A driver in Ruby, for a library of a Debian package."""
    program = live.tool("ruby", library)
    _runs(live, [program, "-e", f"gem '{library.removeprefix('ruby-')}'"], library)
    return _asked([program], driver)


def php(live: Live, extension: str, package: str) -> AbstractContextManager[Asked]:
    """The driver in PHP, for an extension of a Debian package."""
    program = live.tool("php", "php-cli")
    check = f"exit(extension_loaded('{extension}') ? 0 : 1);"
    _runs(live, [program, "-r", check], package)
    return _asked([program], "php.php")


def node(live: Live) -> AbstractContextManager[Asked]:
    """The driver in Node.js, for the packages that scripts/test-live installs."""
    program = live.tool("node", "nodejs")
    live.file(str(NODE_MODULES / "hashring"), "npm, run by scripts/test-live")
    return _asked([program], "node.js")


def _runs(live: Live, command: Sequence[str], package: str) -> None:
    """What must run without an error; else the package is missing."""
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        live.file("/nonexistent", package)


@contextmanager
def _asked(command: Sequence[str], driver: str) -> Iterator[Asked]:
    """Starts a driver; it ends with its input."""
    process = subprocess.Popen(
        [*command, str(DRIVERS / driver)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "NODE_PATH": str(NODE_MODULES)},
    )
    try:
        yield Asked(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=30)
