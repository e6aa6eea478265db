"""memcached and Redis as servers that hold keys, twemproxy in front of them, and clients that
speak to all three without a library of their protocol."""

from __future__ import annotations

import getpass
import os
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from .conftest import Live
from .process import accepts, connect, free_port, running

HOST = "127.0.0.1"
BATCH = 200


def start_memcached(live: Live, stack: ExitStack, port: int, *options: str, memory: int = 256) -> int:
    """A memcached; its process id."""
    program = live.tool("memcached", "memcached")
    user = ["-u", getpass.getuser()] if os.getuid() == 0 else []
    args = [program, *user, "-U", "0", "-l", HOST, "-p", str(port), "-t", "2", "-m", str(memory)]
    log = live.dir / f"memcached-{port}.log"
    child = stack.enter_context(
        running([*args, *options], log, partial(accepts, (HOST, port)), politely=False)
    )
    return child.pid


def start_redis(live: Live, stack: ExitStack, port: int, *options: str) -> int:
    """A redis-server that keeps nothing on disk; its process id."""
    program = live.tool("redis-server", "redis-server")
    home = live.dir / f"redis-{port}"
    home.mkdir(exist_ok=True)
    args = [program, "--port", str(port), "--bind", HOST, "--dir", str(home), "--save", ""]
    args += ["--enable-debug-command", "yes"]
    log = live.dir / f"redis-{port}.log"
    child = stack.enter_context(
        running([*args, *options], log, partial(accepts, (HOST, port)), politely=False)
    )
    return child.pid


def pool(ports: Sequence[int], listen: int, *, redis: bool, name: str = "pool") -> str:
    """A pool of nutcracker.yml."""
    lines = [
        f"{name}:",
        f"  listen: {HOST}:{listen}",
        f"  redis: {str(redis).lower()}",
        "  hash: fnv1a_64",
        "  distribution: ketama",
        "  auto_eject_hosts: false",
        "  timeout: 5000",
        "  servers:",
        *(f"   - {HOST}:{port}:1" for port in ports),
    ]
    return "\n".join(lines) + "\n"


@contextmanager
def nutcracker(live: Live, config: Path, listen: int) -> Iterator[None]:
    """twemproxy with this configuration."""
    program = live.tool("nutcracker", "nutcracker")
    args = [program, "-c", str(config), "-a", HOST, "-s", str(free_port()), "-m", "65536"]
    log = live.dir / f"{config.name}.log"
    with running(args, log, partial(accepts, (HOST, listen)), politely=False):
        yield


class Wire:
    """A connection on which commands go out in batches and answers come back in order."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self._sock = connect((HOST, port))
        if tls is not None:
            self._sock = tls.wrap_socket(self._sock, server_hostname=HOST)
        self._in = self._sock.makefile("rb")

    def close(self) -> None:
        self._in.close()
        self._sock.close()

    def _send(self, data: bytes) -> None:
        # From beside, so that neither side waits for the other to read.
        if len(data) < 60_000:
            self._sock.sendall(data)
            return
        sender = threading.Thread(target=self._push, args=(data,))
        sender.start()
        self._sender = sender

    def _push(self, data: bytes) -> None:
        try:
            self._sock.sendall(data)
        except OSError:
            self._sock.shutdown(socket.SHUT_RDWR)

    def line(self) -> bytes:
        line = self._in.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError(f"port {self.port} closed; last bytes: {line!r}")
        return line[:-2]

    def block(self, length: int) -> bytes:
        data = self._in.read(length + 2)
        if len(data) != length + 2:
            raise ConnectionError(f"port {self.port} closed within a value")
        return data[:-2]


class Cache(Wire):
    """memcached's text protocol, to a server or through twemproxy."""

    def set(self, items: Iterable[tuple[bytes, bytes, int, int]]) -> None:
        """Key, value, client flags, seconds (0: for ever)."""
        for part in _parts(items):
            self._send(
                b"".join(
                    b"set %b %d %d %d\r\n%b\r\n" % (key, flags, seconds, len(value), value)
                    for key, value, flags, seconds in part
                )
            )
            for key, *_ in part:
                told = self.line()
                assert told == b"STORED", (key, told)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """What is there."""
        found: dict[bytes, bytes] = {}
        for part in _parts(keys):
            self._send(b"".join(b"get %b\r\n" % key for key in part))
            for _ in part:
                while (line := self.line()) != b"END":
                    word, key, _, length = line.split(b" ")
                    assert word == b"VALUE", line
                    found[key] = self.block(int(length))
        return found

    def delete(self, keys: Iterable[bytes]) -> None:
        for part in _parts(keys):
            self._send(b"".join(b"delete %b\r\n" % key for key in part))
            for key in part:
                told = self.line()
                assert told in (b"DELETED", b"NOT_FOUND"), (key, told)

    def meta(self, command: bytes) -> bytes:
        """One meta command without a value in its answer."""
        self._sock.sendall(command + b"\r\n")
        return self.line()

    def dump(self) -> list[bytes]:
        """A line for each key that a server holds."""
        self._sock.sendall(b"lru_crawler metadump hash\r\n")
        lines = []
        # Keys end with a line feed alone.
        while (line := self._in.readline().rstrip()) != b"END":
            lines.append(line)
        return lines

    def left(self, keys: Iterable[bytes]) -> dict[bytes, tuple[int, int]]:
        """Seconds left (-1: for ever) and client flags of what a server holds."""
        found = {}
        for part in _parts(keys):
            self._send(b"".join(b"mg %b t f\r\n" % key for key in part))
            for key in part:
                words = self.line().split(b" ")
                if words[0] == b"HD":
                    fields = {word[:1]: int(word[1:]) for word in words[1:]}
                    found[key] = fields[b"t"], fields[b"f"]
        return found


class Store(Wire):
    """The Redis protocol, to a server or through twemproxy."""

    def ask(self, commands: Iterable[Sequence[bytes]]) -> list[object]:
        answers: list[object] = []
        for part in _parts(commands):
            self._send(
                b"".join(
                    b"*%d\r\n" % len(words)
                    + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
                    for words in part
                )
            )
            answers += [self._answer() for _ in part]
        return answers

    def one(self, *words: bytes) -> object:
        return self.ask([words])[0]

    def _answer(self) -> object:
        line = self.line()
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else self.block(int(rest))
        if kind == b"*":
            return None if rest == b"-1" else [self._answer() for _ in range(int(rest))]
        if kind == b":":
            return int(rest)
        return line


_T = TypeVar("_T")


def _parts(items: Iterable[_T]) -> Iterator[list[_T]]:
    part: list[_T] = []
    for item in items:
        part.append(item)
        if len(part) == BATCH:
            yield part
            part = []
    if part:
        yield part
