"""Pools of real memcached and redis-server on loopback, whose members can be killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from .process import accepts, free_port, running


class Pool:
    """Running servers of one kind, by number."""

    def __init__(self, program: str, directory: Path, count: int, stack: ExitStack) -> None:
        self._program = program
        self._directory = directory
        self._stack = stack
        self.ports = [free_port() for _ in range(count)]
        self.nodes = [f"127.0.0.1:{port}" for port in self.ports]
        self._one: dict[int, ExitStack] = {}
        for number in range(count):
            self.start(number)

    def _arguments(self, port: int) -> list[str]:
        if self._program.endswith("memcached"):
            return [self._program, "-u", "nobody", "-l", "127.0.0.1", "-p", str(port), "-m", "64"]
        folder = self._directory / str(port)
        folder.mkdir(exist_ok=True)
        return [
            self._program,
            *("--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
        ]

    def start(self, number: int) -> None:
        """Starts a member at its port, empty."""
        port = self.ports[number]
        one = self._stack.enter_context(ExitStack())
        one.enter_context(
            running(
                self._arguments(port),
                self._directory / f"{port}.log",
                partial(accepts, ("127.0.0.1", port)),
                politely=False,
            )
        )
        self._one[number] = one

    def kill(self, number: int) -> None:
        """Ends a member at once."""
        self._one.pop(number).close()


@contextmanager
def pool(program: str, directory: Path, count: int) -> Iterator[Pool]:
    """So many members, ended with the block."""
    with ExitStack() as stack:
        yield Pool(program, directory, count, stack)
